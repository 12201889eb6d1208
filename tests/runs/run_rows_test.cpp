// The runs of a directory as a table: what stands in their folders, whole or not.
#include "core/runs/run_rows.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "core/config/json.h"
#include "core/record/folder/run_lock.h"
#include "core/record/reading/run_index.h"
#include "core/runs/run_filter.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr const char* kMetrics =
    "step,tokens,wall_s,loss,val_loss,total_loss,train_accuracy,val_accuracy\n"
    "1,100,0.5,3,,3,0.1,\n2,200,1,2.5,2.25,3,0.1,0.5\n3,300,1.5,2,1.5,3,0.1,0.75\n4,400,2,1,1.75,3,0.1,0.625\n"
    "5,500,2.5,0.5,,3,0.2,\n6,60";

class RunRows : public testing::Test {
 protected:
  void write_run(const std::string& name, const Config& config, const std::string& metrics = kMetrics,
                 const Json& more = {}) const {
    Json json = Json::object();
    json.member("run") = "id of " + name;
    json.member("parent") = nullptr;
    json.member("config") = to_json(config);
    json.member("corpus") = "stories";
    json.member("started") = "2026-11-28T15:12:00Z";
    if (more.members())
      for (const auto& [key, value] : *more.members()) json.member(key) = value;
    folder_.write(name + "/config.json", dump_json(json));
    folder_.write(name + "/metrics.csv", metrics);
  }
  DirectoryOfRuns read(const std::string& below = "") const {
    auto found = read_run_table(folder_.path() / below);
    EXPECT_TRUE(found) << found.error().message;
    return found ? std::move(*found) : DirectoryOfRuns{};
  }
  static RunCell cell(const DirectoryOfRuns& found, const std::string& folder, const std::string& key) {
    for (const auto& row : found.table.rows)
      if (row[0] == RunCell(folder)) return row[find_column(found.table, key).value()];
    ADD_FAILURE() << folder;
    return {};
  }
  test::TemporaryFolder folder_;
};

TEST_F(RunRows, HoldWhatIsKnownOfARun) {
  Config config;
  config.top_k = 3, config.gate = Gate::sigmoid, config.tied_head = true, config.learning_rate = 1e-4;
  write_run("first", config);
  folder_.write("first/events.jsonl",
                R"({"step":3,"kind":"set","changes":[{"key":"top_k","before":"3","after":"1"}]})"
                "\n");
  write_run("second", {}, kMetrics, {{"parent", {{"run", "id of first"}, {"step", 4}}}, {"corpus", "iris.csv"}});
  const auto lock = RunLock::take(folder_.path() / "second");
  ASSERT_TRUE(lock);
  const DirectoryOfRuns found = read();
  ASSERT_THAT(found.table.rows, SizeIs(2));
  EXPECT_THAT(found.unreadable, IsEmpty());
  const auto first = [&](const char* key) { return cell(found, "first", key); };
  using Whole = std::int64_t;
  using Text = std::string;
  EXPECT_EQ(first("id"), RunCell(Text("id of first")));
  EXPECT_EQ(first("parent"), RunCell());
  EXPECT_EQ(first("parent_step"), RunCell());
  EXPECT_EQ(first("state"), RunCell(Text("ended")));
  EXPECT_EQ(first("steps"), RunCell(Whole{5}));
  EXPECT_EQ(first("val_loss"), RunCell(1.75));
  EXPECT_EQ(first("val_accuracy"), RunCell(0.625));
  EXPECT_EQ(first("best_val_loss"), RunCell(1.5));
  EXPECT_EQ(first("best_step"), RunCell(Whole{3}));
  EXPECT_EQ(first("loss"), RunCell(0.5));
  EXPECT_EQ(first("tokens"), RunCell(Whole{500}));
  EXPECT_EQ(first("wall_s"), RunCell(2.5));
  EXPECT_EQ(first("edits"), RunCell(Whole{1}));
  EXPECT_EQ(cell(found, "second", "edits"), RunCell(Whole{0}));
  EXPECT_EQ(first("started"), RunCell(Text("2026-11-28T15:12:00Z")));
  EXPECT_EQ(first("data"), RunCell(Text("stories")));
  EXPECT_EQ(first("top_k"), RunCell(Whole{3}));
  EXPECT_EQ(first("gate"), RunCell(Text("sigmoid")));
  EXPECT_EQ(first("tied_head"), RunCell(true));
  EXPECT_EQ(first("learning_rate"), RunCell(1e-4));
  EXPECT_EQ(cell(found, "second", "parent"), RunCell(Text("id of first")));
  EXPECT_EQ(cell(found, "second", "parent_step"), RunCell(Whole{4}));
  EXPECT_EQ(cell(found, "second", "state"), RunCell(Text("running")));
  EXPECT_THAT(*filter_rows(found.table, "gate='sigmoid' and tied_head and best_val_loss<1.6 and parent is null"),
              SizeIs(1));
}

