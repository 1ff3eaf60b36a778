// What an attempt has on disk for itself: a TMPDIR of its own, a file for the report of its harness, and one for an
// argument that is too long.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include "core/base/private_folder.hpp"
#include "core/base/switches.hpp"
#include "core/model/harness.hpp"
#include "core/model/settings.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

class AttemptFiles {
 public:
  // Makes the folder, where one is wanted, and tells the test of it. Returns 0 or errno.
  [[nodiscard]] int make_tmpdir(const TestSettings& settings, Vector<std::string>& environment) {
    if (!built_in(Feature::Config) || !settings.own_tmpdir) return 0;
    const int error = make_private_folder(tmpdir_);
    if (error == 0) environment.push_back("TMPDIR=" + tmpdir_);
    return error;
  }

  // Linux takes no argument of 128 KiB and more. Where no file can be made, the start says that it is too long.
  void shorten(const Harness& harness, Arguments& arguments) {
    constexpr std::size_t longest = 100000;
    if (harness.argument_file_option == nullptr || arguments[0].size() <= longest) return;
    std::string path = absolute_path(temporary_folder()) + "/nextest-argument-XXXXXX";
    const Fd file(::mkstemp(&path[0]));
    if (!file) return;
    argument_ = path;
    if (write_all(file.get(), arguments[0] + "\n") != 0) return;
    arguments[0] = harness.argument_file_option;
    arguments.insert(arguments.begin() + 1, std::move(path));
  }
  void remove_argument() {
    if (argument_.empty()) return;
    ::unlink(argument_.c_str());
    argument_.clear();
  }

  // Asks for the report, where the harness writes one. By the environment, so that a command to paste has no path in it
  // that is gone. What the user asked for goes before; where no file can be made, the test is as good without.
  void make_report(const Harness& harness, Vector<std::string>& environment) {
    if (!has_test_properties || harness.read_properties == nullptr) return;
    const std::string variable = harness.report_variable;
    if (::getenv(variable.substr(0, variable.find('=')).c_str()) != nullptr) return;
    std::string path = absolute_path(temporary_folder()) + "/nextest-report-XXXXXX";
    const Fd file(::mkstemp(&path[0]));
    if (!file) return;
    environment.push_back(variable + path);
    report_ = std::move(path);
  }

  // What the test says of itself in the report, which is removed.
  Vector<std::string> take_properties(const Harness& harness, const TestCase& test) {
    Vector<std::string> properties;
    std::string text;
    const bool is_there = has_test_properties && !report_.empty() && read_file(report_, most_report, text) == 0;
    if (is_there) harness.read_properties(test, text, properties);
    remove_report();
    return properties;
  }

  // Removes the folder unless it is to be kept. What is left of it; empty: nothing.
  std::string end_tmpdir(bool keep) {
    if (!built_in(Feature::Config) || tmpdir_.empty()) return "";
    if (!keep && remove_tree(tmpdir_)) tmpdir_.clear();
    return std::exchange(tmpdir_, {});
  }

  // Of an attempt that could not start.
  void remove() {
    remove_argument();
    remove_report();
    static_cast<void>(end_tmpdir(false));
  }

 private:
  static constexpr std::size_t most_report = 16 * 1024 * 1024;

  void remove_report() {
    if (!has_test_properties || report_.empty()) return;
    ::unlink(report_.c_str());
    report_.clear();
  }

  std::string tmpdir_;
  std::string report_;
  std::string argument_;
};

}  // namespace nextest
