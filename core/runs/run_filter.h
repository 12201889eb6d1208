// Which rows of a table of runs an expression of SQL holds for: what stands behind WHERE.
//
//   top_k=2 and val_loss<1.9
//   gate in ('sigmoid', 'softmax') or data like '%shake%'
//
// Texts and choices stand in single quotes; a value that is not known is NULL, for which a comparison does not hold;
// true and false are 1 and 0. SQLite evaluates it over the table where it lies (sql_table.h).
//
// The expression is not trusted: one expression (where_text.h), no SELECT in it, no function but those of
// filter_functions(), no parameter; it is ended after kLongestFilter_s.
//
// Thread safety: pure functions.
#pragma once

#include <atomic>
#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/runs/run_table.h"

namespace switchyard {

inline constexpr double kLongestFilter_s = 5;

// Blank: all rows. cancel: true from any thread ends it; may be null. usage: no such expression; says what SQLite
// says, at which character, and which columns are like one that is not there. interrupted: cancelled.
Result<RunOrder> filter_rows(const RunTable& table, std::string_view where,
                             const std::atomic<bool>* cancel = nullptr);

// What it may call.
std::span<const std::string_view> filter_functions();

}  // namespace switchyard
