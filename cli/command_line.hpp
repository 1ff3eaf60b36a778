// What the user asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/duration.hpp"
#include "core/base/vector.hpp"
#include "core/config/config.hpp"
#include "core/report/status.hpp"
#include "core/run/options.hpp"
#include "core/select/order.hpp"
#include "core/select/select.hpp"

namespace nextest {

enum class NoTests : std::uint8_t { Auto, Fail, Warn, Pass };
enum class ExportFormat : std::uint8_t { Zip, ChromeTrace, Jsonl, Junit };
enum class MessageFormat : std::uint8_t { Human, LibtestJson, LibtestJsonPlus, Jsonl };
enum class ListFormat : std::uint8_t { Auto, Human, Oneline, Json, JsonPretty };
enum class ListType : std::uint8_t { Full, BinariesOnly };

struct CommandLine {
  Vector<std::string> words;  // what a command wants to know before paths and options
  Vector<std::string> paths;
  Selection selection;
  std::string binaries_metadata;  // a file; instead of paths
  std::string harness;
  Duration list_timeout = Duration::seconds(60);
  ConfigArguments config;
  std::string user_config_file;  // empty: the usual one, if it is there; "none": none
  RunOrder order;
  RunOptions run;
  NoTests no_tests = NoTests::Auto;
  RecordSettings record;
  bool record_is_said = false;  // by an option or a variable, not by a configuration
  std::string state_dir;
  std::string rerun;  // the run to rerun, or to replay: "latest", the start of an id, a path; empty: none, or latest
  std::string durations;  // a recorded run, in the same way; empty: those that the store keeps
  bool exit_as_recorded = false;
  bool pager = true;
  bool dry_run = false;
  ExportFormat export_format = ExportFormat::Zip;
  std::string export_file;
  UiSettings ui;
  std::optional<ShowProgress> show_progress;  // as said by an option or a variable
  std::optional<std::uint32_t> max_progress_running;
  bool no_output_indent = false;
  bool no_input_handler = false;
  bool verbose = false;
  ColorChoice color = ColorChoice::Auto;
  MessageFormat message_format = MessageFormat::Human;
  std::string junit_file;  // empty: where the configuration says, if it does
  ListFormat list_format = ListFormat::Auto;
  ListType list_type = ListType::Full;

  // Who says what is read now: an option, or a variable.
  std::string origin;

  // A setting of the configuration, said here.
  Status set(const char* key, std::string_view value) {
    SettingArgument argument{key, TomlValue(), origin};
    argument.value.kind = TomlKind::String;
    argument.value.text = value;
    const bool is_negative = starts_with(value, "-");
    std::uint64_t number = 0;
    if (parse_number(value.substr(is_negative ? 1 : 0), number, INT64_MAX)) {
      argument.value.kind = TomlKind::Integer;
      argument.value.integer = static_cast<std::int64_t>(number) * (is_negative ? -1 : 1);
    } else if (value == "true" || value == "false") {
      argument.value.kind = TomlKind::Boolean;
      argument.value.boolean = value == "true";
    }
    ValueReader in(nullptr);
    Settings scratch;
    find_setting(key)->read(in, argument.value, {&run.groups}, scratch);
    if (in.ok()) config.settings.push_back(std::move(argument));
    return in.status();
  }
};

}  // namespace nextest
