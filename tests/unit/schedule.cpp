#include "core/run/schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "tests/unit/support.hpp"

namespace {

using nextest::Job;
using nextest::Schedule;
using nextest::TestGroup;

// Tests that take as long as they are told, on a clock of their own. They are called a, b, c, ... in the order of the
// plan.
struct Simulation {
  struct Test {
    std::uint32_t weight = 1;
    std::uint32_t duration = 1;
    std::uint32_t group = 0;
  };
  struct Run {
    Job job;
    std::uint32_t start = 0, end = 0;
  };

  Simulation(std::uint32_t thread_count, nextest::Vector<std::uint32_t> group_limits = {}) : threads(thread_count) {
    for (const std::uint32_t limit : group_limits) groups.push_back({"g", limit});
  }

  std::uint32_t weight_of(const Job& job) const { return std::min(job.weight, threads); }
  std::uint32_t group_weight_of(const Job& job) const {
    return std::min(weight_of(job), std::min(groups[job.group].max_threads, threads));
  }

  // "a@0 b@0 c@3": who started when.
  std::string run(const nextest::Vector<Test>& tests) {
    Schedule schedule(threads, groups);
    for (std::uint32_t i = 0; i < tests.size(); ++i) schedule.add({i, i, tests[i].weight, tests[i].group});
    nextest::Vector<Run> running;
    std::string history;
    for (std::uint32_t now = 0;;) {
      for (Job job; schedule.take(job);) {
        history +=
            std::string(history.empty() ? "" : " ") + static_cast<char>('a' + job.test) + "@" + std::to_string(now);
        running.push_back({job, now, now + tests[job.test].duration});
        started.push_back(running.back());
        on_started(running);
      }
      on_waiting(tests, running, now);
      if (running.empty()) break;
      now = std::min_element(running.begin(), running.end(), [](auto& a, auto& b) { return a.end < b.end; })->end;
      for (std::size_t i = running.size(); i-- > 0;) {
        if (running[i].end > now) continue;
        schedule.give_back(running[i].job);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    CHECK(schedule.empty());
    CHECK(started.size() == tests.size());
    return history;
  }

  // Never more than there is.
  void on_started(const nextest::Vector<Run>& running) {
    std::uint32_t used = 0;
    nextest::Vector<std::uint32_t> used_by_group(groups.size());
    for (const Run& run : running) {
      used += weight_of(run.job);
      used_by_group[run.job.group] += group_weight_of(run.job);
    }
    CHECK(used <= threads);
    for (std::size_t i = 0; i < groups.size(); ++i) CHECK(used_by_group[i] <= groups[i].max_threads);
  }

  // Nothing more can start now. Where there are no groups: the first that waits has a promise, the moment when enough
  // of what runs now has ended; and each that waits behind it could break it.
  void on_waiting(const nextest::Vector<Test>& tests, const nextest::Vector<Run>& running, std::uint32_t now) {
    if (groups.size() > 1) return;
    nextest::Vector<std::uint32_t> waiting;
    for (std::uint32_t i = 0; i < tests.size(); ++i) {
      if (std::none_of(started.begin(), started.end(), [&](const Run& run) { return run.job.test == i; }))
        waiting.push_back(i);
    }
    if (waiting.empty()) return;
    std::uint32_t free = threads;
    for (const Run& run : running) free -= weight_of(run.job);
    const std::uint32_t head = std::min(tests[waiting[0]].weight, threads);
    REQUIRE(head > free);
    while (promises.size() < tests.size()) promises.push_back(UINT32_MAX);
    nextest::Vector<Run> ends = running;
    std::sort(ends.begin(), ends.end(), [](const Run& a, const Run& b) { return a.end < b.end; });
    std::uint32_t room = free, when = now;
    for (const Run& run : ends) {
      if (room >= head) break;
      room += weight_of(run.job);
      when = run.end;
    }
    promises[waiting[0]] = std::min(promises[waiting[0]], when);
    for (std::size_t i = 1; i < waiting.size(); ++i) {
      const std::uint32_t other = std::min(tests[waiting[i]].weight, threads);
      if (other > free) continue;
      bool could_delay = false;
      for (std::uint32_t set = 0; set < 1u << running.size(); ++set) {
        std::uint32_t amount = free;
        for (std::size_t j = 0; j < running.size(); ++j) {
          if ((set >> j & 1) != 0) amount += weight_of(running[j].job);
        }
        if (amount >= head && amount - other < head) could_delay = true;
      }
      CHECK(could_delay);
    }
  }

  const std::uint32_t threads;
  nextest::Vector<TestGroup> groups = {{"@global"}};
  nextest::Vector<Run> started;
  nextest::Vector<std::uint32_t>
      promises;  // by test: the latest moment at which it may start once it is the first to wait
};

}  // namespace

TEST_CASE("schedule: in the order of the plan, as many as there are threads") {
  CHECK(Simulation(1).run({{}, {}, {}}) == "a@0 b@1 c@2");
  CHECK(Simulation(2).run({{1, 3}, {1, 1}, {1, 1}, {1, 1}}) == "a@0 b@0 c@1 d@2");
  CHECK(Simulation(8).run({{}, {}}) == "a@0 b@0");
  CHECK(Simulation(4).run({}) == "");
}

TEST_CASE("schedule: a heavy test starts when those before it have made room, though lighter ones would fit") {
  // One thread is idle from 1 to 3: whoever took it could be what b waits for in the end.
  CHECK(Simulation(2).run({{1, 3}, {1, 1}, {2, 1}, {1, 5}}) == "a@0 b@0 c@3 d@4");
  // A stream of light tests never keeps a heavy one from running.
  CHECK(Simulation(2).run({{1, 1}, {1, 2}, {2, 1}, {1, 2}, {1, 2}, {1, 2}}) == "a@0 b@0 c@2 d@3 e@3 f@5");
}

TEST_CASE("schedule: what cannot delay a waiting heavy test passes it") {
  // b needs 4 and gets 6 once a is gone: two may run beside it.
  CHECK(Simulation(8).run({{6, 3}, {4, 2}, {1, 9}, {1, 9}, {1, 1}}) == "a@0 c@0 d@0 b@3 e@3");
}

TEST_CASE("schedule: more threads than there are counts as all of them") {
  CHECK(Simulation(2).run({{100, 1}, {1, 1}, {1, 1}}) == "a@0 b@1 c@1");
  CHECK(Simulation(4, {2}).run({{3, 2, 1}, {1, 1, 1}, {1, 1, 0}, {1, 1, 0}}) == "a@0 c@0 d@1 b@2");
}

TEST_CASE("schedule: a test that waits for its group lets others pass") {
  CHECK(Simulation(2, {1}).run({{1, 3, 1}, {1, 1, 1}, {1, 1, 0}, {1, 1, 0}}) == "a@0 c@0 d@1 b@3");
  CHECK(Simulation(4, {1, 1}).run({{1, 2, 1}, {1, 1, 1}, {1, 1, 2}, {1, 1, 2}}) == "a@0 c@0 d@1 b@2");
}

TEST_CASE("schedule: a heavy test of a group is not starved by light ones of it") {
  CHECK(Simulation(8, {2}).run({{1, 2, 1}, {2, 1, 1}, {1, 9, 1}, {1, 1, 0}}) == "a@0 d@0 b@2 c@3");
}

TEST_CASE("schedule: a test that comes back has its old place") {
  Schedule schedule(1, {{"@global"}});
  for (std::uint32_t i = 0; i < 4; ++i) schedule.add({i, i, 1, 0});
  Job job;
  REQUIRE(schedule.take(job));
  const Job first = job;
  CHECK_FALSE(schedule.take(job));
  schedule.give_back(first);
  REQUIRE(schedule.take(job));
  CHECK(job.test == 1);
  schedule.add(first);
  schedule.give_back(job);
  REQUIRE(schedule.take(job));
  CHECK(job.test == 0);
  schedule.clear();
  CHECK(schedule.empty());
  schedule.give_back(job);
  CHECK_FALSE(schedule.take(job));
}

TEST_CASE("schedule: random plans keep the rule") {
  support::Numbers numbers(7);
  for (int round = 0; round < 400; ++round) {
    const std::uint32_t threads = 1 + static_cast<std::uint32_t>(numbers.below(8));
    Simulation simulation(threads);
    nextest::Vector<Simulation::Test> tests(1 + numbers.below(20));
    for (Simulation::Test& test : tests) {
      const bool heavy = numbers.below(3) == 0;
      test.weight = heavy ? 1 + static_cast<std::uint32_t>(numbers.below(threads + 2)) : 1;
      test.duration = 1 + static_cast<std::uint32_t>(numbers.below(6));
    }
    simulation.run(tests);
    for (const Simulation::Run& run : simulation.started) {
      if (run.job.test < simulation.promises.size()) CHECK(run.start <= simulation.promises[run.job.test]);
    }
  }
}

TEST_CASE("schedule: random plans with groups end, within their limits") {
  support::Numbers numbers(11);
  for (int round = 0; round < 400; ++round) {
    const std::uint32_t threads = 1 + static_cast<std::uint32_t>(numbers.below(8));
    Simulation simulation(threads, {1, 2, 1 + static_cast<std::uint32_t>(numbers.below(5))});
    nextest::Vector<Simulation::Test> tests(1 + numbers.below(20));
    for (Simulation::Test& test : tests) {
      test.weight = 1 + static_cast<std::uint32_t>(numbers.below(4));
      test.duration = 1 + static_cast<std::uint32_t>(numbers.below(6));
      test.group = static_cast<std::uint32_t>(numbers.below(4));
    }
    simulation.run(tests);
  }
}
