// Whether a recording of another form than the canonical one has changed since it was last looked at. Readers of
// lines go on where they were then (RecordingReader::go_on); other files are read from their start again.
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "core/record/files/files.h"

namespace switchyard {

class GrowingFiles {
 public:
  explicit GrowingFiles(std::filesystem::path path) : path_(std::move(path)) {}
  // What this form (RecordingForm::name) reads of the path: of a folder the lines of ranks alone, as of a file
  // that is one of them. What else is written beside them is no growth.
  GrowingFiles(std::string_view form, const std::filesystem::path& path);

  // begun_anew: a file is shorter than it was, or written to and no longer, or another one in its place, or gone.
  enum class Growth { nothing, more, begun_anew };
  Growth look();
  // Of each file as it was then: path, size, time of its last change; a line a file. And the bytes of them all.
  std::string stamp_text() const;
  std::uintmax_t bytes() const;

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
  std::string prefix_;  // of names in the folder that count, PREFIX*.jsonl; empty: all
  std::map<std::string, Stamp> known_;
};

}  // namespace switchyard
