// --help, from the same table that parses.
#pragma once

#include "cli/commands.hpp"
#include "cli/help_topics.hpp"
#include "cli/option_table.hpp"
#include "core/base/switches.hpp"
#include "core/base/terminal_size.hpp"
#include "core/base/version.hpp"

namespace nextest {

// The columns to fill: the terminal's, at most 100; 80 where there is none.
inline std::size_t help_width() {
  std::size_t columns = size_in_variable("COLUMNS");
  if (columns == 0) columns = TerminalSize::of(1).columns;
  return columns < 40 ? 40 : columns > 100 ? 100 : columns;
}

// `text` in lines of at most `width` columns, all but the first after `indent` blanks.
inline void append_wrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t width) {
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (column > indent && column + 1 + word.size() > width) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out.append(word);
    column += word.size();
    text.remove_prefix(word.size() < text.size() ? word.size() + 1 : word.size());
  }
  out += '\n';
}

// All that `nextest help` knows; the commands first.
inline Vector<std::string_view> help_topic_names() {
  Vector<std::string_view> names;
  for (const CliCommand& command : cli_commands) {
    if (is_there(command.left_out)) names.push_back(command.name);
  }
  for (const HelpTopic& topic : help_topics) {
    if (is_there(topic.left_out)) names.push_back(topic.name);
  }
  return names;
}
inline std::string help_topic_list() {
  std::string list;
  for (const std::string_view name : help_topic_names()) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

// "without WHAT (MACRO)", a line each: what this build leaves out.
inline std::string left_out_lines() {
  std::string out;
  const auto add = [&](const char* what, const char* by) { append_format(out, "without %s (%s)\n", what, by); };
  for (const FeatureRow& row : features) {
    if (row.left_out_by != nullptr) add(row.name, row.left_out_by);
  }
  const char* last = "";
  for (const Harness* const row : harnesses) {
    if (!is_harness_kept(row->name) && std::string_view(last) != row->name) add(row->name, harnesses_macro);
    last = row->name;  // catch2 is there twice
  }
  return out;
}

inline std::string short_help() {
  std::string help = "nextest " + std::string(version) +
                     ": runs every test of test binaries in a process of its own\n"
                     "\n"
                     "Usage:\n"
                     "  nextest run [options] [PATH | NAME]...    run tests\n"
                     "  nextest list [options] [PATH | NAME]...   show which tests there are\n";
  if (built_in(Feature::Records)) {
    help +=
        "  nextest replay [-R RUN]                   show a recorded run again\n"
        "  nextest store list | info RUN | prune | export RUN\n";
  }
  if (built_in(Feature::Config)) help += "  nextest show-config test EXPR | test-groups | profile | version\n";
  if (built_in(Feature::Manual)) help += "  nextest completions bash | zsh\n";
  help +=
      "  nextest help TOPIC\n"
      "  nextest --version\n"
      "\n"
      "A word with a '/' in it is the path of a test binary or of a folder of them; any\n"
      "other word is a part of the names of the tests to take.\n"
      "\n"
      "Topics: ";
  append_wrapped(help, help_topic_list(), 8, 80);
  return help;
}

// The page's own words, and what of it does not hold for this build; about the configuration also all keys of a
// profile, with their defaults.
inline std::string topic_help(const HelpTopic& topic) {
  std::string text = topic.text;
  const std::string missing = left_out_lines();
  if (!missing.empty()) text += "\nThis program was built\n" + missing;
  if (!built_in(Feature::Config) || std::string_view(topic.name) != "config") return text;
  const Vector<TestGroup> groups = {{no_group}};
  text += "\nKeys of a profile, with their defaults (* also in overrides):\n\n";
  for (const SettingRow& row : setting_table) {
    if (row.show == nullptr || (row.places & PerTest) == 0) continue;
    text.append((row.places & InOverride) != 0 ? "* " : "  ").append(row.key).append(" = ");
    text.append(row.show(Settings(), groups)).append("\n");
  }
  return text;
}

inline std::string command_help(OptionCommands command, const char* name, const std::string& usage, const char* what) {
  const std::size_t width = help_width();
  std::string out;
  append_wrapped(out, what, 0, width);
  out += '\n';
  const bool takes_tests = (command & WithoutTests) == 0;
  append_wrapped(out,
                 "Usage: nextest " + std::string(name) + (usage.empty() ? "" : " " + usage) +
                     (command == ForShell ? "" : " [options]") +
                     (takes_tests ? " [PATH | NAME]... [-- TEST-BINARY-OPTIONS]" : ""),
                 7, width);
  if (takes_tests) out += "\n  ";
  if (takes_tests)
    append_wrapped(
        out,
        "PATH has a '/' in it: an executable, or a folder whose executable files are taken (not recursively). "
        "NAME is a part of a test's name; several: tests that have any of them.",
        2, width);
  const char* heading = nullptr;
  for (const Option& option : option_table) {
    if (!option.is_shown_for(command)) continue;
    if (option.heading != heading) out.append("\n").append(option.heading).append(":\n");
    heading = option.heading;
    std::string spelled = "  ";
    if (option.letter != 0) spelled.append("-").append(1, option.letter).append(", ");
    spelled.append("--").append(option.name);
    if (option.value != nullptr) spelled.append(" ").append(option.value);
    out.append(spelled).append("\n      ");
    std::string help = help_of(option);
    for (const OptionAlias& alias : option_aliases) {
      if (std::string_view(option.name) == alias.name) help.append(" [also: --").append(alias.alias).append("]");
    }
    if (option.variable != nullptr) help.append(" [env: ").append(option.variable).append("]");
    append_wrapped(out, help, 6, width);
  }
  if (!takes_tests) return out;
  out += "\nAfter --, as for a libtest binary:\n";
  out += "  ";
  append_wrapped(out, "NAME, --skip NAME, --exact, --ignored, --include-ignored, --nocapture", 2, width);
  return out;
}

}  // namespace nextest
