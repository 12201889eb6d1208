// Whether a recording of another form than the canonical one has changed since it was last looked at. Those forms
// are read from their start again: their lines come from several files, in an order that a later line may change.
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/record/files/files.h"

namespace switchyard {

class GrowingFiles {
 public:
  explicit GrowingFiles(std::filesystem::path path) : path_(std::move(path)) {}

  // begun_anew: a file is shorter than it was, or another one in its place, or gone.
  enum class Growth { nothing, more, begun_anew };
  Growth look();

 private:
  struct Stamp {
    FileIdentity identity;
    std::uintmax_t bytes = 0;
    std::filesystem::file_time_type written;
    bool operator==(const Stamp&) const = default;
  };
  // Of the file, or of at most kMostFiles in the folder itself.
  static constexpr std::size_t kMostFiles = 10'000;
  std::map<std::string, Stamp> stamps() const;

  std::filesystem::path path_;
  std::map<std::string, Stamp> known_;
};

}  // namespace switchyard
