#include "core/record/folder/trash.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/record/files/files.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr const char *kTrashName = ".trash", *kNote = "note.json";
constexpr std::size_t kEntryLetters = 6;
constexpr std::uint64_t kMostNoteBytes = 64 * 1024;  // more than that is no empty entry, whatever its note says

enum class Thing { nothing, file, folder, other };

// What a name itself stands for; a symbolic link is something other.
Thing thing_at(const fs::path& path) {
  struct stat at {};
  if (::lstat(path.c_str(), &at) != 0) return Thing::nothing;
  return S_ISREG(at.st_mode) ? Thing::file : S_ISDIR(at.st_mode) ? Thing::folder : Thing::other;
}

std::int64_t wall_clock_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Of "20261129T004500Z-x7k2mq".
std::optional<std::int64_t> time_of_entry(const std::string& name) {
  std::tm when{};
  const char* const end = ::strptime(name.c_str(), "%Y%m%dT%H%M%SZ-", &when);
  if (!end || std::string_view(end).size() != kEntryLetters) return std::nullopt;
  return static_cast<std::int64_t>(::timegm(&when));
}

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code code;
  for (fs::recursive_directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    std::error_code unknown;
    if (at->symlink_status(unknown).type() != fs::file_type::regular) continue;
    const std::uintmax_t size = at->file_size(unknown);
    if (!unknown) bytes += size;
  }
  return bytes;
}

// The item before the note that says what it is.
void remove_entry(const fs::path& entry) {
  std::error_code code;
  std::vector<fs::path> items;
  for (fs::directory_iterator at(entry, code), end; !code && at != end; at.increment(code))
    if (at->path().filename() != kNote) items.push_back(at->path());
  for (const fs::path& item : items) fs::remove_all(item, code);
  fs::remove_all(entry, code);
}

// "run", "run-2", ...; of a file "step-10.safetensors", "step-10-2.safetensors", ...
fs::path with_number(const fs::path& path, bool is_folder, int number) {
  if (number == 1) return path;
  if (is_folder) return path.parent_path() / fmt::format("{}-{}", path.filename().native(), number);
  return path.parent_path() / fmt::format("{}-{}{}", path.stem().native(), number, path.extension().native());
}

}  // namespace

fs::path Trash::folder() const { return directory_ / kTrashName; }

Result<Trashed> Trash::take(const fs::path& item, std::int64_t now_unix_s) const {
  const Thing what = thing_at(item);
  if (what == Thing::nothing) return usage_error(item.native() + ": is not there any more");
  if (what == Thing::other)
    return usage_error(item.native() + ": is a link, or no file or folder: it is left alone");
  const fs::path below = item.lexically_relative(directory_);
  if (below.empty() || *below.begin() == "..")
    return usage_error(fmt::format("{}: does not lie in {}", item.native(), directory_.native()));
  if (::mkdir(folder().c_str(), 0777) == 0) sync_folder(directory_);
  else if (errno != EEXIST) return system_failure(folder(), "make the trash");
  if (thing_at(folder()) != Thing::folder)
    return usage_error(folder().native() + ": is no folder, so nothing can be moved to it");

  Trashed made{{}, item, now_unix_s == 0 ? wall_clock_s() : now_unix_s};
  const std::time_t when = static_cast<std::time_t>(made.deleted_unix_s);
  made.entry = folder() / fmt::format("{:%Y%m%dT%H%M%SZ}-{}", fmt::gmtime(when), random_name(kEntryLetters));
  if (::mkdir(made.entry.c_str(), 0777) != 0) return system_failure(made.entry, "make the folder");
  const auto give_up = [&](Error error) {
    remove_entry(made.entry);
    return error;
  };
  const Json note{{"from", text_of_path(below.native())}};
  if (auto written = replace_file(made.entry / kNote, dump_json(note, 2) + "\n"); !written)
    return give_up(written.error());
  sync_folder(folder());
  if (!move_to_free_name(item, made.entry / item.filename())) {
    if (errno == EXDEV)
      return give_up(
          usage_error(fmt::format("{}: lies on another file system than {}, so it cannot be moved there",
                                  item.native(), folder().native())));
    return give_up(system_failure(item, "move it to the trash"));
  }
  sync_folder(made.entry);
  sync_folder(item.parent_path());
  return made;
}

