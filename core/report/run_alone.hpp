// The command that runs one test of a run again, alone, ready to be pasted into a shell.
#pragma once

#include <string>
#include <string_view>

#include "core/base/text.hpp"
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

inline std::string command_of(const RunInfo& info, const TestList& list, TestIndex test) {
  const TestBinary& binary = list.binary_of(test);
  const std::string path = contains(binary.path, "/") ? binary.path : "./" + binary.path;
  std::string command = "nextest run " + shell_quote(path);
  if (info.profile != "default") command += " -P " + shell_quote(info.profile);
  if (!info.scope.harness.empty()) command += " --harness " + shell_quote(info.scope.harness);
  if (list.tests[test].ignored) command += " --run-ignored all";
  return command + " -E " + shell_quote("test(=" + filterset_escaped(list.tests[test].name) + ")");
}

}  // namespace nextest
