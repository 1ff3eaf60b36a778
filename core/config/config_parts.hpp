// The parts of a configuration beside profiles: test groups, scripts, binaries, harnesses, versions.
#pragma once

#include "core/base/cpus.hpp"
#include "core/base/version.hpp"
#include "core/config/config_files.hpp"
#include "core/config/layer.hpp"
#include "core/config/setting_table.hpp"
#include "core/config/value_reader.hpp"
#include "core/harness/custom.hpp"
#include "core/model/script.hpp"
#include "core/model/test_list.hpp"
#include "core/select/glob.hpp"

namespace nextest {

// What a run takes where no path is given: [[binaries]].
struct BinariesEntry {
  std::string path;  // glob, from the workspace root
  std::string harness;
  std::string package;
  std::string folder;               // "binary", or a path
  Vector<std::string> environment;  // NAME=VALUE
};

struct ConfigParts {
  Vector<TestGroup> groups = {{no_group}};
  PhaseScripts scripts;
  Vector<WrapperScript> wrapper_scripts;
  Vector<CustomHarness> custom_harnesses;
  Vector<BinariesEntry> binaries;
  Vector<std::string> target_runner;
  PartialSettings record;                       // of [record]
  std::string store_folder = "target/nextest";  // in the workspace: where reports of a profile go
  std::string required_version;
  std::string recommended_version;
};

class ConfigPartsReader {
 public:
  ConfigPartsReader(const ConfigDocument& document, const std::string& workspace_root, ConfigParts& parts,
                    Vector<std::string>& warnings)
      : document_(document), workspace_root_(workspace_root), parts_(parts), in_(document.source, &warnings) {}

  // "0.9.50", or { required = "...", recommended = "..." }
  Status read_versions() {
    const TomlValue* const value = document_.root.find("nextest-version");
    if (value == nullptr) return success();
    if (value->kind == TomlKind::String) {
      read_version(*value, parts_.required_version);
    } else if (value->kind != TomlKind::Table) {
      in_.not_allowed(*value, "a version, as in \"0.9.50\", { required = ..., recommended = ... }");
    } else {
      in_.table(*value, {{"required", [&](const TomlValue& v) { read_version(v, parts_.required_version); }},
                         {"recommended", [&](const TomlValue& v) { read_version(v, parts_.recommended_version); }}});
    }
    return in_.status();
  }

  Status read() {
    const auto elsewhere = [](const TomlValue&) {};
    const auto record = [&](const TomlValue& v) { LayerReader{in_, InRecord, "record."}.read(v, parts_.record); };
    const auto store_folder = [&](const TomlValue& v) { in_.text(v, parts_.store_folder); };
    const auto store = [&](const TomlValue& v) { in_.table(v, "store.", {{"dir", store_folder}}); };
    const auto group_tables = [&](const TomlValue& v) { named(v, "test group", &ConfigPartsReader::test_group); };
    const auto harness_tables = [&](const TomlValue& v) { named(v, "harness", &ConfigPartsReader::harness); };
    const auto setup = [&](const TomlValue& v) { named(v, "setup script", &ConfigPartsReader::setup_script); };
    const auto teardown = [&](const TomlValue& v) { named(v, "teardown script", &ConfigPartsReader::teardown_script); };
    const auto wrapper = [&](const TomlValue& v) { named(v, "wrapper script", &ConfigPartsReader::wrapper_script); };
    const auto scripts = [&](const TomlValue& v) {
      in_.table(v, "scripts.", {{"setup", setup}, {"teardown", teardown}, {"wrapper", wrapper}});
      no_shared_names(v);
    };
    in_.table(document_.root, "",
              {{"experimental", [&](const TomlValue& v) { experimental(v); }},
               {"nextest-version", elsewhere},
               {"profile", elsewhere},
               {"record", record},
               {"scripts", scripts},
               {"store", store},
               {"test-groups", group_tables},
               {"binaries", [&](const TomlValue& v) { binaries(v); }},
               {"harness", harness_tables},
               {"target-runner", [&](const TomlValue& v) { target_runner(v); }},
               {"script", setup, false}});  // as upstream called them first
    return in_.status();
  }

