// Completion, as the shells themselves do it with the script that they are given.
#include "drive.hpp"

using namespace drive;

namespace {

// What bash offers for the last of `words`, in its order.
Words offered(const Words& words) {
  const std::string script =
      "source <(\"$1\" completions bash) || exit 9\n"
      "shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1))\n"
      "_nextest\n"
      "[ ${#COMPREPLY[@]} = 0 ] || printf '%s\\n' \"${COMPREPLY[@]}\"\n";
  Words command = {path_of_program("bash"), "--norc", "-uc", script, "bash", program_path()};
  command.insert(command.end(), words.begin(), words.end());
  const Outcome outcome = execute(command);
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  return lines_of(outcome.out);
}

TEST_CASE("bash completes commands, options and values" * needs(tool("bash"), file("/dev/fd"))) {
  for (const char* name : {"records", "configuration files", "filtersets", "JSON"}) needs_feature(name);
  CHECK(offered({"nextest", "s"}) == Words{"store", "show-config"});
  CHECK(offered({"nextest", "--v"}) == Words{"--version"});
  CHECK(offered({"nextest", "help", "filt"}) == Words{"filterset"});
  CHECK(offered({"nextest", "run", "--col"}) == Words{"--color"});
  CHECK(offered({"nextest", "run", "--color", ""}) == Words{"auto", "always", "never"});
  CHECK(offered({"nextest", "run", "-j", "n"}) == Words{"num-cpus"});
  CHECK(offered({"nextest", "list", "-T", "json"}) == Words{"json", "json-pretty"});
  CHECK(offered({"nextest", "run", "--dry"}).empty());
  CHECK(offered({"nextest", "store", "--dry"}) == Words{"--dry-run"});
  CHECK(offered({"nextest", "store", ""}) == Words{"list", "info", "prune", "export"});
  CHECK(offered({"nextest", "run", "--retries", ""}).empty());
  CHECK(offered({"nextest", "nothing", ""}).empty());
}

TEST_CASE("bash completes --name=value, which it takes for three words" * needs(tool("bash"), file("/dev/fd"))) {
  CHECK(offered({"nextest", "run", "--color", "="}) == Words{"auto", "always", "never"});
  CHECK(offered({"nextest", "run", "--color", "=", "al"}) == Words{"always"});
  CHECK(offered({"nextest", "run", "--color=al"}) == Words{"--color=always"});  // zsh: one word
}

TEST_CASE("bash completes files and folders, with any blanks" * needs(tool("bash"), file("/dev/fd"))) {
  const TempDir folder;
  write_file(folder.path() + "/a b", "");
  write_file(folder.path() + "/a c", "");
  REQUIRE(mkdir((folder.path() + "/a d").c_str(), 0700) == 0);
  const std::string start = folder.path() + "/a";
  Words all = offered({"nextest", "run", start});
  std::sort(all.begin(), all.end());
  CHECK(all == Words{start + " b", start + " c", start + " d"});
  CHECK(offered({"nextest", "run", "--config-file", start + " b"}) == Words{start + " b"});
  CHECK(offered({"nextest", "run", "--config-file=" + start + " c"}) == Words{"--config-file=" + start + " c"});
  CHECK(offered({"nextest", "run", "--workdir", start}) == Words{start + " d"});
}

void check_zsh_script(const std::string& shell) {
  const Outcome script = nextest({"completions", "zsh"});
  CHECK(script.code == 0);
  const TempDir folder;
  write_file(folder.path() + "/script", script.out);
  CHECK(execute({path_of_program(shell), "-n", folder.path() + "/script"}).code == 0);
}

TEST_CASE("zsh can read its script" * needs(tool("zsh"))) { check_zsh_script("zsh"); }
TEST_CASE("bash can read the script for zsh" * needs(tool("bash"))) { check_zsh_script("bash"); }

TEST_CASE("completions wants one shell that it knows") {
  for (const Words& words : {Words{"completions"}, Words{"completions", "fish"}, Words{"completions", "bash", "zsh"}}) {
    const Outcome outcome = nextest(words);
    CHECK(outcome.code == 96);
    CHECK(outcome.out == "");
    CHECK(contains(outcome.err, "nextest completions bash"));
  }
}

}  // namespace