Result<Trashed> Trash::find(const fs::path& entry) const {
  const auto gone = [&] { return usage_error(entry.native() + ": is not in the trash any more"); };
  const auto when = time_of_entry(entry.filename().native());
  if (!when || thing_at(entry) != Thing::folder) return gone();
  const auto note = read_json_file(entry / kNote);
  if (!note) return note.error();
  const std::string* const from = (*note)["from"].text();
  const fs::path below = from ? path_of_text(*from).lexically_normal() : fs::path();
  if (below.empty() || below.is_absolute() || *below.begin() == ".." || !below.has_filename() ||
      below.filename() == kNote || below == ".")
    return usage_error((entry / kNote).native() + ": does not say where it lay");
  const Thing what = thing_at(entry / below.filename());
  if (what != Thing::file && what != Thing::folder) return gone();
  return Trashed{entry, directory_ / below, *when};
}

Result<fs::path> Trash::put_back(const fs::path& entry) const {
  const auto found = find(entry);
  if (!found) return found.error();
  const fs::path item = entry / found->from.filename(), place = found->from.parent_path();
  const bool is_folder = thing_at(item) == Thing::folder;
  // A folder that only held what was deleted may be gone; the one above it belongs to somebody.
  std::error_code code;
  if (!fs::is_directory(place, code)) {
    if (::mkdir(place.c_str(), 0777) != 0)
      return usage_error(
          fmt::format("{}: cannot be put back: {} is not there any more", item.native(), place.native()));
    sync_folder(place.parent_path());
  }
  for (int number = 1;; ++number) {
    const fs::path to = with_number(found->from, is_folder, number);
    if (move_to_free_name(item, to)) {
      sync_folder(place);
      ::unlink((entry / kNote).c_str());
      ::rmdir(entry.c_str());
      return to;
    }
    if (errno != EEXIST && errno != ENOTEMPTY) return system_failure(to, "put it back");
  }
}

std::vector<Trash::Entry> Trash::entries() const {
  std::vector<Entry> all;
  if (thing_at(folder()) != Thing::folder) return all;
  std::error_code code;
  for (fs::directory_iterator at(folder(), code), end; !code && at != end; at.increment(code))
    if (const auto when = time_of_entry(at->path().filename().native());
        when && thing_at(at->path()) == Thing::folder)
      all.push_back({at->path(), *when});
  std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.deleted_unix_s, a.path) < std::tie(b.deleted_unix_s, b.path);
  });
  return all;
}

std::vector<Trashed> Trash::list() const {
  std::vector<Trashed> all;
  for (const Entry& entry : entries())
    if (auto found = find(entry.path)) all.push_back(std::move(*found));
  return all;
}

std::uint64_t Trash::bytes() const {
  std::uint64_t bytes = 0;
  for (const Entry& entry : entries()) bytes += bytes_below(entry.path);
  return bytes;
}

std::size_t Trash::empty_old(std::int64_t now_unix_s) const {
  std::size_t gone = 0;
  for (const Entry& entry : entries()) {
    const std::int64_t age = now_unix_s - entry.deleted_unix_s;
    // Of one without its item a kill is the reason.
    if (age <= kKept_s && (age <= kAtWork_s || find(entry.path))) continue;
    if (age > kKept_s) ++gone;
    else if (bytes_below(entry.path) > kMostNoteBytes) continue;
    remove_entry(entry.path);
  }
  return gone;
}

std::size_t Trash::shrink_to(std::uint64_t most) const {
  std::size_t gone = 0;
  std::uint64_t now = bytes();
  for (const Entry& entry : entries()) {
    if (now <= most) break;
    now -= std::min(now, bytes_below(entry.path));
    remove_entry(entry.path);
    ++gone;
  }
  return gone;
}

std::size_t Trash::make_room(std::uint64_t wanted) const {
  std::size_t gone = 0;
  for (const Entry& entry : entries()) {
    std::error_code code;
    const fs::space_info room = fs::space(directory_, code);
    if (code || room.available >= wanted) break;
    remove_entry(entry.path);
    ++gone;
  }
  return gone;
}

}  // namespace switchyard
