// A table of runs as SQLite sees it where it lies in memory: a virtual table, of which nothing is copied and nothing
// can be written (https://www.sqlite.org/vtab.html). Columns have the affinity of their types, flags are 0 and 1, what
// is not known is NULL. Text longer than kLongestSqlText is seen without its rest.
//
// Thread safety: as the database.
#pragma once

#include <cstddef>

#include "core/runs/run_table.h"

struct sqlite3;

namespace switchyard {

inline constexpr std::size_t kLongestSqlText = std::size_t{16} << 10;  // bytes

// One table of this name in every statement from now on; `table` outlives the database. An SQLite code.
int show_table(sqlite3* database, const char* name, const RunTable& table);

}  // namespace switchyard
