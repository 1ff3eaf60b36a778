#include "cli/completion.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "cli/main.hpp"

namespace {

using namespace nextest;

std::string plain_words(const char* list) {
  std::string words;
  append_plain_words(words, list);
  return words;
}

TEST_CASE("completion: words to be typed as they stand, and no others") {
  CHECK(plain_words("") == "");
  CHECK(plain_words("one") == " one");
  CHECK(plain_words("one, two-b, x9") == " one two-b x9");
  CHECK(plain_words("list | info RUN | prune | export RUN") == " list info prune export");
  CHECK(plain_words("[-R RUN]") == "");
  CHECK(plain_words("a number from 1, a negative number (processors to leave free), \"num-cpus\"") == " num-cpus");
  CHECK(plain_words("N, N:wait, N:immediate (N from 1), all") == " all");
  CHECK(plain_words("latest, the start of a run id, a file") == " latest");
  CHECK(plain_words("\"") == "");
  CHECK(plain_words("it's, $x, `x`, ,|,") == "");
}

// What a command's cases say, a line a case.
std::vector<std::string> cases_of(const CliCommand& command) {
  CommandLine scratch;
  std::string text;
  append_completions(text, scratch, command.options, command.name, command.usage);
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
        CommandLine scratch;
        CHECK(bool(option.apply(scratch, value)));
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
