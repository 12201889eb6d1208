#include "core/record/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace switchyard {
namespace {

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

}  // namespace

Error system_failure(const std::filesystem::path& path, std::string_view what) {
  const int reason = errno;
  const char* hint = reason == EFBIG ? " (a size limit of this user or file system)" : "";
  return failure(fmt::format("{}: cannot {}: {}{}", path.string(), what,
                             std::error_code(reason, std::generic_category()).message(), hint));
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

Result<AppendFile> AppendFile::open(const std::filesystem::path& path) {
  AppendFile file;
  file.path_ = path;
  file.descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file.descriptor_ < 0) return system_failure(path, "open it for writing");
  return file;
}

Result<void> AppendFile::append(std::string_view bytes) {
  struct stat before {};
  const bool sized = ::fstat(descriptor_, &before) == 0 && S_ISREG(before.st_mode);
  if (write_all(descriptor_, bytes.data(), bytes.size())) return {};
  const Error error = system_failure(path_, "write");
  // Half a line would make the rest of the file unreadable. Nothing to do if this fails too.
  if (sized && ::ftruncate(descriptor_, before.st_size) != 0) errno = 0;
  return error;
}

Result<void> replace_file(const std::filesystem::path& path, std::span<const std::span<const std::byte>> parts) {
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return system_failure(path, "write");
  bool good = true;
  for (const auto& part : parts) good = good && write_all(descriptor, part.data(), part.size());
  good = good && ::fsync(descriptor) == 0;
  const int reason = errno;
  good = ::close(descriptor) == 0 && good;
  if (!good || ::rename(temporary.c_str(), path.c_str()) != 0) {
    if (!good) errno = reason;
    const Error error = system_failure(path, "write");
    ::unlink(temporary.c_str());
    return error;
  }
  // The rename itself survives a power cut only once the folder is synced; a folder that cannot be is no
  // reason to call the file unwritten.
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
  return {};
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view text) {
  const std::span<const std::byte> part = std::as_bytes(std::span(text.data(), text.size()));
  return replace_file(path, std::span(&part, 1));
}

}  // namespace switchyard
