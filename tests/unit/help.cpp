#include "cli/help.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "cli/main.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::CliCommand;

// In columns: bytes that start a character.
std::size_t width_of(std::string_view line) {
  std::size_t columns = 0;
  for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return columns;
}

void check_width(const std::string& text, std::size_t width) {
  std::string_view rest = text, line;
  while (nextest::next_line(rest, line)) {
    CAPTURE(line);
    CHECK(width_of(line) <= width);
    CHECK_FALSE(nextest::ends_with(line, " "));
  }
  CHECK(nextest::ends_with(text, "\n"));
}

std::string help_of(const CliCommand& command, const char* columns) {
  const support::Variable variable("COLUMNS", columns);
  return nextest::command_help(command.options, command.name, command.usage, command.help);
}

TEST_CASE("help: every line fits a terminal of the usual width") {
  for (const CliCommand& command : nextest::cli_commands) {
    for (const char* columns : {"80", "90", "100"}) {
      CAPTURE(std::string(command.name));
      CAPTURE(std::string(columns));
      check_width(help_of(command, columns), std::stoul(columns));
    }
  }
}

TEST_CASE("help: every line fits a narrow terminal") {
  for (const CliCommand& command : nextest::cli_commands) {
    for (const char* columns : {"40", "60"}) {
      CAPTURE(std::string(command.name));
      CAPTURE(std::string(columns));
      check_width(help_of(command, columns), std::stoul(columns));
    }
  }
}

TEST_CASE("help: the short help and all topics fit 80 columns") {
  check_width(nextest::short_help(), 80);
  for (const nextest::HelpTopic& topic : nextest::help_topics) {
    CAPTURE(std::string(topic.name));
    if (std::string_view(topic.name) != "config") check_width(nextest::topic_help(topic), 80);
  }
}

TEST_CASE("help: every topic is named where somebody looks for it") {
  for (const char* name : {"run", "list", "show-config", "filterset", "config", "harness", "env", "exit-codes"}) {
    CHECK(nextest::contains(nextest::short_help(), name));
  }
}

// What a page says after `before`, up to `end`.
std::string told(const char* page, const std::string& before, const char* end) {
  const std::string text = support::read_file(page);
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return "";
  return text.substr(at + before.size(), text.find(end, at + before.size()) - at - before.size());
}

TEST_CASE("help: every setting has its place in the pages, which tell its default") {
  const nextest::Vector<nextest::TestGroup> groups = {{"@global"}};
  for (const nextest::SettingRow& row : nextest::setting_table) {
    if (row.is_part()) continue;
    const std::string key = row.key;
    CAPTURE(key);
    std::string value;
    if (row.places & nextest::InRecord) {
      const std::string table = told("docs/records.md", "\n[record]", "```");
      const std::size_t at = table.find("\n" + key.substr(7) + " = ");
      REQUIRE(at != std::string::npos);
      value = table.substr(at + key.size() - 3, table.find_first_of("#\n", at + 1) - at - key.size() + 3);
    } else if (const std::string family = "`" + key.substr(0, key.find('.')) + ".*`";
               !nextest::contains(support::read_file("docs/configuration.md"), family)) {
      value = told("docs/configuration.md", "\n| `" + key + "` | ", " |");
      REQUIRE(value != "");
      if (value == "none") continue;
      value = value.substr(1, value.size() - 2);
    } else {
      continue;
    }
    const nextest::TomlSource source = {"page", "x = " + value};
    const nextest::Result<nextest::TomlValue> document = nextest::parse_toml(source);
    REQUIRE(bool(document));
    nextest::ValueReader in(source);
    in.groups = &groups;
    nextest::Settings settings;
    row.read(in, *document.value().find("x"), settings);
    CHECK(in.ok());
    CHECK(row.show(settings, groups) == row.show(nextest::Settings(), groups));
  }
}