TEST_F(RunRows, EveryKnobIsAColumnThatSqlCanName) {
  const auto columns = run_columns();
  std::set<std::string> keys;
  for (const RunColumn& column : columns) {
    EXPECT_TRUE(keys.insert(column.key).second) << column.key;
    EXPECT_TRUE(
        std::ranges::all_of(column.key, [](char c) { return std::islower(c) || std::isdigit(c) || c == '_'; }));
    EXPECT_FALSE(sqlite3_keyword_check(column.key.c_str(), static_cast<int>(column.key.size()))) << column.key;
  }
  for (const Knob& knob : knobs()) EXPECT_TRUE(keys.count(std::string(knob.key))) << knob.key;
  RunTable table{columns, {run_cells({})}};
  EXPECT_EQ(table.rows[0].size(), columns.size());
  for (const std::string& key : keys) EXPECT_TRUE(filter_rows(table, key + " is null")) << key;
}

TEST_F(RunRows, ADamagedRunIsARowWithWhatItHasOrIsTold) {
  write_run("whole", {});
  write_run("without rows", {}, "");
  write_run("torn", {}, "step,val_loss\n1,2.5\nrubbish,x,y\n2,");
  write_run("diverged", {}, "step,tokens,loss,val_loss\n1,10,2,2.5\n2,20,nan,nan\n");
  folder_.write("later/config.json",
                R"({"run": "l\u001b[2J", "config": {"a_knob_of_later": 3, "top_k": 2, "gate": 7, "beta1": 1}})");
  folder_.write("later/metrics.csv", "step,loss\n1,2\n");
  folder_.write("half/metrics.csv", "");
  folder_.write("rubbish/config.json", "{\"run\": ");
  folder_.write("no run/config.json", "{}");
  folder_.write("other/file", "x");
  folder_.write("file", "x");
  const DirectoryOfRuns found = read();
  ASSERT_THAT(found.table.rows, SizeIs(5));
  EXPECT_THAT(found.unreadable,
              UnorderedElementsAre(HasSubstr("half: "), HasSubstr("rubbish: "), HasSubstr("no run: ")));
  for (const std::string& told : found.unreadable) EXPECT_EQ(told.find('\n'), told.npos) << told;
  EXPECT_EQ(cell(found, "without rows", "steps"), RunCell(std::int64_t{0}));
  EXPECT_EQ(cell(found, "without rows", "tokens"), RunCell());
  EXPECT_EQ(cell(found, "torn", "val_loss"), RunCell(2.5));
  EXPECT_EQ(cell(found, "torn", "steps"), RunCell(std::int64_t{1}));
  EXPECT_EQ(cell(found, "diverged", "loss"), RunCell());
  EXPECT_EQ(cell(found, "diverged", "val_loss"), RunCell());
  EXPECT_EQ(cell(found, "diverged", "best_val_loss"), RunCell(2.5));
  EXPECT_EQ(cell(found, "later", "id"), RunCell(std::string("l\\x1b[2J")));
  EXPECT_EQ(cell(found, "later", "top_k"), RunCell(std::int64_t{2}));
  EXPECT_EQ(cell(found, "later", "gate"), RunCell());
  EXPECT_EQ(cell(found, "later", "beta1"), RunCell(1.0));
  EXPECT_EQ(cell(found, "later", "experts"), RunCell());
}

TEST_F(RunRows, AreFoundInAStudyAndOfARunAlone) {
  write_run("study/runs/a-seed-1", {});
  write_run("study/runs/a-seed-2", {});
  folder_.write("study/study.json", "{}");
  EXPECT_THAT(read("study").table.rows, SizeIs(2));
  EXPECT_EQ(read("study").directory, folder_.path() / "study" / "runs");
  EXPECT_THAT(read("study/runs").table.rows, SizeIs(2));
  EXPECT_THAT(read("study/runs/a-seed-2").table.rows, SizeIs(1));
  EXPECT_EQ(cell(read("study/runs/a-seed-2/"), "a-seed-2", "steps"), RunCell(std::int64_t{5}));
  // A directory of runs, one of which is called so.
  write_run("many/runs", {});
  write_run("many/other", {});
  EXPECT_THAT(read("many").table.rows, SizeIs(2));
}

TEST_F(RunRows, NothingIsNoRun) {
  EXPECT_THAT(read().table.rows, IsEmpty());
  EXPECT_FALSE(fs::exists(folder_.path() / kIndexFile)) << "nothing is left where there is no run";
  for (const char* missing : {"missing", "file", "file/x"}) {
    folder_.write("file", "x");
    const auto found = read_run_table(folder_.path() / missing);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::usage);
    EXPECT_THAT(found.error().message, HasSubstr(missing));
  }
}

TEST_F(RunRows, NamesMayHoldAnyBytes) {
  write_run("caf\xe9\n", {});
  write_run("a, \"b\"", {});
  const DirectoryOfRuns found = read();
  EXPECT_EQ(cell(found, "file:caf%E9%0A", "steps"), RunCell(std::int64_t{5}));
  EXPECT_EQ(cell(found, "a, \"b\"", "steps"), RunCell(std::int64_t{5}));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
