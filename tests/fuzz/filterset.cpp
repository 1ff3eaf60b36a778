// Any text as a filterset at each place, as a regex and as a glob: a filterset or an error that shows the text; and
// however a filterset is asked, the answer is the same.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/filterset.cpp -o fuzz-filterset
//   ./fuzz-filterset -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/filterset
#include "core/select/filterset.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using nextest::Automaton;
using nextest::Error;
using nextest::Filterset;
using nextest::FiltersetPlace;
using nextest::Glob;
using nextest::PatternFault;
using nextest::Regex;
using nextest::Result;
using nextest::TestIndex;
using nextest::TestList;

void require(bool holds) {
  if (!holds) std::abort();
}

TestList make_list() {
  TestList list;
  for (const char* name : {"core", "unit_a", "größe"}) {
    nextest::TestBinary binary;
    binary.name = name;
    binary.package = name;
    binary.id = std::string("build/") + name;
    binary.kind = list.binaries.empty() ? "lib" : "test";
    list.binaries.push_back(binary);
    for (const char* test_name : {"run", "parse::number_1", "a b\n(x)", "日本 é\xFF"}) {
      nextest::TestCase test;
      test.name = test_name;
      test.own_name_size = static_cast<std::uint32_t>(test.name.size());
      test.binary = static_cast<std::uint32_t>(list.binaries.size() - 1);
      list.tests.push_back(test);
    }
  }
  return list;
}

// The whole text where its lines are short; a mark and a word on it in any case.
void check_error(const Error& error, std::string_view text) {
  require(error.code == nextest::ExitCode::InvalidFilterset);
  require(nextest::contains(error.message, "^ "));
  if (text.size() > 500) return;
  for (std::string_view rest = text, line; nextest::next_line(rest, line);) {
    if (nextest::ends_with(line, "\r")) line.remove_suffix(1);
    require(nextest::contains(error.message, "\n  " + nextest::safe_name(line)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TestList list = make_list();
  const std::string text(reinterpret_cast<const char*>(data), size);

  bool valid[4];
  for (unsigned place = 0; place < 4; ++place) {
    const Result<Filterset> filterset = Filterset::parse(text, static_cast<FiltersetPlace>(place));
    valid[place] = bool(filterset);
    if (!filterset) {
      check_error(filterset.error(), text);
      continue;
    }
    require(filterset.value().text() == text);
    const nextest::Status status = filterset.value().check(list.binaries, {"serial"});
    if (!status) check_error(status.error(), text);
    Filterset::Context context;
    if (place == 0) context.default_filter = &filterset.value();
    const nextest::Vector<bool> all = filterset.value().matches_all(list, context);
    const Result<Filterset> opposite = Filterset::parse("not (" + text + ")", static_cast<FiltersetPlace>(place));
    for (TestIndex i = 0; i < list.tests.size(); ++i) {
      require(filterset.value().matches(list, i, context) == all[i]);
      const Filterset::Answer answer = filterset.value().matches_binary(list.binary_of(i), context);
      require(answer == Filterset::Answer::Maybe || (answer == Filterset::Answer::Yes) == all[i]);
      if (opposite) require(opposite.value().matches(list, i, context) != all[i]);
    }
  }
  // What can stand elsewhere can stand on the command line.
  require(valid[0] || (!valid[1] && !valid[2] && !valid[3]));

  Automaton automaton;
  PatternFault fault;
  if (Regex::compile(text, automaton, fault)) {
    for (const nextest::TestCase& test : list.tests)
      require(automaton.matches(test.name) == automaton.matches(test.name));
  } else {
    require(fault.what != nullptr && fault.at <= size && fault.size <= size - fault.at);
  }
  const Result<Glob> glob = Glob::parse(text);
  if (glob) {
    for (const nextest::TestCase& test : list.tests)
      require(glob.value().matches(test.name) == glob.value().matches(test.name));
  } else {
    require(nextest::contains(glob.error().message, "'" + text + "'"));
  }
  return 0;
}
