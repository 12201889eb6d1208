#include "app/files/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <set>
#include <span>

#include "app/files/typed_path.h"
#include "core/base/input_file.h"
#include "core/base/printable.h"
#include "core/base/utf8.h"
#include "core/record/folder/run_place.h"
#include "core/record/reading/run_list.h"
#include "core/recordings/manifest.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kTellEvery = std::chrono::milliseconds(150);
constexpr std::size_t kGlance = 4096;  // bytes of a file that tell whether it is binary

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Digits in a row count as a number.
void sort_entries(Folder& folder) {
  struct Keyed {
    std::string key;
    std::uint32_t index;
    bool is_folder;
  };
  std::vector<Keyed> order;
  for (const FolderEntry& entry : folder.entries) {
    order.push_back({entry.name, static_cast<std::uint32_t>(order.size()), is_folder(entry.kind)});
    std::transform(order.back().key.begin(), order.back().key.end(), order.back().key.begin(), folded);
  }
  std::sort(order.begin(), order.end(), [&](const Keyed& a, const Keyed& b) {
    if (a.is_folder != b.is_folder) return a.is_folder;
    const int by_key = strverscmp(a.key.c_str(), b.key.c_str());
    return by_key != 0 ? by_key < 0 : folder.entries[a.index].name < folder.entries[b.index].name;
  });
  std::vector<FolderEntry> sorted;
  sorted.reserve(order.size());
  for (const Keyed& one : order) sorted.push_back(std::move(folder.entries[one.index]));
  folder.entries = std::move(sorted);
  folder.by_age.resize(folder.entries.size());
  std::iota(folder.by_age.begin(), folder.by_age.end(), 0u);
  std::stable_sort(folder.by_age.begin(), folder.by_age.end(), [&](std::uint32_t i, std::uint32_t j) {
    const FolderEntry &a = folder.entries[i], &b = folder.entries[j];
    if (is_folder(a.kind) != is_folder(b.kind)) return is_folder(a.kind);
    return a.changed_unix_s > b.changed_unix_s;
  });
}

class Characters {
 public:
  void take(const std::string& shown) {
    for (const char32_t c : decode_utf8(shown).text)
      if (c >= 0x80) all_.insert(c);
  }
  std::string text() const {
    std::string out;
    for (const char32_t c : all_) out += encode_utf8(c);
    return out;
  }

 private:
  std::set<char32_t> all_;
};

// `at`: the folder's descriptor, or AT_FDCWD for a whole path.
bool describe(int at, const std::string& path, FolderEntry& entry) {
  struct stat is {};
  if (fstatat(at, path.c_str(), &is, 0) != 0) return false;
  entry.changed_unix_s = is.st_mtim.tv_sec;
  if (S_ISDIR(is.st_mode)) {
    entry.kind = EntryKind::folder;
    if (const auto changed = run_changed_unix_s(at, path)) {
      entry.kind = EntryKind::run;
      entry.changed_unix_s = *changed;
    } else if (fstatat(at, fmt::format("{}/{}", path, kManifestName).c_str(), &is, 0) == 0 &&
               S_ISREG(is.st_mode)) {
      entry.kind = EntryKind::recording;
      entry.changed_unix_s = is.st_mtim.tv_sec;
    }
  } else if (S_ISREG(is.st_mode)) {
    entry.bytes = static_cast<std::uint64_t>(is.st_size);
    const fs::path extension = fs::path(entry.name).extension();
    entry.kind = extension == ".json"          ? EntryKind::settings
                 : extension == ".safetensors" ? EntryKind::weights
                                               : EntryKind::file;
  }
  return true;
}

std::string why_not(int code) {
  switch (code) {
    case ENOENT:
      return "there is no such folder";
    case ENOTDIR:
      return "is not a folder";
    case EACCES:
    case EPERM:
      return "you have no right to look into it";
    default:
      return std::strerror(code);
  }
}

}  // namespace

void read_folder(const fs::path& path, const std::function<bool(Folder)>& tell) {
  Folder folder;
  folder.path = path;
  const auto refuse = [&](int code) {
    folder.problem = fmt::format("{}: {}.", printable(typed_of_path(path)), why_not(code));
  };
  DIR* const stream = opendir(path.c_str());
  if (!stream) {
    refuse(errno);
    folder.whole = true;
    tell(std::move(folder));
    return;
  }
  Characters characters;
  bool wanted = true;
  auto told = Clock::now();
  while (wanted) {
    errno = 0;
    const dirent* const next = readdir(stream);
    if (!next) {
      if (errno != 0) refuse(errno);
      break;
    }
    const std::string name = next->d_name;
    if (name == "." || name == "..") continue;
    if (folder.entries.size() == Folder::kMost) {
      folder.problem = fmt::format("More than {} entries: these are some of them.", Folder::kMost);
      break;
    }
    FolderEntry& entry = folder.entries.emplace_back();
    entry.name = name;
    entry.shown = printable(name);
    characters.take(entry.shown);
    describe(dirfd(stream), name, entry);
    if (const auto now = Clock::now(); now - told > kTellEvery) {
      Folder some = folder;
      sort_entries(some);
      some.characters = characters.text();
      wanted = tell(std::move(some));
      told = Clock::now();
    }
  }
  closedir(stream);
  if (!wanted) return;
  sort_entries(folder);
  folder.characters = characters.text();
  folder.whole = true;
  tell(std::move(folder));
}

Folder read_places(const std::vector<fs::path>& paths) {
  Folder out;
  Characters characters;
  for (const fs::path& path : paths) {
    FolderEntry entry;
    entry.name = path.filename().native();
    entry.shown = printable(entry.name);
    entry.in = path.parent_path();
    if (!describe(AT_FDCWD, path.native(), entry)) continue;
    characters.take(entry.shown);
    characters.take(printable(entry.in.native()));
    out.entries.push_back(std::move(entry));
  }
  out.by_age.resize(out.entries.size());
  std::iota(out.by_age.begin(), out.by_age.end(), 0u);
  out.characters = characters.text();
  out.whole = true;
  return out;
}

EntryLook look_into(const fs::path& path, EntryKind kind) {
  EntryLook look;
  if (kind == EntryKind::run) {
    if (auto run = summarize_run(path)) {
      look.is_run = true;
      look.is_running = run->is_running;
      look.corpus = printable(run->corpus);
      look.called = printable(run->name);
      look.steps = run->steps;
      look.val_loss = run->val_loss;
    }
  } else if (kind == EntryKind::file) {
    const auto file = InputFile::open(path);
    if (!file) return look;
    std::array<char, kGlance> begin{};
    const auto size = std::min<std::uint64_t>(file->size(), kGlance);
    if (!file->read(0, std::as_writable_bytes(std::span(begin)).first(size))) return look;
    const std::string_view bytes(begin.data(), size);
    // UTF-16 has zeros too, but only where the high bytes are.
    std::array<std::size_t, 2> zeros{};
    for (std::size_t i = 0; i < bytes.size(); ++i) zeros[i % 2] += bytes[i] == '\0';
    look.is_binary =
        zeros[0] > 0 && zeros[1] > 0 && !bytes.starts_with("\xFF\xFE") && !bytes.starts_with("\xFE\xFF");
  }
  return look;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  constexpr std::array kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  for (value /= 1000; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{:.{}f} {}", value, value < 9.95 ? 1 : 0, kUnits[unit]);
}

}  // namespace switchyard::app
