// The checkpoints of a run, in RUN/checkpoints: step-000001234.safetensors, and of one that a person named
// step-000001234-NAME.safetensors, NAME with dashes for what is no letter, digit, dot, dash or underline; the name
// as it was given is in the file.
//
// Whoever changes something holds the run (run_lock.h).
// Thread safety: no state but the folder's name; writing one may happen on any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/record/checkpoint/checkpoint.h"
#include "core/record/checkpoint/checkpoint_file.h"
#include "core/record/checkpoint/checkpoint_thinning.h"

namespace switchyard {

// In a run's folder.
inline constexpr const char* kCheckpointFolder = "checkpoints";

class CheckpointStore {
 public:
  explicit CheckpointStore(const std::filesystem::path& run_folder) : folder_(run_folder / kCheckpointFolder) {}
  const std::filesystem::path& folder() const { return folder_; }

  // Its file has the name of its step and label. A written_unix_s of 0 becomes now. failure: as write_checkpoint.
  Result<CheckpointHeader> write(Checkpoint& checkpoint) const;

  struct Listing {
    // By step; of one step as they came about, those that are alike by name.
    std::vector<CheckpointHeader> checkpoints;
    std::vector<std::string> damaged;           // messages of those whose header cannot be read
  };
  Listing list() const;
  // The newest whose header is whole; no others are read.
  std::optional<CheckpointHeader> newest() const;
  // `which`: a name, a step, or nothing for the newest. usage: there is none; the message names those there are.
  Result<CheckpointHeader> find(std::string_view which) const;

  struct Found {
    Checkpoint checkpoint;
    std::filesystem::path file;
    std::vector<std::string> passed_over;  // messages of newer ones that are damaged
  };
  // Of a name or step that one; of nothing the newest that is whole. usage: as find and read_checkpoint; of
  // nothing, a later version of the program went on from there.
  Result<Found> read(std::string_view which) const;
  // Why read() of nothing refuses though the run is whole: a later version of the program went on with it.
  // Nothing: none did, whatever else there is.
  std::optional<Error> gone_on_by_later() const;

  // Gives a kept step this name, or takes its name off where that is empty; its file is called by it then. Whole
  // or not at all. usage: it is gone, damaged or a symbolic link, or another file has this step under this name.
  // failure: it could not be written. Either way it is as it was.
  Result<CheckpointHeader> name(const CheckpointHeader& checkpoint, const std::string& name) const;

  // failure: it is still there.
  Result<void> remove(const CheckpointHeader& checkpoint) const;

  struct Kept {
    std::uint64_t bytes = 0;  // of those that stay
    std::size_t dropped = 0;
    std::string warning;  // empty: all fit
  };
  // Drops what thin_checkpoints names; those of these steps are pinned, and named ones.
  Kept keep_within(std::uint64_t budget_bytes, std::span<const std::int64_t> pinned_steps) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace switchyard
