// The NEXTEST_* variables of a test (docs/running.md lists them), and the id that its attempt goes by.
#pragma once

#include <stdlib.h>

#include <algorithm>

#include "core/base/version.hpp"
#include "core/harness/table.hpp"
#include "core/model/event.hpp"
#include "core/process/environment.hpp"
#include "core/run/options.hpp"

namespace nextest {

// What every program of the run gets, when listing and when running. It begins with listing.
inline void set_run_environment(Environment& environment, const RunOptions& options) {
  environment.set("NEXTEST", "1");
  environment.set("NEXTEST_RUN_MODE", "test");
  environment.set("NEXTEST_EXECUTION_MODE", "process-per-test");
  environment.set("NEXTEST_PROFILE", options.profile);
  environment.set("NEXTEST_VERSION", compatible_version);
  environment.set("NEXTEST_HPP_VERSION", version);
  environment.set("NEXTEST_REQUIRED_VERSION", options.required_version);
  environment.set("NEXTEST_RECOMMENDED_VERSION", options.recommended_version);
  environment.set("NEXTEST_TEST_THREADS", decimal(options.test_threads));
  environment.set("NEXTEST_WORKSPACE_ROOT", options.workspace_root);
  environment.set("NEXTEST_TEST_PHASE", "list");
  // Where a system keeps its loader's variables from shells, a script can still read them under these names.
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const std::size_t equals = variable.find('=');
    if (equals == std::string_view::npos || (!starts_with(variable, "LD_") && !starts_with(variable, "DYLD_")))
      continue;
    environment.set("NEXTEST_" + std::string(variable.substr(0, equals)), variable.substr(equals + 1));
  }
  // LLVM writes a profile a process, not all of them into one file: %m is the binary, %p the process.
  if (::getenv("LLVM_PROFILE_FILE") == nullptr) environment.set("LLVM_PROFILE_FILE", "default_%m_%p.profraw");
  // Those of a test are added to each; a runner inside of a test must not hand its own on.
  for (const char* name : {"NEXTEST_BINARY_ID", "NEXTEST_TEST_NAME", "NEXTEST_ATTEMPT", "NEXTEST_TOTAL_ATTEMPTS",
                           "NEXTEST_ATTEMPT_ID", "NEXTEST_STRESS_CURRENT", "NEXTEST_STRESS_TOTAL", "NEXTEST_TEST_GROUP",
                           "NEXTEST_TEST_GLOBAL_SLOT", "NEXTEST_TEST_GROUP_SLOT", "NEXTEST_ENV"}) {
    environment.unset(name);
  }
  for (const Harness* const row : harnesses) {
    for (const Harness::DroppedVariable& variable : row->dropped_variables) environment.unset(variable.name);
  }
}

// Where every program of the run looks for libraries.
inline void set_library_path(Environment& environment, std::string_view path) {
  for (const char* const name : {"LD_LIBRARY_PATH", "NEXTEST_LD_LIBRARY_PATH"}) environment.set(name, path);
}

inline void begin_test_phase(Environment& environment) { environment.set("NEXTEST_TEST_PHASE", "run"); }

// A warning for each variable that the user seems to mean, and that the tests of the list do not get.
inline Vector<std::string> dropped_choices(const TestList& list) {
  Vector<std::string> warnings;
  for (const Harness* const row : harnesses) {
    for (const Harness::DroppedVariable& variable : row->dropped_variables) {
      if (variable.instead == nullptr) continue;
      const char* const value = ::getenv(variable.name);
      const bool is_inherited = value != nullptr && *value != '\0';
      const auto is_it = [&](const std::string& of_binary) {
        return starts_with(of_binary, std::string(variable.name) + "=");
      };
      const auto is_meant = [&](const TestBinary& binary) {
        if (binary.harness != row || is_inherited) return binary.harness == row;
        return built_in(Feature::Config) && binary.environment != nullptr &&
               std::any_of(binary.environment->begin(), binary.environment->end(), is_it);
      };
      if (std::none_of(list.binaries.begin(), list.binaries.end(), is_meant)) continue;
      std::string warning = std::string(variable.name) + " is set, but no test gets it: " + variable.instead;
      if (!warnings.has(warning)) warnings.push_back(std::move(warning));
    }
  }
  return warnings;
}

// run-id:binary-id[@stress-N]$test[#attempt]
inline std::string make_attempt_id(const std::string& run_id, const TestList& list, TestIndex test, StressIndex stress,
                                   std::uint32_t attempt) {
  std::string id = run_id + ":" + list.binary_of(test).id.str();
  if (stress.active) id += "@stress-" + decimal(stress.current);
  id.append("$").append(list.tests[test].name);
  if (attempt > 1) id += "#" + decimal(attempt);
  return id;
}

// Adds what only this attempt of this test gets.
inline void add_test_environment(Vector<std::string>& environment, const TestCase& test, Attempt attempt,
                                 const std::string& attempt_id, StressIndex stress, const SlotAssignment& slot) {
  environment.reserve(environment.size() + 12);
  const auto add = [&](std::string_view name, std::string_view value) {
    std::string variable;
    variable.reserve(name.size() + 1 + value.size());
    variable.append(name).append("=").append(value);
    environment.push_back(std::move(variable));
  };
  add("NEXTEST_TEST_NAME", test.name);
  add("NEXTEST_ATTEMPT", decimal(attempt.number));
  add("NEXTEST_TOTAL_ATTEMPTS", decimal(attempt.total));
  add("NEXTEST_ATTEMPT_ID", attempt_id);
  add("NEXTEST_STRESS_CURRENT", stress.active ? decimal(stress.current) : "none");
  add("NEXTEST_STRESS_TOTAL", !stress.active ? "none" : stress.total == 0 ? "unknown" : decimal(stress.total));
  add("NEXTEST_TEST_GROUP", slot.test_group);
  add("NEXTEST_TEST_GLOBAL_SLOT", decimal(slot.global_slot));
  add("NEXTEST_TEST_GROUP_SLOT", slot.group_slot < 0 ? "none" : decimal(slot.group_slot));
}

}  // namespace nextest
