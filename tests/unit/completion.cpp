#include "cli/completion.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "cli/main.hpp"

namespace {

using namespace nextest;

// The words of `text` between blanks, bars and the end.
bool has_word(const std::string& text, const std::string& word) { return contains(" " + text + " ", " " + word + " "); }

TEST_CASE("completion: the words of a command are those of its usage, in their order") {
  for (const CliCommand& command : cli_commands) {
    CAPTURE(std::string(command.name));
    const std::string usage = command.usage;
    std::size_t at = 0;
    for (const std::string_view word : command.words->all()) {
      CAPTURE(word);
      CHECK(has_word(usage, std::string(word)));
      at = usage.find(word, at);
      CHECK(at != std::string::npos);
    }
    // The others are placeholders.
    std::size_t words = 0;
    for (std::size_t i = 0; i < usage.size(); ++i) {
      const bool is_start = (i == 0 || usage[i - 1] == ' ') && usage[i] >= 'a' && usage[i] <= 'z';
      if (is_start) ++words;
    }
    CHECK(words == command.words->all().size());
  }
}

TEST_CASE("completion: all values of a choice are offered") {
  for (const Option& option : option_table) {
    if (option.value == nullptr) continue;
    CommandLine line;
    // What it says of a value that is none.
    const Status status =
        option.is_setting() ? line.config.options.set(option.setting, "?", "") : option.apply(line, "?");
    constexpr std::string_view allowed = "allowed: ";
    if (status || !starts_with(status.error().hint, allowed)) continue;
    CAPTURE(std::string(option.name));
    for (std::string_view rest = status.error().hint; !rest.empty();) {
      if (starts_with(rest, allowed)) rest.remove_prefix(allowed.size());
      const std::string_view item = rest.substr(0, rest.find(", "));
      rest.remove_prefix(item.size() < rest.size() ? item.size() + 2 : item.size());
      if (item.find_first_not_of("abcdefghijklmnopqrstuvwxyz-\"") != std::string_view::npos) continue;
      std::string word(item);
      if (word[0] == '"') word = word.substr(1, word.size() - 2);
      CAPTURE(word);
      const Vector<std::string_view> words = option.words->all();
      CHECK(std::find(words.begin(), words.end(), word) != words.end());
    }
  }
}

// What a command's cases say, a line a case.
std::vector<std::string> cases_of(const CliCommand& command) {
  std::string text;
  append_completions(text, command.options, command.name, *command.words);
  std::vector<std::string> lines;
  std::string_view rest = text, line;
  while (next_line(rest, line)) lines.emplace_back(line);
  return lines;
}

// The text after `before` up to the next quote.
std::string quoted_after(const std::string& line, const char* before) {
  const std::size_t at = line.find(std::string(before) + "'");
  REQUIRE(at != std::string::npos);
  const std::size_t begin = line.find('\'', at) + 1;
  return line.substr(begin, line.find('\'', begin) - begin);
}

bool is_allowed(const Option& option, std::string_view value) {
  CommandLine line;
  return option.is_setting() ? bool(line.config.options.set(option.setting, value, ""))
                             : bool(option.apply(line, value));
}

TEST_CASE("completion: each option of a command is there, and whatever is offered as a value is one") {
  for (const CliCommand& command : cli_commands) {
    CAPTURE(std::string(command.name));
    const std::vector<std::string> lines = cases_of(command);
    const std::string options = quoted_after(lines.back(), "dashed=") + " ";
    CHECK(contains(options, " --help "));
    std::size_t cases = 1;
    for (const Option& option : option_table) {
      const std::string name = option.name;
      CAPTURE(name);
      const bool is_taken = (option.commands & command.options) != 0;
      if (is_taken) CHECK(contains(options, " --" + name + " "));
      if (!is_taken || option.value == nullptr) continue;
      const std::string& line = lines[cases++ - 1];
      CHECK(starts_with(line, "    *:" + std::string(command.name) + ":--" + name));
      const std::string letter = std::string("|*:") + command.name + ":-" + option.letter;
      CHECK((option.letter == 0 || contains(line, letter + ") ")));
      std::string_view values = line;
      const std::string words = quoted_after(line, "values=");
      for (values = words; !values.empty();) {
        values.remove_prefix(1);
        const std::string_view value = values.substr(0, values.find(' '));
        values.remove_prefix(value.size());
        CAPTURE(value);
        CHECK(is_allowed(option, value));
      }
    }
    CHECK(cases == lines.size());
    CHECK(contains(options, " --dry-run ") == (command.options == ForStore));
  }
}

TEST_CASE("completion: values, files and folders") {
  const std::vector<std::string> run = cases_of(cli_commands[0]);
  const auto has = [&](const char* line) {
    for (const std::string& each : run) {
      if (each == line) return true;
    }
    return false;
  };
  CHECK(has("    *:run:--color) values=' auto always never' kind=WHEN ;;"));
  CHECK(has("    *:run:--test-threads|*:run:-j) values=' num-cpus' kind=N ;;"));
  CHECK(has("    *:run:--retries) values='' kind=N ;;"));
  CHECK(has("    *:run:--config-file) values='' kind=FILE ;;"));
  CHECK(has("    *:run:--rerun|*:run:-R) values=' latest' kind=RUN ;;"));
  CHECK(has("    *:run:--workdir) values=' current binary' kind=DIR ;;"));
  CHECK(ends_with(run.back(), " --help' kind=PATH ;;"));
  for (const CliCommand& command : cli_commands) {
    if (std::string_view(command.name) != "store") continue;
    CHECK(starts_with(cases_of(command).back(), "    *:store:*) values=' list info prune export' dashed=' --"));
    CHECK(ends_with(cases_of(command).back(), " --help' kind= ;;"));
  }
}

}  // namespace
