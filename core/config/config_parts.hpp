// The parts of a configuration beside profiles: test groups, scripts, binaries, harnesses, versions.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/base/cpus.hpp"
#include "core/base/vector.hpp"
#include "core/base/version.hpp"
#include "core/config/config_files.hpp"
#include "core/config/layer.hpp"
#include "core/config/record_reader.hpp"
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
  Vector<TestGroup> groups = {{"@global"}};
  Vector<SetupScript> setup_scripts;
  Vector<WrapperScript> wrapper_scripts;
  Vector<CustomHarness> custom_harnesses;
  Vector<BinariesEntry> binaries;
  Vector<std::string> target_runner;
  RecordSettings record;
  std::string store_folder = "target/nextest";  // in the workspace: where reports of a profile go
  std::string required_version;
  std::string recommended_version;
};

class ConfigPartsReader {
 public:
  ConfigPartsReader(const ConfigDocument& document, const std::string& workspace_root, ConfigParts& parts,
                    Vector<std::string>& warnings)
      : document_(document),
        workspace_root_(workspace_root),
        parts_(parts),
        warnings_(warnings),
        in_(&document.source) {}

  // "0.9.50", or { required = "...", recommended = "..." }
  Status read_versions() {
    const TomlValue* const value = document_.root.find("nextest-version");
    if (value == nullptr) return success();
    if (value->kind == TomlKind::String) {
      read_version(*value, parts_.required_version);
    } else if (value->kind != TomlKind::Table) {
      in_.not_allowed(*value, "a version, as in \"0.9.50\", { required = ..., recommended = ... }");
    } else {
      in_.table(*value, [&](const TomlMember& member) {
        if (member.key == "required") read_version(member.value, parts_.required_version);
        else if (member.key == "recommended") read_version(member.value, parts_.recommended_version);
        else return false;
        return true;
      });
    }
    return in_.status();
  }

