#include "core/config/config.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

#include "tests/unit/support.hpp"

namespace {

using nextest::Config;
using nextest::ConfigArguments;
using nextest::Result;
using nextest::Setting;
using nextest::SettingsOfTests;
using nextest::TestList;

// A folder with that configuration, which is the working folder as long as this lives.
class Workspace {
 public:
  explicit Workspace(const std::string& config) {
    REQUIRE(::getcwd(before_, sizeof before_) != nullptr);
    folder.make_folder(".config");
    if (!config.empty()) support::write_file(folder / ".config/nextest.toml", config);
    REQUIRE(::chdir(folder.path().c_str()) == 0);
  }
  ~Workspace() { CHECK(::chdir(before_) == 0); }

  static Config load(ConfigArguments arguments = {}) {
    Result<Config> config = Config::load(std::move(arguments));
    const std::string message = config ? "" : config.error().message;
    CAPTURE(message);
    REQUIRE(bool(config));
    return std::move(config.value());
  }

  support::TempFolder folder;

 private:
  char before_[4096];
};

std::size_t index_of(Setting setting) { return static_cast<std::size_t>(setting); }

TestList list_of(const nextest::Vector<std::string>& names) {
  TestList list;
  list.binaries.resize(1);
  list.binaries[0].id = list.binaries[0].name = "bin";
  for (const std::string& name : names) {
    nextest::TestCase test;
    test.name = name;
    test.own_name_size = static_cast<std::uint32_t>(name.size());
    list.tests.push_back(test);
  }
  return list;
}

}  // namespace

TEST_CASE("config: without a file all is as by default, and all tests are of one kind") {
  const Workspace workspace("");
  const Config config = Workspace::load();
  CHECK(config.profile == "default");
  CHECK(config.warnings.empty());
  CHECK(config.run.max_fail.count == 1);
  const SettingsOfTests settings = config.settings_of(list_of({"a", "b"}));
  CHECK(settings.kinds.size() == 1);
  CHECK(settings.of(1).retries.count == 0);
  CHECK(config.settings_of(TestList()).kinds.size() == 1);
}

TEST_CASE("config: tests that the same rules match share their settings") {
  const Workspace workspace(
      "[profile.default]\nretries = 1\n"
      "[[profile.default.overrides]]\nfilter = 'test(a)'\nretries = 2\n"
      "[[profile.default.overrides]]\nfilter = 'test(b)'\nleak-timeout = '1s'\n");
  const SettingsOfTests settings = Workspace::load().settings_of(list_of({"a1", "b1", "ab", "c", "a2", "b2", "c2"}));
  CHECK(settings.kinds.size() == 4);
  CHECK(settings.kind_of[0] == settings.kind_of[4]);
  CHECK(settings.kind_of[1] == settings.kind_of[5]);
  CHECK(settings.kind_of[3] == settings.kind_of[6]);
  CHECK(settings.of(0).retries.count == 2);
  CHECK(settings.of(1).retries.count == 1);
  CHECK(settings.of(2).retries.count == 2);
  CHECK(settings.of(2).leak_timeout.period == nextest::Duration::seconds(1));
  CHECK(settings.of(3).leak_timeout.period == nextest::Duration::milliseconds(200));
}

TEST_CASE("config: setup scripts of a test are in the order of their definition, each once") {
  const Workspace workspace(
      "[scripts.setup.x]\ncommand = 'x'\n[scripts.setup.y]\ncommand = 'y'\n"
      "[[profile.default.scripts]]\nfilter = 'all()'\nsetup = ['y', 'x']\n"
      "[[profile.default.scripts]]\nfilter = 'test(a)'\nsetup = 'y'\n");
  const Config config = Workspace::load();
  const SettingsOfTests settings = config.settings_of(list_of({"a", "b"}));
  CHECK(settings.of(0).setup_scripts == nextest::Vector<std::uint32_t>{0, 1});
  CHECK(settings.of(1).setup_scripts == nextest::Vector<std::uint32_t>{0, 1});
}

TEST_CASE("config: a setup and a teardown script may have one name") {
  const Workspace workspace(
      "[scripts.setup.x]\ncommand = 'up'\n[scripts.teardown.other]\ncommand = 'y'\n[scripts.teardown.x]\ncommand = "
      "'down'\n[[profile.default.scripts]]\nfilter = 'test(a)'\nsetup = 'x'\nteardown = ['x', 'x']\n");
  const Config config = Workspace::load();
  const SettingsOfTests settings = config.settings_of(list_of({"a", "b"}));
  CHECK(settings.of(0).setup_scripts == nextest::Vector<std::uint32_t>{0});
  CHECK(settings.of(0).teardown_scripts == nextest::Vector<std::uint32_t>{1});
  CHECK(settings.of(1).teardown_scripts.empty());
  CHECK(config.parts.scripts.teardown[1].command.argv == nextest::Vector<std::string>{"down"});
}

