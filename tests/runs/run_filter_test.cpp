// A filter is SQL's WHERE over rows with known values, and nothing more than that.
#include "core/runs/run_filter.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>

#include "core/runs/sql_table.h"
#include "core/runs/where_text.h"
#include "tests/runs/small_table.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::kUnknown;
using test::small_table;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

RunOrder rows_where(const std::string& where) {
  const auto rows = filter_rows(small_table(), where);
  EXPECT_TRUE(rows) << where << ": " << rows.error().message;
  return rows ? *rows : RunOrder{999};
}

std::string refusal(const std::string& where) {
  const auto rows = filter_rows(small_table(), where);
  if (rows) return "accepted";
  EXPECT_EQ(rows.error().kind, ErrorKind::usage);
  return rows.error().message;
}

// small_table():    folder      top_k  val_loss  gate       tied_head
//                0  a               1  1.5       softmax    true
//                1  b               2  1.9       sigmoid    false
//                2  it's a "run"    2  -         sigmoid    true
//                3  Ünï             4  1.0       -          -
TEST(RunFilter, IsSqlsWhere) {
  EXPECT_THAT(rows_where("top_k=2 and val_loss<1.95"), ElementsAre(1));
  EXPECT_THAT(rows_where("top_k=2 or val_loss<1.2"), ElementsAre(1, 2, 3));
  EXPECT_THAT(rows_where("not top_k=2"), ElementsAre(0, 3));
  EXPECT_THAT(rows_where("gate='sigmoid'"), ElementsAre(1, 2));
  EXPECT_THAT(rows_where("gate in ('softmax', 'hash')"), ElementsAre(0));
  EXPECT_THAT(rows_where("gate like 'SIG%'"), ElementsAre(1, 2));
  EXPECT_THAT(rows_where("top_k between 2 and 4"), ElementsAre(1, 2, 3));
  EXPECT_THAT(rows_where("VAL_LOSS < 1.6"), ElementsAre(0, 3));
  EXPECT_THAT(rows_where("abs(val_loss - 1.5) < 0.5"), ElementsAre(0, 1));
  EXPECT_THAT(rows_where("val_loss < top_k and (gate is null or tied_head)"), ElementsAre(3));
  EXPECT_THAT(rows_where("folder = 'it''s a \"run\"'"), ElementsAre(2));
  EXPECT_THAT(rows_where("folder = 'Ünï'"), ElementsAre(3));
  EXPECT_THAT(rows_where("case when top_k=1 then 1 else val_loss=1 end"), ElementsAre(0, 3));
  EXPECT_THAT(rows_where("top_k='2'"), ElementsAre(1, 2)) << "a column's type is its affinity";
  EXPECT_THAT(rows_where("\"top_k\"=[top_k] and `top_k`=4\n"), ElementsAre(3));
  EXPECT_THAT(rows_where(" \n "), SizeIs(4));
}

TEST(RunFilter, WhatIsNotKnownIsNull) {
  EXPECT_THAT(rows_where("val_loss is null"), ElementsAre(2));
  EXPECT_THAT(rows_where("val_loss is not null"), ElementsAre(0, 1, 3));
  EXPECT_THAT(rows_where("val_loss < 100 or val_loss >= 100"), ElementsAre(0, 1, 3));
  EXPECT_THAT(rows_where("gate <> 'softmax'"), ElementsAre(1, 2));
  EXPECT_THAT(rows_where("coalesce(val_loss, 9) > 2"), ElementsAre(2));
  EXPECT_THAT(rows_where("tied_head"), ElementsAre(0, 2));
  EXPECT_THAT(rows_where("tied_head = false"), ElementsAre(1));
  EXPECT_THAT(rows_where("null"), IsEmpty());
}

