// The table of runs in the window: what a person does by label, and what of it the window asks for.
#include <gmock/gmock.h>

#include "app/cli/tables/run_table.h"
#include "app/library/run_library.h"
#include "app/panels/runs/drawn_runs.h"
#include "app/panels/runs/run_actions.h"
#include "app/panels/runs/run_columns.h"
#include "app/run/kept_changes.h"
#include "core/base/json.h"
#include "core/config/json.h"
#include "core/record/folder/run_lock.h"
#include "core/record/reading/kept_changes.h"
#include "tests/app/panels/library_scene.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_run.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using viz::Key;

class RunTableShown : public WorkbenchTest {
 protected:
  RunTableShown() {
    ui_.show_welcome = false;
    live_.run().id = live_.status.run = "led";
    live_.runs.lead("led");
    show(12);
    open(app::Workspace::runs);
  }
  void show(int count) {
    runs_ = app::scene::made_runs(count);
    app::scene::ask(ui_.library, runs_);
  }
  // What was asked for is there.
  void answer() {
    app::scene::ask(ui_.library, runs_);
    draw(2);
  }
  app::LibraryView& view() { return ui_.library; }
  std::vector<std::string> columns() const {
    std::vector<std::string> keys;
    for (const auto& column : app::shown_run_columns(*ui_.library.listing, ui_.library))
      keys.push_back(column.key);
    return keys;
  }
  std::string subtitle() { return find("Runs/subtitle").text; }
  std::shared_ptr<app::ReadRuns> runs_;
};

TEST_F(RunTableShown, IsTheEighthWorkspace) {
  open(app::Workspace::train);
  press_key(Key::digit_8, true);
  EXPECT_EQ(ui_.arranging.workspace, app::Workspace::runs);
  EXPECT_TRUE(has("Runs/title") && has("Validation losses/title"));
  EXPECT_THAT(subtitle(), HasSubstr("12 runs"));
  EXPECT_TRUE(has("Runs/run run-00000"));
  EXPECT_TRUE(view().in_sight);
}

TEST_F(RunTableShown, ShowsWhatTellsSomething) {
  EXPECT_THAT(columns(), ElementsAre("folder", "state", "steps", "val_loss", "best_val_loss", "data", "changed",
                                     "seed", "top_k"));
  click("Runs/Hide equal columns");
  EXPECT_THAT(columns(), ElementsAre("folder", "val_loss", "best_val_loss", "changed", "seed", "top_k"));
  click("Runs/Hide equal columns");
  click("Runs/Columns");
  click("Runs/columns/experts");
  EXPECT_THAT(columns(), Contains("experts"));
  EXPECT_TRUE(has("Runs/column experts"));
  click("Runs/columns/state");
  EXPECT_THAT(columns(), Not(Contains("state")));
  click("Runs/columns as at first");
  EXPECT_THAT(columns(), Contains("state"));
  EXPECT_THAT(columns(), Not(Contains("experts")));
}

// What a window called it stands before its folder's name, and can be asked for.
TEST_F(RunTableShown, ARunStandsThereByItsName) {
  auto& table = runs_->found.table;
  table.rows[3][find_column(table, "name").value()] = std::string("Top-k: 2 to 1");
  answer();
  EXPECT_THAT(columns(), Not(Contains("name"))) << "it is in the first";
  const app::RunListing& listing = *ui_.library.listing;
  const app::RunCellText called = app::name_of_line(listing, {app::RunLine::Kind::run, 3});
  EXPECT_EQ(called.text, "Top-k: 2 to 1");
  EXPECT_THAT(called.tail, HasSubstr("run-00003"));
  EXPECT_EQ(called.whole, "run-00003") << "where it lies";
  EXPECT_EQ(app::name_of_line(listing, {app::RunLine::Kind::run, 4}).text, "run-00004");
  view().query.filter = "name is not null";
  answer();
  EXPECT_THAT(subtitle(), HasSubstr("1 of 12 runs"));
}