TEST_CASE("config: the list wrapper of a binary is that of the first rule") {
  const Workspace workspace(
      "[scripts.wrapper.one]\ncommand = 'x'\n[scripts.wrapper.two]\ncommand = 'y'\n"
      "[[profile.default.scripts]]\nfilter = 'binary(none)'\nlist-wrapper = 'two'\n"
      "[[profile.default.scripts]]\nfilter = 'binary(b*)'\nlist-wrapper = 'one'\n"
      "[[profile.default.scripts]]\nplatform = 'cfg(unix)'\nlist-wrapper = 'two'\n");
  const Config config = Workspace::load();
  nextest::TestBinary binary;
  binary.name = "bin";
  REQUIRE(config.list_wrapper_of(binary) != nullptr);
  CHECK(config.list_wrapper_of(binary)->id == "one");
  binary.name = "other";
  REQUIRE(config.list_wrapper_of(binary) != nullptr);
  CHECK(config.list_wrapper_of(binary)->id == "two");
}

TEST_CASE("config: the workspace root is the nearest folder up that has a configuration, else a .git") {
  const Workspace workspace("[profile.default]\nretries = 3\n");
  workspace.folder.make_folder("sub/deep");
  workspace.folder.make_folder("sub/.git");
  char root[4096];
  REQUIRE(::getcwd(root, sizeof root) != nullptr);
  REQUIRE(::chdir("sub/deep") == 0);
  CHECK(Workspace::load().workspace_root == root);
  REQUIRE(::unlink((workspace.folder / ".config/nextest.toml").c_str()) == 0);
  CHECK(Workspace::load().workspace_root == std::string(root) + "/sub");
}

TEST_CASE("config: what an option says is on top, a part of a setting changes that part") {
  const Workspace workspace(
      "[profile.default]\nslow-timeout = { period = '3s', terminate-after = 2 }\n"
      "[[profile.default.overrides]]\nfilter = 'test(a)'\nslow-timeout = '5s'\n");
  ConfigArguments arguments;
  REQUIRE(bool(arguments.options.set(Setting::GracePeriod, "7s", "--grace-period")));
  const Config config = Workspace::load(std::move(arguments));
  nextest::Vector<std::string> origins;
  const TestList list = list_of({"a"});
  const nextest::SlowTimeout slow = config.explain(list, 0, origins).test.slow_timeout;
  CHECK(slow.period == nextest::Duration::seconds(5));
  CHECK(slow.terminate_after == 0);
  CHECK(slow.grace_period == nextest::Duration::seconds(7));
  CHECK(origins[index_of(Setting::SlowTimeout)] == ".config/nextest.toml:5, --grace-period");
}

TEST_CASE("config: each layer goes over those before it, and what it does not say stays as it was") {
  using nextest::PartialSettings;
  PartialSettings below, above;
  CHECK(below.empty());
  REQUIRE(bool(below.set(Setting::Retries, "2", "--retries")));
  REQUIRE(bool(below.set(Setting::MaxFail, "3", "--max-fail")));
  REQUIRE(bool(above.set(Setting::FailFast, "false", "--no-fail-fast")));
  CHECK_FALSE(bool(above.set(Setting::Retries, "many", "--retries")));
  CHECK(below.has(Setting::Retries));
  CHECK_FALSE(above.has(Setting::Retries));
  nextest::Settings settings;
  nextest::Vector<std::string> origins(std::size(nextest::setting_table), "default");
  below.apply(settings, &origins);
  CHECK(settings.run.max_fail.count == 3);
  CHECK(origins[index_of(Setting::FailFast)] == "default, --max-fail");
  above.apply(settings, &origins);
  CHECK(settings.run.max_fail.count == 0);
  CHECK(settings.test.retries.count == 2);
  CHECK(origins[index_of(Setting::FailFast)] == "--no-fail-fast");
  CHECK(origins[index_of(Setting::Retries)] == "--retries");
  CHECK(origins[index_of(Setting::LeakTimeout)] == "default");
}

