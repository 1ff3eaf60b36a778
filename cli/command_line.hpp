// What the user asked for: written by the parser alone.
#pragma once

#include "core/base/duration.hpp"
#include "core/base/word_list.hpp"
#include "core/config/config.hpp"
#include "core/report/style.hpp"
#include "core/run/options.hpp"
#include "core/select/order.hpp"
#include "core/select/select.hpp"

namespace nextest {

enum class NoTests : std::uint8_t { Auto, Fail, Warn, Pass };
enum class ExportFormat : std::uint8_t { Zip, ChromeTrace, Jsonl, Junit };
enum class MessageFormat : std::uint8_t { Human, LibtestJson, LibtestJsonPlus, Jsonl };
enum class ListFormat : std::uint8_t { Auto, Human, Oneline, Json, JsonPretty };
enum class ListType : std::uint8_t { Full, BinariesOnly };

// Which test binaries, and what they speak.
struct BinariesRequest {
  Vector<KeptText> paths;
  std::string metadata;  // a file; instead of paths
  std::string harness;

  bool named() const { return !paths.empty() || !metadata.empty(); }
};

struct CommandLine {
  WordList typed;             // all of it, without the program
  Vector<std::string> words;  // what a command wants to know before paths and options
  BinariesRequest binaries;
  Selection selection;
  Duration list_timeout = Duration::seconds(60);
  ConfigArguments config;
  RunOrder order;
  RunRequest request;
  StartOptions start;
  Interceptor interceptor;
  NoTests no_tests = NoTests::Auto;
  std::string state_dir;
  std::string rerun;  // the run to rerun, or to replay: "latest", the start of an id, a path; empty: none, or latest
  std::string durations;  // a recorded run, in the same way; empty: those that the store keeps
  bool exit_as_recorded = false;
  bool pager = true;
  bool dry_run = false;
  ExportFormat export_format = ExportFormat::Zip;
  std::string export_file;
  bool verbose = false;
  ColorChoice color = ColorChoice::Auto;
  MessageFormat message_format = MessageFormat::Human;
  std::string junit_file;  // empty: the one that is configured, if one is
  ListFormat list_format = ListFormat::Auto;
  ListType list_type = ListType::Full;
};

}  // namespace nextest
