#include "core/config/config.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/unit/support.hpp"

namespace {

using nextest::Config;
using nextest::ConfigArguments;
using nextest::Result;
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

TestList list_of(const std::vector<std::string>& names) {
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
  CHECK(settings.of(0).setup_scripts == std::vector<std::uint32_t>{0, 1});
  CHECK(settings.of(1).setup_scripts == std::vector<std::uint32_t>{0, 1});
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
  nextest::SettingArgument grace;
  grace.key = "slow-timeout.grace-period";
  grace.value.kind = nextest::TomlKind::String;
  grace.value.text = "7s";
  grace.origin = "--grace-period";
  arguments.settings.push_back(grace);
  const Config config = Workspace::load(std::move(arguments));
  std::vector<std::string> origins;
  const TestList list = list_of({"a"});
  const nextest::SlowTimeout slow = config.explain(list, 0, origins).test.slow_timeout;
  CHECK(slow.period == nextest::Duration::seconds(5));
  CHECK(slow.terminate_after == 0);
  CHECK(slow.grace_period == nextest::Duration::seconds(7));
  const auto row = static_cast<std::size_t>(nextest::find_setting("slow-timeout") - nextest::setting_table);
  CHECK(origins[row] == ".config/nextest.toml:5, --grace-period");
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
