#include "app/files/chooser.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "app/files/text_offer.h"
#include "app/files/typed_path.h"
#include "app/ui/fuzzy.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/data/data_file.h"
#include "core/record/folder/run_place.h"
#include "core/recordings/manifest.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;
using Row = Chooser::Row;

constexpr std::size_t kMostShown = 6;
constexpr std::size_t kMostScored = 2000;  // of names that hold the letters, in a frame

// The part of what is typed that says where, up to its last slash, and the name after it.
struct Typed {
  std::string where, name;
};
Typed parts_of(const std::string& typed) {
  if (typed == "~") return {"~/", ""};
  const std::size_t slash = typed.rfind('/');
  if (slash == typed.npos) return {"", typed};
  std::string name = typed.substr(slash + 1);
  if (typed.starts_with("file:")) name = printable(path_of_text("file:" + name).native());
  return {typed.substr(0, slash + 1), std::move(name)};
}

// Higher is better; -1: not at all, 0: it has the letters in this order, and how well is not known.
constexpr int kWhole = 3'000'000, kBegins = 2'000'000, kHolds = 1'000'000;
int rank_of(std::string_view pattern, const std::string& shown) {
  const std::string name = lower_case(shown);
  if (const std::size_t at = name.find(pattern); at != name.npos) {
    if (at > 0) return kHolds - static_cast<int>(std::min<std::size_t>(at, 1000));
    return name.size() == pattern.size() ? kWhole : kBegins;
  }
  std::size_t next = 0;
  for (const char c : pattern) {
    if (c == ' ') continue;
    next = name.find(c, next);
    if (next == name.npos) return -1;
    ++next;
  }
  return 0;
}

struct Ranked {
  Row row;
  int rank = 0;
};

void find(std::string_view typed, const Folder& folder, std::vector<Ranked>& rows) {
  const std::string pattern = lower_case(typed);
  std::size_t loose = 0;
  for (Ranked& one : rows) {
    one.rank = rank_of(pattern, folder.entries[one.row.index].shown);
    loose += one.rank == 0;
  }
  std::erase_if(rows, [](const Ranked& one) { return one.rank < 0; });
  if (loose <= kMostScored)
    for (Ranked& one : rows)
      if (one.rank == 0)
        if (const auto match = fuzzy_match(typed, folder.entries[one.row.index].shown)) one.rank = match->score;
  std::stable_sort(rows.begin(), rows.end(), [](const Ranked& a, const Ranked& b) { return a.rank > b.rank; });
}

bool may_be_recording(const FolderEntry& entry) {
  const fs::path ending = fs::path(entry.name).extension();
  return ending == ".jsonl" || ending == ".json" || ending == ".csv" || ending == ".gguf" || ending == ".pt";
}

bool is_hidden(const FolderEntry& entry) { return entry.name.starts_with('.'); }

// Which entry a row is, from one arrangement to the next.
std::string key_of(const Chooser& chooser, int row) {
  if (row < 0 || row >= static_cast<int>(chooser.rows.size())) return {};
  const Row& at = chooser.rows[static_cast<std::size_t>(row)];
  return at.is_heading ? std::string() : (at.is_recent ? "r" : "f") + entry_of(chooser, at).name;
}

int first_row(const Chooser& chooser) {
  for (std::size_t i = 0; i < chooser.rows.size(); ++i)
    if (!chooser.rows[i].is_heading) return static_cast<int>(i);
  return -1;
}

void forget_what_was_done(Chooser& chooser) {
  chooser.problem.clear();
  chooser.enters = false;
}

const Row* lit_row(const Chooser& chooser) {
  if (chooser.lit < 0 || chooser.lit >= static_cast<int>(chooser.rows.size())) return nullptr;
  return &chooser.rows[static_cast<std::size_t>(chooser.lit)];
}

std::string with_slash(std::string typed) { return typed.ends_with('/') ? typed : typed + '/'; }

}  // namespace

void begin_choosing(Chooser& chooser, Chooses what, fs::path folder, std::vector<fs::path> recent,
                    void (*wake)()) {
  end_choosing(chooser);
  chooser.what = what;
  chooser.by_age = what == Chooses::run;
  chooser.just_opened = chooser.wants_keyboard = true;
  if (!chooser.reader) chooser.reader = std::make_shared<FolderReader>(wake);
  if (recent.size() > kMostShown) recent.resize(kMostShown);
  chooser.reader->read_places(std::move(recent));
  list_folder(chooser, std::move(folder));
  chooser.shows_recent = true;
}

void end_choosing(Chooser& chooser) {
  if (chooser.reader) chooser.reader->let_go();
  Chooser closed;
  closed.hidden = chooser.hidden;
  closed.reader = std::move(chooser.reader);
  chooser = std::move(closed);
}

