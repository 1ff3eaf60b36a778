// From a request to the plan of a run. list and show-config begin in the same way.
#pragma once

#include <memory>

#include "cli/command_line.hpp"
#include "cli/records.hpp"
#include "cli/rerun_scope.hpp"
#include "core/base/cpus.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/base/switches.hpp"
#include "core/config/config.hpp"
#include "core/list/binaries_metadata.hpp"
#include "core/list/discover.hpp"
#include "core/list/list_tests.hpp"
#include "core/process/supervisor.hpp"
#include "core/run/plan.hpp"
#include "core/run/test_environment.hpp"
#include "core/select/order.hpp"
#include "core/select/select.hpp"

namespace nextest {

class Planner {
 public:
  RunPlan plan;
  std::shared_ptr<const ForeignScope> foreign;  // of a rerun of a file from elsewhere: what of it may be executed

  Planner(const CommandLine& line, const Config& config, const RunOptions& options)
      : Planner(line, config, options, line.selection) {}
  Planner(const CommandLine& line, const Config& config, const RunOptions& options, const Selection& selection)
      : line_(line), config_(config), options_(options), selection_(selection) {}

  // Those of a rerun, in place of those of the command line.
  void set_binaries(BinariesRequest binaries) {
    of_rerun_ = std::move(binaries);
    binaries_ = &of_rerun_;
  }

  // The test binaries that are named, else those of the configuration. `library_path` becomes where they look for
  // libraries; empty: where we do.
  Result<Vector<TestBinary>> find_binaries(KeptText& library_path) const {
    if (built_in(Feature::Json) && !binaries_->paths.empty() && !binaries_->metadata.empty()) {
      return Error{ExitCode::SetupError, "test binaries are given by path and by --binaries-metadata",
                   "the metadata names all binaries of a run; give one or the other"};
    }
    const ConfigParts& parts = config_.parts;
    if (!binaries_->named() && parts.binaries.empty()) return none_named();
    const Vector<std::string>& runner = options_.start.target_runner;
    if (!runner.empty() && !is_executable_file(find_program(runner[0]))) {
      return Error{ExitCode::SetupError, "cannot find the target runner " + runner[0],
                   "give its path, or add its folder to PATH"};
    }
    DiscoverOptions discover;
    discover.harness = binaries_->harness;
    discover.has_target_runner = !runner.empty();
    discover.custom = &parts.custom_harnesses;
    discover.entries = &parts.binaries;
    discover.workspace_root = config_.workspace_root;
    if (built_in(Feature::Json) && !binaries_->metadata.empty()) {
      return BinariesMetadata::read(binaries_->metadata, discover, library_path);
    }
    discover.paths = binaries_->paths;
    return Discovery::run(std::move(discover));
  }

  // Their tests, and the settings of each.
  Status find_tests(Supervisor& supervisor) {
    plan.info.scope.from_configuration = !binaries_->named();
    KeptText library_path;
    Result<Vector<TestBinary>> found = find_binaries(library_path);
    if (!found) return found.error();
    if (built_in(Feature::Json) && !library_path.empty())
      set_library_path(supervisor.launcher().environment, library_path);
    if (built_in(Feature::Records) && foreign != nullptr) {
      if (Status status = foreign->check(found.value()); !status) return status;
    }
    Vector<std::string> group_names;
    for (const TestGroup& group : options_.groups) group_names.push_back(group.name);
    for (const Filterset& filterset : selection_.filtersets) {
      if (Status status = filterset.check(found.value(), group_names); !status) return status.error();
    }
    for (TestBinary& binary : found.value()) {
      binary.list_wrapper = config_.list_wrapper_of(binary);
      if (!binary.skip_reason.empty()) continue;
      binary.mismatch = mismatch_of(selection_, binary, filterset_context());
      if (binary.mismatch == Mismatch::None) continue;
      binary.skip_reason = binary.mismatch == Mismatch::Filterset ? "no test in it can match the filterset"
                                                                  : "no test in it can match the default-filter";
    }
    // Whoever wants one test at a time, since all need the same board, say, wants one list at a time as well.
    const std::uint32_t cpus = usable_cpus();
    const std::uint32_t jobs = config_.run.list_threads.resolve(cpus, config_.run.test_threads.resolve(cpus, 1));
    Result<TestList> list = Lister::run(supervisor, std::move(found.value()), options_.start, jobs, line_.list_timeout);
    if (!list) return list.error();
    plan.list = std::move(list.value());
    plan.settings = config_.settings_of(plan.list);
    write_warnings(line_.color, dropped_choices(plan.list));
    return success();
  }

  // How long they took before. `orders`: whether that is wanted for --order, too; `rerun` knows it of the run that is
  // rerun.
  Status find_durations(bool orders, Durations rerun = {}) {
    Result<Vector<Duration>> known = known_durations(line_, config_, plan.list, orders, std::move(rerun));
    if (!known) return known.error();
    plan.history.durations = std::move(known.value());
    return success();
  }

  // Marks the tests that are left out; the plan has the others, in list order.
  void select() { plan.order = select_tests(selection_, plan.list, filterset_context(), plan.history); }

  // Puts them in the order in which they start.
  void sort() {
    RunOrder order = line_.order;
    plan.info.order = order.resolve(Xxh64::hash(plan.info.run_id));
    order_tests(plan.order, order, plan.history.durations,
                [&](TestIndex test) { return plan.settings.of(test).priority; });
  }

 private:
  Error none_named() const {
    for (const NamePattern& name : selection_.names) {
      if (!is_executable_file(name.text)) continue;
      return Error{ExitCode::SetupError, "no test binaries given",
                   "'" + name.text + "' filters by test name; the file of that name is ./" + name.text};
    }
    return Error{
        ExitCode::SetupError, "no test binaries given",
        std::string("name them by path, as in: nextest run ./a.out, or: nextest run build/tests/") +
            (built_in(Feature::Config) ? "\n  or once and for all in .config/nextest.toml: [[binaries]] path = "
                                         "\"build/tests/*_test\""
                                       : "")};
  }

  Filterset::Context filterset_context() const {
    Filterset::Context context;
    context.default_filter = &config_.default_filter();
    context.group_of = [](const void* planner, TestIndex test) -> std::string_view {
      const Planner& self = *static_cast<const Planner*>(planner);
      return self.options_.groups[self.plan.settings.of(test).group].name;
    };
    context.data = this;
    return context;
  }

  const CommandLine& line_;
  const Config& config_;
  const RunOptions& options_;
  const Selection& selection_;
  const BinariesRequest* binaries_ = &line_.binaries;
  BinariesRequest of_rerun_;
};

}  // namespace nextest
