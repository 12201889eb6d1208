#include "core/record/folder/run_place.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <system_error>

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSuffix = 6, kLongestLabel = 40;

// Of the folder, also behind a symbolic link.
std::optional<FileIdentity> folder_identity(const fs::path& path) {
  struct stat at {};
  if (::stat(path.c_str(), &at) != 0 || !S_ISDIR(at.st_mode)) return std::nullopt;
  return FileIdentity{static_cast<std::uint64_t>(at.st_dev), static_cast<std::uint64_t>(at.st_ino)};
}

}  // namespace

bool is_run_mark(std::string_view file) {
  return std::find(kRunMarks.begin(), kRunMarks.end(), file) != kRunMarks.end();
}

std::optional<std::int64_t> run_changed_unix_s(int at, const std::string& folder) {
  struct stat is {};
  for (const char* mark : kRunMarks)
    if (::fstatat(at, (folder + "/" + mark).c_str(), &is, 0) == 0)
      return static_cast<std::int64_t>(is.st_mtim.tv_sec);
  return std::nullopt;
}

RunPlace::RunPlace(fs::path path, AppendFile events, RunLock lock)
    : path_(std::move(path)),
      identity_(folder_identity(path_).value_or(FileIdentity())),
      events_(std::move(events)),
      lock_(std::move(lock)) {}

Result<RunPlace> RunPlace::claim(const fs::path& wanted) {
  // "run/" is "run".
  const fs::path path = wanted.has_filename() ? wanted : wanted.parent_path();
  if (path.empty()) return usage_error("the output folder has no name");
  const auto unusable = [&](std::string_view why) {
    return usage_error(fmt::format("{}: cannot record a run here: {}", path.native(), why));
  };
  const auto taken = [&] { return unusable("the folder is not empty; name a new one"); };
  std::error_code code;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), code);
  const bool made = ::mkdir(path.c_str(), 0777) == 0;
  if (!made) {
    const std::error_code reason(errno, std::generic_category());
    if (reason != std::errc::file_exists) return unusable((code ? code : reason).message());
    const fs::file_status status = fs::status(path, code);
    if (code && !fs::exists(status)) return unusable(code.message());
    if (!fs::is_directory(status)) return unusable("it is a file, not a folder");
    const bool empty = fs::is_empty(path, code);
    if (code) return unusable(code.message());
    if (!empty) return taken();
  }
  auto events = AppendFile::create(path / kEventsFile);
  if (events) {
    auto lock = RunLock::take(path);
    if (!lock) return lock.error();
    return RunPlace(path, std::move(*events), std::move(*lock));
  }
  const std::error_code reason(errno, std::generic_category());
  if (reason == std::errc::file_exists) return taken();
  if (made) ::rmdir(path.c_str());
  return unusable(reason.message());
}

Result<RunPlace> RunPlace::open(const fs::path& wanted) {
  const fs::path path = wanted.has_filename() ? wanted : wanted.parent_path();
  if (!folder_identity(path)) return usage_error(fmt::format("{}: no such run folder", path.native()));
  auto lock = RunLock::take(path);
  if (!lock) return lock.error();
  return RunPlace(path, {}, std::move(*lock));
}

bool RunPlace::is_in_place() const { return folder_identity(path_) == identity_; }

Result<void> RunPlace::restore() {
  if (is_in_place()) return {};
  auto again = claim(path_);
  // Another run, or a copy of this one, is none of ours to write into.
  if (!again && folder_identity(path_)) {
    fs::path beside = path_;
    beside += "-" + random_name(kSuffix);
    again = claim(beside);
  }
  if (!again) return again.error();
  *this = std::move(*again);
  return {};
}

fs::path default_runs_directory() {
  // The specification of base directories ignores relative ones.
  const auto absolute = [](const char* name) {
    const char* value = std::getenv(name);
    fs::path path = value ? value : "";
    return path.is_absolute() ? path : fs::path();
  };
  if (const auto data = absolute("XDG_DATA_HOME"); !data.empty()) return data / "switchyard" / "runs";
  if (const auto home = absolute("HOME"); !home.empty()) return home / ".local" / "share" / "switchyard" / "runs";
  std::error_code code;
  const auto temporary = fs::temp_directory_path(code);
  return (code ? fs::path("/tmp") : temporary) / "switchyard" / "runs";
}

std::string new_run_name(std::string_view label) {
  std::string name = fs::path(label).stem().native();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-') c = '-';
  if (name.size() > kLongestLabel) name.resize(kLongestLabel);
  if (name.empty()) name = "run";
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{}-{}", fmt::gmtime(now), name, random_name(kSuffix));
}

bool is_run_name(std::string_view text) {
  constexpr std::string_view when = "ddddddddTddddddZ-";
  if (text.size() < when.size() + 1 + 1 + kSuffix || text[text.size() - kSuffix - 1] != '-') return false;
  for (std::size_t i = 0; i < when.size(); ++i) {
    const bool fits = when[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == when[i];
    if (!fits) return false;
  }
  return text.substr(text.size() - kSuffix).find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == text.npos;
}

fs::path new_run_folder(const fs::path& directory, std::string_view label) {
  while (true) {
    const fs::path path = directory / new_run_name(label);
    if (!identity_of(path)) return path;
  }
}

std::string new_run_id(const fs::path& folder, std::string_view label) {
  const std::string name = folder.filename().native();
  return is_run_name(name) ? name : new_run_name(label);
}

fs::path sibling_folder(const fs::path& first, const std::string& id) {
  if (is_run_name(first.filename().native())) return first.parent_path() / id;
  for (int number = 2;; ++number) {
    fs::path path = first;
    path += fmt::format("-{}", number);
    if (!identity_of(path)) return path;
  }
}

}  // namespace switchyard
