// The runs of a directory read on threads of their own, filtered, sorted, grouped; their curves.
#include "app/library/run_library.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <thread>

#include "core/config/json.h"
#include "core/record/folder/run_lock.h"
#include "tests/app/panels/library_scene.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names_of(const RunListing& listing) {
  std::vector<std::string> names;
  for (const std::size_t row : listing.rows) names.push_back(listing.of->names[row]);
  return names;
}

TEST(RunListing, IsFilteredSortedAndGrouped) {
  const auto runs = scene::made_runs(6);
  const auto all = list_as_asked(runs, {});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->rows.size(), 6u);
  EXPECT_TRUE(all->differ[*find_column(all->table(), "top_k")]);
  EXPECT_FALSE(all->differ[*find_column(all->table(), "data")]);
  const auto some = list_as_asked(runs, {.filter = "top_k=2 and val_loss<2.05", .sort = "-val_loss"});
  ASSERT_TRUE(some);
  EXPECT_THAT(names_of(*some), ElementsAre("run-00004", "run-00003"));
  EXPECT_FALSE(some->differ[*find_column(some->table(), "top_k")]) << "of the rows that are left";
  const auto wrong = list_as_asked(runs, {.filter = "top_q=2"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("did you mean top_k?"));
  const auto grouped = list_as_asked(runs, {.sort = "-val_loss", .grouped = true});
  ASSERT_TRUE(grouped);
  ASSERT_EQ(grouped->group_order.size(), 2u);
  const std::size_t first = grouped->group_order[0];
  EXPECT_EQ(cell_of_run(grouped->groups.table, first, "top_k"), RunCell(std::int64_t{2}));
  EXPECT_DOUBLE_EQ(std::get<double>(cell_of_run(grouped->groups.table, first, "val_loss_mean")), 2.04);
  EXPECT_EQ(grouped->group_names[first], "run-00003") << "not the one that the order puts first";
  EXPECT_EQ(grouped->of->names[grouped->groups.members[first][0]], "run-00005");
}

TEST(RunCurve, OfSeveralIsTheMeanWhereAllWereValidated) {
  const RunCurve a{.step = {10, 20, 30}, .val_loss = {4, 3, 2}, .low = {}, .high = {}};
  const RunCurve b{.step = {10, 15, 30, 40}, .val_loss = {2, 9, 1, 1}, .low = {}, .high = {}};
  const RunCurve mean = mean_curve({&a, &b});
  EXPECT_THAT(mean.step, ElementsAre(10, 30));
  EXPECT_THAT(mean.val_loss, ElementsAre(3, 1.5F));
  EXPECT_THAT(mean.low, ElementsAre(2, 1));
  EXPECT_THAT(mean.high, ElementsAre(4, 2));
  EXPECT_THAT(mean_curve({&a}).low, IsEmpty());
  EXPECT_THAT(mean_curve({}).step, IsEmpty());
}

