// Any step of a folder of the canonical form, read by itself: where the steps of a chunk lie is found once and
// kept, the chunk's other tokens are not read. What is kept is bounded: kMostKept places, those of the chunks used
// last.
//
// Thread safety: an object belongs to one thread. Errors: usage, naming file and tensor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/record/files/files.h"
#include "core/recordings/chunk_steps.h"

namespace switchyard {

class RecordedStepReader {
 public:
  static constexpr std::size_t kMostKept = 1U << 17U;  // 3 MB
  explicit RecordedStepReader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Of a chunk's steps, rising. Null: they do not rise in it; it is to be read whole.
  Result<const std::vector<StepRows>*> steps(const ChunkNote& note);
  // Its tokens of this step, the first `most_rows` of them, and what else it has of the step. Without tokens: it
  // has none of it.
  Result<RecordedChunk> read(const ChunkNote& note, const std::vector<RecordedLayer>& layers, std::int64_t step,
                             std::uint64_t most_rows = std::numeric_limits<std::uint64_t>::max());
  // The last step that has tokens; below 0: none has.
  Result<std::int64_t> last_step(const ChunkNote& note);

 private:
  struct Kept {
    std::string file;
    FileIdentity identity;
    std::int64_t tokens = 0, void_from = 0;
    std::optional<std::vector<StepRows>> steps;
  };
  std::filesystem::path folder_;
  std::list<Kept> kept_;  // used last first
  std::size_t places_ = 0;
};

}  // namespace switchyard