TEST_CASE("help: every option is in the help of its commands, and in no other") {
  for (const CliCommand& command : nextest::cli_commands) {
    const std::string help = help_of(command, "100");
    for (const nextest::Option& option : nextest::option_table) {
      std::string spelled = "\n  ";
      if (option.letter != 0) spelled = spelled + "-" + option.letter + ", ";
      spelled = spelled + "--" + option.name + (option.value != nullptr ? std::string(" ") + option.value : "") + "\n";
      CAPTURE(std::string(command.name));
      CAPTURE(spelled);
      unsigned commands = 0;  // of all options that are spelled like it
      for (const nextest::Option& other : nextest::option_table) {
        if (std::string_view(other.name) == option.name && other.letter == option.letter) commands |= other.commands;
      }
      CHECK(nextest::contains(help, spelled) == ((commands & command.options) != 0));
    }
  }
}

TEST_CASE("help: the words of an option and its variable are there, wrapped or not") {
  for (const CliCommand& command : nextest::cli_commands) {
    std::string help = help_of(command, "40");
    for (std::size_t at; (at = help.find("\n      ")) != std::string::npos;) help.replace(at, 7, " ");
    for (const nextest::Option& option : nextest::option_table) {
      if ((option.commands & command.options) == 0) continue;
      CHECK(nextest::contains(help, nextest::help_of(option)));
      if (option.variable != nullptr) {
        CHECK(nextest::contains(help, "[env: " + std::string(option.variable) + "]"));
      }
    }
  }
}

TEST_CASE("help: each heading comes once") {
  for (const CliCommand& command : nextest::cli_commands) {
    const std::string help = help_of(command, "100");
    for (const char* heading : {nextest::selection_options, nextest::binary_options, nextest::reporting_options}) {
      const std::string line = "\n" + std::string(heading) + ":\n";
      CAPTURE(std::string(heading));
      bool is_there = false;
      for (const nextest::Option& option : nextest::option_table) {
        is_there |= option.heading == heading && (option.commands & command.options) != 0;
      }
      CHECK(nextest::contains(help, line) == is_there);
      CHECK(help.find(line) == help.rfind(line));
    }
  }
  CHECK_FALSE(nextest::contains(help_of(nextest::cli_commands[1], "100"), "\nTime limits:\n"));
}

TEST_CASE("help: what may follow -- is told") {
  for (const CliCommand& command : nextest::cli_commands) {
    if ((command.options & nextest::WithoutTests) != 0) continue;
    const std::string help = help_of(command, "100");
    for (const char* word : {"--skip NAME", "--exact", "--ignored", "--include-ignored", "--nocapture"}) {
      CHECK(nextest::contains(help, word));
    }
  }
}

TEST_CASE("help: what PATH and NAME are is indented like all that follows a heading") {
  for (const CliCommand& command : nextest::cli_commands) {
    if ((command.options & nextest::WithoutTests) != 0) continue;
    CHECK(nextest::contains(help_of(command, "80"), "\n  PATH has a '/' in it"));
  }
}

TEST_CASE("help: the width is what COLUMNS says, within bounds") {
  const struct {
    const char* columns;
    std::size_t width;
  } rows[] = {{"80", 80}, {"100", 100}, {"101", 100}, {"1000", 100}, {"40", 40}, {"39", 40}, {"1", 40}};
  for (const auto& row : rows) {
    const support::Variable variable("COLUMNS", row.columns);
    CHECK(nextest::help_width() == row.width);
  }
  for (const char* columns : {"", "x", "-5", "100000000000"}) {
    const support::Variable variable("COLUMNS", columns);
    CAPTURE(std::string(columns));
    CHECK(nextest::help_width() >= 40);
    CHECK(nextest::help_width() <= 100);
  }
}

TEST_CASE("help: wrapping") {
  const auto wrapped = [](std::string_view text, std::size_t indent, std::size_t width) {
    std::string out;
    nextest::append_wrapped(out, text, indent, width);
    return out;
  };
  CHECK(wrapped("", 0, 10) == "\n");
  CHECK(wrapped("one two", 0, 7) == "one two\n");
  CHECK(wrapped("one two", 0, 6) == "one\ntwo\n");
  CHECK(wrapped("one two three", 2, 9) == "one two\n  three\n");
  CHECK(wrapped("one two three", 2, 8) == "one\n  two\n  three\n");
  CHECK(wrapped("a longwordthatdoesnotfit b", 2, 8) == "a\n  longwordthatdoesnotfit\n  b\n");
  CHECK(wrapped("longwordthatdoesnotfit", 2, 8) == "longwordthatdoesnotfit\n");
}

}  // namespace
