// Rows that are equal in everything but their seeds as one: how far their validation losses lie apart.
//
// Equal are columns that are `is_of_setup` other than seed and weight_seed: every knob, the data, the steps made,
// the step it was forked at. A row of which a knob is not known, or whose knobs were changed as it learned
// (edits), is equal to no other.
//
//   runs            how many rows
//   seeds           how many different seeds (seed with weight_seed) they have; fewer than runs: some are repeated
//   measured        those whose val_loss is known, of which are:
//   val_loss_mean, val_loss_std (sample standard deviation; none below two), val_loss_min, val_loss_max
//
// and behind them the columns that are equal.
//
// Thread safety: pure functions.
#pragma once

#include <vector>

#include "core/runs/run_table.h"

namespace switchyard {

struct RunGroups {
  RunTable table;
  std::vector<RunOrder> members;  // [row of `table`] rows of the table that was grouped
};
// In the order of their first rows. A column that is not there (seed, val_loss) is as if it were not known.
RunGroups group_rows(const RunTable& table, const RunOrder& rows);

}  // namespace switchyard
