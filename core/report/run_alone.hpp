// The command that runs one test of a run again, alone, ready to be pasted into a shell.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/escape.hpp"
#include "core/base/text.hpp"
#include "core/base/utf8.hpp"
#include "core/base/vector.hpp"
#include "core/model/run_info.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

// `name` as the exact matcher of a filterset has it (docs/filtersets.md).
inline std::string filterset_escaped(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool is_at_end = i == 0 || i + 1 == name.size();  // where blanks do not count
    if (c == '\\' || c == ')' || c == ',') out.append("\\").append(1, c);
    else if ((c == ' ' && is_at_end) || (c >= 0 && c < ' ') || c == 0x7F) append_format(out, "\\u{%x}", c);
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

inline std::string command_of(const RunInfo& info, const TestList& list, TestIndex test) {
  const TestBinary& binary = list.binary_of(test);
  const std::string path = contains(binary.path, "/") ? binary.path : "./" + binary.path;
  std::string command = "nextest run " + pasted_word(path);
  if (info.profile != "default") command += " -P " + pasted_word(info.profile);
  if (!info.scope.harness.empty()) command += " --harness " + pasted_word(info.scope.harness);
  std::string_view word, rest = info.command_line.all();
  while (WordList::next(rest, word) && word != "--") {
    if (word == "--ignore-default-filter") command.append(" ").append(word);
  }
  if (list.tests[test].ignored) command += " --run-ignored all";
  return command + " -E " + pasted_word("test(=" + filterset_escaped(list.tests[test].name) + ")");
}

}  // namespace nextest
