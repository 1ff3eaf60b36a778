// nextest list: which tests a run with the same arguments would take.
#pragma once

#include <string>

#include "cli/run.hpp"

namespace nextest {

inline std::string show_list(const TestList& list, const CommandLine& line, const Style& style) {
  std::string out;
  TestIndex next = 0;
  for (std::uint32_t i = 0; i < list.binaries.size(); ++i) {
    const TestBinary& binary = list.binaries[i];
    if (line.list_format == ListFormat::Human) {
      style.paint(out, Paint::BinaryId, safe_name(binary.id));
      out += ":\n";
      if (line.verbose) {
        out.append("  harness: ").append(harness_of(binary.harness).name).append("\n  path: ");
        append_safe_name(out, binary.path);
        out += '\n';
      }
    }
    bool any = false;
    for (; next < list.tests.size() && list.tests[next].binary == i; ++next) {
      const TestCase& test = list.tests[next];
      const bool selected = test.mismatch == Mismatch::None;
      if (!selected && !(line.verbose && line.list_format == ListFormat::Human)) continue;
      any = true;
      out.append(line.list_format == ListFormat::Human ? "    " : safe_name(binary.id) + " ");
      style.test_name(out, test.name, name_separator(binary.harness));
      out.append(selected ? "\n" : " (skipped)\n");
    }
    if (line.list_format == ListFormat::Human && !any) {
      out.append(binary.skip_reason == nullptr ? std::string("    (no tests)\n") : std::string("    (skipped: ") + binary.skip_reason + ")\n");
    }
  }
  return out;
}

inline Result<ExitCode> list_command(CommandLine line) {
  line.run.run_id = make_uuid();
  Supervisor supervisor(line.run.run_id);
  set_run_environment(supervisor.launcher.environment, line.run);
  Result<TestList> list = find_tests(supervisor, line);
  if (!list) return list.error();
  select_tests(line.selection, list.value());
  return write_stdout(show_list(list.value(), line, Style::detect(1, line.color)));
}

}  // namespace nextest
