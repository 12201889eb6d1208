// What a run recorded, read back: for its curves after a resume, and for the list of recent runs. A folder may be
// of another version, of a run that records at this moment, cut off or damaged: what is whole is read, the rest is
// counted.
//
// Files are streamed: memory holds a line of each and what is given on.
// Thread safety: pure functions of the file system. Errors: usage, where there is neither metrics.csv nor a tape
// to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/base/run_point.h"
#include "core/run/update.h"

namespace switchyard {

struct ReadCounts {
  std::int64_t steps = 0, windows = 0, events = 0;
  std::int64_t passed_over = 0;  // lines that are none of these; half a line at the end is not counted
};

// Each row of metrics.csv as a record, by the names of its columns: those that are not known are passed over,
// figures that are not there are NaN, layers stand in the order of their columns. Steps only go on. Counts,
// mean_prob and dropped of a record are the mean of a step of the window of routing.jsonl that it lies in; empty
// where no window holds it. Where no column is a layer's, as of a dense model that was upcycled, layers are those
// of the windows, without figures. Of a run without metrics.csv those of its tape, as they were told. on_step
// false: enough.
Result<ReadCounts> read_steps(const std::filesystem::path& folder, std::uint32_t model_id,
                              const std::function<bool(StepRecord&&)>& on_step);
// Each line of events.jsonl.
ReadCounts read_events(const std::filesystem::path& folder, std::uint32_t model_id,
                       const std::function<void(RunEvent&&)>& on_event);

struct EventLines {
  std::int64_t lines = 0;     // whole ones that were given
  std::int64_t too_long = 0;  // passed over, and not counted among them
  bool half_line = false;     // follows the last
};
// Each whole line of a file of events, numbered from 1; nothing for one that is no event. on_line false: enough.
// usage: the file cannot be opened.
Result<EventLines> read_event_lines(const std::filesystem::path& file,
                                    const std::function<bool(std::int64_t, std::optional<RunEvent>&&)>& on_line);

inline constexpr std::size_t kMostPastRecords = 40'000, kMostPastEvents = 10'000;

// Both, for a viewer, from the run's tape where it has one that can be read, else from its lines: the newest half of so many records at full rate, older ones thinned evenly, where that is
// enough without those that were validated. Of events the newest. `model_id`: what they carry from here on.
// `open`: of the checkpoint from which the run goes on; its open windows give the last steps their counts, which a tape has.
Result<RunPast> read_past(const std::filesystem::path& folder, std::uint32_t model_id,
                          std::size_t most_records = kMostPastRecords, const RecordingState* open = nullptr);

}  // namespace switchyard
