// nextest list: which tests a run with the same arguments would take.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/configure.hpp"
#include "cli/find_tests.hpp"
#include "cli/messages.hpp"
#include "core/run/test_environment.hpp"

namespace nextest {

inline std::string list_oneline(const TestList& list, const Style& style) {
  std::string out;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    if (list.tests[i].mismatch != Mismatch::None) continue;
    style.paint(out, Paint::BinaryId, safe_name(list.binary_of(i).id));
    out += ' ';
    style.test_name(out, list.tests[i].name, name_separator(list.binary_of(i).harness));
    out += '\n';
  }
  return out;
}

inline std::string list_human(const TestList& list, bool verbose, const Style& style) {
  std::string out;
  TestIndex next = 0;
  for (std::uint32_t i = 0; i < list.binaries.size(); ++i) {
    const TestBinary& binary = list.binaries[i];
    style.paint(out, Paint::BinaryId, safe_name(binary.id));
    out += ":\n";
    if (verbose) {
      out.append("  harness: ").append(harness_of(binary.harness).name).append("\n  path: ");
      append_safe_name(out, binary.path);
      out += '\n';
    }
    bool any = false;
    for (; next < list.tests.size() && list.tests[next].binary == i; ++next) {
      const bool selected = list.tests[next].mismatch == Mismatch::None;
      if (!selected && !verbose) continue;
      any = true;
      out += "    ";
      style.test_name(out, list.tests[next].name, name_separator(binary.harness));
      out.append(selected ? "\n" : " (skipped)\n");
    }
    if (binary.skip_reason != nullptr) out.append("    (skipped: ").append(binary.skip_reason).append(")\n");
    else if (!any) out += "    (no tests)\n";
  }
  return out;
}

inline Result<ExitCode> list_command(CommandLine line) {
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  Supervisor supervisor(line.run.run_id);
  set_run_environment(supervisor.launcher.environment, line.run);
  Result<TestList> list = find_tests(supervisor, line, config.value());
  if (!list) return list.error();
  const GroupNames groups{line.run};
  select_tests(line.selection, list.value(), filter_context(config.value(), groups));
  const Style style = Style::detect(1, line.color);
  return write_stdout(line.list_format == ListFormat::Oneline ? list_oneline(list.value(), style)
                                                              : list_human(list.value(), line.verbose, style));
}

}  // namespace nextest
