// What a person deletes: moved to DIRECTORY/.trash, DIRECTORY being where runs lie, for 30 days, and put back on
// demand.
//
//   .trash/20261129T004500Z-x7k2mq/   an entry: when (UTC), and letters that nobody can foresee
//     note.json                       { from }: where it lay, below DIRECTORY
//     step-000001200.safetensors      the file or folder itself, as it was called
//
// Nothing is copied: it is renamed within its file system, whole or not at all. The note is there before; a kill
// at any moment leaves it where it was or in its entry, never in both or neither. What a symbolic link points to
// is left alone, the link too.
//
// Whoever moves something of a run holds that run (run_lock.h). Nothing in the trash is a run, or counts as one.
// Thread safety: no state but the directory's name. Errors: usage where it cannot be (another file system, a link,
// gone), failure from the system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace switchyard {

struct Trashed {
  std::filesystem::path entry;      // its folder in the trash; what put_back() takes
  std::filesystem::path from;       // where it lay
  std::int64_t deleted_unix_s = 0;  // seconds since 1970, UTC
};

class Trash {
 public:
  static constexpr std::int64_t kKept_s = std::int64_t{30} * 24 * 3600;
  // An entry from which the item is gone, or into which it has not come, is somebody's at work for at most so
  // long.
  static constexpr std::int64_t kAtWork_s = 3600;

  explicit Trash(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // item: a file or folder below the directory. now: of the clock on the wall; 0: as it is.
  Result<Trashed> take(const std::filesystem::path& item, std::int64_t now_unix_s = 0) const;
  // Where it is again: where it lay, or, where that name is taken, beside it with a number. usage: the trash has
  // it no more, or the folder it lay in is gone.
  Result<std::filesystem::path> put_back(const std::filesystem::path& entry) const;
  // What this entry holds. usage: as put_back().
  Result<Trashed> find(const std::filesystem::path& entry) const;
  // All that can be put back, the oldest first.
  std::vector<Trashed> list() const;
  std::uint64_t bytes() const;

  // For good. What was deleted more than kKept_s ago; how many went.
  std::size_t empty_old(std::int64_t now_unix_s) const;
  // The oldest, until it holds at most so many bytes.
  std::size_t shrink_to(std::uint64_t bytes) const;
  // The oldest, until the file system has so many bytes free.
  std::size_t make_room(std::uint64_t bytes) const;

 private:
  std::filesystem::path folder() const;
  struct Entry {
    std::filesystem::path path;
    std::int64_t deleted_unix_s = 0;
  };
  std::vector<Entry> entries() const;  // the oldest first

  std::filesystem::path directory_;
};

}  // namespace switchyard
