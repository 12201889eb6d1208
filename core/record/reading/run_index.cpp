#include "core/record/reading/run_index.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <fstream>
#include <span>
#include <system_error>
#include <utility>

#include "core/record/folder/run_description.h"
#include "core/record/folder/run_lock.h"
#include "core/record/folder/run_place.h"
#include "core/record/reading/run_row.h"
#include "core/record/tape/blob.h"
#include "core/record/tape/database.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

// "swyi" in the header of the file.
constexpr std::int64_t kIndexApplication = 0x73777969, kIndexFormat = 1;
constexpr std::size_t kLongestFolderName = 4096;

std::int64_t sum_of(const std::string& name, std::span<const std::byte> row) {
  Bytes both(row.begin(), row.end());
  const auto named = std::as_bytes(std::span(name));
  both.insert(both.end(), named.begin(), named.end());
  return static_cast<std::int64_t>(checksum_of(both));
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// Of a file that is no database any more: whether it was ours. Its locks are worth nothing by then.
bool begins_like_ours(const fs::path& file) {
  std::array<char, 100> header{};
  std::ifstream in(file, std::ios::binary);
  in.read(header.data(), header.size());
  constexpr char ours[] = {0x73, 0x77, 0x79, 0x69};
  return in.gcount() == static_cast<std::streamsize>(header.size()) &&
         std::memcmp(header.data(), "SQLite format 3", 16) == 0 &&
         std::memcmp(header.data() + 68, ours, sizeof ours) == 0;
}

// Ours to make where there is none, or an empty one.
enum class Lies { nothing, file, something_else };
Lies what_lies(const fs::path& file) {
  struct stat at {};
  if (::lstat(file.c_str(), &at) != 0) return errno == ENOENT ? Lies::nothing : Lies::something_else;
  if (!S_ISREG(at.st_mode)) return Lies::something_else;
  return at.st_size == 0 ? Lies::nothing : Lies::file;
}

}  // namespace

// Statements go before their database.
struct RunIndex::Rows {
  Database database;
  Statement find, put;

  // usage: it is damaged, or of an earlier format; failure: it cannot be used now. Nothing: another program's, or
  // of a later format.
  static Result<std::unique_ptr<Rows>> open(const fs::path& file, bool is_new) {
    bool writes = true;
    auto database = Database::open(file, Database::For::asking, nullptr, kBusy_ms);
    if (!database && database.error().kind == ErrorKind::failure && !is_new) {
      writes = false;
      database = Database::open(file, Database::For::reading, nullptr, kBusy_ms);
    }
    if (!database) return database.error();
    const auto number = [&](const char* sql) { return database->number(sql); };
    auto application = number("PRAGMA application_id"), format = number("PRAGMA user_version");
    if (!application) return application.error();
    if (!format) return format.error();
    if (*application == 0 && *format == 0) {
      const auto tables = number("SELECT count(*) FROM sqlite_schema");
      if (!tables) return tables.error();
      if (*tables > 0 || !writes) return std::unique_ptr<Rows>();
      // Two may make it at the same moment.
      const auto made = database->run(
          "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; BEGIN IMMEDIATE;"
          "CREATE TABLE IF NOT EXISTS runs(name BLOB PRIMARY KEY, row BLOB NOT NULL, sum INTEGER NOT NULL) "
          "WITHOUT ROWID;"
          "PRAGMA application_id=1937209705; PRAGMA user_version=1; COMMIT;");
      if (!made) return made.error();
      application = kIndexApplication, format = kIndexFormat;
    }
    if (*application != kIndexApplication) return std::unique_ptr<Rows>();
    // A later version of the program may have it open.
    if (*format > kIndexFormat) return std::unique_ptr<Rows>();
    if (*format != kIndexFormat) return usage_error("of another format");
    // No file beside it, which may be removed under another that has it mapped; what a kill tears is made anew.
    if (auto set = database->run("PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY"); !set) return set.error();
    auto find = database->prepare("SELECT row, sum FROM runs WHERE name=?1 AND length(row) <= 65536");
    if (!find) return find.error();
    auto put = database->prepare("INSERT OR REPLACE INTO runs(name, row, sum) VALUES(?1, ?2, ?3)");
    if (!put) return put.error();
    return std::make_unique<Rows>(Rows{std::move(*database), std::move(*find), std::move(*put), writes});
  }
  bool writes = true;
};

RunIndex::RunIndex(const fs::path& directory, std::int64_t later_s)
    : directory_(directory),
      file_(directory / kIndexFile),
      later_s_(later_s),
      folder_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

RunIndex::~RunIndex() {
  write();
  if (folder_ >= 0) ::close(folder_);
}

std::vector<std::string> RunIndex::folders() const {
  std::vector<std::string> names;
  // Its own: one that is read twice goes on where it ended.
  const int again = folder_ < 0 ? -1 : ::openat(folder_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const entries = again < 0 ? nullptr : ::fdopendir(again);
  if (!entries) return names;
  while (const dirent* const entry = ::readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == ".." || name.size() > kLongestFolderName) continue;
    if (entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN)
      names.emplace_back(name);
  }
  ::closedir(entries);
  return names;
}

std::int64_t RunIndex::changed_unix_s(const std::string& name) const {
  if (const auto changed = run_changed_unix_s(folder_, name)) return *changed;
  struct stat at {};
  const bool found = ::fstatat(folder_, (name + "/" + kConfigFile).c_str(), &at, 0) == 0;
  return found ? static_cast<std::int64_t>(at.st_mtim.tv_sec) : -1;
}