  Status read() {
    for (const TomlMember& member : document_.root.members) {
      const TomlValue& value = member.value;
      if (member.key == "experimental") experimental(value);
      else if (member.key == "store") store(value);
      else if (member.key == "record") read_record_settings(document_, in_, value, "record.", parts_.record, warnings_);
      else if (member.key == "test-groups")
        named(value, "test group", [&](auto& name, auto& table) { group(name, table); });
      else if (member.key == "scripts") scripts(value);
      else if (member.key == "script")
        named(value, "setup script", [&](auto& name, auto& table) { setup_script(name, table); });
      else if (member.key == "binaries") binaries(value);
      else if (member.key == "harness") named(value, "harness", [&](auto& name, auto& table) { harness(name, table); });
      else if (member.key == "target-runner") target_runner(value);
      else if (member.key != "profile" && member.key != "nextest-version") {
        warn_unknown(member, "",
                     {"experimental", "nextest-version", "profile", "record", "scripts", "store", "test-groups",
                      "binaries", "harness", "target-runner"});
      }
    }
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

  // What these guard upstream is always there.
  void experimental(const TomlValue& value) {
    if (value.kind != TomlKind::Array) return in_.not_allowed(value, "an array of strings");
    for (const TomlValue& item : value.items) {
      std::string name;
      if (!in_.text(item, name)) return;
      const std::string_view known = "setup-scripts wrapper-scripts benchmarks ";
      if (!contains(known, name + " ")) {
        warnings_.push_back(document_.place_of(item.span) + ": unknown experimental feature '" + name + "' is ignored");
      }
    }
  }

  void warn_unknown(const TomlMember& member, const std::string& where, const Vector<std::string_view>& known) {
    warnings_.push_back(unknown_key(document_, member, where + member.key, did_you_mean(member.key, known)));
  }

  void store(const TomlValue& value) {
    keys(value, "store", {"dir"});
    if (const TomlValue* const dir = value.find("dir")) in_.text(*dir, parts_.store_folder);
  }

  // Keys that are read elsewhere, or not needed here.
  void keys(const TomlValue& value, const char* where, const Vector<std::string_view>& known) {
    in_.table(value, [&](const TomlMember& member) {
      if (std::find(known.begin(), known.end(), member.key) == known.end()) {
        warn_unknown(member, std::string(where) + ".", known);
      }
      return true;
    });
  }

  // [KIND.NAME] tables. A tool's names are its own: @tool:TOOL:NAME.
  void named(const TomlValue& value, const char* kind, FunctionRef<void(const std::string&, const TomlValue&)> read) {
    const std::string prefix = document_.tool.empty() ? "" : "@tool:" + document_.tool + ":";
    in_.table(value, [&](const TomlMember& member) {
      TomlValue at = member.value;
      at.span = member.key_span;
      if (!starts_with(member.key, prefix) || (prefix.empty() && (member.key.empty() || member.key[0] == '@'))) {
        in_.fail(at, std::string("a ") + kind + " cannot have the name '" + member.key + "' here",
                 prefix.empty() ? "names that begin with @ are reserved" : "begin it with " + prefix);
      } else if (member.value.kind != TomlKind::Table) {
        in_.not_allowed(member.value, "a table");
      } else {
        read(member.key, member.value);
      }
      return true;
    });
  }

  void group(const std::string& name, const TomlValue& table) {
    TestGroup group{name, 0};
    in_.table(table, [&](const TomlMember& member) {
      ThreadCount threads;
      if (member.key != "max-threads") return warn_unknown(member, "test-groups." + name + ".", {"max-threads"}), true;
      in_.threads(member.value, 1, false, threads);
      group.max_threads = threads.resolve(usable_cpus(), 0);
      return true;
    });
    if (group.max_threads == 0)
      in_.fail(table, "the test group '" + name + "' has no max-threads", "as in max-threads = 1");
    for (TestGroup& known : parts_.groups) {
      if (known.name == name) return static_cast<void>(known = group);  // a file of higher priority comes later
    }
    parts_.groups.push_back(std::move(group));
  }

  void scripts(const TomlValue& value) {
    in_.table(value, [&](const TomlMember& member) {
      if (member.key == "setup")
        named(member.value, "setup script", [&](auto& name, auto& table) { setup_script(name, table); });
      else if (member.key == "wrapper")
        named(member.value, "wrapper script", [&](auto& name, auto& table) { wrapper_script(name, table); });
      else warn_unknown(member, "scripts.", {"setup", "wrapper"});
      return true;
    });
  }

  void setup_script(const std::string& name, const TomlValue& table) {
    SetupScript script;
    script.id = name;
    in_.table(table, [&](const TomlMember& member) {
      if (member.key == "command") command(member.value, script.command);
      else if (member.key == "slow-timeout") read_slow_timeout(in_, member.value, script.slow_timeout);
      else if (member.key == "leak-timeout") read_leak_timeout(in_, member.value, script.leak_timeout);
      else if (member.key == "capture-stdout") in_.boolean(member.value, script.capture_out);
      else if (member.key == "capture-stderr") in_.boolean(member.value, script.capture_err);
      else if (member.key == "junit") script_junit(member.value, script);
      else
        warn_unknown(member, "scripts.setup." + name + ".",
                     {"command", "slow-timeout", "leak-timeout", "capture-stdout", "capture-stderr", "junit"});
      return true;
    });
    needs_command(table, name, script.command);
    add(parts_.setup_scripts, std::move(script));
  }

  void script_junit(const TomlValue& value, SetupScript& script) {
    in_.table(value, [&](const TomlMember& member) {
      if (member.key == "store-success-output") in_.boolean(member.value, script.junit_store_success_output);
      else if (member.key == "store-failure-output") in_.boolean(member.value, script.junit_store_failure_output);
      else return false;
      return true;
    });
  }

  void wrapper_script(const std::string& name, const TomlValue& table) {
    WrapperScript script;
    script.id = name;
    in_.table(table, [&](const TomlMember& member) {
      if (member.key == "command") command(member.value, script.command);
      else if (member.key == "target-runner")
        in_.choose(member.value, {"ignore", "overrides-wrapper", "within-wrapper", "around-wrapper"},
                   script.target_runner);
      else warn_unknown(member, "scripts.wrapper." + name + ".", {"command", "target-runner"});
      return true;
    });
    needs_command(table, name, script.command);
    add(parts_.wrapper_scripts, std::move(script));
  }

  void needs_command(const TomlValue& table, const std::string& name, const ScriptCommand& command) {
    if (command.argv.empty())
      in_.fail(table, "the script '" + name + "' has no command", "as in command = \"./script.sh\"");
  }

  // A file of higher priority comes later.
  template <class Script>
  static void add(Vector<Script>& scripts, Script script) {
    for (Script& known : scripts) {
      if (known.id == script.id) return static_cast<void>(known = std::move(script));
    }
    scripts.push_back(std::move(script));
  }

  // A string of shell words, an array, or a table with one of these as command-line.
  void command(const TomlValue& value, ScriptCommand& command) {
    if (value.kind == TomlKind::Table) {
      int relative_to = 0;
      in_.table(value, [&](const TomlMember& member) {
        if (member.key == "command-line") words(member.value, command.argv);
        else if (member.key == "relative-to")
          in_.choose(member.value, {"none", "target", "workspace-root"}, relative_to);
        else if (member.key == "env") environment(member.value, command.environment);
        else return false;
        return true;
      });
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
    else in_.fail(value, split.error().message, split.error().hint);
  }

  void environment(const TomlValue& value, Vector<std::string>& environment) {
    in_.table(value, [&](const TomlMember& member) {
      std::string text;
      if (!in_.text(member.value, text)) return true;
      if (starts_with(member.key, "NEXTEST") || member.key.empty() || contains(member.key, "=") ||
          text.find('\0') != std::string::npos) {
        in_.fail(member.value, "the environment variable '" + member.key + "' cannot be set here",
                 "names that begin with NEXTEST are reserved");
      }
      environment.push_back(member.key + "=" + text);
      return true;
    });
  }

  void binaries(const TomlValue& value) {
    if (value.kind != TomlKind::Array) return in_.not_allowed(value, "an array of tables: [[binaries]]");
    if (!document_.tool.empty()) return in_.fail(value, "a tool cannot say which binaries there are", "");
    for (const TomlValue& item : value.items) {
      BinariesEntry entry;
      entry.folder = ".";
      in_.table(item, [&](const TomlMember& member) {
        if (member.key == "path") read_glob(member.value, entry.path);
        else if (member.key == "harness") in_.text(member.value, entry.harness);
        else if (member.key == "package") in_.text(member.value, entry.package);
        else if (member.key == "cwd") in_.text(member.value, entry.folder);
        else if (member.key == "env") environment(member.value, entry.environment);
        else warn_unknown(member, "binaries.", {"path", "harness", "package", "cwd", "env"});
        return true;
      });
      if (entry.path.empty()) in_.fail(item, "[[binaries]] without a path", "as in path = \"build/tests/*_test\"");
      if (entry.folder == "workspace") entry.folder = ".";
      if (entry.harness == "auto") entry.harness.clear();
      parts_.binaries.push_back(std::move(entry));
    }
  }

  void harness(const std::string& name, const TomlValue& table) {
    CustomHarness harness(name);
    in_.table(table, [&](const TomlMember& member) {
      if (member.key == "match") read_glob(member.value, harness.match);
      else if (member.key == "list") in_.strings(member.value, harness.list);
      else if (member.key == "list-pattern") in_.text(member.value, harness.list_pattern);
      else if (member.key == "run") in_.strings(member.value, harness.run);
      else if (member.key == "ignored-list") in_.strings(member.value, harness.ignored_list);
      else warn_unknown(member, "harness." + name + ".", {"match", "list", "list-pattern", "run", "ignored-list"});
      return true;
    });
    if (harness.run.empty())
      in_.fail(table, "the harness '" + name + "' has no run", "as in run = [\"pytest\", \"{test}\"]");
    if (!harness.list.empty() && harness.list_pattern.empty()) {
      in_.fail(table, "the harness '" + name + "' has no list-pattern", "as in list-pattern = \"^(.*::.*)$\"");
    }
    parts_.custom_harnesses.push_back(std::move(harness));
  }

  void read_glob(const TomlValue& value, std::string& glob) {
    if (!in_.text(value, glob)) return;
    const Result<Glob> parsed = Glob::parse(glob);
    if (!parsed) in_.fail(value, parsed.error().message, parsed.error().hint);
    if (glob.find('\0') != std::string::npos) in_.fail(value, "a path cannot hold a NUL", "");
  }

  void target_runner(const TomlValue& value) {
    in_.table(value, [&](const TomlMember& member) {
      if (member.key != "command") return warn_unknown(member, "target-runner.", {"command"}), true;
      words(member.value, parts_.target_runner);
      if (parts_.target_runner.empty()) in_.fail(member.value, "the command is empty", "as in command = \"qemu-arm\"");
      return true;
    });
  }

  const ConfigDocument& document_;
  const std::string& workspace_root_;
  ConfigParts& parts_;
  Vector<std::string>& warnings_;
  ValueReader in_;
};

}  // namespace nextest
