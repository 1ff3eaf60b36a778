#include "core/report/run_alone.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using nextest::pasted_word;

TEST_CASE("run alone: a word can be shown, and pasted into any shell") {
  CHECK(pasted_word("a b") == "'a b'");
  CHECK(pasted_word("gr\xC3\xB6\xC3\x9F"
                    "e") ==
        "'gr\xC3\xB6\xC3\x9F"
        "e'");
  CHECK(pasted_word("a\tb") == "\"$(printf 'a\\011b')\"");
  CHECK(pasted_word("-\x1B'1%\\!") == "\"$(printf '\\055\\033\\0471\\045\\134\\041')\"");
  CHECK(pasted_word("\xFF\xC3\xA9\xC2\x85-") == "\"$(printf '\\377\xC3\xA9\\302\\205-')\"");
}

TEST_CASE("run alone: options that every test depends on are said again") {
  const char* const words[] = {
      "run", "--config-file", "a b.toml", "t", "--target-runner=env X=1", "-j", "2", "--workdir", "--config", "x=1",
      "--",  "--config-file"};
  std::string line, out;
  for (const char* word : words) line.append(word).append(1, '\0');
  nextest::append_kept_options(out, line);
  CHECK(out == " --config-file 'a b.toml' '--target-runner=env X=1' --workdir --config");
  out.clear();
  nextest::append_kept_options(out, std::string("--config-file\0", 14));
  CHECK(out == " --config-file");
  const char* const limits[] = {"run",          "--slow-timeout", "--retries", "--retries=2", "-j", "1",
                                "--no-capture", "--leak",         "x"};
  line.clear();
  for (const char* word : limits) line.append(word).append(1, '\0');
  out.clear();
  nextest::append_kept_options(out, line);
  CHECK(out == " --slow-timeout --retries --retries=2 --no-capture");
}

TEST_CASE("run alone: a name is that and no other, and an ignored test is run") {
  nextest::TestList list;
  list.binaries.emplace_back();
  list.binaries[0].path = "t";
  list.tests.emplace_back();
  list.tests[0].name = " a(b), c\\d ";
  list.tests[0].ignored = true;
  CHECK(nextest::command_of(nextest::RunInfo(), list, 0) ==
        "nextest run ./t --run-ignored all -E 'test(=\\u{20}a(b\\)\\, c\\\\d\\u{20})'");
}

TEST_CASE("run alone: a binary is named as the run found it") {
  nextest::TestList list;
  list.binaries.resize(3);
  list.binaries[0].path = "a/t";
  list.binaries[0].id = "a/t";
  list.binaries[1].path = "other";
  list.binaries[1].id = "other";
  list.binaries[2].path = "b/t";
  list.binaries[2].id = "b/t";
  list.tests.emplace_back();
  list.tests[0].name = "x";
  list.tests.emplace_back();
  list.tests[1].name = "y";
  list.tests[1].binary = 1;
  nextest::RunInfo info;
  info.folder = info.workspace_root = "/w";
  CHECK(nextest::command_of(info, list, 0) == "nextest run a/t b/t -E 'binary_id(=a/t) & test(=x)'");
  CHECK(nextest::command_of(info, list, 1) == "nextest run ./other -E 'test(=y)'");
  info.scope.binaries_metadata = "m.json";
  CHECK(nextest::command_of(info, list, 1) ==
        "nextest run --binaries-metadata m.json -E 'binary_id(=other) & test(=y)'");
  info.folder = "/w/below";
  CHECK(nextest::command_of(info, list, 1) ==
        "nextest run --binaries-metadata /w/m.json -E 'binary_id(=other) & test(=y)'");
  info.scope.from_configuration = true;
  info.profile = "ci";
  CHECK(nextest::command_of(info, list, 1) == "nextest run -P ci -E 'binary_id(=other) & test(=y)'");
}

TEST_CASE("run alone: the default filter is passed over again") {
  nextest::TestList list;
  list.binaries.emplace_back();
  list.binaries[0].path = "t";
  list.tests.emplace_back();
  list.tests[0].name = "a";
  nextest::RunInfo info;
  info.command_line.add("run");
  CHECK(nextest::command_of(info, list, 0) == "nextest run ./t -E 'test(=a)'");
  info.command_line.add("--ignore-default-filter");
  CHECK(nextest::command_of(info, list, 0) == "nextest run ./t --ignore-default-filter -E 'test(=a)'");
}

}  // namespace
