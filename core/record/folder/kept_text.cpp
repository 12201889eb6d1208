#include "core/record/folder/kept_text.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/base/input_file.h"
#include "core/data/data_file.h"
#include "core/record/files/files.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOwnFolder = "text";
constexpr const char* kSharedFolder = ".texts";
// Several names of one file: who writes to it by one would change all.
constexpr mode_t kReadOnly = 0444;

// Not what a symbolic link points to.
bool is_folder(const fs::path& path) {
  struct stat at {};
  return ::lstat(path.c_str(), &at) == 0 && S_ISDIR(at.st_mode);
}

bool holds(const fs::path& path, std::string_view bytes) {
  struct stat at {};
  if (::lstat(path.c_str(), &at) != 0 || !S_ISREG(at.st_mode) ||
      static_cast<std::size_t>(at.st_size) != bytes.size())
    return false;
  const auto file = InputFile::open(path);
  if (!file) return false;
  const auto read = file->read_all(bytes.size());
  return read && *read == bytes;
}

Result<void> make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0777) == 0 || is_folder(folder)) return {};
  return system_failure(folder, "make it");
}

// The run's own copy under the name that all runs share, or that one's bytes under the run's. Of two that share it
// at the same moment one is first; who cannot has a copy of its own.
void share(const fs::path& own, const fs::path& shared, std::string_view bytes) {
  // The folder may go, as an empty one, between its making and the link.
  for (int tried = 0; tried < 2; ++tried) {
    if (!make_folder(shared.parent_path())) return;
    if (::link(own.c_str(), shared.c_str()) == 0) return;
    if (errno == ENOENT) continue;
    if (errno != EEXIST || identity_of(own) == identity_of(shared)) return;
    if (holds(shared, bytes)) return (void)link_file(shared, own);
    if (::unlink(shared.c_str()) != 0) return;
  }
}

bool is_unused(const fs::path& path) {
  struct stat at {};
  return ::lstat(path.c_str(), &at) == 0 && S_ISREG(at.st_mode) && at.st_nlink == 1;
}

}  // namespace

fs::path runs_of(const fs::path& run) {
  const fs::path path = run.has_filename() ? run : run.parent_path();
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

fs::path own_text(const fs::path& run, const fs::path& name) { return run / kOwnFolder / name; }

fs::path shared_text(const fs::path& run, const Fingerprint& print) {
  return runs_of(run) / kSharedFolder / print.sha256;
}

Result<void> keep_text(const fs::path& run, const fs::path& name, const Fingerprint& print,
                       std::string_view bytes) {
  const fs::path own = own_text(run, name), shared = shared_text(run, print);
  if (!holds(own, bytes)) {
    if (auto made = make_folder(own.parent_path()); !made) return made;
    if (holds(shared, bytes) && link_file(shared, own)) return {};
    if (auto written = replace_file(own, bytes); !written) return written;
    ::chmod(own.c_str(), kReadOnly);
  }
  share(own, shared, bytes);
  return {};
}

void remove_unused_texts(const fs::path& runs) {
  const fs::path texts = runs / kSharedFolder;
  if (!is_folder(texts)) return;
  std::error_code code;
  for (fs::directory_iterator at(texts, code), end; !code && at != end; at.increment(code))
    if (is_sha256(at->path().filename().native()) && is_unused(at->path())) ::unlink(at->path().c_str());
  // Where none is left.
  ::rmdir(texts.c_str());
}

}  // namespace switchyard
