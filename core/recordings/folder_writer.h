// Writes a recording in the canonical form (README.md here), whatever form it was read from: chunks of the same
// rank and layers are gathered into files of some 32 MB, none above 64 MB, each written aside, renamed, then
// announced.
//
// Thread safety: an object belongs to one thread. Errors: failure, naming the file; usage, where the folder is not
// empty.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>

#include "core/base/result.h"
#include "core/record/files/files.h"
#include "core/recordings/recording.h"

namespace switchyard {

class RoutesWriter {
 public:
  // Makes the folder, or takes an empty one.
  static Result<RoutesWriter> create(const std::filesystem::path& folder);

  Result<void> write(const RecordingHead& head, RecordedChunk chunk);
  // What is gathered still. Without any chunk there is a manifest alone.
  Result<void> finish(const RecordingHead& head);
  std::int64_t files() const { return files_; }
  // Of what is gathered of all ranks: where it becomes too much, the largest is written before its time.
  std::uint64_t held_bytes() const { return held_; }

 private:
  explicit RoutesWriter(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<void> begin(const RecordingHead& head);
  Result<void> put_gathered(std::map<std::int32_t, RecordedChunk>::iterator at);
  Result<void> put(const RecordedChunk& chunk);
  Result<void> put_rows(const RecordedChunk& chunk, std::size_t begin, std::size_t end, bool with_counts);

  std::filesystem::path folder_;
  std::optional<AppendFile> manifest_;
  std::vector<RecordedLayer> layers_;               // as the manifest has them now
  std::map<std::int32_t, RecordedChunk> gathered_;  // by rank
  std::map<std::int32_t, std::int64_t> numbers_;    // of the last file, by rank
  std::int64_t files_ = 0;
  std::uint64_t held_ = 0;  // bytes of what is gathered
};

// Bytes that a chunk holds in memory, about.
std::uint64_t bytes_of(const RecordedChunk& chunk);
// Adds a later one of the same rank, where they are alike in layers and in what each layer has; false, and nothing
// changed, where they are not.
bool append(RecordedChunk& to, const RecordedChunk& more);

}  // namespace switchyard
