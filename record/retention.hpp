// Which recorded runs have to go.
#pragma once

#include "core/base/sorted_order.hpp"
#include "record/run_index.hpp"

namespace nextest {

inline std::uint64_t total_size(const RunIndex& index) {
  std::uint64_t size = 0;
  for (const RecordedRun& run : index.runs) size += run.size();
  return size;
}

// The positions of runs to delete, the longest unwritten first: what is too old, then as many as there are too many,
// then until the rest fits. The run of id `spared` stays.
inline Vector<std::size_t> excess_runs(const RunIndex& index, const RecordSettings& settings, Duration now,
                                       std::string_view spared = "") {
  const Vector<RecordedRun>& runs = index.runs;
  std::uint64_t count = runs.size(), size = total_size(index);
  Vector<std::size_t> excess;
  for (const std::uint32_t i : sorted_order(runs.size(), [&](std::uint32_t a, std::uint32_t b) {
         return runs[a].last_written < runs[b].last_written;
       })) {
    const bool is_too_old = settings.max_age < now - runs[i].last_written;
    if (!is_too_old && count <= settings.max_records && size <= settings.max_total_size) break;
    // What has no end may still go on, for a day.
    const bool may_go_on =
        runs[i].status == RunStatus::Incomplete && now - runs[i].last_written < Duration::seconds(86400);
    if (runs[i].id == spared || may_go_on) continue;
    excess.push_back(i);
    --count;
    size -= runs[i].size();
  }
  return excess;
}

// After a run: once a day, or when a limit is passed by half.
inline bool pruning_is_due(const RunIndex& index, const RecordSettings& settings, Duration now) {
  const Duration since = now - index.pruned_at;
  const bool is_new_day = Duration::seconds(86400) <= since || since.ns < 0;
  return is_new_day || index.runs.size() * 2 > std::uint64_t{settings.max_records} * 3 ||
         total_size(index) / 3 * 2 > settings.max_total_size;
}

}  // namespace nextest