TEST(RunFilter, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(refusal("topk=2"), AllOf(HasSubstr("no such column: topk"), HasSubstr("at character 1"),
                                       HasSubstr("did you mean top_k?")));
  EXPECT_THAT(refusal("folder='Ünï' and los<2"), AllOf(HasSubstr("at character 18"), HasSubstr("val_loss")));
  EXPECT_THAT(refusal("gate=sigmoid"), HasSubstr("a text stands in single quotes: gate='sigmoid'"));
  EXPECT_THAT(refusal("gate=\"sigmoid\""), HasSubstr("no such column"));
  EXPECT_THAT(refusal("top_k=2 and"), HasSubstr("syntax error"));
  EXPECT_THAT(refusal("top_k==2 2"), AllOf(HasSubstr("syntax error"), HasSubstr("at character 10")));
  EXPECT_THAT(refusal("val_loss < 1,9"), Not(HasSubstr("accepted")));
  EXPECT_THAT(refusal("gate='sig"), HasSubstr("a quote that does not end, at character 6"));
  EXPECT_THAT(refusal("(top_k=2"), HasSubstr("a parenthesis that is not closed, at character 1"));
  EXPECT_THAT(refusal("top_k=2)"), HasSubstr("a parenthesis that closes none, at character 8"));
  EXPECT_THAT(refusal("frob(top_k)"), HasSubstr("no such function: frob"));
  EXPECT_THAT(refusal("max(top_k)=2"), HasSubstr("misuse of aggregate"));
  EXPECT_THAT(refusal("folder='\xff'"), HasSubstr("is no UTF-8, at character 9"));
  EXPECT_THAT(refusal(std::string("top_k=2\0 or 1", 13)), HasSubstr("a zero byte"));
  EXPECT_THAT(filter_rows(RunTable{{{"top_k"}}, {}}, "topk=2").error().message, HasSubstr("top_k"))
      << "of no rows too";
}

TEST(RunFilter, ReachesNothingButTheRows) {
  const std::string refused[] = {"1); drop table runs; --",
                                 "1; select 1",
                                 "1) or (1;",
                                 "1 --",
                                 "1 /* x",
                                 "1) order by (1",
                                 "1) limit (1",
                                 "1) union select 1 where (1",
                                 "(select 1)",
                                 "exists (select 1)",
                                 "top_k in (select 1)",
                                 "top_k in runs",
                                 "top_k in sqlite_schema",
                                 "top_k in pragma_database_list",
                                 "top_k in pragma_table_info('runs')",
                                 "(with x as (select 1) select * from x)",
                                 "(values (1))",
                                 "sqlite_schema.name='x'",
                                 "load_extension('x')",
                                 "LOAD_EXTENSION('x','y')",
                                 "randomblob(1e9)",
                                 "zeroblob(1000000000) is null",
                                 "hex(zeroblob(1e9))",
                                 "random()",
                                 "readfile('/etc/passwd')",
                                 "writefile('x','y')",
                                 "edit('x')",
                                 "fts3_tokenizer('x')",
                                 "sqlite_version()",
                                 "changes()",
                                 "printf('%1000000000d', 1)",
                                 "format('%1000000000d', 1)",
                                 "count(*)>0",
                                 "row_number() over ()",
                                 "json_extract('{}','$')",
                                 "'{}' -> 'a'",
                                 "top_k regexp 'x'",
                                 "raise(ignore)",
                                 "?1",
                                 "?",
                                 ":a",
                                 "@a",
                                 "$a(')) order by (1,$b(')",
                                 "#1",
                                 "pragma user_version",
                                 "attach 'x' as y",
                                 "top_k = 1 group by top_k",
                                 "top_k = 1 returning 1",
                                 "1) window w as (order by (1)"};
  for (const std::string& where : refused) EXPECT_NE(refusal(where), "accepted") << where;
  EXPECT_THAT(refusal("load_extension('x')"),
              AllOf(HasSubstr("load_extension() is not allowed"), HasSubstr("abs")));
  EXPECT_THAT(refusal("top_k in (select 1)"), HasSubstr("a filter is one expression"));
  // A text within quotes means nothing.
  EXPECT_THAT(rows_where("folder <> '1); drop table runs; --' and top_k=1"), ElementsAre(0));
  EXPECT_THAT(rows_where("folder <> '/*' and \"top_k\" = 1"), ElementsAre(0));
  for (const std::string_view name : filter_functions()) EXPECT_FALSE(name.starts_with("random")) << name;
}