std::optional<RunSummary> RunIndex::read(const std::string& name, RunDetail detail) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t now_s = std::chrono::duration_cast<std::chrono::seconds>(now).count() + later_s_;
  const fs::path folder = directory_ / name;
  RunRow row{stamps_of(folder_, name), {}};
  std::optional<RunRow> known;
  if (const auto bytes = find(name)) known = decode_row(*bytes, folder);
  if (known && known->run) row.stamps.newest = newest_stamp(folder_, name, *known->run);
  const bool tells_enough = known && (!known->run || known->run->whole.has_value() || detail == RunDetail::glance);
  if (tells_enough && known->stamps == row.stamps) {
    if (known->run) known->run->is_running = is_run_recorded(folder);
    return std::move(known->run);
  }
  ++read_anew_;
  if (auto summary = summarize_run(folder, detail)) row.run = std::move(*summary);
  row.stamps.newest = row.run ? newest_stamp(folder_, name, *row.run) : FileStamp();
  if (unusable_ || !may_be_kept(row, now_s, kRest_s)) return std::move(row.run);
  if (Bytes bytes = encode_row(row); bytes.size() <= kMostRowBytes) new_.push_back({name, std::move(bytes)});
  if (new_.size() >= kBatch) write();
  return std::move(row.run);
}

bool RunIndex::open(bool make) {
  if (rows_) return true;
  if (unusable_ || (tried_ && !make)) return false;
  tried_ = true;
  const Lies lies = what_lies(file_);
  if (lies == Lies::something_else) unusable_ = true;
  if (unusable_ || (lies == Lies::nothing && !make)) return false;
  std::error_code code;
  const bool too_large = lies == Lies::file && fs::file_size(file_, code) > kMostBytes && !code;
  bool damaged = too_large;
  if (!too_large) {
    auto rows = Rows::open(file_, lies == Lies::nothing);
    if (rows && *rows) {
      rows_ = std::move(*rows);
      return true;
    }
    damaged = !rows && rows.error().kind == ErrorKind::usage;
  }
  // What is another program's, as far as can be told, stays.
  give_up(damaged && begins_like_ours(file_));
  return make && !unusable_ && open(true);
}

void RunIndex::give_up(bool damaged) {
  rows_.reset();
  // Once: what is damaged again is not ours to mend.
  if (!damaged || std::exchange(made_anew_, true)) {
    unusable_ = true;
    new_.clear();
    return;
  }
  ::unlink(file_.c_str());
}

std::optional<std::vector<std::byte>> RunIndex::find(const std::string& name) {
  if (!open(false)) return std::nullopt;
  rows_->find.bind(1, bytes_of(name));
  const auto found = rows_->find.step();
  if (!found) {
    give_up(found.error().kind == ErrorKind::usage && rows_->writes);
    return std::nullopt;
  }
  std::optional<Bytes> row;
  if (*found) {
    const auto bytes = rows_->find.blob(0);
    if (rows_->find.integer(1) == sum_of(name, bytes)) row.emplace(bytes.begin(), bytes.end());
  }
  rows_->find.reset();
  return row;
}

void RunIndex::write() {
  // Where it turns out to be damaged it is made anew, once.
  for (int tried = 0; tried < 2 && !new_.empty() && open(true); ++tried) {
    if (!rows_->writes) return new_.clear();
    Result<void> done = rows_->database.run("BEGIN IMMEDIATE");
    for (std::size_t i = 0; done && i < new_.size(); ++i) {
      rows_->put.bind(1, bytes_of(new_[i].name)).bind(2, std::span<const std::byte>(new_[i].row));
      rows_->put.bind(3, sum_of(new_[i].name, new_[i].row));
      done = rows_->put.run();
    }
    if (done) done = rows_->database.run("COMMIT");
    if (done) return new_.clear();
    rows_->put.reset();
    (void)rows_->database.run("ROLLBACK");
    give_up(done.error().kind == ErrorKind::usage);
  }
}

void RunIndex::keep_only(std::vector<std::string> names) {
  write();
  if (!open(false) || !rows_->writes) return;
  std::sort(names.begin(), names.end());
  const auto prune = [&]() -> Result<void> {
    std::vector<std::string> gone;
    {
      auto all = rows_->database.prepare("SELECT name FROM runs WHERE length(name) <= 4096");
      if (!all) return all.error();
      // What has more rows than folders ever were goes round in a circle.
      for (std::size_t count = 0;; ++count) {
        const auto row = all->step();
        if (!row) return row.error();
        if (!*row) break;
        if (count > 2 * names.size() + 100'000) return usage_error("a look into it does not end");
        const auto bytes = all->blob(0);
        std::string name(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        if (!std::binary_search(names.begin(), names.end(), name)) gone.push_back(std::move(name));
      }
    }
    if (gone.empty()) return {};
    auto forget = rows_->database.prepare("DELETE FROM runs WHERE name=?1");
    if (!forget) return forget.error();
    Result<void> done = rows_->database.run("BEGIN IMMEDIATE");
    for (std::size_t i = 0; done && i < gone.size(); ++i) {
      forget->bind(1, bytes_of(gone[i]));
      done = forget->run();
    }
    if (done) return rows_->database.run("COMMIT");
    forget->reset();
    (void)rows_->database.run("ROLLBACK");
    return done;
  };
  if (const auto done = prune(); !done) give_up(done.error().kind == ErrorKind::usage);
}

}  // namespace switchyard
