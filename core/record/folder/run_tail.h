// The end of a run's record that lies behind the checkpoint from which it goes on: its lines, its tape's, and checkpoints
// of later steps. It is set aside whole in lost-STEP in the run's folder, STEP being the last step in it, before the
// files are cut; once the run has passed that step it is removed, but never a checkpoint that a person named.
//
// A kill at any moment leaves a folder from which the same can be done again.
// Thread safety: pure functions of the file system; whoever calls them holds the run. Errors: failure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/run_point.h"

namespace switchyard {

struct TailCut {
  std::optional<std::filesystem::path> lost;  // where the tail lies now
  std::int64_t last_lost_step = 0;
  std::vector<std::string> missing;  // messages of files that are shorter than the checkpoint recorded, or no longer whole
  std::int64_t tape_events = 0;      // on the tape that stays
  bool cut_event_file = false;       // TensorBoard's has become shorter
};
// metrics.csv, routing.jsonl, events.jsonl and TensorBoard's file become as long as `recording` says (of no length
// the last is removed), and the tape ends with the step; half a line, or event, at the end of one that is shorter
// goes too. Set aside TensorBoard's is tensorboard-events.bin: by its own name the folder would be shown as a run.
// failure: the tail could not be set aside, or a file not cut; nothing is lost.
Result<TailCut> cut_tail(const std::filesystem::path& folder, std::int64_t step, const RecordingState& recording);

// Removes what was set aside up to this step. The next step at which there is more to remove, if any.
std::optional<std::int64_t> remove_passed_tails(const std::filesystem::path& folder, std::int64_t step);

}  // namespace switchyard
