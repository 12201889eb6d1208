// A recording as a stream of chunks, one in memory at a time, whatever the form of its files. Chunks come by their
// first step; those of other ranks or later files may have the same steps.
//
// Thread safety: an object belongs to one thread. Errors: usage, naming the file and what in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/recordings/chunk_loads.h"

namespace switchyard {

// What is held of one step of one rank, about; a form leaves out and counts what goes beyond, before it takes
// memory.
inline constexpr std::uint64_t kMostStepBytes = std::uint64_t{512} << 20;

class RecordingReader {
 public:
  virtual ~RecordingReader() = default;
  // "switchyard-routes/2", "Megatron router trace"
  virtual std::string form() const = 0;
  virtual const RecordingHead& head() const = 0;
  // Nothing: that was the last.
  virtual Result<std::optional<RecordedChunk>> next() = 0;
  // The next chunk as its loads alone, where the form has them sooner than its tokens; nothing: ask next().
  virtual Result<std::optional<ChunkLoads>> next_loads() { return std::optional<ChunkLoads>(); }
  // The share of it that has been read, 0 to 1; NaN: it is not known how much there is.
  virtual double read_share() const { return kMissing; }
  // No step of a chunk to come is below this one; nothing: there is no chunk to come.
  virtual std::optional<std::int64_t> next_step() const = 0;
  // Of one that was opened as being written (RecordingKeys::is_written) the last step and half a line are held
  // back, as there may be more to come of them. go_on(): what was added to its files since comes next; false: they
  // are not what they were, and it is to be opened again. let_go(): nothing more is written, what was held back
  // comes next.
  virtual bool go_on() { return false; }
  virtual void let_go() {}
  // Something was added that does not fit what was given before: layers that were not there, or more of a step
  // that was let go. To have it, it is to be opened again.
  virtual bool is_outgrown() const { return false; }
  // What somebody should know who reads figures of it; grows as chunks are read.
  virtual std::vector<std::string> notes() const = 0;
};

}  // namespace switchyard
