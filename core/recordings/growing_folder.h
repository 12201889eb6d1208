// A folder of the canonical form while another program writes it: what has come since it was last looked at.
//
// A manifest that was cut, replaced or removed and made again begins anew. Where a rank went back, steps that were
// read before are void: it is to be read from its start again. Thread safety: an object belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/recordings/chunk_loads.h"
#include "core/recordings/manifest.h"
#include "core/recordings/step_reader.h"

namespace switchyard {

class GrowingFolder {
 public:
  explicit GrowingFolder(std::filesystem::path folder)
      : folder_(std::move(folder)), reader_(folder_), steps_(folder_) {}

  enum class Growth { nothing, more, went_back, begun_anew };
  // After anything but `nothing` take() has what is new; after the last two that is all there is. usage: it cannot
  // be read now, which may be over the next time.
  Result<Growth> look();
  // By their first step.
  std::vector<ChunkNote> take();
  // All there is is new again.
  void take_again() { taken_ = 0; }
  Result<RecordedChunk> read(const ChunkNote& note) const;
  // As loads_of_chunk().
  Result<std::optional<ChunkLoads>> loads(const ChunkNote& note) const;
  // One step of it; as RecordedStepReader::read().
  Result<RecordedChunk> read_step(const ChunkNote& note, std::int64_t step,
                                  std::uint64_t most_rows = std::numeric_limits<std::uint64_t>::max());
  RecordedStepReader& steps() { return steps_; }
  // A step too large for a file is in several: its tokens of the same rank in those beside this one.
  std::int64_t tokens_beside(const ChunkNote& note, std::int64_t step) const;

  const Manifest& manifest() const { return reader_.manifest(); }
  // With the newest list of layers.
  RecordingHead head() const;

 private:
  std::filesystem::path folder_;
  ManifestReader reader_;
  RecordedStepReader steps_;
  std::int64_t restarts_ = 0, went_back_ = 0;
  std::size_t taken_ = 0;  // chunks of the manifest
};

}  // namespace switchyard