void list_folder(Chooser& chooser, fs::path folder, std::string light) {
  forget_what_was_done(chooser);
  chooser.folder = tidy(folder);
  chooser.from = chooser.folder;
  chooser.listed = nullptr;
  chooser.shows_recent = false;
  chooser.light = std::move(light);
  chooser.moved = false;
  chooser.typed.clear();
  chooser.typed_before.clear();
  chooser.put = "";
  chooser.reader->read(chooser.folder);
  arrange_rows(chooser);
}

void list_parent(Chooser& chooser) {
  const fs::path parent = chooser.folder.parent_path();
  if (parent != chooser.folder) list_folder(chooser, parent, chooser.folder.filename().native());
}

void arrange_rows(Chooser& chooser) {
  const std::string lit = chooser.moved ? key_of(chooser, chooser.lit) : std::string();
  const auto [where, name] = parts_of(chooser.typed);
  chooser.rows.clear();
  const auto add = [&, name = name](const Folder& folder, bool recent, const std::string& heading) {
    std::vector<Ranked> found;
    for (std::uint32_t i = 0; i < folder.entries.size(); ++i) {
      const std::uint32_t index = chooser.by_age ? folder.by_age[i] : i;
      if (!recent && !chooser.hidden && is_hidden(folder.entries[index]) && !name.starts_with('.')) continue;
      found.push_back({{false, recent, index}, 0});
    }
    if (!name.empty()) find(name, folder, found);
    if (found.empty()) return;
    if (!heading.empty()) chooser.rows.push_back({true, recent, 0});
    for (const Ranked& one : found) chooser.rows.push_back(one.row);
  };
  const bool recent = chooser.shows_recent && where.empty() && chooser.recent && !chooser.recent->entries.empty();
  if (recent) add(*chooser.recent, true, "Recent");
  if (chooser.listed) add(*chooser.listed, false, recent ? "folder" : "");

  chooser.lit = first_row(chooser);
  const auto light = [&](const std::string& key) {
    for (int i = 0; i < static_cast<int>(chooser.rows.size()); ++i)
      if (key_of(chooser, i) == key) return chooser.lit = i, true;
    return false;
  };
  if (!lit.empty()) light(lit);
  else if (!chooser.light.empty() && light("f" + chooser.light)) chooser.brings_lit = true;
}

void update(Chooser& chooser) {
  bool stale = false;
  if (chooser.typed != chooser.typed_before) {
    chooser.typed_before = chooser.typed;
    forget_what_was_done(chooser);
    chooser.light.clear();
    chooser.moved = false;
    chooser.brings_lit = stale = true;
    if (const auto [where, name] = parts_of(chooser.typed); !where.empty()) {
      fs::path folder = path_of_typed(where, chooser.from);
      if (folder != chooser.folder) {
        chooser.folder = std::move(folder);
        chooser.listed = nullptr;
        chooser.reader->read(chooser.folder);
      }
    } else if (chooser.typed.empty()) {
      chooser.from = chooser.folder;
    }
  }
  if (auto news = chooser.reader->folder(); news && news != chooser.listed && news->path == chooser.folder)
    chooser.listed = std::move(news), stale = true;
  if (auto news = chooser.reader->places(); news != chooser.recent) chooser.recent = std::move(news), stale = true;
  chooser.reader->take_looks(chooser.looks);
  if (stale) arrange_rows(chooser);
}

void light_by(Chooser& chooser, int rows) {
  chooser.problem.clear();
  const int last = static_cast<int>(chooser.rows.size()) - 1, first = first_row(chooser), way = rows < 0 ? -1 : 1;
  if (first < 0) return;
  int at = std::clamp(chooser.lit < 0 ? first : chooser.lit + rows, first, last);
  while (chooser.rows[static_cast<std::size_t>(at)].is_heading) at += way;
  chooser.lit = at;
  chooser.moved = chooser.brings_lit = true;
}

const FolderEntry& entry_of(const Chooser& chooser, const Row& row) {
  return (row.is_recent ? chooser.recent : chooser.listed)->entries[row.index];
}

fs::path path_of(const Chooser& chooser, const Row& row) {
  const FolderEntry& entry = entry_of(chooser, row);
  return (entry.in.empty() ? chooser.folder : entry.in) / entry.name;
}

const EntryLook* look_of(const Chooser& chooser, const Row& row) {
  const auto at = chooser.looks.find(path_of(chooser, row).native());
  return at == chooser.looks.end() ? nullptr : &at->second;
}

