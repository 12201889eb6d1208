#include "core/runs/run_filter.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "core/runs/sql_table.h"
#include "core/runs/where_text.h"

namespace switchyard {
namespace {

using Clock = std::chrono::steady_clock;

// They change nothing, and what they make is bounded by their arguments and SQLITE_LIMIT_LENGTH.
constexpr std::array<std::string_view, 36> kAllowedFunctions{
    "abs",   "ceil",     "coalesce",  "current_date", "current_time", "current_timestamp",
    "date",  "datetime", "exp",       "floor",        "glob",         "ifnull",
    "iif",   "instr",    "julianday", "length",       "like",         "ln",
    "log10", "log2",     "lower",     "ltrim",        "max",          "min",
    "mod",   "nullif",   "pow",       "replace",      "round",        "rtrim",
    "sign",  "sqrt",     "substr",    "time",         "trim",         "upper"};

constexpr const char* kWherePrefix = "SELECT rowid FROM runs WHERE (";
constexpr int kOperationsALook = 100;

class Gatekeeper {
 public:
  static int allow(void* self, int action, const char* first, const char* second, const char*, const char*) {
    return static_cast<Gatekeeper*>(self)->asks(action, first ? first : "", second ? second : "");
  }
  // What was refused, in words; empty: nothing was.
  const std::string& refused() const { return refused_; }
  const std::string& allowed() const { return allowed_; }