TEST_CASE("config: a user's preferences go before the workspace's, and options before both") {
  const Workspace workspace("[record]\nmax-records = 3\nmax-age = '2d'\nenabled = false\n");
  support::write_file(workspace.folder / "user.toml",
                      "[[overrides]]\nplatform = 'cfg(unix)'\nui.max-progress-running = 'infinite'\n"
                      "[[overrides]]\nplatform = 'cfg(unix)'\nui.max-progress-running = 2\nrecord.max-records = 9\n"
                      "[record]\nmax-records = 5\nmax-total-size = '1KB'\n"
                      "[ui]\noutput-indent = false\nmax-progress-running = 1\nshow-progress = 'only'\n");
  ConfigArguments arguments;
  arguments.user_config_file = "user.toml";
  REQUIRE(bool(arguments.options.set(Setting::RecordEnabled, "true", "--record")));
  REQUIRE(bool(arguments.options.set(Setting::ShowProgress, "none", "--show-progress")));
  const Config config = Workspace::load(arguments);
  CHECK(config.record.enabled);
  CHECK(config.record.max_records == 9);
  CHECK(config.record.max_age == nextest::Duration::seconds(2 * 86400));
  CHECK(config.record.max_total_size == 1000);
  CHECK(config.record.max_output_size == 10000000);
  CHECK_FALSE(config.ui.indent_output);
  CHECK(config.ui.input_handler);
  CHECK(config.ui.max_progress_running == UINT32_MAX);
  CHECK(config.ui.show_progress == nextest::ShowProgress::None);
}

TEST_CASE("config: keys of settings are distinct, parts are of what they are part of, words are values") {
  for (const nextest::SettingRow& row : nextest::setting_table) {
    const std::string key = row.key;
    CAPTURE(key);
    CHECK(nextest::find_setting(key) == &row);
    if (row.is_part()) {
      CHECK(row.places == nextest::OnCommandLine);
      CHECK(nextest::starts_with(key, std::string(nextest::row_of(row.whole).key) + "."));
    } else {
      CHECK(row.places != nextest::OnCommandLine);
    }
    for (const std::string_view word : row.words->all()) {
      nextest::ValueReader in;
      nextest::Settings settings;
      row.read(in, nextest::Written(word), settings);
      CHECK(in.ok());
    }
  }
}

TEST_CASE("config: layers, from the defaults to the options, and where each setting comes from") {
  const Workspace workspace(
      "[profile.default]\nretries = 1\n"
      "[[profile.default.overrides]]\nfilter = 'test(a)'\nretries = 2\n"
      "[profile.ci]\nretries = 3\nleak-timeout = '3s'\n"
      "[[profile.ci.overrides]]\nfilter = 'test(aa)'\nretries = 4\n");
  support::write_file(workspace.folder / "tool.toml", "[profile.ci]\nretries = 9\nthreads-required = 5\n");
  const TestList list = list_of({"b", "a", "aa"});
  ConfigArguments arguments;
  arguments.profile = "ci";
  arguments.tool_config_files = {"x:tool.toml"};
  const Config config = Workspace::load(arguments);
  const struct {
    nextest::TestIndex test;
    std::uint32_t retries;
    const char* origin;
  } rows[] = {{0, 3, ".config/nextest.toml:7"}, {1, 2, ".config/nextest.toml:5"}, {2, 4, ".config/nextest.toml:11"}};
  for (const auto& row : rows) {
    nextest::Vector<std::string> origins;
    const nextest::Settings settings = config.explain(list, row.test, origins);
    CHECK(settings.test.retries.count == row.retries);
    CHECK(origins[index_of(Setting::Retries)] == row.origin);
    CHECK(settings.test.threads_required.number == 5);
    CHECK(origins[index_of(Setting::ThreadsRequired)] == "tool.toml:3");
    CHECK(origins[index_of(Setting::LeakTimeout)] == ".config/nextest.toml:8");
    CHECK(origins[index_of(Setting::SlowTimeout)] == "default");
  }
  arguments.values = {"retries = 6", "retries = 7"};
  const SettingsOfTests settings = Workspace::load(arguments).settings_of(list);
  for (nextest::TestIndex test = 0; test < 3; ++test) CHECK(settings.of(test).retries.count == 7);
  CHECK(settings.kinds.size() == 3);
}

TEST_CASE("config: kinds are as many as there are sets of rules that match a test, whatever these say") {
  std::string text;
  for (const char* const letter : {"a", "b", "c"}) {
    text += std::string("[[profile.default.overrides]]\nfilter = 'test(") + letter + ")'\nretries = 1\n";
  }
  text += "[[profile.default.overrides]]\nplatform = 'cfg(unix)'\npriority = 3\n";
  const Workspace workspace(text);
  const SettingsOfTests settings =
      Workspace::load().settings_of(list_of({"a", "b", "c", "ab", "ac", "bc", "abc", "", "cba", "x"}));
  CHECK(settings.kinds.size() == 8);
  CHECK(settings.kind_of[6] == settings.kind_of[8]);
  CHECK(settings.kind_of[7] == settings.kind_of[9]);
  CHECK(settings.of(9).priority == 3);
}

TEST_CASE("config: a workspace root may hold a link to nothing as its configuration, which is an error") {
  const Workspace workspace("");
  REQUIRE(::symlink("gone.toml", (workspace.folder / ".config/nextest.toml").c_str()) == 0);
  workspace.folder.make_folder("sub");
  REQUIRE(::chdir("sub") == 0);
  const Result<Config> config = Config::load({});
  REQUIRE_FALSE(bool(config));
  CHECK(config.error().code == nextest::ExitCode::SetupError);
  CHECK(config.error().message.find("/.config/nextest.toml: No such file") != std::string::npos);
}

