// Writes a recording in the canonical form (README.md here), whatever form it was read from: chunks of the same
// rank and layers are gathered into files of some 32 MB, none above 64 MB, each written aside, renamed, then
// announced.
//
// What cannot be written is kept and tried again with later chunks and at the end; where the manifest was removed
// or replaced meanwhile nothing can be any more.
//
// Thread safety: an object belongs to one thread. Errors: failure, naming the file; usage, where the folder is not
// empty.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/record/files/files.h"
#include "core/recordings/recording.h"

namespace switchyard {

class RoutesWriter {
 public:
  // Makes the folder, or takes an empty one, and its manifest, so that nobody else does. As long as nothing was
  // written its end leaves the folder as it was.
  static Result<RoutesWriter> create(const std::filesystem::path& folder);
  ~RoutesWriter();
  RoutesWriter(RoutesWriter&& other) noexcept = default;
  RoutesWriter& operator=(RoutesWriter&& other) = delete;

  // failure: the chunk is taken, but it or ones before it wait to be written.
  Result<void> write(const RecordingHead& head, RecordedChunk chunk);
  // What is gathered still; after a failure it can be called again. Without any chunk there is a manifest alone,
  // and without layers not even that.
  Result<void> finish(const RecordingHead& head);
  // Whether there is still a place to write to. failure: it was removed or replaced.
  Result<void> in_place() const;
  std::int64_t files() const { return files_; }
  // Steps that are on disk, of all ranks.
  std::int64_t steps() const { return steps_; }
  // The first one that is not; nothing: all are.
  std::optional<std::int64_t> first_waiting() const;
  // Of what is gathered of all ranks: where it becomes too much, the largest is written before its time. More than
  // that waits for room on the disk.
  std::uint64_t held_bytes() const { return held_; }
  static constexpr std::uint64_t kMostGathered = std::uint64_t{256} << 20;

 private:
  RoutesWriter(std::filesystem::path folder, AppendFile manifest, bool made_folder)
      : folder_(std::move(folder)), manifest_(std::move(manifest)), made_folder_(made_folder) {}
  Result<void> begin(const RecordingHead& head);
  Result<void> announce(const std::string& line);
  void put_aside(std::map<std::int32_t, RecordedChunk>::iterator at);
  Result<void> flush();
  Result<void> put(const RecordedChunk& chunk);
  Result<void> put_rows(const RecordedChunk& chunk, std::size_t begin, std::size_t end, bool with_counts);

  std::filesystem::path folder_;
  std::optional<AppendFile> manifest_;
  bool made_folder_ = false, begun_ = false;
  std::vector<RecordedLayer> layers_;               // as the manifest has them now
  std::map<std::int32_t, RecordedChunk> gathered_;  // by rank
  std::deque<RecordedChunk> waiting_;               // whole ones that are not on disk yet
  std::size_t piece_ = 0;                           // of the first of them: those before are on disk
  std::map<std::int32_t, std::int64_t> numbers_;    // of the last file, by rank
  std::int64_t files_ = 0, steps_ = 0;
  std::uint64_t held_ = 0;       // bytes of what is gathered or waits
  std::uint64_t try_above_ = 0;  // what failed is tried again once more than this is held
};

// Bytes that a chunk holds in memory, about.
std::uint64_t bytes_of(const RecordedChunk& chunk);
// Adds a later one of the same rank, where they are alike in layers and in what each layer has; false, and nothing
// changed, where they are not.
bool append(RecordedChunk& to, const RecordedChunk& more);

}  // namespace switchyard
