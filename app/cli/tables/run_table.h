// A table of runs as text for people, as CSV and as JSON.
//
//   text   few columns, and the knobs in which the rows differ; the first column to the left, numbers rounded
//   CSV    RFC 4180: a header, a row a run; what is not known is empty; numbers read back to the same bits
//   JSON   an array, an object a row, null where nothing is known; a row a line
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/runs/run_table.h"

namespace switchyard::app {

// Columns by their numbers, in the order of the table.
using ShownColumns = std::vector<std::size_t>;

ShownColumns every_column(const RunTable& table);
// Those that these rows differ in, and the first, by which a row is known.
ShownColumns columns_that_differ(const RunTable& table, const RunOrder& rows);
// Those that a person looks for first, the knobs that differ, and `also`, where it is a column.
ShownColumns columns_for_people(const RunTable& table, const RunOrder& rows, std::string_view also);

std::string table_text(const RunTable& table, const RunOrder& rows, const ShownColumns& columns);
std::string table_csv(const RunTable& table, const RunOrder& rows, const ShownColumns& columns);
std::string table_json(const RunTable& table, const RunOrder& rows, const ShownColumns& columns);

}  // namespace switchyard::app