class RunLibraryOn : public testing::Test {
 protected:
  RunLibraryOn() { view_.directory = folder_.path(); }
  void write_run(const std::string& name, std::int64_t top_k) const {
    Config config;
    config.top_k = top_k;
    Json json = Json::object();
    json.member("run") = "id of " + name;
    json.member("parent") = nullptr;
    json.member("config") = to_json(config);
    json.member("corpus") = "stories";
    json.member("started") = "2026-11-28T15:12:00Z";
    folder_.write(name + "/config.json", dump_json(json));
    folder_.write(name + "/metrics.csv", "step,loss,val_loss\n1,4,\n2,3,3.5\n3,2,2.5\n");
  }
  // Frames with the table in sight, until it is so.
  // For so long by the window's clock, whatever the machine's says.
  bool wait_for(const std::function<bool()>& is_so, double for_s = 400) {
    const double step_s = for_s / 4000;
    for (int i = 0; i < 4000; ++i) {
      view_.in_sight = true;
      library_.frame(view_, now_s_ += step_s);
      if (is_so()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }
  std::vector<std::string> names() const {
    auto found = view_.listing ? names_of(*view_.listing) : std::vector<std::string>();
    std::ranges::sort(found);
    return found;
  }
  test::TemporaryFolder folder_;
  LibraryView view_;
  RunLibrary library_;
  double now_s_ = 100;
};

TEST_F(RunLibraryOn, ReadsWhatIsInSight) {
  write_run("a", 1);
  write_run("b", 2);
  folder_.write("broken/config.json", "{\"config\": [");
  folder_.write("broken/metrics.csv", "");
  library_.frame(view_, now_s_);
  EXPECT_EQ(library_.next_s(), std::numeric_limits<double>::infinity()) << "nobody looks";
  for (int i = 0; i < 50; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    library_.frame(view_, now_s_);
  }
  EXPECT_EQ(view_.listing, nullptr) << "and so nothing is read";
  ASSERT_TRUE(wait_for([&] { return view_.listing != nullptr; }));
  EXPECT_THAT(names(), ElementsAre("a", "b"));
  EXPECT_EQ(view_.listing->of->folders.size(), 2u);
  ASSERT_EQ(view_.listing->of->found.unreadable.size(), 1u);
  EXPECT_THAT(view_.listing->of->found.unreadable[0], HasSubstr("broken: cannot be read as a run"));
  view_.wanted_curves = {folder_.path() / "a", folder_.path() / "no such"};
  ASSERT_TRUE(wait_for([&] { return view_.curves.size() == 2; }));
  EXPECT_THAT(view_.curves[folder_.path() / "a"]->step, ElementsAre(2, 3));
  EXPECT_THAT(view_.curves[folder_.path() / "a"]->val_loss, ElementsAre(3.5F, 2.5F));
  EXPECT_THAT(view_.curves[folder_.path() / "no such"]->step, IsEmpty());
  write_run("c", 2);
  EXPECT_TRUE(wait_for([&] { return names().size() == 3; }, RunLibrary::kOldest_s / 2))
      << "it came into the directory";
  const auto lock = RunLock::take(folder_.path() / "a");
  view_.reads_again = true;
  EXPECT_TRUE(wait_for([&] { return view_.listing->of->any_learns; }, RunLibrary::kEvery_s / 2))
      << "somebody said so";
}

// Of many that are deleted at once each says so, most of them while the directory is being read.
TEST_F(RunLibraryOn, WhatIsSaidWhileItReadsIsReadToo) {
  write_run("a", 1);
  view_.in_sight = true;
  library_.frame(view_, now_s_);
  for (int i = 0; i < 20; ++i) {
    view_.reads_again = true;
    view_.in_sight = true;
    library_.frame(view_, now_s_);
  }
  write_run("b", 1);
  view_.reads_again = true;
  EXPECT_TRUE(wait_for([&] { return names().size() == 2; }, RunLibrary::kEvery_s / 2));
}

// Another directory waits for nothing of the one before.
TEST_F(RunLibraryOn, AnotherDirectoryWaitsForNothing) {
  write_run("a", 1);
  ASSERT_TRUE(wait_for([&] { return view_.listing != nullptr; }));
  view_.wanted_curves = {folder_.path() / "a"};
  ASSERT_TRUE(wait_for([&] { return view_.curves.size() == 1; }));
  view_.query.filter = "nonsense(";
  ASSERT_TRUE(wait_for([&] { return !view_.filter_problem.empty(); }));
  view_.directory = folder_.path() / "none";
  view_.in_sight = true;
  library_.frame(view_, now_s_);
  EXPECT_TRUE(view_.curves.empty());
  EXPECT_EQ(view_.filter_problem, "");
  EXPECT_EQ(view_.listing, nullptr);
}

TEST_F(RunLibraryOn, AWrongFilterLeavesTheLastRows) {
  write_run("a", 1);
  write_run("b", 2);
  view_.query.filter = "top_k=2";
  ASSERT_TRUE(wait_for([&] { return view_.listing != nullptr; }));
  EXPECT_THAT(names(), ElementsAre("b"));
  view_.query.filter = "top_k=";
  ASSERT_TRUE(wait_for([&] { return !view_.filter_problem.empty(); }));
  EXPECT_THAT(names(), ElementsAre("b"));
  view_.query.filter = "top_k=1";
  ASSERT_TRUE(wait_for([&] { return view_.filter_problem.empty() && names() == std::vector<std::string>{"a"}; }));
}

TEST_F(RunLibraryOn, AnotherDirectoryBeginsAnew) {
  write_run("a", 1);
  write_run("study/runs/one-seed-1", 1);
  ASSERT_TRUE(wait_for([&] { return view_.listing != nullptr; }));
  view_.selected = {"a"};
  view_.lit = "a";
  view_.directory = folder_.path() / "study";
  ASSERT_TRUE(wait_for([&] { return names() == std::vector<std::string>{"one-seed-1"}; }));
  EXPECT_TRUE(view_.selected.empty() && view_.lit.empty());
  EXPECT_EQ(view_.listing->of->folders[0], folder_.path() / "study/runs/one-seed-1");
  view_.directory = folder_.path() / "a";
  ASSERT_TRUE(wait_for([&] { return names() == std::vector<std::string>{"a"}; }));
  EXPECT_EQ(view_.listing->of->folders[0], folder_.path() / "a") << "a run's own folder";
  view_.directory = folder_.path() / "a/config.json";
  ASSERT_TRUE(wait_for([&] { return view_.listing && !view_.listing->of->problem.empty(); }));
  EXPECT_THAT(view_.listing->of->problem, HasSubstr("config.json"));
  view_.directory = folder_.path() / "not yet";
  ASSERT_TRUE(wait_for([&] { return view_.listing && view_.listing->of->asked == view_.directory; }));
  EXPECT_TRUE(view_.listing->of->problem.empty() && names().empty()) << "nothing was recorded there yet";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