TEST_F(RunTableShown, AColumnSortsByAClick) {
  click("Runs/column val_loss");
  EXPECT_EQ(view().query.sort, "val_loss");
  answer();
  EXPECT_EQ(find("Runs/column val_loss").text, "rising");
  click("Runs/column val_loss");
  EXPECT_EQ(view().query.sort, "-val_loss");
  answer();
  EXPECT_LT(find("Runs/run run-00011").min.y, find("Runs/run run-00010").min.y);
  click("Runs/column val_loss");
  EXPECT_EQ(view().query.sort, "") << "in the order of their last steps again";
}

TEST_F(RunTableShown, AFilterIsTypedAndSaysWhatIsWrong) {
  click("Runs/filter");
  type("top_k=2");
  EXPECT_EQ(view().query.filter, "top_k=2");
  answer();
  EXPECT_THAT(subtitle(), HasSubstr("6 of 12 runs"));
  EXPECT_FALSE(has("Runs/run run-00000"));
  type(" and top_q=1");
  answer();
  EXPECT_FALSE(has("Runs/filter problem")) << "while it is typed";
  EXPECT_TRUE(has("Runs/run run-00003")) << "the last rows stand";
  press_key(Key::enter);
  EXPECT_THAT(find("Runs/filter problem").text, HasSubstr("did you mean top_k?"));
  view().query.filter = "val_loss>5";
  answer();
  EXPECT_THAT(subtitle(), HasSubstr("0 of 12 runs"));
  click("Runs/Clear filter");
  EXPECT_EQ(view().query.filter, "");
}

TEST_F(RunTableShown, RowsAreSelectedAsInAnyList) {
  click("Runs/run run-00001");
  EXPECT_THAT(view().selected, UnorderedElementsAre("run-00001"));
  ctrl_click("Runs/run run-00003");
  EXPECT_THAT(view().selected, UnorderedElementsAre("run-00001", "run-00003"));
  viz::feed_modifiers(false, true);
  click("Runs/run run-00005");
  viz::feed_modifiers(false, false);
  EXPECT_THAT(view().selected, UnorderedElementsAre("run-00003", "run-00004", "run-00005"));
  EXPECT_EQ(find("Runs/says").text, "3 runs selected");
  press_key(Key::down);
  EXPECT_THAT(view().selected, UnorderedElementsAre("run-00006"));
  press_key(Key::up, false, true);
  EXPECT_THAT(view().selected, UnorderedElementsAre("run-00005", "run-00006"));
  press_key(Key::down, true);
  press_key(Key::down, true);
  commands_.clear();
  press_key(Key::space);
  EXPECT_THAT(view().selected, UnorderedElementsAre("run-00005", "run-00006", "run-00007"));
  EXPECT_TRUE(sent<Pause>().empty() && sent<Play>().empty()) << "Space is the table's";
  press_key(Key::a, true);
  EXPECT_EQ(view().selected.size(), 12u);
  ui_.show_help = true;
  draw(2);
  press_key(Key::enter);
  EXPECT_TRUE(ui_.wants_view.empty()) << "under a page nothing is meant";
  ui_.show_help = false;
  draw(2);
  click("Runs/title");
  press_key(Key::space);
  EXPECT_EQ(sent<Pause>().size(), 1u) << "and the run's again";
}

