#include "core/record/tape/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <system_error>
#include <utility>

namespace switchyard {
namespace {

constexpr int kFold_ms = 50;
// A statement may take so many of SQLite's operations until its next row: seconds, where honest ones take
// milliseconds.
constexpr int kOperationsACheck = 20'000, kMostChecks = 5'000;
constexpr int kMostRowBytes = 300 << 20;

// Of a path with any bytes, for SQLite's file: names.
std::string uri_of(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (const char c : path.native()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                       c == '-' || c == '_' || c == '.';
    if (plain) uri += c;
    else uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return uri;
}

}  // namespace

struct Statement::Owner {
  sqlite3* database = nullptr;
  std::filesystem::path path;
  bool writes = false;
  const std::atomic<bool>* cancel = nullptr;
  int checks = 0;

  ~Owner() { sqlite3_close_v2(database); }
  Error error(int code) {
    int why = code & 0xff;
    std::string reason = database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    if (why == SQLITE_INTERRUPT && !(cancel && *cancel)) {
      why = SQLITE_CORRUPT;
      reason = "it is damaged: a look into it does not end";
    }
    std::string message = fmt::format("{}: {}", path.native(), reason);
    const bool damaged = why == SQLITE_CORRUPT || why == SQLITE_NOTADB || why == SQLITE_ERROR;
    return writes && !damaged ? failure(std::move(message)) : usage_error(std::move(message));
  }
  static int go_on(void* self) {
    auto& owner = *static_cast<Owner*>(self);
    return (owner.cancel && owner.cancel->load(std::memory_order_relaxed)) || ++owner.checks > kMostChecks;
  }
};

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

Statement& Statement::bind(int index, std::span<const std::byte> bytes) {
  static constexpr std::byte kNothing{};
  sqlite3_bind_blob64(statement_.get(), index, bytes.empty() ? &kNothing : bytes.data(), bytes.size(),
                      SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::step() {
  owner_->checks = 0;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = owner_->error(code);
  sqlite3_reset(statement_.get());
  return error;
}

Result<void> Statement::run() {
  const auto stepped = step();
  if (!stepped) return stepped.error();
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::span<const std::byte> Statement::blob(int column) const {
  const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_.get(), column));
  const int count = sqlite3_column_bytes(statement_.get(), column);
  return bytes ? std::span(bytes, static_cast<std::size_t>(count)) : std::span<const std::byte>();
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return text ? std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)))
              : std::string();
}

Database::Database(std::unique_ptr<Statement::Owner> owner) : owner_(std::move(owner)) {}
Database::~Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

Result<Database> Database::open(const std::filesystem::path& path, For what, const std::atomic<bool>* cancel,
                                int busy_ms) {
  const bool writes = what != For::reading;
  std::filesystem::path real = path;
  if (writes) {
    // SQLite's refusal of symbolic links is of every folder on the way; ours is of the file alone.
    std::error_code code;
    const auto folder = std::filesystem::canonical(path.has_parent_path() ? path.parent_path() : ".", code);
    if (code) return failure(fmt::format("{}: {}", path.native(), code.message()));
    real = folder / path.filename();
  } else {
    // Looked at by name: to open and close it would let go of the locks that a writer of this process holds on it.
    std::error_code code;
    const auto status = std::filesystem::status(path, code);
    if (!std::filesystem::exists(status))
      return usage_error(fmt::format("{}: there is no such file", path.native()));
    if (!std::filesystem::is_regular_file(status))
      return usage_error(fmt::format("{}: is no regular file", path.native()));
  }
  const auto attempt = [&](const std::string& name, int flags) -> Result<Database> {
    auto owner = std::make_unique<Statement::Owner>();
    owner->path = path;
    owner->writes = writes;
    owner->cancel = cancel;
    if (const int code = sqlite3_open_v2(name.c_str(), &owner->database, flags | SQLITE_OPEN_NOMUTEX, nullptr);
        code != SQLITE_OK)
      return owner->error(code);
    sqlite3* const db = owner->database;
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, busy_ms);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kMostRowBytes);
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 100'000);
    sqlite3_limit(db, SQLITE_LIMIT_COLUMN, 100);
    sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
    for (const int setting :
         {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA})
      sqlite3_db_config(db, setting, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_progress_handler(db, kOperationsACheck, Statement::Owner::go_on, owner.get());
    Database made(std::move(owner));
    if (auto set = made.run(
            "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4000;");
        !set)
      return set.error();
    // A file that is being made is worth no wait for the disk.
    if (what == For::writing)
      if (auto set =
              made.run("PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=8388608;");
          !set)
        return set.error();
    // The file is looked at only now.
    if (const auto seen = made.number("SELECT count(*) FROM sqlite_schema"); !seen) return seen.error();
    return made;
  };
  if (writes) return attempt(real.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW);
  auto made = attempt(real.native(), SQLITE_OPEN_READONLY);
  if (made) return made;
  // A log that needs an index beside it cannot be read where none may be made: then without it.
  if (auto alone = attempt(uri_of(real) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI); alone)
    return alone;
  return made;
}

const std::filesystem::path& Database::path() const { return owner_->path; }

Result<Statement> Database::prepare(const char* sql) {
  owner_->checks = 0;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(owner_->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return owner_->error(code);
  return Statement(owner_.get(), statement);
}

Result<void> Database::run(const char* sql) {
  owner_->checks = 0;
  const int code = sqlite3_exec(owner_->database, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return owner_->error(code);
  return {};
}

Result<std::int64_t> Database::number(const char* sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  return *row ? statement->integer(0) : 0;
}

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(owner_->database); }

void Database::fold() {
  // Who reads for longer keeps its log; whoever ends a run does not wait for that.
  sqlite3_busy_timeout(owner_->database, kFold_ms);
  (void)run("PRAGMA wal_checkpoint(TRUNCATE)");
  // Nothing is left to be lost.
  (void)run("PRAGMA synchronous=OFF; PRAGMA journal_mode=DELETE");
}

}  // namespace switchyard
