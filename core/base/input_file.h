// Files of the user's, read without trust: nothing is believed of one before it is open, no more is read than was asked
// for, and what is not a regular file (a folder, a pipe, a device) is refused without waiting for it.
//
// All errors are of kind usage, name the file and say what is wrong with it.
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/base/result.h"

namespace switchyard {

class InputFile {
 public:
  enum class Links : std::uint8_t { followed, refused };
  // usage: missing, not a regular file, no right to read it; with Links::refused also where the name is a symbolic
  // link.
  static Result<InputFile> open(const std::filesystem::path& path, Links links = Links::followed);
  // As that, with path() and in messages under the name that the user knows it by: of a link that was looked up.
  static Result<InputFile> open_as(const std::filesystem::path& shown, const std::filesystem::path& path,
                                   Links links);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;

  const std::filesystem::path& path() const { return path_; }  // for messages
  // Bytes when it was opened; 0 of what the system makes up as it is read (/proc).
  std::uint64_t size() const { return size_; }

  // Fills `bytes` from `offset` on. usage: it ends before, or the system cannot read it.
  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const;
  // All of it. usage: more than `limit` bytes, or it changed meanwhile.
  Result<std::string> read_all(std::size_t limit) const;
  // The next stretch at or behind `offset` that is stored: what lies between them is a hole, and reads as zeros.
  // Empty at the end where nothing more is stored. Where the file system knows no holes: all that is left.
  struct Stretch {
    std::uint64_t begin = 0, end = 0;
  };
  Stretch stored_from(std::uint64_t offset) const;
  // usage: it has another size or another time of change than when it was opened.
  Result<void> check_unchanged() const;

 private:
  InputFile(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  Error refuse(std::string_view why) const;

  int descriptor_ = -1;
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  std::int64_t changed_s_ = 0, changed_ns_ = 0;
};

}  // namespace switchyard
