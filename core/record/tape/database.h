// An SQLite file, opened without trust: no view, trigger or function of the file's own runs, no statement takes
// longer than it may, and what is damaged is told. https://www.sqlite.org/security.html
//
// Thread safety: a database and its statements belong to one thread at a time. Errors name the file: usage where
// it cannot be read or is no whole database, failure where it cannot be written now.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace switchyard {

class Statement {
 public:
  // Numbered from 1.
  Statement& bind(int index, std::int64_t value);
  // The bytes stay where they are until the statement is reset.
  Statement& bind(int index, std::span<const std::byte> bytes);
  // Whether there is a row.
  Result<bool> step();
  // Runs what gives no row, and is ready for the next.
  Result<void> run();
  void reset();

  // Of the present row, numbered from 0; stands until the next step.
  std::int64_t integer(int column) const;
  std::span<const std::byte> blob(int column) const;
  std::string text(int column) const;

 private:
  friend class Database;
  struct Owner;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(Owner* owner, sqlite3_stmt* statement) : owner_(owner), statement_(statement) {}

  Owner* owner_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  enum class For {
    reading,  // others may write it meanwhile; of a folder that cannot be written to, what its main file holds
    writing,  // in a write-ahead log, made where it is not there; never what a symbolic link points to
    asking,   // written too, but it may be another program's: its journal is left as it is
  };
  static constexpr int kBusy_ms = 2000;
  // cancel: true from any thread ends the statement that runs; may be null, else outlives the database. busy_ms:
  // how long a statement waits for a lock that others hold.
  static Result<Database> open(const std::filesystem::path& path, For what,
                               const std::atomic<bool>* cancel = nullptr, int busy_ms = kBusy_ms);
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  const std::filesystem::path& path() const;
  Result<Statement> prepare(const char* sql);
  // A statement without parameters, or several.
  Result<void> run(const char* sql);
  // The first column of the first row; 0 where there is none.
  Result<std::int64_t> number(const char* sql);
  std::int64_t last_row() const;  // that was inserted

  // Everything into the main file, which is alone from then on; readers of this moment may prevent it.
  void fold();

 private:
  explicit Database(std::unique_ptr<Statement::Owner> owner);

  std::unique_ptr<Statement::Owner> owner_;
};

}  // namespace switchyard
