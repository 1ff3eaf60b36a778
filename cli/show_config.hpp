// nextest show-config: what is configured, and where.
#pragma once

#include "cli/command_line.hpp"
#include "cli/configure.hpp"
#include "cli/messages.hpp"
#include "cli/planner.hpp"
#include "core/base/choices.hpp"
#include "core/base/uuid.hpp"
#include "core/run/test_environment.hpp"

namespace nextest {

// "key = value  # place", for each setting that may stand in `places`.
inline void append_settings(std::string& out, const Config& config, const Settings& settings,
                            const Vector<std::string>& origins, std::uint8_t places, const char* indent) {
  for (const SettingRow& row : setting_table) {
    if (row.show == nullptr || (row.places & places) == 0) continue;
    out.append(indent).append(row.key).append(" = ");
    append_safe_name(out, row.show(settings, config.parts.groups));
    out.append("  # ").append(origins[static_cast<std::size_t>(row.setting)]).append("\n");
  }
}

inline std::string show_profile(const Config& config) {
  Vector<std::string> origins;
  const Settings settings = config.explain(origins);
  std::string out = "[profile." + safe_name(config.profile) + "]\n";
  append_settings(out, config, settings, origins, InProfile, "");
  return out;
}

inline std::string show_tests(const Config& config, const TestList& list, const Style& style) {
  std::string out;
  for (TestIndex test = 0; test < list.tests.size(); ++test) {
    if (list.tests[test].mismatch != Mismatch::None) continue;
    const TestBinary& binary = list.binary_of(test);
    style.paint(out, Paint::BinaryId, safe_name(binary.id));
    out += ' ';
    style.test_name(out, list.tests[test].name, binary.harness->separator);
    out += ":\n";
    Vector<std::string> origins;
    const Settings settings = config.explain(list, test, origins);
    append_settings(out, config, settings, origins, InOverride, "    ");
    for (const std::uint32_t script : settings.test.setup_scripts) {
      out.append("    setup = ").append(show_string(config.parts.scripts.setup[script].id)).append("\n");
    }
    for (const std::uint32_t script : settings.test.teardown_scripts) {
      out.append("    teardown = ").append(show_string(config.parts.scripts.teardown[script].id)).append("\n");
    }
    if (settings.test.run_wrapper != nullptr) {
      out.append("    run-wrapper = ").append(show_string(settings.test.run_wrapper->id)).append("\n");
    }
  }
  return out;
}

inline std::string show_test_groups(const Vector<TestGroup>& groups, const RunPlan& plan, const Style& style) {
  const TestList& list = plan.list;
  std::string out;
  for (std::uint32_t group = 1; group < groups.size(); ++group) {
    style.paint(out, Paint::Bold, safe_name(groups[group].name));
    append_format(out, " (max-threads = %u):\n", groups[group].max_threads);
    bool any = false;
    for (TestIndex test = 0; test < list.tests.size(); ++test) {
      if (list.tests[test].mismatch != Mismatch::None || plan.settings.of(test).group != group) continue;
      any = true;
      out += "    ";
      style.paint(out, Paint::BinaryId, safe_name(list.binary_of(test).id));
      out += ' ';
      style.test_name(out, list.tests[test].name, list.binary_of(test).harness->separator);
      out += '\n';
    }
    if (!any) out += "    (no tests)\n";
  }
  return out.empty() ? "there are no test groups\n" : out;
}

inline Result<ExitCode> show_version(const Config& config) {
  const ConfigParts& parts = config.parts;
  const bool required = !version_is_below(compatible_version, parts.required_version);
  const bool recommended = !version_is_below(compatible_version, parts.recommended_version);
  const auto line = [](const char* what, const std::string& wanted, bool met) {
    return std::string(what) + (wanted.empty() ? "none" : wanted + (met ? " (met)" : " (not met)")) + "\n";
  };
  Result<ExitCode> written =
      write_stdout(std::string("current: ") + version + ", which does what nextest " + compatible_version + " does\n" +
                   line("required: ", parts.required_version, required) +
                   line("recommended: ", parts.recommended_version, recommended));
  if (!written || written.value() != ExitCode::Success) return written;
  return !required      ? ExitCode::RequiredVersionNotMet
         : !recommended ? ExitCode::RecommendedVersionNotMet
                        : ExitCode::Success;
}

inline constexpr Choices show_config_words = {{"test", "test-groups", "profile", "version"}};

inline Result<ExitCode> show_config_command(const CommandLine& line) {
  const std::string topic = line.words.empty() ? "" : line.words[0];
  const bool shows_tests = topic == "test" || topic == "test-groups";
  if (!shows_tests && topic != "profile" && topic != "version") {
    const std::string hint = did_you_mean(topic, show_config_words.all());
    return Error{ExitCode::SetupError,
                 topic.empty() ? "show-config of what?" : "there is no 'show-config " + topic + "'",
                 hint.empty() ? "nextest show-config test EXPR | test-groups | profile | version" : hint};
  }
  const Result<Config> config = load_config(line, topic == "version");
  if (!config) return config.error();
  if (topic == "version") return show_version(config.value());
  if (topic == "profile") return write_stdout(show_profile(config.value()));

  // Settings do not depend on what is run by default.
  Selection selection;
  selection.names = line.selection.names;
  selection.skips = line.selection.skips;
  selection.run_ignored = RunIgnored::All;
  selection.ignore_default_filter = true;
  if (line.words.size() > 1) {
    Result<Filterset> filterset = Filterset::parse(line.words[1], FiltersetPlace::CommandLine);
    if (!filterset) return filterset.error();
    selection.filtersets.push_back(std::move(filterset.value()));
  }
  const RunOptions options = run_options(line, config.value());
  Planner planner(line, config.value(), options, selection);
  const std::string run_id = make_uuid();
  const Guardian guardian(run_id);
  Supervisor supervisor(run_id);
  supervisor.follow(guardian);
  set_run_environment(supervisor.launcher().environment, options);
  if (Status status = planner.find_tests(supervisor); !status) return status.error();
  planner.select();
  const Style style = Style::detect(1, line.color);
  return write_stdout(topic == "test" ? show_tests(config.value(), planner.plan.list, style)
                                      : show_test_groups(options.groups, planner.plan, style));
}

}  // namespace nextest