// Where an expression, what denies it and what asks whether it is null share all rows among them, each in order,
// nothing of it has got out of its parentheses.
TEST(RunFilter, WhateverIsTypedIsOneExpressionOrRefused) {
  const std::string pieces[] = {"top_k",     "val_loss",
                                "gate",      "folder",
                                "tied_head", "1",
                                "2",         "-1",
                                "1.5",       "'sigmoid'",
                                "''",        "null",
                                "true",      "=",
                                "<>",        "<",
                                ">=",        "+",
                                "*",         "||",
                                "and",       "or",
                                "not",       "in",
                                "is",        "like",
                                "between",   "case",
                                "when",      "then",
                                "else",      "end",
                                "(",         ")",
                                "(",         ")",
                                ",",         "abs(",
                                "coalesce(", "select",
                                "from runs", "where",
                                "order by",  "limit",
                                "union",     "group by",
                                "desc",      "collate nocase",
                                "--",        "/*",
                                "*/",        ";",
                                "'",         "\"",
                                "[",         "]",
                                "`",         "$a(",
                                ":b",        "?",
                                "exists",    "values(",
                                "cast(",     "as",
                                "\n",        "runs",
                                "rowid",     "x'61'",
                                "over ()",   "filter (where"};
  std::mt19937 random(5);
  std::size_t accepted = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string where;
    for (std::size_t left = 1 + random() % 7; left > 0; --left)
      where += pieces[random() % std::size(pieces)] + " ";
    if (where.find_first_not_of(" \n") == where.npos) continue;
    const auto rows = filter_rows(small_table(), where);
    if (!rows) {
      ASSERT_EQ(rows.error().kind, ErrorKind::usage) << where;
      continue;
    }
    ++accepted;
    std::vector<std::size_t> all;
    for (const std::string& part : {where, "not (" + where + "\n)", "(" + where + "\n) is null"}) {
      const auto some = filter_rows(small_table(), part);
      ASSERT_TRUE(some) << part << ": " << some.error().message;
      ASSERT_TRUE(std::ranges::is_sorted(*some)) << part;
      all.insert(all.end(), some->begin(), some->end());
    }
    std::ranges::sort(all);
    ASSERT_THAT(all, ElementsAre(0, 1, 2, 3)) << where;
  }
  EXPECT_GT(accepted, 100u);
}

TEST(RunFilter, CostsABoundedTime) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(refusal(std::string(1 << 20, '(')), HasSubstr("allowed are 65536"));
  EXPECT_THAT(refusal(std::string(1 << 19, '(') + std::string(1 << 19, ')')), HasSubstr("allowed are 65536"));
  // SQLite before 3.46 has a stack of a hundred for what is nested, later ones one that grows: refused, or right.
  const auto nested = filter_rows(small_table(), std::string(30'000, '(') + "1" + std::string(30'000, ')'));
  if (nested) EXPECT_THAT(*nested, ElementsAre(0, 1, 2, 3));
  else EXPECT_THAT(nested.error().message, HasSubstr("parser stack overflow"));
  std::string many = "top_k=1";
  while (many.size() < kMostFilterBytes - 20) many += " or top_k=1";
  EXPECT_NE(refusal(many), "accepted");
  std::string list = "top_k in (1";
  while (list.size() < kMostFilterBytes - 20) list += ",2";
  EXPECT_THAT(rows_where(list + ")"), ElementsAre(0, 1, 2));
  // Ever longer texts; a pattern that goes back for each star.
  std::string grown = "'aaaaaaaaaa'";
  for (int i = 0; i < 12; ++i) grown = "replace(" + grown + ",'a','aaaaaaaaaa')";
  EXPECT_THAT(refusal("length(" + grown + ") > 0"), HasSubstr("too big"));
  RunTable table{{{"folder"}}, {{std::string(100'000, 'a')}}};
  std::string pattern = "%";
  for (int i = 0; i < 200; ++i) pattern += "a%";
  EXPECT_THAT(*filter_rows(table, "folder like '" + pattern + "b'"), IsEmpty());
  EXPECT_THAT(*filter_rows(table, fmt::format("length(folder) = {}", kLongestSqlText)), ElementsAre(0));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  EXPECT_LT(took.count(), 10);
}

TEST(RunFilter, IsEndedWhenNobodyWaitsForIt) {
  RunTable table{{{"top_k", KnobType::integer}}, {}};
  for (std::int64_t i = 0; i < 50'000; ++i) table.rows.push_back({i});
  const std::atomic<bool> cancel{true};
  const auto rows = filter_rows(table, "top_k % 2", &cancel);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, ErrorKind::interrupted);
  EXPECT_THAT(*filter_rows(table, "top_k % 2"), SizeIs(25'000));
}

TEST(RunFilter, ManyColumnsMayBeNamedAsTheyLike) {
  RunTable table{{}, {{}}};
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(kMostRunColumns); ++i) {
    table.columns.push_back({fmt::format("a \"key\" {}", i), KnobType::integer});
    table.rows[0].push_back(i);
  }
  EXPECT_THAT(*filter_rows(table, "\"a \"\"key\"\" 999\" = 999"), ElementsAre(0));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
