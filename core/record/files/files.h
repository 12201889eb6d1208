// Writing files so that what is on disk is whole at any moment: lines appended one system call each, and
// files replaced at once. No file is opened that another has put there. Failures (disk full, no right to write)
// are Errors of kind failure that name the file and the system's reason.
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace switchyard {

// "PATH: cannot WHAT: No space left on device (disk full?)", from errno, which stays as it is.
Error system_failure(const std::filesystem::path& path, std::string_view what);

// Which file or folder a name stands for: another one once that was removed, renamed or replaced.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0;
  bool operator==(const FileIdentity&) const = default;
};
// Of a name, which may be a symbolic link itself; nothing where there is none.
std::optional<FileIdentity> identity_of(const std::filesystem::path& path);

class AppendFile {
 public:
  AppendFile() = default;
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;

  // Makes it: never a file that is there, nor what a symbolic link points to. errno keeps the reason of a failure.
  static Result<AppendFile> create(const std::filesystem::path& path);
  // Goes on with one that is there; what a symbolic link points to, or what is no regular file, is refused.
  static Result<AppendFile> open(const std::filesystem::path& path);
  // Adds the bytes and hands them to the system, so that other programs see them and a kill does not
  // lose them. On an error the file is cut back to what it was: now, or where that fails, before the next bytes.
  Result<void> append(std::string_view bytes);
  bool is_open() const { return descriptor_ >= 0; }
  // Bytes that are whole.
  std::int64_t size() const;
  // Whether its name still stands for it: what is appended elsewhere nobody would find.
  bool is_in_place() const;

 private:
  int descriptor_ = -1;
  std::filesystem::path path_;
  FileIdentity identity_;
  std::optional<std::int64_t> torn_at_;  // bytes that are whole, before half a line that could not be cut
};

// The folder's own entries on disk: what was made, renamed or removed in it. A folder that cannot be synced is no
// reason to call a file unwritten.
void sync_folder(const std::filesystem::path& folder);

// Letters and digits that nobody can foresee: for names that must not meet another's.
std::string random_name(std::size_t length);

// Puts a file in place whole: written beside it under a name of its own that nobody had, synced, renamed over it,
// the folder synced. A symbolic link is replaced, not followed. On an error the old file, if any, is as it was.
Result<void> replace_file(const std::filesystem::path& path, std::span<const std::span<const std::byte>> parts);
Result<void> replace_file(const std::filesystem::path& path, std::string_view text);
// The same of bytes that come piece by piece, each asked for once the one before is written; an empty one is the
// end. An error of `next` leaves the old file too.
using NextPiece = std::function<Result<std::span<const std::byte>>()>;
Result<void> replace_file(const std::filesystem::path& path, const NextPiece& next);
// Puts a hard link to the file `from` in place of `to`, at once; where they are one file already nothing happens.
// failure: the file system has none, or not this one. On an error `to` is as it was.
Result<void> link_file(const std::filesystem::path& from, const std::filesystem::path& to);
// Gives a file or folder another name, where nobody has that one. errno keeps the reason of a failure: EEXIST
// where somebody has it, EXDEV where that lies on another file system. What a symbolic link points to stays where
// it is.
bool move_to_free_name(const std::filesystem::path& from, const std::filesystem::path& to);
// Removes what these had begun in this folder when its process was killed. Only where nobody else writes.
void clear_leftovers(const std::filesystem::path& folder);

}  // namespace switchyard
