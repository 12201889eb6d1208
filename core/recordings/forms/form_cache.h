// A recording of another form kept in the canonical one, so that it is read through only once: a folder below
// $XDG_CACHE_HOME/switchyard/recordings, named after form, keys, and path, size and time of each file. It is
// written beside, renamed when it is whole, and found as long as none of those has changed. At most kMostCached
// bytes stay: what was used longest ago goes first. All of it may be deleted at any time.
//
// What cannot be written is no error: there is nothing kept then. Thread safety: an object belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/recordings/folder_writer.h"
#include "core/recordings/forms/growing_files.h"

namespace switchyard {

inline constexpr std::uint64_t kMostCached = std::uint64_t{8} << 30;
inline constexpr std::uint64_t kFewestCached = std::uint64_t{16} << 20;  // of the files: less is read as soon

// $XDG_CACHE_HOME/switchyard/recordings, or that below ~/.cache. Empty: neither is known.
std::filesystem::path recording_cache();

// What it is kept under, of the files as they are now; keys: as they were told.
std::string cache_key(std::string_view form, const std::filesystem::path& path,
                      const std::vector<std::string>& keys);

struct CachedRecording {
  std::filesystem::path routes;
  std::vector<std::string> notes;  // of whoever read the files
};
std::optional<CachedRecording> find_cached(const std::filesystem::path& cache, const std::string& key);

class CacheWriter {
 public:
  // most: bytes of one recording; a larger one is not kept.
  CacheWriter(std::filesystem::path cache, std::string key, std::uint64_t most = kMostCached);
  ~CacheWriter();
  CacheWriter(const CacheWriter&) = delete;
  CacheWriter& operator=(const CacheWriter&) = delete;

  void write(const RecordingHead& head, RecordedChunk chunk);
  // Whether it is found from now on. key: as it is now; where that is another the files changed meanwhile.
  bool finish(const RecordingHead& head, const std::vector<std::string>& notes, const std::string& key,
              std::uint64_t most_cached = kMostCached);

 private:
  std::filesystem::path cache_, part_;
  std::string key_;
  std::uint64_t most_, written_ = 0;
  std::optional<RoutesWriter> writer_;  // nothing: it cannot be written
};

}  // namespace switchyard
