#include "core/runs/sql_table.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <string>
#include <variant>

namespace switchyard {
namespace {

struct SeenTable {
  sqlite3_vtab base{};
  const RunTable* table = nullptr;
};
struct SeenRow {
  sqlite3_vtab_cursor base{};
  const RunTable* table = nullptr;
  std::size_t row = 0;
};
SeenRow* seen_row(sqlite3_vtab_cursor* cursor) { return reinterpret_cast<SeenRow*>(cursor); }

const char* affinity_of(KnobType type) {
  switch (type) {
    case KnobType::boolean:
    case KnobType::integer:
      return "INTEGER";
    case KnobType::real:
      return "REAL";
    case KnobType::choice:
    case KnobType::text:
      break;
  }
  return "TEXT";
}

std::string declaration_of(const RunTable& table) {
  std::string sql = "CREATE TABLE runs(";
  for (const RunColumn& column : table.columns) {
    sql += sql.ends_with('(') ? "\"" : ", \"";
    for (const char c : column.key) sql += c == '"' ? std::string(2, c) : std::string(1, c);
    sql += std::string("\" ") + affinity_of(column.type);
  }
  return sql + ")";
}

int connect(sqlite3* database, void* table, int, const char* const*, sqlite3_vtab** made, char**) {
  auto seen = std::make_unique<SeenTable>();
  seen->table = static_cast<const RunTable*>(table);
  const int code = sqlite3_declare_vtab(database, declaration_of(*seen->table).c_str());
  if (code == SQLITE_OK) *made = &seen.release()->base;
  return code;
}
int disconnect(sqlite3_vtab* seen) {
  delete reinterpret_cast<SeenTable*>(seen);
  return SQLITE_OK;
}
int best_index(sqlite3_vtab* seen, sqlite3_index_info* info) {
  // Every row is looked at, in order; SQLite checks the conditions itself.
  info->estimatedRows = static_cast<sqlite3_int64>(reinterpret_cast<SeenTable*>(seen)->table->rows.size());
  info->estimatedCost = static_cast<double>(info->estimatedRows);
  return SQLITE_OK;
}
int open_cursor(sqlite3_vtab* seen, sqlite3_vtab_cursor** made) {
  auto cursor = std::make_unique<SeenRow>();
  cursor->table = reinterpret_cast<SeenTable*>(seen)->table;
  *made = &cursor.release()->base;
  return SQLITE_OK;
}
int close_cursor(sqlite3_vtab_cursor* cursor) {
  delete seen_row(cursor);
  return SQLITE_OK;
}
int begin_rows(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
  seen_row(cursor)->row = 0;
  return SQLITE_OK;
}
int next_row(sqlite3_vtab_cursor* cursor) {
  ++seen_row(cursor)->row;
  return SQLITE_OK;
}
int is_at_end(sqlite3_vtab_cursor* cursor) {
  return seen_row(cursor)->row >= seen_row(cursor)->table->rows.size();
}
int give_row(sqlite3_vtab_cursor* cursor, sqlite3_int64* row) {
  *row = static_cast<sqlite3_int64>(seen_row(cursor)->row);
  return SQLITE_OK;
}

int give_cell(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int column) {
  struct Giver {
    sqlite3_context* context;
    void operator()(std::monostate) const { sqlite3_result_null(context); }
    void operator()(bool value) const { sqlite3_result_int(context, value ? 1 : 0); }
    void operator()(std::int64_t value) const { sqlite3_result_int64(context, value); }
    void operator()(double value) const { sqlite3_result_double(context, value); }
    void operator()(const std::string& value) const {
      const auto bytes = static_cast<int>(std::min(value.size(), kLongestSqlText));
      sqlite3_result_text(context, value.data(), bytes, SQLITE_STATIC);  // the table outlives the statement
    }
  };
  const SeenRow* const at = seen_row(cursor);
  std::visit(Giver{context}, at->table->rows[at->row][static_cast<std::size_t>(column)]);
  return SQLITE_OK;
}

const sqlite3_module& table_module() {
  static const sqlite3_module module = [] {
    sqlite3_module made{};
    // Without xCreate there is one such table, of the module's name, and no statement can make another.
    made.xConnect = connect, made.xDisconnect = disconnect, made.xBestIndex = best_index;
    made.xOpen = open_cursor, made.xClose = close_cursor, made.xFilter = begin_rows, made.xNext = next_row;
    made.xEof = is_at_end, made.xColumn = give_cell, made.xRowid = give_row;
    return made;
  }();
  return module;
}

}  // namespace

int show_table(sqlite3* database, const char* name, const RunTable& table) {
  return sqlite3_create_module_v2(database, name, &table_module(), const_cast<RunTable*>(&table), nullptr);
}

}  // namespace switchyard
