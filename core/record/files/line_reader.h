// The whole lines of a file, one after the other, in the memory of one. Lines too long to be one of ours are
// passed over and counted. What stands behind the last line's end is half a line of a file that grows, and of one
// that is closed a line as any other.
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/input_file.h"
#include "core/base/result.h"

namespace switchyard {

class LineReader {
 public:
  static constexpr std::size_t kLongest = std::size_t{1} << 20;

  struct Options {
    std::uint64_t from = 0;          // byte at which a line begins
    std::size_t longest = kLongest;  // bytes of a line that is not passed over
    InputFile::Links links = InputFile::Links::followed;
    bool is_closed = false;  // nothing comes behind its last byte
  };
  // usage: as InputFile::open.
  static Result<LineReader> open(const std::filesystem::path& path, const Options& options);
  static Result<LineReader> open(const std::filesystem::path& path) { return open(path, Options()); }
  // Without its end; stands until the next call. Nothing: that was all, or the rest cannot be read.
  std::optional<std::string_view> next();
  // The byte behind the lines that were given or passed over.
  std::uint64_t at() const { return offset_ - (buffer_.size() - begin_); }
  std::int64_t too_long() const { return too_long_; }
  // After the last line, of a file that grows: what was written behind it comes next. False: the file cannot be
  // gone on with, as it is shorter, or holds other bytes than it did in the 4 KiB before that place, or its half
  // line was given.
  bool go_on();
  // Nothing comes behind the last byte any more, so that half a line is a line.
  void close() { is_closed_ = true; }
  // After the last line: whether half a line follows.
  bool has_half_line() const { return begin_ < buffer_.size() || skipping_; }

 private:
  LineReader(InputFile file, const Options& options)
      : file_(std::move(file)),
        longest_(options.longest),
        links_(options.links),
        is_closed_(options.is_closed),
        offset_(options.from) {}

  InputFile file_;
  std::size_t longest_ = kLongest;
  InputFile::Links links_ = InputFile::Links::followed;
  bool is_closed_ = false, gave_half_ = false, is_torn_ = false;
  std::uint64_t offset_ = 0;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what is not yet given
  std::string known_;      // the last bytes before offset_, by which the file is found to be the one it was
  bool skipping_ = false;  // the line that goes on is too long
  std::int64_t too_long_ = 0;
};

// What somebody reads of a line that was passed over.
inline std::string too_long_line(std::size_t longest) {
  return "a line has more than " + std::to_string(longest) + " bytes";
}

}  // namespace switchyard