TEST_CASE("config: of the versions that files want, the newest holds, in any order") {
  for (const bool tool_is_newer : {false, true}) {
    const Workspace workspace(std::string("nextest-version = '") + (tool_is_newer ? "0.9.9" : "0.9.10") + "'\n");
    support::write_file(workspace.folder / "tool.toml",
                        std::string("nextest-version = '") + (tool_is_newer ? "0.9.10" : "0.9.9") + "'\n");
    ConfigArguments arguments;
    arguments.tool_config_files = {"x:tool.toml"};
    CHECK(Workspace::load(arguments).parts.required_version == "0.9.10");
  }
}

TEST_CASE("config: of scripts with one name in two tools' files, that of the first holds") {
  const Workspace workspace("");
  for (const char* const name : {"one", "two"}) {
    support::write_file(workspace.folder / (std::string(name) + ".toml"),
                        std::string("[scripts.setup.'@tool:x:s']\ncommand = '") + name + "'\n");
  }
  ConfigArguments arguments;
  arguments.tool_config_files = {"x:one.toml", "x:two.toml"};
  const Config config = Workspace::load(arguments);
  REQUIRE(config.parts.scripts.setup.size() == 1);
  CHECK(config.parts.scripts.setup[0].command.argv == nextest::Vector<std::string>{"one"});
}

TEST_CASE("config: of test groups with one name in two tools' files, that of the first holds") {
  const Workspace workspace("");
  for (const char* const threads : {"1", "2"}) {
    support::write_file(workspace.folder / (std::string(threads) + ".toml"),
                        std::string("[test-groups.'@tool:x:g']\nmax-threads = ") + threads + "\n");
  }
  ConfigArguments arguments;
  arguments.tool_config_files = {"x:1.toml", "x:2.toml"};
  const Config config = Workspace::load(arguments);
  REQUIRE(config.parts.groups.size() == 2);  // the first is that of all tests
  CHECK(config.parts.groups[1].max_threads == 1);
}

TEST_CASE("config: a max-delay may be the delay itself, and no less") {
  const auto retries = [](const char* most) {
    return std::string("[profile.default]\nretries = { backoff = \"exponential\", count = 3, delay = \"2s\", ") +
           "max-delay = \"" + most + "\" }\n";
  };
  {
    const Workspace workspace(retries("2s"));
    CHECK(Workspace::load().settings_of(list_of({"a"})).of(0).retries.delay_after(3) == nextest::Duration::seconds(2));
  }
  const Workspace workspace(retries("1999ms"));
  CHECK_FALSE(bool(Config::load({})));
}

TEST_CASE("config: a tool may have profiles of reserved names without a word, the workspace not") {
  const std::string reserved = "[profile.default-nightly]\nretries = 1\n";
  {
    const Workspace workspace("");
    support::write_file(workspace.folder / "tool.toml", reserved);
    ConfigArguments arguments;
    arguments.tool_config_files = {"tool:tool.toml"};
    CHECK(Workspace::load(arguments).warnings.empty());
  }
  const Workspace workspace(reserved);
  const Config config = Workspace::load();
  REQUIRE(config.warnings.size() == 1);
  CHECK(nextest::contains(config.warnings[0], "'default-nightly'"));
}

TEST_CASE("config: retries wait as they are told to") {
  using nextest::Duration;
  nextest::RetryPolicy policy;
  CHECK(policy.delay_after(1).ns == 0);
  policy.delay = Duration::seconds(1);
  CHECK(policy.delay_after(5) == Duration::seconds(1));
  policy.exponential = true;
  CHECK(policy.delay_after(1) == Duration::seconds(1));
  CHECK(policy.delay_after(3) == Duration::seconds(4));
  policy.max_delay = Duration::seconds(3);
  CHECK(policy.delay_after(2) == Duration::seconds(2));
  CHECK(policy.delay_after(3) == Duration::seconds(3));
  policy.max_delay = nextest::thirty_years;
  CHECK(policy.delay_after(1000000) == nextest::thirty_years);
}

TEST_CASE("version: by its numbers") {
  using nextest::version_is_below;
  CHECK(version_is_below("0.9.143", "0.9.144"));
  CHECK(version_is_below("0.9.143", "0.10.0"));
  CHECK(version_is_below("0.9.143", "1.0.0"));
  CHECK_FALSE(version_is_below("0.9.143", "0.9.143"));
  CHECK_FALSE(version_is_below("0.9.143", "0.9.54"));
  CHECK_FALSE(version_is_below("0.9.143", "0.9.143-rc.1"));
  CHECK_FALSE(version_is_below("0.9.143", ""));
}