TEST_F(RunTableShown, AreOpenedAndComparedInThisWindow) {
  EXPECT_EQ(find("Runs/says").text, "Click selects a run, Ctrl and Shift more of them");
  click("Runs/open runs");
  EXPECT_THAT(ui_.wants_view, IsEmpty()) << "none is selected";
  click("Runs/run run-00002");
  press_key(Key::enter);
  EXPECT_THAT(ui_.wants_view, ElementsAre("/runs/run-00002"));
  EXPECT_EQ(ui_.arranging.workspace, app::Workspace::train);
  ui_.wants_view.clear();
  live_.runs.open({"another", 1'000'000, 0, nullptr, std::nullopt});
  live_.runs.find("another")->history.append(fake_record(Config{}, 1, 1'000'000));
  open(app::Workspace::runs);
  ctrl_click("Runs/run run-00004");
  click("Runs/compare runs");
  EXPECT_THAT(ui_.wants_view, ElementsAre("/runs/run-00004", "/runs/run-00002")) << "the first of the table last";
  EXPECT_EQ(ui_.arranging.workspace, app::Workspace::compare);
  EXPECT_THAT(ui_.comparing.left_out, UnorderedElementsAre("another", "led")) << "those alone";
  ui_.wants_view.clear();
  open(app::Workspace::runs);
  press_key(Key::a, true);
  click("Runs/run run-00000");
  press_key(Key::a, true);
  click("Runs/compare runs");
  EXPECT_THAT(ui_.wants_view, IsEmpty()) << "twelve are too many";
  EXPECT_THAT(app::why_not_compare(app::selected_rows(*view().listing, view())), HasSubstr("At most 4"));
}

TEST_F(RunTableShown, FolderOpensTheChooserThere) {
  click("Runs/Folder");
  EXPECT_EQ(ui_.chooser.what, app::Chooses::runs);
  EXPECT_EQ(ui_.chooser.folder, "/runs");
}

TEST_F(RunTableShown, AColumnTakesItsWidthAlong) {
  const app::Registry::Item grip = find("Runs/width val_loss");
  const float before = find("Runs/column val_loss").max.x;
  move(grip.centre().x, grip.centre().y);
  draw(2);
  button(0, true);
  draw();
  move(grip.centre().x + 40, grip.centre().y);
  draw(2);
  button(0, false);
  draw(2);
  EXPECT_NEAR(find("Runs/column val_loss").max.x, before + 40, 3);
  EXPECT_EQ(view().query.sort, "") << "it did not sort";
}

TEST_F(RunTableShown, AMenuHasTheSame) {
  click("Runs/run run-00003", 1);
  EXPECT_THAT(view().selected, UnorderedElementsAre("run-00003"));
  click("Runs/menu/Copy path");
  draw(2);
  EXPECT_STREQ(ImGui::GetClipboardText(), "/runs/run-00003");
  click("Runs/run run-00003", 1);
  click("Runs/menu/Open");
  EXPECT_THAT(ui_.wants_view, ElementsAre("/runs/run-00003"));
}

TEST_F(RunTableShown, SetupsAreOneRowWithTheirSeeds) {
  click("Runs/Group by setup");
  EXPECT_TRUE(view().query.grouped);
  answer();
  EXPECT_THAT(subtitle(), HasSubstr("12 runs in 2 setups"));
  EXPECT_THAT(columns(), ElementsAre("folder", "runs", "seeds", "val_loss", "val_loss_min", "val_loss_max",
                                     "steps", "data", "top_k"));
  EXPECT_EQ(find("Runs/run group run-00000").text, "top_k 1");
  const app::RunLine line{app::RunLine::Kind::group, view().listing->group_order[0]};
  const auto shown = app::shown_run_columns(*view().listing, view());
  EXPECT_EQ(app::run_cell_text(*view().listing, line, shown[3]).text, "2.040 ± 0.034");
  EXPECT_EQ(app::run_cell_text(*view().listing, line, shown[2]).text, "3");
  EXPECT_FALSE(has("Runs/run run-00000"));
  click("Runs/run group run-00000");
  EXPECT_EQ(view().selected.size(), 6u);
  press_key(Key::right);
  EXPECT_EQ(find("Runs/run run-00001").text, "seed 1");
  EXPECT_FALSE(has("Runs/run run-00003")) << "of the other";
  press_key(Key::left);
  EXPECT_FALSE(has("Runs/run run-00000"));
}

