#include "core/record/files/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

namespace switchyard {
namespace {

constexpr std::size_t kTemporaryLetters = 8;
constexpr std::string_view kTemporaryEnding = ".tmp";

// Short, whatever the file's own name is: that may be as long as names can be.
std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return folder / fmt::format(".{}-{}{}", ::getpid(), random_name(kTemporaryLetters), kTemporaryEnding);
}

// .PID-LETTERS.tmp
bool is_temporary(std::string_view name) {
  if (!name.starts_with('.') || !name.ends_with(kTemporaryEnding)) return false;
  name = name.substr(1, name.size() - 1 - kTemporaryEnding.size());
  const std::size_t dash = name.find('-');
  return dash != name.npos && dash > 0 && name.find_first_not_of("0123456789") == dash &&
         name.size() - dash - 1 == kTemporaryLetters &&
         name.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz", dash + 1) == name.npos;
}

// All of it, through short writes and signals.
bool write_all(int descriptor, const void* bytes, std::size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = ::write(descriptor, at, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    at += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

FileIdentity identity(const struct stat& at) {
  return {static_cast<std::uint64_t>(at.st_dev), static_cast<std::uint64_t>(at.st_ino)};
}

// A file that was not there, where the name itself is no symbolic link. Below 0: errno says why not.
int open_new(const std::filesystem::path& path, int flags) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | flags, 0644);
}

}  // namespace

Error system_failure(const std::filesystem::path& path, std::string_view what) {
  const int reason = errno;
  const char* hint = reason == EFBIG ? " (a size limit of this user or file system)" : "";
  Error error = failure(fmt::format("{}: cannot {}: {}{}", path.string(), what,
                                    std::error_code(reason, std::generic_category()).message(), hint));
  errno = reason;
  return error;
}

std::optional<FileIdentity> identity_of(const std::filesystem::path& path) {
  struct stat at {};
  if (::lstat(path.c_str(), &at) != 0) return std::nullopt;
  return identity(at);
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      identity_(other.identity_),
      torn_at_(other.torn_at_) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  std::swap(identity_, other.identity_);
  std::swap(torn_at_, other.torn_at_);
  return *this;
}

Result<AppendFile> AppendFile::create(const std::filesystem::path& path) {
  AppendFile file;
  file.path_ = path;
  file.descriptor_ = open_new(path, O_APPEND);
  struct stat at {};
  if (file.descriptor_ < 0 || ::fstat(file.descriptor_, &at) != 0) return system_failure(path, "make it");
  file.identity_ = identity(at);
  return file;
}

Result<AppendFile> AppendFile::open(const std::filesystem::path& path) {
  AppendFile file;
  file.path_ = path;
  file.descriptor_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  struct stat at {};
  if (file.descriptor_ < 0 || ::fstat(file.descriptor_, &at) != 0) return system_failure(path, "open it");
  if (!S_ISREG(at.st_mode)) return failure(path.native() + ": is no regular file");
  file.identity_ = identity(at);
  return file;
}

std::int64_t AppendFile::size() const {
  struct stat at {};
  if (torn_at_) return *torn_at_;
  return is_open() && ::fstat(descriptor_, &at) == 0 ? static_cast<std::int64_t>(at.st_size) : 0;
}

bool AppendFile::is_in_place() const { return is_open() && identity_of(path_) == identity_; }

Result<void> AppendFile::append(std::string_view bytes) {
  // Half a line would make the rest of the file unreadable.
  if (torn_at_) {
    if (::ftruncate(descriptor_, *torn_at_) != 0) return system_failure(path_, "cut a torn line");
    torn_at_.reset();
  }
  struct stat before {};
  const bool sized = ::fstat(descriptor_, &before) == 0 && S_ISREG(before.st_mode);
  if (write_all(descriptor_, bytes.data(), bytes.size())) return {};
  const Error error = system_failure(path_, "write");
  if (sized && ::ftruncate(descriptor_, before.st_size) != 0) torn_at_ = before.st_size;
  return error;
}

void sync_folder(const std::filesystem::path& folder) {
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  ::fsync(directory);
  ::close(directory);
}

std::string random_name(std::size_t length) {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device source;
  std::uniform_int_distribution<std::size_t> any(0, kLetters.size() - 1);
  std::string name;
  while (name.size() < length) name += kLetters[any(source)];
  return name;
}

Result<void> replace_file(const std::filesystem::path& path, const NextPiece& next) {
  const std::filesystem::path temporary = temporary_beside(path);
  const int descriptor = open_new(temporary, 0);
  if (descriptor < 0) return system_failure(path, "write");
  const auto give_up = [&](Error error) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    errno = reason;
    return error;
  };
  bool good = true;
  while (good) {
    const auto piece = next();
    if (!piece) {
      ::close(descriptor);
      return give_up(piece.error());
    }
    if (piece->empty()) break;
    good = write_all(descriptor, piece->data(), piece->size());
  }
  good = good && ::fsync(descriptor) == 0;
  const int reason = errno;
  good = ::close(descriptor) == 0 && good;
  if (!good) errno = reason;
  if (!good || ::rename(temporary.c_str(), path.c_str()) != 0) return give_up(system_failure(path, "write"));
  // The rename itself survives a power cut only then.
  sync_folder(temporary.parent_path());
  return {};
}

Result<void> replace_file(const std::filesystem::path& path, std::span<const std::span<const std::byte>> parts) {
  return replace_file(path, [&]() -> Result<std::span<const std::byte>> {
    while (!parts.empty() && parts.front().empty()) parts = parts.subspan(1);
    if (parts.empty()) return std::span<const std::byte>();
    const std::span<const std::byte> part = parts.front();
    parts = parts.subspan(1);
    return part;
  });
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view text) {
  const std::span<const std::byte> part = std::as_bytes(std::span(text.data(), text.size()));
  return replace_file(path, std::span(&part, 1));
}

Result<void> link_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (const auto there = identity_of(to); there && there == identity_of(from)) return {};
  const std::filesystem::path temporary = temporary_beside(to);
  if (::link(from.c_str(), temporary.c_str()) != 0) return system_failure(to, "link it");
  Result<void> done;
  if (::rename(temporary.c_str(), to.c_str()) != 0) done = system_failure(to, "link it");
  // Still there after a failure, and where `to` has become the same file meanwhile.
  ::unlink(temporary.c_str());
  return done;
}

bool move_to_free_name(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  // Some file systems cannot do both at once; then a moment lies between.
  if (errno != EINVAL && errno != ENOSYS) return false;
  if (identity_of(to)) return errno = EEXIST, false;
  return ::rename(from.c_str(), to.c_str()) == 0;
}

void clear_leftovers(const std::filesystem::path& folder) {
  std::error_code code;
  for (std::filesystem::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
    if (is_temporary(at->path().filename().native())) ::unlink(at->path().c_str());
}

}  // namespace switchyard
