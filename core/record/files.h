// Writing files so that what is on disk is whole at any moment: lines appended one system call each, and
// files replaced at once. Failures (disk full, no right to write) are Errors of kind failure that name
// the file and the system's reason.
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace switchyard {

// "PATH: cannot WHAT: No space left on device (disk full?)", from errno.
Error system_failure(const std::filesystem::path& path, std::string_view what);

class AppendFile {
 public:
  AppendFile() = default;
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;

  // Creates it, or goes on at its end.
  static Result<AppendFile> open(const std::filesystem::path& path);
  // Adds the bytes and hands them to the system, so that other programs see them and a kill does not
  // lose them. On an error the file is cut back to what it was, where that is possible.
  Result<void> append(std::string_view bytes);
  bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
  std::filesystem::path path_;
};

// Puts a file in place whole: written beside it under another name, synced, renamed over it. On an error
// the old file, if any, is as it was.
Result<void> replace_file(const std::filesystem::path& path, std::span<const std::span<const std::byte>> parts);
Result<void> replace_file(const std::filesystem::path& path, std::string_view text);

}  // namespace switchyard
