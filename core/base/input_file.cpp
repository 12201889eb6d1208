#include "core/base/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace switchyard {
namespace {

Error refusal(const std::filesystem::path& path, std::string_view why) {
  return usage_error(fmt::format("{}: {}", path.native(), why));
}

std::string reason() { return std::error_code(errno, std::generic_category()).message(); }

std::string unreadable() { return "cannot be read: " + reason(); }

// What it is, where that is no file to read.
const char* kind_of(mode_t mode) {
  if (S_ISREG(mode)) return nullptr;
  if (S_ISDIR(mode)) return "is a folder, not a file";
  if (S_ISFIFO(mode)) return "is a pipe, not a file";
  if (S_ISLNK(mode)) return "is a symbolic link, which is not followed here";
  if (S_ISSOCK(mode)) return "is a socket, not a file";
  return "is a device, not a file";
}

}  // namespace

Error InputFile::refuse(std::string_view why) const { return refusal(path_, why); }

Result<InputFile> InputFile::open(const std::filesystem::path& path, Links links) {
  return open_as(path, path, links);
}

Result<InputFile> InputFile::open_as(const std::filesystem::path& shown, const std::filesystem::path& path,
                                     Links links) {
  // Opening alone may move a tape or wait for a writer, so the kind is asked for first; and again of what was opened,
  // which may be another file by then.
  struct stat status {};
  if (path.native().find('\0') != std::string::npos) return refusal(shown.c_str(), "no such file");
  const bool follows = links == Links::followed;
  if ((follows ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status)) != 0)
    return refusal(shown, errno == ENOENT ? "no such file" : unreadable());
  if (const char* kind = kind_of(status.st_mode)) return refusal(shown, kind);
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW));
  if (descriptor < 0) return refusal(shown, errno == ENOENT ? "no such file" : unreadable());
  InputFile file(descriptor, shown);
  if (::fstat(descriptor, &status) != 0) return refusal(shown, unreadable());
  if (const char* kind = kind_of(status.st_mode)) return refusal(shown, kind);
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  file.changed_s_ = status.st_mtim.tv_sec, file.changed_ns_ = status.st_mtim.tv_nsec;
  return file;
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

InputFile::InputFile(InputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      size_(other.size_),
      changed_s_(other.changed_s_),
      changed_ns_(other.changed_ns_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  std::swap(size_, other.size_);
  std::swap(changed_s_, other.changed_s_);
  std::swap(changed_ns_, other.changed_ns_);
  return *this;
}

Result<void> InputFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t got = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse(unreadable());
    if (got == 0) return refuse(fmt::format("cut off: it ends at byte {}, {} more were expected", offset, bytes.size()));
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

Result<std::string> InputFile::read_all(std::size_t limit) const {
  if (size_ > limit) return refuse(fmt::format("has {} bytes, at most {} are read", size_, limit));
  std::string text(static_cast<std::size_t>(size_), '\0');
  if (auto done = read(0, std::as_writable_bytes(std::span(text))); !done) return done.error();
  if (auto same = check_unchanged(); !same) return same.error();
  return text;
}

InputFile::Stretch InputFile::stored_from(std::uint64_t offset) const {
  if (offset >= size_) return {size_, size_};
  const off_t begin = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_DATA);
  if (begin < 0) {
    // Nothing behind it is stored; but of a file that was cut off meanwhile that is for read() to find.
    const bool is_hole = errno == ENXIO && ::lseek(descriptor_, 0, SEEK_END) >= static_cast<off_t>(size_);
    return is_hole ? Stretch{size_, size_} : Stretch{offset, size_};
  }
  const off_t end = ::lseek(descriptor_, begin, SEEK_HOLE);
  const auto from = std::min(static_cast<std::uint64_t>(begin), size_);
  return {from, end < 0 ? size_ : std::min(static_cast<std::uint64_t>(end), size_)};
}

Result<void> InputFile::check_unchanged() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return refuse(unreadable());
  if (static_cast<std::uint64_t>(status.st_size) == size_ && status.st_mtim.tv_sec == changed_s_ &&
      status.st_mtim.tv_nsec == changed_ns_)
    return {};
  return refuse("was changed while it was being read");
}

}  // namespace switchyard