// One data set, two doors.
TEST_F(RunTableShown, IsTheCommandsTable) {
  app::Table table;
  app::fill_runs_table(*view().listing, false, table);
  const RunTable& runs = view().listing->table();
  EXPECT_EQ(table.csv(), app::table_csv(runs, view().listing->rows, app::every_column(runs)));
  view().query = {.filter = "seed<2", .sort = "-val_loss", .grouped = true};
  answer();
  app::Table groups;
  app::fill_runs_table(*view().listing, true, groups);
  const RunTable& grouped = view().listing->groups.table;
  EXPECT_EQ(groups.csv(), app::table_csv(grouped, view().listing->group_order,
                                         app::columns_that_differ(grouped, view().listing->group_order)));
}

TEST_F(RunTableShown, DrawsTheLossesOfWhatIsSelected) {
  const auto drawn = [&] { return app::drawn_runs(*view().listing, view(), theme_); };
  show(40);
  EXPECT_EQ(drawn().drawn.size(), app::kMostDrawn) << "the first, while none is selected";
  EXPECT_EQ(drawn().drawn[0].name, "run-00000");
  EXPECT_FALSE(drawn().is_selection);
  view().selected = {"run-00020", "run-00003", "gone"};
  ASSERT_EQ(drawn().drawn.size(), 2u);
  EXPECT_EQ(drawn().drawn[0].name, "run-00003");
  EXPECT_NE(drawn().drawn[0].colour, drawn().drawn[1].colour);
  draw(2);
  EXPECT_THAT(view().wanted_curves, ElementsAre("/runs/run-00003", "/runs/run-00020"));
  EXPECT_THAT(find("Validation losses/subtitle").text, HasSubstr("2 selected"));
  for (const std::string& name : runs_->names) view().selected.insert(name);
  EXPECT_EQ(drawn().left_out, 28u);
  draw(2);
  EXPECT_THAT(find("Validation losses/subtitle").text, HasSubstr("the first 12 of 40 selected"));
  view().query.grouped = true;
  view().selected = {"run-00000", "run-00001", "run-00003"};
  app::scene::ask(view(), runs_);
  ASSERT_EQ(drawn().drawn.size(), 2u);
  EXPECT_THAT(drawn().drawn[0].label, HasSubstr("top_k 1 (2 runs)"));
  EXPECT_EQ(drawn().drawn[0].folders.size(), 2u) << "of a setup those that are selected";
}

TEST_F(RunTableShown, NothingToShowIsSaid) {
  view().listing.reset();
  draw(2);
  EXPECT_FALSE(has("Runs/run run-00000"));
  show(0);
  draw(2);
  EXPECT_FALSE(has("Runs/open runs")) << "there is nothing to do it to";
  runs_->problem = "/runs: cannot be read: Permission denied";
  answer();
  runs_ = app::scene::made_runs(3);
  runs_->found.unreadable = {"broken: cannot be read as a run: it has no config.json", "two: as well"};
  answer();
  EXPECT_THAT(find("Runs/unreadable").text, HasSubstr("And 1 more"));
}

// With real folders: what is asked is done as a session does it.
class RunTableDeletes : public RunTableShown {
 protected:
  RunTableDeletes() {
    for (const char* name : {"one", "two", "three"}) {
      Json json = Json::object();
      json.member("run") = std::string("id of ") + name;
      json.member("parent") = nullptr;
      json.member("config") = to_json(Config{});
      json.member("corpus") = "stories";
      json.member("started") = "2026-11-28T15:12:00Z";
      folder_.write(std::string(name) + "/config.json", dump_json(json));
      folder_.write(std::string(name) + "/metrics.csv", "step,loss,val_loss\n1,4,3\n");
    }
    read();
  }
  void read() {
    runs_ = std::make_shared<app::ReadRuns>(app::read_all_runs(folder_.path()));
    answer();
  }
  void serve() {
    for (const ChangeKept& asked : sent<ChangeKept>())
      app::take_kept_change(live_.runs, ui_, change_kept(asked.change), now_s_);
    commands_.clear();
    read();
    draw(2);
  }
  bool is_there(const char* name) const { return fs::exists(folder_.path() / name / "config.json"); }
  TemporaryFolder folder_;
};