 private:
  // Of what several files want, the newest holds.
  void read_version(const TomlValue& value, std::string& wanted) {
    std::string text;
    if (!in_.text(value, text)) return;
    std::uint64_t part = 0;
    std::string_view rest = text;
    for (int i = 0; i < 3; ++i) {
      const std::size_t end = i < 2 ? rest.find('.') : rest.find_first_of("-+");
      if (!parse_number(rest.substr(0, end), part) || (i < 2 && end == std::string_view::npos)) {
        return in_.not_allowed(value, "a version, as in \"0.9.50\"");
      }
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    if (!version_is_below(text, wanted)) wanted = text;
  }

  // What these guard upstream is always there, whether it is turned on or not.
  void experimental(const TomlValue& value) {
    constexpr const char* unknown = "unknown experimental feature '";
    if (value.kind == TomlKind::Table) {
      bool is_on = false;
      const auto flag = [&](const TomlValue& v) { in_.boolean(v, is_on); };
      return in_.table(
          value, {{"setup-scripts", flag}, {"wrapper-scripts", flag}, {"benchmarks", flag}},
          [&](const TomlMember& member) { in_.warn(member.key_span, unknown + member.key + "' is ignored"); });
    }
    if (value.kind != TomlKind::Array) {
      return in_.not_allowed(value, "a table, as in { setup-scripts = true }, or an array of strings");
    }
    for (const TomlValue& item : value.items) {
      std::string name;
      if (!in_.text(item, name)) return;
      const std::string_view known = "setup-scripts wrapper-scripts benchmarks ";
      if (!contains(known, name + " ")) in_.warn(item.span, unknown + name + "' is ignored");
    }
  }

  // Upstream's identifier: a letter, then letters, digits, '-', '_'. Each character that is not ASCII counts as a
  // letter.
  static bool is_identifier(std::string_view name) {
    for (std::size_t i = 0; i < name.size(); ++i) {
      const char c = ascii_lower(name[i]);
      const bool is_letter = (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
      if (!is_letter && (i == 0 || !(is_digit(c) || c == '-' || c == '_'))) return false;
    }
    return !name.empty();
  }

  // [KIND.NAME] tables. A tool's names are its own: @tool:TOOL:NAME.
  void named(const TomlValue& value, const char* kind,
             void (ConfigPartsReader::*read_one)(const std::string& name, const TomlValue& table)) {
    const std::string prefix = document_.tool.empty() ? "" : "@tool:" + document_.tool + ":";
    in_.table(value, {}, [&](const TomlMember& member) {
      if (!starts_with(member.key, prefix) || !is_identifier(member.key.substr(prefix.size()))) {
        in_.fail_at_key(
            member, std::string("a ") + kind + " cannot have the name '" + member.key + "' here",
            (prefix.empty() ? "" : "begin it with " + prefix + ", then ") + "a letter, then letters, digits, '-', '_'");
      } else if (member.value.kind != TomlKind::Table) {
        in_.not_allowed(member.value, "a table");
      } else {
        (this->*read_one)(member.key, member.value);
      }
    });
  }

  void test_group(const std::string& name, const TomlValue& value) {
    TestGroup group{name, 0};
    const auto max_threads = [&](const TomlValue& v) {
      ThreadCount threads;
      MaxThreadsValue::read(in_, v, threads);
      group.max_threads = threads.resolve(usable_cpus(), 0);
    };
    in_.table(value, "test-groups." + name + ".", {{"max-threads", max_threads}});
    if (group.max_threads == 0)
      in_.fail(value, "the test group '" + name + "' has no max-threads", "as in max-threads = 1");
    add(parts_.groups, &TestGroup::name, std::move(group));
  }

  void setup_script(const std::string& name, const TomlValue& value) {
    phase_script("scripts.setup.", name, value, parts_.scripts.setup);
  }
  void teardown_script(const std::string& name, const TomlValue& value) {
    phase_script("scripts.teardown.", name, value, parts_.scripts.teardown);
  }

  void phase_script(const char* where, const std::string& name, const TomlValue& value, Vector<PhaseScript>& scripts) {
    PhaseScript script;
    script.id = name;
    const auto store_success = [&](const TomlValue& v) { in_.boolean(v, script.junit_store_success_output); };
    const auto store_failure = [&](const TomlValue& v) { in_.boolean(v, script.junit_store_failure_output); };
    const auto junit = [&](const TomlValue& v) {
      in_.table(v, {{"store-success-output", store_success}, {"store-failure-output", store_failure}});
    };
    in_.table(value, where + name + ".",
              {{"command", [&](const TomlValue& v) { command(v, script.command); }},
               {"slow-timeout", [&](const TomlValue& v) { SlowTimeoutValue::read(in_, v, script.slow_timeout); }},
               {"leak-timeout", [&](const TomlValue& v) { LeakTimeoutValue::read(in_, v, script.leak_timeout); }},
               {"capture-stdout", [&](const TomlValue& v) { in_.boolean(v, script.capture_out); }},
               {"capture-stderr", [&](const TomlValue& v) { in_.boolean(v, script.capture_err); }},
               {"junit", junit}});
    needs_command(value, name, script.command);
    add(scripts, &PhaseScript::id, std::move(script));
  }

  void wrapper_script(const std::string& name, const TomlValue& value) {
    static constexpr Choices runners = {{"ignore", "overrides-wrapper", "within-wrapper", "around-wrapper"}};
    WrapperScript script;
    script.id = name;
    in_.table(value, "scripts.wrapper." + name + ".",
              {{"command", [&](const TomlValue& v) { command(v, script.command); }},
               {"target-runner", [&](const TomlValue& v) { in_.choose(v, runners, script.target_runner); }}});
    needs_command(value, name, script.command);
    add(parts_.wrapper_scripts, &WrapperScript::id, std::move(script));
  }

  // As upstream. A teardown script may have the name of the setup script that it belongs to.
  void no_shared_names(const TomlValue& scripts) {
    const TomlValue* const setup = scripts.find("setup");
    const TomlValue* const wrapper = scripts.find("wrapper");
    if (setup == nullptr || wrapper == nullptr) return;
    for (const TomlMember& member : wrapper->members) {
      if (setup->find(member.key) == nullptr) continue;
      in_.fail_at_key(member, "a setup script is named '" + member.key + "', too", "give one of them another name");
    }
  }

  void needs_command(const TomlValue& table, const std::string& name, const ScriptCommand& command) {
    if (command.argv.empty())
      in_.fail(table, "the script '" + name + "' has no command", "as in command = \"./script.sh\"");
  }

  // A file of higher priority comes later.
  template <class Named>
  static void add(Vector<Named>& all, std::string Named::*name, Named one) {
    for (Named& known : all) {
      if (known.*name == one.*name) return static_cast<void>(known = std::move(one));
    }
    all.push_back(std::move(one));
  }

  // A string of shell words, an array, or a table with one of these as command-line.
  void command(const TomlValue& value, ScriptCommand& command) {
    if (value.kind == TomlKind::Table) {
      static constexpr Choices folders = {{"none", "target", "workspace-root"}};
      int relative_to = 0;
      in_.table(value, {{"command-line", [&](const TomlValue& v) { words(v, command.argv); }},
                        {"relative-to", [&](const TomlValue& v) { in_.choose(v, folders, relative_to); }},
                        {"env", [&](const TomlValue& v) { environment(v, command.environment); }}});
      if (relative_to != 0 && !command.argv.empty() && !starts_with(command.argv[0], "/")) {
        const std::string folder = relative_to == 1 ? target_folder() : workspace_root_;
        command.argv[0] = folder + "/" + command.argv[0];
      }
    } else {
      words(value, command.argv);
    }
    if (command.argv.empty()) in_.fail(value, "the command is empty", "as in command = \"./script.sh\"");
  }

  // Where cargo builds.
  std::string target_folder() const {
    const char* const target = ::getenv("CARGO_TARGET_DIR");
    return target != nullptr && *target != '\0' ? absolute_path(target) : workspace_root_ + "/target";
  }

  void words(const TomlValue& value, Vector<std::string>& words) {
    if (value.kind == TomlKind::Array) return in_.strings(value, words);
    std::string text;
    if (!in_.text(value, text, "a string, an array of strings")) return;
    Result<Vector<std::string>> split = split_shell_words(text);
    if (text.find('\0') != std::string::npos) in_.fail(value, "a command cannot hold a NUL", "");
    else if (split) words = std::move(split.value());
    else in_.fail(value, split.error());
  }

  void environment(const TomlValue& value, Vector<std::string>& environment) {
    in_.table(value, {}, [&](const TomlMember& member) {
      std::string text;
      if (!in_.text(member.value, text)) return;
      if (starts_with(member.key, "NEXTEST") || member.key.empty() || contains(member.key, "=") ||
          text.find('\0') != std::string::npos) {
        in_.fail(member.value, "the environment variable '" + member.key + "' cannot be set here",
                 "names that begin with NEXTEST are reserved");
      }
      environment.push_back(member.key + "=" + text);
    });
  }

  void binaries(const TomlValue& value) {
    if (value.kind != TomlKind::Array) return in_.not_allowed(value, "an array of tables: [[binaries]]");
    if (!document_.tool.empty()) return in_.fail(value, "a tool cannot say which binaries there are", "");
    for (const TomlValue& item : value.items) {
      BinariesEntry entry;
      entry.folder = ".";
      in_.table(item, "binaries.",
                {{"path", [&](const TomlValue& v) { read_glob(v, entry.path); }},
                 {"harness", [&](const TomlValue& v) { in_.text(v, entry.harness); }},
                 {"package", [&](const TomlValue& v) { in_.text(v, entry.package); }},
                 {"cwd", [&](const TomlValue& v) { in_.text(v, entry.folder); }},
                 {"env", [&](const TomlValue& v) { environment(v, entry.environment); }}});
      if (entry.path.empty()) in_.fail(item, "[[binaries]] without a path", "as in path = \"build/tests/*_test\"");
      if (entry.folder == "workspace") entry.folder = ".";
      if (entry.harness == "auto") entry.harness.clear();
      parts_.binaries.push_back(std::move(entry));
    }
  }

  void harness(const std::string& name, const TomlValue& value) {
    CustomHarness harness(name);
    in_.table(value, "harness." + name + ".",
              {{"match", [&](const TomlValue& v) { read_glob(v, harness.match); }},
               {"list", [&](const TomlValue& v) { in_.strings(v, harness.list); }},
               {"list-pattern", [&](const TomlValue& v) { in_.text(v, harness.list_pattern); }},
               {"run", [&](const TomlValue& v) { in_.strings(v, harness.run); }},
               {"ignored-list", [&](const TomlValue& v) { in_.strings(v, harness.ignored_list); }}});
    if (harness.run.empty())
      in_.fail(value, "the harness '" + name + "' has no run", "as in run = [\"pytest\", \"{test}\"]");
    if (!harness.list.empty() && harness.list_pattern.empty()) {
      in_.fail(value, "the harness '" + name + "' has no list-pattern", "as in list-pattern = \"^(.*::.*)$\"");
    }
    parts_.custom_harnesses.push_back(std::move(harness));
  }

  void read_glob(const TomlValue& value, std::string& glob) {
    if (!in_.text(value, glob)) return;
    const Result<Glob> parsed = Glob::parse(glob);
    if (!parsed) in_.fail(value, parsed.error());
    if (glob.find('\0') != std::string::npos) in_.fail(value, "a path cannot hold a NUL", "");
  }

  void target_runner(const TomlValue& value) {
    const auto command = [&](const TomlValue& v) {
      words(v, parts_.target_runner);
      if (parts_.target_runner.empty()) in_.fail(v, "the command is empty", "as in command = \"qemu-arm\"");
    };
    in_.table(value, "target-runner.", {{"command", command}});
  }

  const ConfigDocument& document_;
  const std::string& workspace_root_;
  ConfigParts& parts_;
  ValueReader in_;
};

}  // namespace nextest
