#include "core/select/filterset.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace {

using nextest::BuildPlatform;
using nextest::Error;
using nextest::ExitCode;
using nextest::Filterset;
using nextest::FiltersetPlace;
using nextest::Result;
using nextest::Status;
using nextest::TestBinary;
using nextest::TestCase;
using nextest::TestIndex;
using nextest::TestList;

using Answer = Filterset::Answer;
using Context = Filterset::Context;
using Names = nextest::Vector<std::string>;

// Binaries are A to L, their tests A1, A2, ...
TestList make_list() {
  constexpr BuildPlatform target = BuildPlatform::Target, host = BuildPlatform::Host;
  const struct {
    const char *id, *name, *package, *kind;
    BuildPlatform platform;
    Names tests;
  } binaries[] = {
      {"core", "core", "core", "lib", target, {"parse::empty", "parse::number", "run"}},
      {"core::cli", "cli", "core", "test", target, {"test_network_up", "network_down", "my_test_network_x"}},
      {"core::bench/speed", "speed", "core", "bench", target, {"speed of parse"}},
      {"core::bin/tool", "tool", "core", "bin", target, {"run"}},
      {"core-macros", "core_macros", "core-macros", "proc-macro", host, {"expands", "expands twice"}},
      {"net", "net", "net", "lib", target, {"Parse::Upper", "größe", "日本"}},
      {"net::example/demo", "demo", "net", "example", target, {"a,b", "a)b", "a/b", "a\\b"}},
      {"build/unit_a", "unit_a", "build", "test", target, {"Suite.Case/0", "Suite.Case/1", "Suite.Other"}},
      {"build/unit_b", "unit_b", "build", "test", target, {"line\nfeed", "tab\there", "cr\rhere"}},
      {"x86/unit", "unit", "x86", "test", target, {"[*]", "a*b", "a?b", "dup (first)"}},
      {"arm/unit", "unit", "arm", "test", target, {"dup (second)", "x y"}},
      {"macros/empty", "empty", "macros", "test", host, {"and"}},
  };
  TestList list;
  for (const auto& row : binaries) {
    TestBinary binary;
    binary.id = row.id;
    binary.name = row.name;
    binary.package = row.package;
    binary.kind = row.kind;
    binary.build_platform = row.platform;
    list.binaries.push_back(binary);
    for (const std::string& name : row.tests) {
      TestCase test;
      test.name = name;
      // "dup" is there twice in its binary
      test.own_name_size = static_cast<std::uint32_t>(name.compare(0, 4, "dup ") == 0 ? 3 : name.size());
      test.binary = static_cast<std::uint32_t>(list.binaries.size() - 1);
      list.tests.push_back(test);
    }
  }
  return list;
}

// B is in group serial, H in batch.
std::string_view group_of(const void* data, TestIndex test) {
  const TestList& list = *static_cast<const TestList*>(data);
  const std::string_view name = list.binary_of(test).name;
  return name == "cli" ? "serial" : name == "unit_a" ? "batch" : "@global";
}

Filterset filterset_of(std::string_view text, FiltersetPlace place = FiltersetPlace::CommandLine) {
  Result<Filterset> filterset = Filterset::parse(text, place);
  const std::string message = filterset ? "" : filterset.error().message;
  CAPTURE(message);
  REQUIRE(bool(filterset));
  return std::move(filterset.value());
}

// "A1 A2 C1"; matches() and matches_all() agree on it, and matches_binary() does not contradict.
std::string matching(const Filterset& filterset, const TestList& list, const Filterset* default_filter = nullptr) {
  Context context;
  context.default_filter = default_filter;
  context.group_of = group_of;
  context.data = &list;
  const nextest::Vector<bool> all = filterset.matches_all(list, context);
  std::string names;
  std::uint32_t number = 0;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    number = i > 0 && list.tests[i].binary == list.tests[i - 1].binary ? number + 1 : 1;
    CHECK(filterset.matches(list, i, context) == all[i]);
    const Answer answer = filterset.matches_binary(list.binary_of(i), context);
    CHECK((answer == Answer::Maybe || (answer == Answer::Yes) == all[i]));
    if (!all[i]) continue;
    if (!names.empty()) names += ' ';
    names += static_cast<char>('A' + list.tests[i].binary);
    names += std::to_string(number);
  }
  return names;
}