 private:
  int asks(int action, std::string_view first, std::string_view second) {
    if (action == SQLITE_SELECT && selects_++ == 0) return SQLITE_OK;
    if (action == SQLITE_READ && first == "runs") return SQLITE_OK;
    std::string function(second);
    std::ranges::transform(function, function.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (action == SQLITE_FUNCTION && std::ranges::count(kAllowedFunctions, function) > 0) return SQLITE_OK;
    if (!refused_.empty()) return SQLITE_DENY;
    if (action == SQLITE_FUNCTION)
      refused_ = fmt::format("{}() is not allowed", second),
      allowed_ = fmt::format("; allowed are {}", fmt::join(kAllowedFunctions, ", "));
    else
      refused_ =
          "it looks beyond the rows (SELECT, or another table): a filter is one expression of a row's columns";
    return SQLITE_DENY;
  }

  int selects_ = 0;
  std::string refused_, allowed_;
};

struct Patience {
  Clock::time_point end;
  const std::atomic<bool>* cancel = nullptr;
  bool is_cancelled() const { return cancel && cancel->load(std::memory_order_relaxed); }
  static int is_over(void* self) {
    const auto& patience = *static_cast<const Patience*>(self);
    return patience.is_cancelled() || Clock::now() > patience.end;
  }
};

void set_bounds(sqlite3* database) {
  for (const auto& [limit, most] :
       {std::pair{SQLITE_LIMIT_LENGTH, static_cast<int>(2 * kMostFilterBytes)},
        std::pair{SQLITE_LIMIT_SQL_LENGTH, static_cast<int>(2 * kMostFilterBytes)},
        std::pair{SQLITE_LIMIT_EXPR_DEPTH, 1000}, std::pair{SQLITE_LIMIT_COMPOUND_SELECT, 1},
        std::pair{SQLITE_LIMIT_FUNCTION_ARG, 20}, std::pair{SQLITE_LIMIT_ATTACHED, 0},
        std::pair{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 500}, std::pair{SQLITE_LIMIT_VARIABLE_NUMBER, 0},
        std::pair{SQLITE_LIMIT_TRIGGER_DEPTH, 1}, std::pair{SQLITE_LIMIT_WORKER_THREADS, 0}})
    sqlite3_limit(database, limit, most);
}

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct Finish {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using OpenDatabase = std::unique_ptr<sqlite3, Close>;
using OpenStatement = std::unique_ptr<sqlite3_stmt, Finish>;

Result<OpenDatabase> open_over(const RunTable& table) {
  sqlite3* made = nullptr;
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
  int code = sqlite3_open_v2(":memory:", &made, flags, nullptr);
  OpenDatabase database(made);
  if (code == SQLITE_OK) code = show_table(made, "runs", table);
  // "sigmod" is a column that is not there, not a text.
  for (const int off : {SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_ENABLE_TRIGGER,
                        SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA,
                        SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER})
    if (code == SQLITE_OK) sqlite3_db_config(made, off, 0, nullptr);
  // The table is declared now, before anything is bounded.
  if (code == SQLITE_OK) code = sqlite3_exec(made, "SELECT 1 FROM runs WHERE 0", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK)
    return failure(fmt::format("the filter: {}", made ? sqlite3_errmsg(made) : sqlite3_errstr(code)));
  sqlite3_db_config(made, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return database;
}

// What may have been meant by a column that is not there.
std::string hint_for(const RunTable& table, std::string_view message) {
  constexpr std::string_view says = "no such column: ";
  if (!message.starts_with(says)) return {};
  const std::string_view name = message.substr(says.size());
  for (const RunColumn& column : table.columns)
    if (column.knob && std::ranges::count(column.knob->choices, name) > 0)
      return fmt::format(" (a text stands in single quotes: {}='{}')", column.key, name);
  std::string hint = near_columns(table, name);
  return hint.empty() ? " (a text stands in single quotes)" : hint;
}

Error filter_refusal(const RunTable& table, sqlite3* database, std::string_view where, const Gatekeeper& keeper) {
  const std::string message = sqlite3_errmsg(database);
  const int offset = sqlite3_error_offset(database) - static_cast<int>(std::string_view(kWherePrefix).size());
  const bool is_within = offset >= 0 && static_cast<std::size_t>(offset) < where.size();
  return usage_error(fmt::format(
      "{}{}{}", keeper.refused().empty() ? message : keeper.refused(),
      is_within ? fmt::format(", at character {}", character_at(where, static_cast<std::size_t>(offset))) : "",
      keeper.refused().empty() ? hint_for(table, message) : keeper.allowed()));
}

}  // namespace

std::span<const std::string_view> filter_functions() { return kAllowedFunctions; }

Result<RunOrder> filter_rows(const RunTable& table, std::string_view where, const std::atomic<bool>* cancel) {
  const std::size_t last = where.find_last_not_of(" \t\r\n");
  if (last == where.npos) return all_rows(table);
  where = where.substr(0, last + 1);
  if (const auto checked = check_where(where); !checked) return checked.error();
  auto opened = open_over(table);
  if (!opened) return opened.error();
  sqlite3* const database = opened->get();
  set_bounds(database);
  Gatekeeper gatekeeper;
  sqlite3_set_authorizer(database, Gatekeeper::allow, &gatekeeper);
  const auto longest =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(kLongestFilter_s));
  Patience patience{Clock::now() + longest, cancel};
  sqlite3_progress_handler(database, kOperationsALook, Patience::is_over, &patience);

  const std::string sql = fmt::format("{}{}\n)", kWherePrefix, where);
  sqlite3_stmt* made = nullptr;
  const int prepared = sqlite3_prepare_v2(database, sql.c_str(), static_cast<int>(sql.size()) + 1, &made, nullptr);
  const OpenStatement statement(made);
  if (prepared != SQLITE_OK) return filter_refusal(table, database, where, gatekeeper);
  RunOrder rows;
  while (true) {
    const int code = sqlite3_step(made);
    if (code == SQLITE_ROW) rows.push_back(static_cast<std::size_t>(sqlite3_column_int64(made, 0)));
    else if (code == SQLITE_DONE) return rows;
    else if ((code & 0xff) != SQLITE_INTERRUPT) return filter_refusal(table, database, where, gatekeeper);
    else if (patience.is_cancelled()) return Error{ErrorKind::interrupted, "the filter was ended"};
    else
      return usage_error(fmt::format("takes longer than {} s over {} rows", kLongestFilter_s, table.rows.size()));
  }
}

}  // namespace switchyard
