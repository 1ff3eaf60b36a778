// A harness is a row, all of it: its names, how to recognise it, to list and to run its tests, what their output means.
// That of plain programs is here, since a binary is one until more is known of it; those of frameworks are in
// core/harness/. docs/harnesses.md describes each for users.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/kept_text.hpp"
#include "core/model/failure_wording.hpp"
#include "core/model/plain_verdict.hpp"

namespace nextest {

struct TestCase;
struct TestList;

// A test as its harness lists it.
struct ListedTest {
  KeptText name;
  KeptText suite;   // these distinguish tests of one name; empty where the harness has no such thing
  KeptText source;  // file:line
  bool ignored = false;
  bool benchmark = false;
  bool runs_others = false;  // those that it depends on
};

using Arguments = Vector<std::string>;

inline void judge_plain(const TestCase&, const CapturedOutput& output, Outcome& outcome) {
  judge_by_exit_code(output, outcome);
}

// What a row does not set is as in a program without tests inside, which is one test.
struct Harness {
  // In two halves: whole, it would be in our own program too.
  struct Mark {
    const char* first = nullptr;
    const char* second = nullptr;
  };

  // By this variable of the environment the framework's users choose tests or the form of a report. It would change a
  // list or an outcome behind our back, so no program gets it.
  struct DroppedVariable {
    const char* name;
    const char* instead;  // how the same is asked for here; nullptr: it is not worth a word
  };

  const char* name = "";              // as in --harness
  const char* recorded_as = nullptr;  // in records; nullptr: `name`
  const char* separator = "";         // what stands before the last part of a test's name; empty: names have no parts
  // By what a program that holds it is known: a text among its constants, or the start of a shared library's name.
  Mark text;
  Mark library;
  FailureWording failures;
  Span<DroppedVariable> dropped_variables;

  // The command lines that list; their outputs are read together.
  Vector<Arguments> (*list_commands)(const Harness& row) = [](const Harness&) { return Vector<Arguments>(); };
  // Asked in their place where one of those failed. nullptr: nothing else lists.
  Vector<Arguments> (*plain_list_commands)(const Harness& row) = nullptr;
  // NAME=VALUE with which a program of this harness runs no test, whatever it is asked to do: for a program that shows
  // another framework too, and is asked in the words of that. nullptr: there is no such variable.
  const char* runs_nothing = nullptr;
  // What even an empty list has. A program that shows the framework and does not write it has none of its tests, and is
  // a plain one (it may use the framework's mocks). nullptr: an empty list is an empty list.
  const char* list_mark = nullptr;
  // Reads standard output of all list commands. The error names the text that could not be read. nullptr: nothing
  // lists.
  Result<Vector<ListedTest>> (*read_list)(const Harness& row, const Vector<std::string>& outputs) = nullptr;
  // Whether a list command that ended so has done its work.
  bool (*list_succeeded)(int exit_code, std::string_view output) = [](int code, std::string_view) { return code == 0; };
  // What arguments begin with that stand for options, and what a program has in place of it behind "--", which its file
  // tells. nullptr: all programs of the harness have the same options.
  const char* option_start = nullptr;
  std::string (*find_option_prefix)(const Bytes& file) = nullptr;
  // What is not in the list but in the program's file: which tests are ignored. nullptr: nothing.
  void (*mark_ignored_in)(const Bytes& file, Vector<ListedTest>& tests) = nullptr;

  // The pattern that the harness is given for a name, and whether it matches another name. Only a pattern with '*' or
  // '?' in it may match names of another pattern. nullptr: names are exact.
  std::string (*pattern_of)(std::string_view name) = nullptr;
  bool (*matches)(std::string_view pattern, std::string_view name) = nullptr;
  Arguments (*run_arguments)(const TestList& list, const TestCase& test) = [](const TestList&, const TestCase&) {
    return Arguments();
  };
  // NAME=VALUE for the run; NAME alone takes a variable away.
  Arguments (*run_environment)(const TestCase& test) = [](const TestCase&) { return Arguments(); };
  // Makes arguments, for listing or to run a test of that name, the words of a whole command line.
  void (*complete)(Arguments& words, const std::string& binary, std::string_view test) =
      [](Arguments& words, const std::string& binary, std::string_view) { words.insert(words.begin(), binary); };

  // Adjusts what follows from the exit status alone: skipped at run time, or another number of tests run than one.
  void (*judge)(const TestCase& test, const CapturedOutput& output, Outcome& outcome) = judge_plain;
  // Standard output of a failed test without what the harness prints around it for people.
  std::string_view (*own_output)(const TestCase& test, std::string_view output) =
      [](const TestCase&, std::string_view output) { return output; };

  // Behind which a file may stand in place of the first argument, for one that is longer than a system takes. nullptr:
  // it is never that long.
  const char* argument_file_option = nullptr;

  // NAME=FORM, behind which a path makes the variable that has a program write a report of its own into that file; and
  // the properties that a test has given itself in there, names and values in turn. nullptr: there are none.
  const char* report_variable = "";
  void (*read_properties)(const TestCase& test, std::string_view report, Vector<std::string>& properties) = nullptr;

  constexpr const char* name_in_records() const { return recorded_as != nullptr ? recorded_as : name; }

  constexpr bool is_sound() const {
    return *name != '\0' && (text.first == nullptr) == (text.second == nullptr) &&
           (library.first == nullptr) == (library.second == nullptr) && failures.is_sound();
  }
};

inline constexpr const char choose_tests[] = "choose tests by name or with -E";
inline constexpr const char choose_a_shard[] = "choose a shard with --partition";

// Of Check, whose programs list no tests: each is one test.
inline constexpr Harness::DroppedVariable check_variables[] = {
    {"CK_RUN_SUITE", choose_tests},
    {"CK_RUN_CASE", choose_tests},
    {"CK_INCLUDE_TAGS", choose_tests},
    {"CK_EXCLUDE_TAGS", choose_tests},
};

// A program without tests inside: it is the test.
inline constexpr Harness plain_harness = [] {
  Harness row;
  row.name = "plain";
  row.dropped_variables = check_variables;
  return row;
}();

}  // namespace nextest
