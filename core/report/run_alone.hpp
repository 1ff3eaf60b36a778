// The command that runs one test of a run again, alone, ready to be pasted into a shell.
#pragma once

#include "core/base/escape.hpp"
#include "core/base/file.hpp"
#include "core/base/switches.hpp"
#include "core/base/utf8.hpp"
#include "core/model/run_info.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

// `name` as the exact matcher of a filterset has it (docs/filtersets.md).
inline std::string filterset_escaped(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool is_control = static_cast<unsigned char>(c) < ' ' || c == 0x7F;
    const bool is_at_end = i == 0 || i + 1 == name.size();  // where blanks do not count
    if (c == '\\' || c == ')' || c == ',') out.append("\\").append(1, c);
    else if ((c == ' ' && is_at_end) || is_control) append_format(out, "\\u{%x}", c);
    else out += c;
  }
  return out;
}

// A word as a shell takes it and as it can be shown: where a report would show other characters in place of its own,
// printf makes them.
inline std::string pasted_word(std::string_view word) {
  if (safe_name(word) == word) return shell_quote(word);
  std::string out = "\"$(printf '";
  while (!word.empty()) {
    const std::size_t size = decode_utf8(word).length;
    const std::string_view character = word.substr(0, size);
    const bool is_special = contains("'\\%!", character) || (out.back() == '\'' && character == "-");
    if (!is_special && safe_name(character) == character) {
      out.append(character);
    } else {
      for (const char c : character) append_format(out, "\\%03o", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    word.remove_prefix(size);
  }
  return out + "')\"";
}

inline std::string pasted_command(const Vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) command.append(command.empty() ? "" : " ").append(pasted_word(word));
  return command;
}

// The words that choose that test and no others, in the binary of that id; empty: in all that are named.
inline std::string only_test_words(std::string_view name, std::string_view binary_id = {}) {
  if (!built_in(Feature::Filtersets)) return " -- --exact " + pasted_word(name);
  const std::string binary = binary_id.empty() ? "" : "binary_id(=" + filterset_escaped(binary_id) + ") & ";
  return " -E " + pasted_word(binary + "test(=" + filterset_escaped(name) + ")");
}

// Those of a command line that decide which tests there are at all, and how and where each runs.
inline void append_kept_options(std::string& out, std::string_view words) {
  constexpr std::string_view flags = " --ignore-default-filter --override-version-check --no-capture --nocapture ";
  constexpr std::string_view with_value =
      " --config-file --tool-config-file --user-config-file --config --workdir --target-runner --list-timeout "
      "--retries "
      "--flaky-result --slow-timeout --terminate-after --grace-period --leak-timeout ";
  bool is_value = false;
  for (std::string_view word; WordList::next(words, word) && (is_value || word != "--");) {
    const std::string option = " " + std::string(word.substr(0, word.find('='))) + " ";
    const bool takes_value = !is_value && contains(with_value, option);
    if (is_value || takes_value || contains(flags, option)) out.append(" ").append(pasted_word(word));
    is_value = takes_value && !contains(word, "=");
  }
}

// The words that name the binary in the same way, so that it has the same id, and all that goes by it. `by_id`: they
// name others as well.
inline std::string binary_words(const RunInfo& info, const TestList& list, const TestBinary& binary, bool& by_id) {
  by_id = built_in(Feature::Filtersets);
  if (by_id && info.scope.from_configuration) return "";
  if (by_id && !info.scope.binaries_metadata.empty()) {
    const std::string& file = info.scope.binaries_metadata;
    const bool is_whole = starts_with(file, "/") || info.folder == info.workspace_root;
    return " --binaries-metadata " + pasted_word(is_whole ? file : info.workspace_root + "/" + file);
  }
  const auto path_word = [](const TestBinary& of) {
    return " " + pasted_word((contains(of.path, "/") ? "" : "./") + of.path.str());
  };
  by_id = by_id && contains(binary.id, "/");  // binaries of one name have longer ids
  if (!by_id) return path_word(binary);
  std::string words;
  for (const TestBinary& other : list.binaries) {
    if (file_name(other.path) == file_name(binary.path)) words += path_word(other);
  }
  return words;
}

inline std::string command_of(const RunInfo& info, const TestList& list, TestIndex test) {
  const TestBinary& binary = list.binary_of(test);
  bool by_id = false;
  std::string command = "nextest run" + binary_words(info, list, binary, by_id);
  if (info.profile != "default") command += " -P " + pasted_word(info.profile);
  if (!info.scope.harness.empty()) command += " --harness " + pasted_word(info.scope.harness);
  append_kept_options(command, info.command_line.all());
  if (list.tests[test].ignored) command += " --run-ignored all";
  return command + only_test_words(list.tests[test].name, by_id ? binary.id : KeptText());
}

}  // namespace nextest