TEST_F(RunTableDeletes, SeveralGoTogetherAndComeBackTogether) {
  click("Runs/run one");
  ctrl_click("Runs/run two");
  press_key(Key::delete_next);
  EXPECT_THAT(find("Runs/says").text, HasSubstr("Move 2 runs to the trash?"));
  press_key(Key::escape);
  EXPECT_FALSE(view().asks_delete);
  // What is asked is of those that were selected then.
  press_key(Key::delete_next);
  press_key(Key::down);
  EXPECT_FALSE(view().asks_delete);
  click("Runs/run one");
  ctrl_click("Runs/run two");
  click("Runs/delete runs");
  EXPECT_TRUE(sent<ChangeKept>().empty()) << "it asks first";
  click("Runs/Move to trash");
  ASSERT_EQ(sent<ChangeKept>().size(), 2u);
  serve();
  EXPECT_FALSE(is_there("one") || is_there("two"));
  EXPECT_TRUE(is_there("three"));
  EXPECT_TRUE(view().reads_again);
  ASSERT_EQ(ui_.toasts.size(), 1u);
  EXPECT_EQ(ui_.toasts[0].message, "2 runs are in the trash for 30 days.");
  click("undo toast");
  serve();
  EXPECT_TRUE(is_there("one") && is_there("two"));
  ASSERT_EQ(ui_.toasts.size(), 1u);
  EXPECT_EQ(ui_.toasts[0].message, "2 runs are back.");
}

// What lies over the table has its keys.
TEST_F(RunTableDeletes, NoKeyReachesItBelowADialog) {
  click("Runs/run one");
  const auto asks_below = [&](auto open, auto close) {
    open();
    draw(2);
    press_key(Key::delete_next);
    const bool asks = view().asks_delete;
    close();
    draw(2);
    return asks;
  };
  EXPECT_FALSE(asks_below([&] { ui_.studies_prompt.is_open = true; }, [&] { ui_.studies_prompt = {}; }));
  EXPECT_FALSE(asks_below([&] { ui_.sweep_prompt.key = "top_k"; }, [&] { ui_.sweep_prompt = {}; }));
  EXPECT_FALSE(asks_below([&] { ui_.show_help = true; }, [&] { ui_.show_help = false; }));
  EXPECT_FALSE(asks_below([&] { ui_.palette.open = app::Palette::Open::commands; }, [&] { ui_.palette = {}; }));
  press_key(Key::delete_next);
  EXPECT_TRUE(view().asks_delete) << "nothing lies over it";
}

TEST_F(RunTableDeletes, OneThatSomebodyRecordsStays) {
  const auto lock = RunLock::take(folder_.path() / "two");
  ASSERT_TRUE(lock);
  read();
  click("Runs/run two");
  press_key(Key::delete_next);
  EXPECT_FALSE(view().asks_delete);
  ctrl_click("Runs/run one");
  click("Runs/delete runs");
  EXPECT_THAT(find("Runs/says").text, HasSubstr("Move 1 run to the trash?"));
  EXPECT_THAT(find("Runs/says").text, HasSubstr("1 is in use and stays"));
  press_key(Key::enter);
  ASSERT_EQ(sent<ChangeKept>().size(), 1u);
  // Taken meanwhile: it is refused, in words.
  const auto later = RunLock::take(folder_.path() / "one");
  serve();
  EXPECT_TRUE(is_there("one"));
  EXPECT_THAT(ui_.toasts.back().message, HasSubstr("another process holds this run"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
