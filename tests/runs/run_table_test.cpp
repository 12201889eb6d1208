// Order, differences and groups of rows with known values.
#include "core/runs/run_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/runs/run_groups.h"
#include "core/runs/run_rows.h"
#include "tests/runs/small_table.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::kUnknown;
using test::small_table;
using testing::ElementsAre;
using testing::HasSubstr;

RunOrder sorted(const std::string& key) {
  const RunTable table = small_table();
  RunOrder rows = all_rows(table);
  const auto done = sort_rows(table, rows, key);
  EXPECT_TRUE(done) << done.error().message;
  return rows;
}

TEST(RunTable, RowsWithoutAValueComeLastEitherWay) {
  EXPECT_THAT(sorted("val_loss"), ElementsAre(3, 0, 1, 2));
  EXPECT_THAT(sorted("-val_loss"), ElementsAre(1, 0, 3, 2));
  EXPECT_THAT(sorted("gate"), ElementsAre(1, 2, 0, 3));
  EXPECT_THAT(sorted("-gate"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(sorted("tied_head"), ElementsAre(1, 0, 2, 3));
  EXPECT_THAT(sorted("-top_k"), ElementsAre(3, 1, 2, 0)) << "equal ones stay as they were";
  RunOrder rows{0};
  const auto refused = sort_rows(small_table(), rows, "-topk");
  EXPECT_THAT(refused.error().message, HasSubstr("did you mean top_k?"));
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
}

TEST(RunTable, WholeNumbersKeepTheirLastDigit) {
  const std::int64_t large = std::int64_t{1} << 60;
  const RunTable table{{{"tokens", KnobType::integer}}, {{large + 1}, {large}, {large - 1}}};
  RunOrder rows = all_rows(table);
  ASSERT_TRUE(sort_rows(table, rows, "tokens"));
  EXPECT_THAT(rows, ElementsAre(2, 1, 0));
}

TEST(RunTable, ColumnsThatDiffer) {
  EXPECT_THAT(differing_columns(small_table(), {0, 1, 2, 3}), ElementsAre(true, true, true, true, true));
  EXPECT_THAT(differing_columns(small_table(), {1, 2}), ElementsAre(true, false, true, false, true));
  EXPECT_THAT(differing_columns(small_table(), {1}), ElementsAre(false, false, false, false, false));
  EXPECT_THAT(differing_columns(small_table(), {}), ElementsAre(false, false, false, false, false));
  EXPECT_TRUE(is_null(cell_of(kMissing)));
}

// Runs of two setups; of one of them a knob is not known.
TEST(RunGroups, AreEqualInAllButTheirSeeds) {
  const auto row = [](std::int64_t seed, std::int64_t top_k, double val_loss, std::int64_t steps = 100) {
    return std::vector<RunCell>{steps, cell_of(val_loss), top_k, seed, std::int64_t{0}};
  };
  const auto knob = [](const char* key) { return RunColumn{key, KnobType::integer, true, find_knob(key)}; };
  RunTable table{{{"steps", KnobType::integer, true},
                  {"val_loss", KnobType::real},
                  knob("top_k"),
                  knob("seed"),
                  knob("weight_seed")},
                 {row(1, 2, 1.0), row(1, 1, 5.0), row(2, 2, 2.0), row(3, 2, kMissing), row(4, 2, 4.5),
                  row(2, 2, 2.0), row(9, 2, 1.0, 50), row(1, 1, 5.0), row(2, 1, 5.0)}};
  table.rows[7][2] = table.rows[8][2] = kUnknown;
  const RunGroups groups = group_rows(table, all_rows(table));
  ASSERT_THAT(groups.members,
              ElementsAre(RunOrder{0, 2, 3, 4, 5}, RunOrder{1}, RunOrder{6}, RunOrder{7}, RunOrder{8}));
  const auto cell = [&](std::size_t group, const char* key) {
    const auto column = find_column(groups.table, key);
    EXPECT_TRUE(column) << key;
    return column ? groups.table.rows[group][*column] : kUnknown;
  };
  EXPECT_EQ(cell(0, "runs"), RunCell(std::int64_t{5}));
  EXPECT_EQ(cell(0, "seeds"), RunCell(std::int64_t{4}));
  EXPECT_EQ(cell(0, "measured"), RunCell(std::int64_t{4}));
  // 1, 2, 4.5, 2: mean 9.5 / 4; squares of the deviations 1.890625 + 2 * 0.140625 + 4.515625 = 6.6875, over 3.
  EXPECT_DOUBLE_EQ(std::get<double>(cell(0, "val_loss_mean")), 2.375);
  EXPECT_DOUBLE_EQ(std::get<double>(cell(0, "val_loss_std")), std::sqrt(6.6875 / 3));
  EXPECT_EQ(cell(0, "val_loss_min"), RunCell(1.0));
  EXPECT_EQ(cell(0, "val_loss_max"), RunCell(4.5));
  EXPECT_EQ(cell(0, "top_k"), RunCell(std::int64_t{2}));
  EXPECT_EQ(cell(0, "steps"), RunCell(std::int64_t{100}));
  EXPECT_FALSE(find_column(groups.table, "seed"));
  EXPECT_FALSE(find_column(groups.table, "weight_seed"));
  EXPECT_EQ(cell(1, "val_loss_mean"), RunCell(5.0));
  EXPECT_TRUE(is_null(cell(1, "val_loss_std"))) << "of one there is none";
  EXPECT_EQ(cell(3, "runs"), RunCell(std::int64_t{1}));

  const RunGroups chosen = group_rows(table, {4, 3});
  ASSERT_THAT(chosen.members, ElementsAre(RunOrder{4, 3}));
  EXPECT_EQ(chosen.table.rows[0][2], RunCell(std::int64_t{1}));
  EXPECT_TRUE(group_rows(table, {}).table.rows.empty());
  // What was changed on the way is not what it began as.
  table.columns.push_back({"edits", KnobType::integer});
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    table.rows[i].push_back(std::int64_t{i == 0 || i == 2 || i == 4});
  EXPECT_THAT(group_rows(table, {0, 2, 3, 4, 5}).members,
              ElementsAre(RunOrder{0}, RunOrder{2}, RunOrder{3, 5}, RunOrder{4}));
}

TEST(RunGroups, AreMadeOfWhatARunWasToLearn) {
  std::vector<std::string> equal;
  for (const RunColumn& column : run_columns())
    if (column.is_of_setup && !column.knob) equal.push_back(column.key);
  EXPECT_THAT(equal, ElementsAre("parent_step", "steps", "data"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