TEST_CASE("filterset: what each expression stands for") {
  const TestList list = make_list();
  const Filterset default_filter = filterset_of("not binary(cli)", FiltersetPlace::DefaultFilter);
  const struct {
    std::string_view text, tests;
  } rows[] = {
      // predicates
      {"all()", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      {"none()", ""},
      {"default()", "A1 A2 A3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      {"test(parse)", "A1 A2 C1"},
      {"test(run)", "A3 D1"},
      {"test(Parse)", "F1"},
      {"test(dup)", "J4 K1"},
      {"test(=dup)", "J4 K1"},
      {"test(=dup (first\\))", "J4"},
      {"test(#dup)", "J4 K1"},
      {"test(/^dup$/)", "J4 K1"},
      {"test(and)", "E1 E2 L1"},
      {"package(core)", "A1 A2 A3 B1 B2 B3 C1 D1"},
      {"package(net)", "F1 F2 F3 G1 G2 G3 G4"},
      {"package(=core)", "A1 A2 A3 B1 B2 B3 C1 D1"},
      {"package(~core)", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2"},
      {"package(/core/)", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2"},
      {"package(core*)", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2"},
      {"package(c?re)", "A1 A2 A3 B1 B2 B3 C1 D1"},
      {"deps(core)", "A1 A2 A3 B1 B2 B3 C1 D1"},
      {"rdeps(core)", "A1 A2 A3 B1 B2 B3 C1 D1"},
      {"rdeps(net)", "F1 F2 F3 G1 G2 G3 G4"},
      {"binary_id(core)", "A1 A2 A3"},
      {"binary_id(core*)", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2"},
      {"binary_id(core::*)", "B1 B2 B3 C1 D1"},
      {"binary_id(core::{cli\\,bin/*})", "B1 B2 B3 D1"},
      {"binary_id(*/unit)", "J1 J2 J3 J4 K1 K2"},
      {"binary_id(=net::example/demo)", "G1 G2 G3 G4"},
      {"binary_id(**/unit*)", "H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2"},
      {"binary_id(/^(x86|arm)\\/unit$/)", "J1 J2 J3 J4 K1 K2"},
      {"kind(lib)", "A1 A2 A3 F1 F2 F3"},
      {"kind(=test)", "B1 B2 B3 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      {"kind(~b)", "A1 A2 A3 C1 D1 F1 F2 F3"},
      {"kind(proc-macro)", "E1 E2"},
      {"kind(#b*)", "C1 D1"},
      {"kind(/^(bin|lib)$/)", "A1 A2 A3 D1 F1 F2 F3"},
      {"binary(unit)", "J1 J2 J3 J4 K1 K2"},
      {"binary(unit*)", "H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2"},
      {"binary(unit_?)", "H1 H2 H3 I1 I2 I3"},
      {"binary(unit_[!a])", "I1 I2 I3"},
      {"binary(=cli)", "B1 B2 B3"},
      {"binary(~o)", "A1 A2 A3 D1 E1 E2 G1 G2 G3 G4"},
      {"binary(/^.{3}$/)", "B1 B2 B3 F1 F2 F3"},
      {"platform(host)", "E1 E2 L1"},
      {"platform(target)", "A1 A2 A3 B1 B2 B3 C1 D1 F1 F2 F3 G1 G2 G3 G4 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2"},
      {"platform( host )", "E1 E2 L1"},
      {"group(serial)", "B1 B2 B3"},
      {"group(b*)", "H1 H2 H3"},
      {"group(=batch)", "H1 H2 H3"},
      {"group(@global) & kind(test)", "I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      {"group(/serial|batch/)", "B1 B2 B3 H1 H2 H3"},
      {"not group(@global)", "B1 B2 B3 H1 H2 H3"},
      // operators
      {"not all()", ""},
      {"not none()", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      {"!all()", ""},
      {"! none()", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      {"!!kind(bin)", "D1"},
      {"not not kind(bin)", "D1"},
      {"not !kind(bin)", "D1"},
      {"not(kind(test))", "A1 A2 A3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4"},
      {"!(kind(test) or kind(lib))", "C1 D1 E1 E2 G1 G2 G3 G4"},
      {"kind(lib) or kind(bin)", "A1 A2 A3 D1 F1 F2 F3"},
      {"kind(lib) | kind(bin)", "A1 A2 A3 D1 F1 F2 F3"},
      {"kind(lib) + kind(bin)", "A1 A2 A3 D1 F1 F2 F3"},
      {"kind(lib)or kind(bin)", "A1 A2 A3 D1 F1 F2 F3"},
      {"kind(lib)|kind(bin)", "A1 A2 A3 D1 F1 F2 F3"},
      {"kind(lib)or(kind(bin))", "A1 A2 A3 D1 F1 F2 F3"},
      {"package(core) and test(run)", "A3 D1"},
      {"package(core) & test(run)", "A3 D1"},
      {"package(core)&test(run)", "A3 D1"},
      {"package(core)and(test(run))", "A3 D1"},
      {"package(core) - test(run)", "A1 A2 B1 B2 B3 C1"},
      {"package(core)-test(run)", "A1 A2 B1 B2 B3 C1"},
      {"package(core) - kind(lib) - kind(test)", "C1 D1"},
      {"package(core) - (kind(lib) - test(run))", "A3 B1 B2 B3 C1 D1"},
      {"all() - none()", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      {"all() - all()", ""},
      // precedence
      {"test(run) or kind(lib) and package(net)", "A3 D1 F1 F2 F3"},
      {"test(run) and kind(lib) or package(net)", "A3 F1 F2 F3 G1 G2 G3 G4"},
      {"kind(lib) and package(net) or test(run)", "A3 D1 F1 F2 F3"},
      {"(test(run) or kind(lib)) and package(net)", "F1 F2 F3"},
      {"not kind(test) and not kind(lib)", "C1 D1 E1 E2 G1 G2 G3 G4"},
      {"not (kind(test) and test(network))",
       "A1 A2 A3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      {"not kind(test) or test(network)", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4"},
      {"package(core) & kind(lib) - test(run)", "A1 A2"},
      {"package(core) - kind(lib) & test(run)", "D1"},
      {"package(core) - (kind(lib) & test(run))", "A1 A2 B1 B2 B3 C1 D1"},
      {"kind(bin) or package(core) - kind(lib) or kind(example)", "B1 B2 B3 C1 D1 G1 G2 G3 G4"},
      {"kind(bin) + kind(lib) - package(net)", "A1 A2 A3 D1"},
      {"!kind(lib) - kind(test)", "C1 D1 E1 E2 G1 G2 G3 G4"},
      {"not package(core) & not package(build) - kind(lib) | test(=run)",
       "A3 D1 E1 E2 G1 G2 G3 G4 J1 J2 J3 J4 K1 K2 L1"},
      {"((package(core)))", "A1 A2 A3 B1 B2 B3 C1 D1"},
      {"(all() - (kind(test) | (kind(lib))))", "C1 D1 E1 E2 G1 G2 G3 G4"},
      {"default() & package(core)", "A1 A2 A3 C1 D1"},
      {"default() - kind(lib)", "C1 D1 E1 E2 G1 G2 G3 G4 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      // matchers
      {"test(~run)", "A3 D1"},
      {"test(=run)", "A3 D1"},
      {"test(=parse)", ""},
      {"test(#run)", "A3 D1"},
      {"test(#parse)", ""},
      {"test(#parse*)", "A1 A2"},
      {"test(#*parse*)", "A1 A2 C1"},
      {"test(#*::{empty\\,number})", "A1 A2"},
      {"test(#Suite.Case/[0-9])", "H1 H2"},
      {"test(#Suite.Case/[!0])", "H2"},
      {"test(#Suite.Case/[^0])", "H2"},
      {"test(#*.{Case\\,Oth}*)", "H1 H2 H3"},
      {"test(#{run\\,{expands\\,and}{\\, twice}})", "A3 D1 E1 E2 L1"},
      {"test(#[*])", ""},
      {"test(#[[][*]])", "J1"},
      {"test(#a[*]b)", "J2"},
      {"test(#a[?]b)", "J3"},
      {"test(#a?b)", "G1 G2 G3 G4 J2 J3"},
      {"test(#a*b)", "G1 G2 G3 G4 J2 J3"},
      {"test(#?\?)", "F3"},
      {"test(#gr?\?e)", "F2"},
      {"test(#gr[ö]?e)", "F2"},
      {"test(#[!a-z]本)", "F3"},
      {"test(/parse/)", "A1 A2 C1"},
      {"test(/^parse/)", "A1 A2"},
      {"test(/parse$/)", "C1"},
      {"test(/^parse::(empty|number)$/)", "A1 A2"},
      {"test(/(?i)^PARSE/)", "A1 A2 F1"},
      {"test(/\\btest_network_/)", "B1"},
      {"test(/_network\\B/)", "B1 B3"},
      {"test(/\\d/)", "H1 H2"},
      {"test(/\\w::\\w/)", "A1 A2 F1"},
      {"test(/^\\w+$/)", "A3 B1 B2 B3 D1 E1 F2 F3 J4 K1 L1"},
      {"test(/\\W/) & package(core)", "A1 A2 C1"},
      {"test(/^..$/)", "F3"},
      {"test(/^[^a-z]{2}$/)", "F3"},
      {"test(/a\\/b/)", "G3"},
      {"test(/a\\\\b/)", "G4"},
      {"test(/^a.b$/)", "G1 G2 G3 G4 J2 J3"},
      {"test(/^a[,\\)]b$/)", "G1 G2"},
      {"test(/[*]/)", "J1 J2"},
      {"test(/a|un/) & kind(lib)", "A1 A2 A3 F1"},
      {"test(/^(?P<x>s)peed of (?:parse)?\?$/)", "C1"},
      {"test(/.*/) - kind(test)", "A1 A2 A3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4"},
      {"test(~~run) | test(==run) | test(##run)", ""},
      {"test(~=run) or test(=#run) or test(#=run)", ""},
      // escapes
      {"test(=a\\,b)", "G1"},
      {"test(=a\\)b)", "G2"},
      {"test(a\\/b)", "G3"},
      {"test(a/b)", "G3"},
      {"test(a\\\\b)", "G4"},
      {"test(=line\\nfeed)", "I1"},
      {"test(=tab\\there)", "I2"},
      {"test(=cr\\rhere)", "I3"},
      {"test(=gr\\u{f6}\\u{DF}e)", "F2"},
      {"test(\\u{65E5}\\u{00672c})", "F3"},
      {"test(#a\\\\b)", "G4"},
      {"test(#a\\,b)", "G1"},
      {"test(#{a\\,run})", "A3 D1"},
      {"test(\\b) | test(\\f)", ""},
      {"test(\\u{28}first\\))", "J4"},
      {"test(d\\u{20}\\u{6f})", "C1"},
      {"test(\\u{20}y)", "K2"},
      // white space
      {"  all()  ", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      {"all ( )", "A1 A2 A3 B1 B2 B3 C1 D1 E1 E2 F1 F2 F3 G1 G2 G3 G4 H1 H2 H3 I1 I2 I3 J1 J2 J3 J4 K1 K2 L1"},
      {"test ( run )", "A3 D1"},
      {"test(   run   )", "A3 D1"},
      {"test( =run )", "A3 D1"},
      {"test( = run )", "A3 D1"},
      {"test( ~ run )", "A3 D1"},
      {"test( # run )", "A3 D1"},
      {"test( /run$/ )", "A3 D1"},
      {"test(x y)", "K2"},
      {"test(d of p)", "C1"},
      {"kind(lib)   and    test(run)", "A3"},
      {"not  kind(test)  and  not  kind(lib)", "C1 D1 E1 E2 G1 G2 G3 G4"},
      {"!  (  kind(test)  |  kind(lib)  )", "C1 D1 E1 E2 G1 G2 G3 G4"},
      {"kind(lib)\nand\r\ntest(run)\n", "A3"},
      {"\n(\n  kind(bin)\n  or kind(bench)\n)\n", "C1 D1"},
      {"test(\n  run\n)", "A3 D1"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Filterset filterset = filterset_of(row.text);
    CHECK(filterset.text() == row.text);
    CHECK(matching(filterset, list, &default_filter) == row.tests);
  }
}

TEST_CASE("filterset: every fault is marked, with what was probably meant") {
  const struct {
    std::string_view text, message, hint;
  } rows[] = {
      {"",
       "\n  \n"
       "  ^ missing expression",
       ""},
      {"   ",
       "\n     \n"
       "     ^ missing expression",
       ""},
      {"()",
       "\n  ()\n"
       "   ^ missing expression",
       ""},
      {"all() or",
       "\n  all() or\n"
       "          ^ missing expression",
       ""},
      {"all() and ",
       "\n  all() and \n"
       "            ^ missing expression",
       ""},
      {"not",
       "\n  not\n"
       "     ^ missing expression",
       ""},
      {"!",
       "\n  !\n"
       "   ^ missing expression",
       ""},
      {"(not )",
       "\n  (not )\n"
       "       ^ missing expression",
       ""},
      {"or all()",
       "\n  or all()\n"
       "  ^^ missing expression before this operator",
       ""},
      {"all() and or all()",
       "\n  all() and or all()\n"
       "            ^^ missing expression before this operator",
       ""},
      {"and",
       ": 2 errors\n"
       "  and\n"
       "  ^^^ missing expression before this operator\n"
       "     ^ missing expression",
       ""},
      {"& all()",
       "\n  & all()\n"
       "  ^ missing expression before this operator",
       ""},
      {"all() - - all()",
       "\n  all() - - all()\n"
       "          ^ missing expression before this operator",
       ""},
      {"all() && none()",
       "\n  all() && none()\n"
       "        ^^ expected `&` or `and`",
       "did you mean '&'?"},
      {"all() || none()",
       "\n  all() || none()\n"
       "        ^^ expected `|`, `+` or `or`",
       "did you mean '|'?"},
      {"all() AND none()",
       "\n  all() AND none()\n"
       "        ^^^ expected `&` or `and`",
       "did you mean 'and'?"},
      {"all() OR(none())",
       "\n  all() OR(none())\n"
       "        ^^ expected `|`, `+` or `or`",
       "did you mean 'or'?"},
      {"NOT all()",
       "\n  NOT all()\n"
       "  ^^^ there is no such operator",
       "did you mean 'not'?"},
      {"all() && none() || all()",
       ": 2 errors\n"
       "  all() && none() || all()\n"
       "        ^^ expected `&` or `and`\n"
       "                  ^^ expected `|`, `+` or `or`",
       "did you mean '&', '|'?"},
      {"all() andall()",
       "\n  all() andall()\n"
       "        ^^^^^^^^ expected an operator or the end",
       ""},
      {"all() all()",
       "\n  all() all()\n"
       "        ^^^ expected an operator before this",
       ""},
      {"all() blabla",
       "\n  all() blabla\n"
       "        ^^^^^^ expected an operator or the end",
       ""},
      {"all())",
       "\n  all())\n"
       "       ^ expected an operator or the end",
       ""},
      {")",
       ": 2 errors\n"
       "  )\n"
       "  ^ missing expression\n"
       "  ^ expected an operator or the end",
       ""},
      {"(all() none()) or tset(x)",
       ": 2 errors\n"
       "  (all() none()) or tset(x)\n"
       "         ^^^^ expected an operator before this\n"
       "                    ^^^^ there is no such predicate",
       "did you mean 'test'?"},
      {"(all()",
       "\n  (all()\n"
       "        ^ missing `)`",
       ""},
      {"((all() and (none()",
       "\n  ((all() and (none()\n"
       "                     ^ missing `)`",
       ""},
      {"all",
       "\n  all\n"
       "     ^ missing `(` and `)`",
       ""},
      {"all)",
       "\n  all)\n"
       "     ^ missing `(`",
       ""},
      {"all(",
       "\n  all(\n"
       "      ^ missing `)`",
       ""},
      {"all or none()",
       "\n  all or none()\n"
       "     ^ missing `(` and `)`",
       ""},
      {"all(aaa)",
       "\n  all(aaa)\n"
       "      ^^^ this predicate has no argument",
       ""},
      {"none( 1 ) or default(,)",
       ": 2 errors\n"
       "  none( 1 ) or default(,)\n"
       "        ^ this predicate has no argument\n"
       "                       ^ this predicate has no argument",
       ""},
      {"all() or test",
       "\n  all() or test\n"
       "               ^ missing `(` and `)`",
       ""},
      {"test(a",
       "\n  test(a\n"
       "        ^ missing `)`",
       ""},
      {"test()",
       "\n  test()\n"
       "       ^ missing name",
       ""},
      {"test( )",
       "\n  test( )\n"
       "        ^ missing name",
       ""},
      {"test(=)",
       "\n  test(=)\n"
       "        ^ missing name",
       ""},
      {"package(#)",
       "\n  package(#)\n"
       "           ^ missing name",
       ""},
      {"test(aa, )",
       "\n  test(aa, )\n"
       "         ^ there is one argument at most",
       ""},
      {"test(a, b) or kind(a, b)",
       ": 2 errors\n"
       "  test(a, b) or kind(a, b)\n"
       "        ^ there is one argument at most\n"
       "                      ^ there is one argument at most",
       ""},
      {"test(a\\$\\#\\@b)",
       ": 3 errors\n"
       "  test(a\\$\\#\\@b)\n"
       "        ^^ there is no such escape\n"
       "          ^^ there is no such escape\n"
       "            ^^ there is no such escape",
       ""},
      {"test(\\u{}) or test(\\u{110000}) or test(\\u{1234567}) or test(\\u{41)",
       ": 4 errors\n"
       "  test(\\u{}) or test(\\u{110000}) or test(\\u{1234567}) or test(\\u{41)\n"
       "       ^^^ there is no such escape\n"
       "                     ^^^^^^^^^ there is no such escape\n"
       "                                         ^^^^^^^^^^ there is no such escape\n"
       "                                                              ^^^^^ there is no such escape",
       ""},
      {"test(\\u41) or test(\\x41)",
       ": 2 errors\n"
       "  test(\\u41) or test(\\x41)\n"
       "       ^^ there is no such escape\n"
       "                     ^^ there is no such escape",
       ""},
      {"test(a\\",
       ": 2 errors\n"
       "  test(a\\\n"
       "        ^ there is no such escape\n"
       "         ^ missing `)`",
       ""},
      {"pakage(foo)",
       "\n  pakage(foo)\n"
       "  ^^^^^^ there is no such predicate",
       "did you mean 'package'?"},
      {"Test(run) or BINARY(x)",
       ": 2 errors\n"
       "  Test(run) or BINARY(x)\n"
       "  ^^^^ there is no such predicate\n"
       "               ^^^^^^ there is no such predicate",
       "did you mean 'test', 'binary'?"},
      {"binary_name(x)",
       "\n  binary_name(x)\n"
       "  ^^^^^^^^^^^ there is no such predicate",
       "did you mean 'binary_id'?"},
      {"xyzzy(/(/)",
       ": 2 errors\n"
       "  xyzzy(/(/)\n"
       "  ^^^^^ there is no such predicate\n"
       "         ^ this group is not closed",
       ""},
      {"xyzzy",
       "\n  xyzzy\n"
       "  ^^^^^ there is no such predicate",
       ""},
      {"notall()",
       "\n  notall()\n"
       "  ^^^^^^ there is no such predicate",
       "did you mean 'all'?"},
      {"\tall()",
       "\n  \\tall()\n"
       "  ^^ expected an expression",
       ""},
      {"@all() or $",
       ": 2 errors\n"
       "  @all() or $\n"
       "  ^ expected an expression\n"
       "            ^ expected an expression",
       ""},
      {"\"test(a)\"",
       ": 2 errors\n"
       "  \"test(a)\"\n"
       "  ^ expected an expression\n"
       "          ^ expected an operator or the end",
       ""},
      {"test=a",
       ": 2 errors\n"
       "  test=a\n"
       "      ^ missing `(` and `)`\n"
       "      ^^ expected an operator or the end",
       ""},
      {"platform(foo)",
       "\n  platform(foo)\n"
       "           ^^^ expected `host` or `target`",
       ""},
      {"platform(hots)",
       "\n  platform(hots)\n"
       "           ^^^^ expected `host` or `target`",
       "did you mean 'host'?"},
      {"platform(=host)",
       "\n  platform(=host)\n"
       "           ^^^^^ expected `host` or `target`",
       "did you mean 'host'?"},
      {"platform()",
       "\n  platform()\n"
       "           ^ missing name",
       ""},
      {"package(/aaa)",
       "\n  package(/aaa)\n"
       "              ^ missing `/`",
       ""},
      {"all) + package(/not) - deps(expr none)",
       ": 2 errors\n"
       "  all) + package(/not) - deps(expr none)\n"
       "     ^ missing `(`\n"
       "                     ^ missing `/`",
       ""},
      {"package(/)/)",
       "\n  package(/)/)\n"
       "           ^ there is no '(' for it",
       ""},
      {"package(/foo(ab/)",
       "\n  package(/foo(ab/)\n"
       "              ^ this group is not closed",
       ""},
      {"package(/a\\/\\/b(/) or test(/[/)",
       ": 2 errors\n"
       "  package(/a\\/\\/b(/) or test(/[/)\n"
       "                 ^ this group is not closed\n"
       "                              ^ this class is not closed",
       ""},
      {"test(/a/b)",
       ": 2 errors\n"
       "  test(/a/b)\n"
       "          ^ missing `)`\n"
       "          ^^ expected an operator or the end",
       ""},
      {"test(/*/) or test(/a**{/)",
       ": 2 errors\n"
       "  test(/*/) or test(/a**{/)\n"
       "        ^ there is nothing to repeat\n"
       "                        ^ this repetition is not closed",
       ""},
      {"test(/\\p{Greek}/)",
       "\n  test(/\\p{Greek}/)\n"
       "        ^^ Unicode classes are not supported",
       ""},
      {"test(/(?=a)/) or test(/(a)\\1/)",
       ": 2 errors\n"
       "  test(/(?=a)/) or test(/(a)\\1/)\n"
       "        ^^^ look-around is not supported\n"
       "                            ^^ back-references are not supported",
       ""},
      {"test(/[a&&b]/) or test(/[a[b]]/)",
       ": 2 errors\n"
       "  test(/[a&&b]/) or test(/[a[b]]/)\n"
       "          ^^ set operations in classes are not supported\n"
       "                            ^ classes in classes are not supported",
       ""},
      {"test(/(?i)é/) or test(/a{2,1}/)",
       ": 2 errors\n"
       "  test(/(?i)é/) or test(/a{2,1}/)\n"
       "            ^ only ASCII characters are supported where (?i) ignores case\n"
       "                          ^^^^^ the first count is above the second",
       ""},
      {"test(/a{99999}/)",
       "\n  test(/a{99999}/)\n"
       "         ^^^^^^^ the regex is too large",
       ""},
      {"package(foo[) or test(#{a) or test(#a}) or test(#[z-a])",
       ": 4 errors\n"
       "  package(foo[) or test(#{a) or test(#a}) or test(#[z-a])\n"
       "          ^^^^ a '[' without its ']'\n"
       "                         ^^ a '{' without its '}'\n"
       "                                      ^^ a '}' without its '{'\n"
       "                                                   ^^^^^ a range that ends before it begins",
       ""},
      {"tést(a) && größe(b)",
       ": 3 errors\n"
       "  tést(a) && größe(b)\n"
       "  ^^^^ there is no such predicate\n"
       "          ^^ expected `&` or `and`\n"
       "             ^^^^^ there is no such predicate",
       "did you mean 'test', '&'?"},
      {"group(serial) && group()",
       ": 2 errors\n"
       "  group(serial) && group()\n"
       "                ^^ expected `&` or `and`\n"
       "                         ^ missing name",
       "did you mean '&'?"},
      {"all() &&\n  tset(a)\r\nor kind(",
       ": 4 errors\n"
       "  all() &&\n"
       "        ^^ expected `&` or `and`\n"
       "    tset(a)\n"
       "    ^^^^ there is no such predicate\n"
       "  or kind(\n"
       "          ^ missing name\n"
       "          ^ missing `)`",
       "did you mean '&', 'test'?"},
      {"test(\n  /(/\n)",
       "\n  test(\n"
       "    /(/\n"
       "     ^ this group is not closed\n"
       "  )",
       ""},
      {"(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((",
       ": 2 errors\n"
       "  (((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((\n"
       "                                                                                                       ^ "
       "missing expression\n"
       "                                                                                                       ^ "
       "missing `)`",
       ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Result<Filterset> filterset = Filterset::parse(row.text, FiltersetPlace::CommandLine);
    REQUIRE_FALSE(bool(filterset));
    CHECK(filterset.error().code == ExitCode::InvalidFilterset);
    CHECK(filterset.error().message == "invalid filterset" + std::string(row.message));
    CHECK(filterset.error().hint == row.hint);
  }
}

TEST_CASE("filterset: of very long lines and very many faults a part is shown") {
  const auto message_of = [](const std::string& text) {
    const Result<Filterset> filterset = Filterset::parse(text, FiltersetPlace::CommandLine);
    REQUIRE_FALSE(bool(filterset));
    return filterset.error().message;
  };
  std::string text;
  for (int i = 0; i < 100; ++i) text += "größe(a) or ";
  text += "all()";
  const std::string message = message_of(text);
  CHECK(message.find("invalid filterset: 100 errors\n"
                     "  größe(a) or größe(a) or größe(a) or größe(a) or grö...\n"
                     "  ^^^^^ there is no such predicate\n") == 0);
  CHECK(message.find("\n"
                     "  ... or größe(a) or größe(a) or größe(a) or größe(a) or größe(a) or größe(a) or größe(a) or "
                     "größe(a) or grö...\n"
                     "                                                         ^^^^^ there is no such predicate\n") !=
        std::string::npos);
  CHECK(message.substr(message.size() - 14) == "\n  and 80 more");
}

TEST_CASE("filterset: where a predicate can't stand") {
  using Place = FiltersetPlace;
  constexpr std::string_view only_command_line =
      "only on the command line: configuration decides which tests are in a group";
  constexpr std::string_view unlisted = "not for a list wrapper: it is chosen before there is a list of tests";
  const struct {
    std::string_view text;
    Place place;
    std::string_view why;  // empty: it can
  } rows[] = {
      {"group(a)", Place::CommandLine, ""},
      {"group(a)", Place::DefaultFilter, only_command_line},
      {"group(a)", Place::Config, only_command_line},
      {"group(a)", Place::ListWrapper, unlisted},
      {"default()", Place::CommandLine, ""},
      {"default()", Place::DefaultFilter, "not in default-filter: it would stand for itself"},
      {"default()", Place::Config, ""},
      {"default()", Place::ListWrapper, unlisted},
      {"test(a)", Place::CommandLine, ""},
      {"test(a)", Place::DefaultFilter, ""},
      {"test(a)", Place::Config, ""},
      {"test(a)", Place::ListWrapper, unlisted},
      {"package(a) or kind(a) or binary(a) or binary_id(a) or deps(a) or rdeps(a)", Place::ListWrapper, ""},
      {"all() or none() or platform(host)", Place::ListWrapper, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CAPTURE(static_cast<int>(row.place));
    const Result<Filterset> filterset = Filterset::parse(row.text, row.place);
    CHECK(bool(filterset) == row.why.empty());
    if (filterset) continue;
    const std::string marks(row.text.find('('), '^');
    CHECK(filterset.error().message ==
          "invalid filterset\n  " + std::string(row.text) + "\n  " + marks + " " + std::string(row.why));
  }
}

TEST_CASE("filterset: what is known of a binary before its tests are") {
  const TestList list = make_list();
  const Filterset names = filterset_of("test(a)"), core = filterset_of("package(core)");
  const struct {
    std::string_view text;
    const Filterset* default_filter;
    std::string_view answers;  // of core, core-macros, net
  } rows[] = {
      {"all()", nullptr, "YYY"},
      {"none()", nullptr, "NNN"},
      {"default()", nullptr, "YYY"},
      {"default()", &core, "YNN"},
      {"not default()", &core, "NYY"},
      {"default()", &names, "???"},
      {"default() & package(net)", &names, "NN?"},
      {"package(core)", nullptr, "YNN"},
      {"not package(core)", nullptr, "NYY"},
      {"kind(lib)", nullptr, "YNY"},
      {"platform(host)", nullptr, "NYN"},
      {"test(run)", nullptr, "???"},
      {"group(a)", nullptr, "???"},
      {"not test(run)", nullptr, "???"},
      {"package(core) and test(run)", nullptr, "?NN"},
      {"test(run) and package(core)", nullptr, "?NN"},
      {"package(core) or test(run)", nullptr, "Y??"},
      {"test(run) or package(core)", nullptr, "Y??"},
      {"package(core) - test(run)", nullptr, "?NN"},
      {"test(run) - package(core)", nullptr, "N??"},
      {"not (package(core) and test(run))", nullptr, "?YY"},
      {"platform(host) + not test(/.*/)", nullptr, "?Y?"},
      {"test(a) and (test(b) or kind(lib)) and package(net)", nullptr, "NN?"},
      {"test(a) and none() or all()", nullptr, "YYY"},
  };
  const std::size_t asked[] = {0, 4, 5};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    Context context;
    context.default_filter = row.default_filter;
    const Filterset filterset = filterset_of(row.text);
    std::string answers;
    for (const std::size_t binary : asked) {
      const Answer answer = filterset.matches_binary(list.binaries[binary], context);
      answers += answer == Answer::Yes ? 'Y' : answer == Answer::No ? 'N' : '?';
    }
    CHECK(answers == row.answers);
  }
}

TEST_CASE("filterset: without groups every test is in upstream's @global") {
  const TestList list = make_list();
  CHECK(filterset_of("group(@global)").matches(list, 0, Context()));
  CHECK_FALSE(filterset_of("group(serial)").matches(list, 0, Context()));
}

TEST_CASE("filterset: what can match nothing in this run") {
  const TestList list = make_list();
  const Names groups = {"serial", "batch"};
  const struct {
    std::string_view text, message, hint;
  } rows[] = {
      {"all() and none() and test(zzz) and kind(zzz) and platform(host) and default()", "", ""},
      {"package(core) and deps(net) and rdeps(c*) and binary(cli) and binary_id(*/unit)", "", ""},
      {"group(serial) or group(b*) or group(@global)", "", ""},
      {"package(coree)", "\n  package(coree)\n          ^^^^^ no package matches this", "did you mean 'core'?"},
      {"package(=zzz)", "\n  package(=zzz)\n          ^^^^ no package matches this", ""},
      {"deps( ~zzz ) or all()", "\n  deps( ~zzz ) or all()\n        ^^^^ no package matches this", ""},
      {"rdeps(/^$/)", "\n  rdeps(/^$/)\n        ^^^^ no package matches this", ""},
      {"binary(*/cli)", "\n  binary(*/cli)\n         ^^^^^ no name of a binary matches this", "did you mean 'cli'?"},
      {"binary_id(build/unit_c)", "\n  binary_id(build/unit_c)\n            ^^^^^^^^^^^^ no binary id matches this",
       "did you mean 'build/unit_a'?"},
      {"group(seriel)", "\n  group(seriel)\n        ^^^^^^ no test group matches this", "did you mean 'serial'?"},
      {"not package(zzz) and (binary(zzz) | group(yyy))",
       ": 3 errors\n  not package(zzz) and (binary(zzz) | group(yyy))\n"
       "              ^^^ no package matches this\n"
       "                               ^^^ no name of a binary matches this\n"
       "                                            ^^^ no test group matches this",
       ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Status status = filterset_of(row.text).check(list.binaries, groups);
    CHECK(bool(status) == row.message.empty());
    if (status) continue;
    CHECK(status.error().code == ExitCode::InvalidFilterset);
    CHECK(status.error().message == "invalid filterset" + std::string(row.message));
    CHECK(status.error().hint == row.hint);
  }
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out.append(text);
  return out;
}

TEST_CASE("filterset: a thousand levels and no more") {
  const TestList list = make_list();
  for (const std::string_view level : {"(", "not ", "!", "(!"}) {
    CAPTURE(level);
    const std::size_t each = level == "(!" ? 2 : 1;
    const auto nested = [&](std::size_t times) {
      const std::string close = level[0] == '(' ? repeated(")", times) : "";
      return repeated(level, times) + "test(=run)" + close;
    };
    CHECK(matching(filterset_of(nested(1000 / each)), list) == "A3 D1");
    for (const std::size_t times : {1000 / each + 1, std::size_t(100000)}) {
      const Result<Filterset> filterset = Filterset::parse(nested(times), FiltersetPlace::CommandLine);
      REQUIRE_FALSE(bool(filterset));
      CHECK(filterset.error().message.find("^ more than 1000 levels") != std::string::npos);
      CHECK(filterset.error().message.find("errors") == std::string::npos);
    }
  }
  // What is closed again counts no longer.
  CHECK(matching(filterset_of(repeated("(!none()) and ", 5000) + "test(=run)"), list) == "A3 D1");
}

TEST_CASE("filterset: a long chain is not deep") {
  const TestList list = make_list();
  CHECK(matching(filterset_of(repeated("test(=zzz) or ", 10000) + "test(=run)"), list) == "A3 D1");
  CHECK(matching(filterset_of(repeated("test(r) and ", 10000) + "test(=run)"), list) == "A3 D1");
  CHECK(matching(filterset_of("test(=run)" + repeated(" - test(zzz)", 10000)), list) == "A3 D1");
  CHECK(matching(filterset_of("test(=run)" + repeated(" + kind(bin) & !test(z)", 10000)), list) == "A3 D1");
  // Each is in the second operand of the one before it.
  std::string text = "test(=run)";
  for (int i = 0; i < 900; ++i) text = (i % 2 == 0 ? "test(zzz) or (" : "not kind(example) and (") + text + ")";
  CHECK(matching(filterset_of(text), list) == "A3 D1");
}

TEST_CASE("filterset: it can be moved, also between two questions") {
  const TestList list = make_list();
  Filterset first = filterset_of("test(/^r.n$/) or binary_id(#*/empty)");
  CHECK(matching(first, list) == "A3 D1 L1");
  Filterset second = std::move(first);
  CHECK(matching(second, list) == "A3 D1 L1");
  CHECK(second.text() == "test(/^r.n$/) or binary_id(#*/empty)");
}

}  // namespace