std::string why_not(const Chooser& chooser, const Row& row) {
  const FolderEntry& entry = entry_of(chooser, row);
  if (is_folder(entry.kind)) return {};
  const auto no = [&](std::string_view why) { return fmt::format("{} {}", entry.shown, why); };
  if (entry.kind == EntryKind::other) return no("is neither a file nor a folder that can be read.");
  if (chooser.what == Chooses::run)
    // A recording in a file is known by more than its name: whoever reads it says if it is none.
    return entry.kind == EntryKind::weights || may_be_recording(entry) ? std::string()
                                                                       : no("is no run: a run is a folder.");
  if (chooser.what == Chooses::runs) return no("is no folder.");
  if (chooser.what == Chooses::routes) return no("is no folder: recorded routes are one.");
  if (chooser.what == Chooses::settings)
    return entry.kind == EntryKind::settings ? std::string() : no("holds no settings: they end in .json.");
  if (entry.kind == EntryKind::weights) return no("holds weights, not a text.");
  if (entry.bytes == 0) return no("is empty.");
  const bool points = task_of_file(entry.shown) == TaskKind::clusters;
  if (const std::size_t most = points ? kMaxPointsBytes : kMaxCorpusBytes; entry.bytes > most)
    return no(fmt::format("is too large: {}, and at most {} are read.", size_text(entry.bytes), size_text(most)));
  const EntryLook* const look = look_of(chooser, row);
  return look && look->is_binary ? no("is binary, not text.") : std::string();
}

std::optional<Chosen> enter(Chooser& chooser) {
  const auto [where, name] = parts_of(chooser.typed);
  chooser.problem.clear();
  chooser.enters = false;
  if (chooser.typed == "..") return list_parent(chooser), std::nullopt;
  if (!where.empty() && name.empty()) {
    if (!chooser.listed || !chooser.listed->whole) return chooser.enters = true, std::nullopt;
    const auto& entries = chooser.listed->entries;
    const bool is_run =
        std::any_of(entries.begin(), entries.end(), [](const FolderEntry& one) { return is_run_mark(one.name); });
    const bool is_recording = std::any_of(entries.begin(), entries.end(),
                                          [](const FolderEntry& one) { return one.name == kManifestName; });
    if (chooser.what == Chooses::routes && is_recording) return Chosen{chooser.folder, EntryKind::recording};
    if (chooser.what == Chooses::run && (is_run || is_recording))
      return Chosen{chooser.folder, is_run ? EntryKind::run : EntryKind::recording};
    if (chooser.listed->problem.empty() || !entries.empty()) list_folder(chooser, chooser.folder);
    return std::nullopt;
  }
  const Row* const row = lit_row(chooser);
  if (!row) {
    if (!chooser.listed || !chooser.listed->whole) return chooser.enters = true, std::nullopt;
    if (!name.empty())
      chooser.problem =
          fmt::format("{}: there is no such entry.", printable(typed_of_path(chooser.folder / name)));
    return std::nullopt;
  }
  const FolderEntry& entry = entry_of(chooser, *row);
  fs::path path = path_of(chooser, *row);
  const EntryKind kind = entry.kind;
  // Routes that a run recorded may lie within its folder.
  const bool is_it = chooser.what == Chooses::run      ? kind != EntryKind::folder
                     : chooser.what == Chooses::routes ? kind == EntryKind::recording
                                                       : false;
  if (is_folder(kind) && !is_it) {
    list_folder(chooser, std::move(path));
    return std::nullopt;
  }
  chooser.problem = why_not(chooser, *row);
  if (!chooser.problem.empty()) return std::nullopt;
  return Chosen{std::move(path), kind};
}

void enter_folder(Chooser& chooser) {
  const Row* const row = lit_row(chooser);
  if (row && !row->is_heading && is_folder(entry_of(chooser, *row).kind))
    list_folder(chooser, path_of(chooser, *row));
}

void complete(Chooser& chooser) {
  const auto [where, name] = parts_of(chooser.typed);
  std::optional<std::string> common;
  bool several = false, plain = !name.empty();
  for (const Row& row : chooser.rows) {
    if (row.is_heading || row.is_recent) continue;
    const FolderEntry& entry = entry_of(chooser, row);
    if (!entry.shown.starts_with(name)) continue;
    plain = plain && entry.shown == entry.name;
    if (!common) {
      common = entry.shown;
      continue;
    }
    several = true;
    const auto end = std::mismatch(common->begin(), common->end(), entry.shown.begin(), entry.shown.end()).first;
    common->erase(end, common->end());
  }
  // Not within a character.
  while (common && several && !common->empty() && !is_printable(*common)) common->pop_back();
  if (plain && several && common && common->size() > name.size()) {
    chooser.put = where + *common;
    return;
  }
  const Row* const row = lit_row(chooser);
  if (!row || row->is_heading) return;
  const std::string path = typed_of_path(path_of(chooser, *row));
  chooser.put = is_folder(entry_of(chooser, *row).kind) ? with_slash(path) : path;
}

}  // namespace switchyard::app
