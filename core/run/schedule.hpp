// Which of the waiting tests may start. It knows threads, groups and the order of the plan; nothing of processes or
// time.
#pragma once

#include <algorithm>

#include "core/model/settings.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

// A test that takes `weight` threads, of all and of those of its group; all of them where there are not as many.
struct Job {
  TestIndex test = 0;
  std::uint32_t place = 0;  // in the plan: lower goes first
  std::uint32_t weight = 1;
  std::uint32_t group = 0;
};

// The rule: tests start in the order of their places. One that has to wait for its group lets others pass. One that
// has to wait for threads (or, inside its group, for more of the group's) lets those pass that cannot make it wait
// longer: whichever running tests end first, there will be as much room for it as without them. So a heavy test starts
// as soon as the tests before it have made room, and no thread is idle that another test could take without delaying
// it.
class Schedule {
 public:
  Schedule(std::uint32_t threads, const Vector<TestGroup>& groups) : threads_(threads) {
    for (const TestGroup& group : groups) groups_.emplace_back(std::min(group.max_threads, threads));
  }

  // So many will be added, most of them alike.
  void expect(std::size_t count) { expected_ = count; }

  // Waits from now on. Cheapest in the order of the plan.
  void add(const Job& job) {
    Queue& queue = queue_of(job);
    std::size_t at = queue.jobs.size();
    if (!queue.empty() && job.place < queue.jobs.back().place) {
      for (at = queue.next; queue.jobs[at].place < job.place;) ++at;
    }
    if (at == queue.next && at > 0) queue.jobs[--queue.next] = job;
    else queue.jobs.insert(queue.jobs.begin() + static_cast<std::ptrdiff_t>(at), job);
  }

  // Takes the next test that may start, and the room for it. False: none may.
  bool take(Job& job) {
    threads_.open();
    for (Pool& group : groups_) group.open();
    for (Queue* queue = first_queue(0); queue != nullptr; queue = first_queue(job.place + 1)) {
      job = queue->jobs[queue->next];
      Pool& group = groups_[job.group];
      if (group.fit(job) > group.room) {
        group.keep_free_for(group.fit(job));
      } else if (threads_.fit(job) > threads_.room) {
        if (threads_.keep_free_for(threads_.fit(job))) group.room -= group.fit(job);
      } else {
        ++queue->next;
        threads_.running.push_back(threads_.fit(job));
        group.running.push_back(group.fit(job));
        return true;
      }
    }
    return false;
  }

  void give_back(const Job& job) {
    threads_.remove(threads_.fit(job));
    groups_[job.group].remove(groups_[job.group].fit(job));
  }

  // Nothing waits any more.
  void clear() {
    for (Queue& queue : queues_) queue.next = queue.jobs.size();
  }
  bool empty() const {
    return std::all_of(queues_.begin(), queues_.end(), [](const Queue& queue) { return queue.empty(); });
  }

 private:
  // Tests of one group and weight can start or not for the same reasons: only the first of them has to be looked at.
  struct Queue {
    std::uint32_t group, weight;
    Vector<Job> jobs;      // in the order of their places
    std::size_t next = 0;  // those before it have been taken

    bool empty() const { return next == jobs.size(); }
  };

  struct Pool {
    explicit Pool(std::uint32_t limit) : capacity(limit) {}

    std::uint32_t fit(const Job& job) const { return std::min(job.weight, capacity); }

    std::uint32_t used() const {
      std::uint32_t sum = 0;
      for (const std::uint32_t weight : running) sum += weight;
      return sum;
    }

    void open() {
      room = capacity - used();
      kept = false;
    }

    // `weight` does not fit. What comes later may take only what will be left over once it does, at the least. False
    // when another one waits already.
    bool keep_free_for(std::uint32_t weight) {
      if (kept) return false;
      kept = true;
      const std::uint32_t in_use = used(), free = capacity - in_use;
      // Which amounts of room can come about, as running tests end in any order.
      Vector<bool> reachable(capacity + 1);
      reachable[free] = true;
      for (const std::uint32_t ended : running) {
        for (std::uint32_t amount = capacity; amount >= free + ended; --amount) {
          if (reachable[amount - ended]) reachable[amount] = true;
        }
      }
      std::uint32_t enough = weight;
      while (!reachable[enough]) ++enough;
      room = std::min(room, enough - weight);
      return true;
    }

    void remove(std::uint32_t weight) {
      std::uint32_t* one = running.begin();
      while (*one != weight) ++one;
      *one = running.back();
      running.pop_back();
    }

    const std::uint32_t capacity;
    Vector<std::uint32_t> running;  // the weights of what runs
    std::uint32_t room = 0;         // for the test that is looked at
    bool kept = false;
  };

  // The queue whose first job has the lowest place, from `place` on; nullptr: none.
  Queue* first_queue(std::uint32_t place) {
    Queue* first = nullptr;
    for (Queue& queue : queues_) {
      const bool counts = !queue.empty() && queue.jobs[queue.next].place >= place;
      if (counts && (first == nullptr || queue.jobs[queue.next].place < first->jobs[first->next].place)) first = &queue;
    }
    return first;
  }

  Queue& queue_of(const Job& job) {
    for (Queue& queue : queues_) {
      if (queue.group == job.group && queue.weight == job.weight) return queue;
    }
    queues_.push_back({job.group, job.weight, {}});
    if (queues_.size() == 1) queues_.back().jobs.reserve(expected_);
    return queues_.back();
  }

  Pool threads_;
  Vector<Pool> groups_;
  Vector<Queue> queues_;
  std::size_t expected_ = 0;
};

}  // namespace nextest
