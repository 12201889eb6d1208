// Nothing in a title's line lies over anything, whatever the size of the window and its scale; and a panel that is looked
// at more closely fills it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/panels/panel_table.h"
#include "app/ui/fonts.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/font_library.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

const auto* const reading_fonts_end = test::end_fontconfig_after_tests();

struct Window {
  float width, height, scale;
};

class Reading : public test::WorkbenchTest, public ::testing::WithParamInterface<Window> {
 protected:
  Reading() : WorkbenchTest(GetParam().width, GetParam().height) {
    exports_ = &offered_;
    scale_ = GetParam().scale;
    theme_.fonts = loader_.build({}, scale_);
    viz::prepare_without_renderer();
    viz::apply_style(theme_, scale_);
    draw(3);
  }

 private:
  FontLoader loader_;
  PanelExports offered_;
};

bool overlap(const Registry::Item& a, const Registry::Item& b) {
  return a.min.x < b.max.x - 0.5f && b.min.x < a.max.x - 0.5f && a.min.y < b.max.y - 0.5f && b.min.y < a.max.y - 0.5f;
}

TEST_P(Reading, TitlesSubtitlesAndTheirControlsKeepApart) {
  for (const WorkspaceSpec& workspace : workspaces()) {
    open(workspace.id);
    draw(3);
    SCOPED_TRACE(workspace.name);
    std::size_t titles = 0;
    for (const PanelSpec& panel : panel_table()) {
      const std::string scope(panel.title);
      const Registry::Item* title = registry_.find(scope + "/title");
      if (!title) continue;
      ++titles;
      EXPECT_FALSE(title->text.empty()) << scope;
      // All that stands in the title's line.
      std::vector<std::pair<std::string, Registry::Item>> line;
      for (const auto& [name, item] : registry_.items())
        if (name.starts_with(scope + "/") && item.centre().y > title->min.y && item.centre().y < title->max.y) line.emplace_back(name, item);
      for (std::size_t a = 0; a < line.size(); ++a) {
        EXPECT_GE(line[a].second.min.x, title->min.x - 0.5f) << line[a].first;
        for (std::size_t b = a + 1; b < line.size(); ++b)
          EXPECT_FALSE(overlap(line[a].second, line[b].second)) << line[a].first << " lies over " << line[b].first;
      }
    }
    // Of one process it has one panel; in a small window others are behind tabs.
    for (const auto& [name, item] : registry_.items())
      titles += name.starts_with("panel tab ") && item.text != "front";
    EXPECT_GE(titles, workspace.id == Workspace::machines ? 1u : 2u);
  }
}

// The time one stands at, and the way through it, are there in the lowest window; and no figure lies over another.
TEST_P(Reading, TheTimelineIsThereAndFiguresKeepApart) {
  for (const WorkspaceSpec& workspace : workspaces()) {
    if (workspace.id == Workspace::checkpoint) continue;  // of no run, it has no time
    open(workspace.id);
    draw(3);
    SCOPED_TRACE(workspace.name);
    const Registry::Item strip = find("Timeline/strip"), live = find("Timeline/LIVE");
    EXPECT_GE(strip.max.y - strip.min.y, 24 * scale_);
    EXPECT_GE(strip.max.x - strip.min.x, 200 * scale_);
    EXPECT_LE(live.max.x, ImGui::GetIO().DisplaySize.x);
    EXPECT_FALSE(overlap(strip, live));
  }
  open(Workspace::specialization);
  draw(3);
  std::vector<Registry::Item> figures;
  for (const char* name : {"NMI", "first choice", "ARI", "vocabulary"})
    if (const Registry::Item* item = registry_.find(fmt::format("Specialization/{}", name)))
      figures.push_back(*item);
  ASSERT_GE(figures.size(), 2u);
  for (std::size_t i = 0; i + 1 < figures.size(); ++i) EXPECT_FALSE(overlap(figures[i], figures[i + 1]));
  EXPECT_LE(figures.back().max.x, find("Specialization/title").min.x + ImGui::GetIO().DisplaySize.x / 2);
}

TEST_P(Reading, KnobsHaveRoomAndSwitchesAreWhole) {
  std::size_t knobs = 0;
  for (const char* name : {"Experts", "Top-k", "Gate", "Noise", "Overflow"})
    if (const Registry::Item* item = registry_.find(name)) knobs += item->in_view;
  EXPECT_GE(knobs, 4u);
  open(Workspace::runs);
  draw(5);
  const float right = find("Runs/Columns").max.x;  // beside the filter, or below it
  const bool in_menu = GetParam().height / scale_ < 400;
  EXPECT_EQ(has("Runs/Group by setup"), !in_menu) << "a low window has no line for them";
  for (const std::string label : {"Hide equal columns", "Group by setup"}) {
    if (in_menu) break;  // that of the columns, once there are some
    const Registry::Item item = find("Runs/" + label);
    const float end = item.max.x + text_size(theme_.fonts.body, label).x;
    EXPECT_TRUE(end <= right || item.min.x > right) << label;
    EXPECT_LE(item.min.y, find("Runs/filter").max.y + 40 * scale_) << "two lines leave the table its rows";
  }
  open(Workspace::health);
  draw(3);
  EXPECT_LE(find("Router health/all clear").max.x, ImGui::GetIO().DisplaySize.x);
}

// The page of keys: what does not fit is scrolled to, by the wheel or by keys, and no line is cut.
TEST_P(Reading, EveryKeyOfTheHelpPageCanBeRead) {
  press_key(viz::Key::f1);
  draw(3);
  ASSERT_TRUE(ui_.show_help);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  std::vector<std::string> keys;
  for (const auto& [name, item] : registry_.items())
    if (name.starts_with("key ")) keys.push_back(name);
  EXPECT_GT(keys.size(), 30u);
  for (const std::string& name : keys) {
    const Registry::Item item = find(name);
    EXPECT_GE(item.min.x, 0) << name;
    EXPECT_LE(item.max.x, screen.x) << name;
    EXPECT_GE(item.min.y, 0) << name;
    EXPECT_LE(item.max.y, screen.y) << name;
    EXPECT_GT(item.max.y - item.min.y, 8 * scale_) << name;
  }
  // From the first to the last without a mouse.
  press_key(viz::Key::home);
  draw(2);
  std::vector<Registry::Item> lines;
  for (const auto& [name, item] : registry_.items())
    if (name.starts_with("key ")) lines.push_back(item);
  std::sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.min.y < b.min.y; });
  EXPECT_GE(lines.front().min.y, 0);
  for (std::size_t i = 0; i + 1 < lines.size(); ++i)
    EXPECT_LE(lines[i].max.y, lines[i + 1].min.y + 0.5f) << lines[i].text;
  for (int page = 0; page < 30; ++page) press_key(viz::Key::page_down);
  draw(2);
  for (const auto& [name, item] : registry_.items())
    if (item.text == lines.back().text && name.starts_with("key ")) {
      EXPECT_LE(item.max.y, screen.y) << name;
    }
}

TEST_P(Reading, APanelFillsTheWindowByADoubleClickOnItsTitleAndEscapeGoesBack) {
  const Registry::Item title = find("Loss/title");
  for (int press = 0; press < 2; ++press) {
    move(title.centre().x, title.centre().y);
    draw();
    button(0, true);
    draw();
    button(0, false);
    draw();
  }
  draw(3);
  EXPECT_EQ(ui_.arranging.filled, "loss");
  const auto has_others = [&] { return has("Expert load/title") || has("panel tab Expert load"); };
  EXPECT_FALSE(has_others());
  EXPECT_LT(find("Loss/title").min.x, 40 * scale_) << "the knobs make way";
  press_key(viz::Key::escape);
  EXPECT_EQ(ui_.arranging.filled, "");
  EXPECT_TRUE(has_others());
}

INSTANTIATE_TEST_SUITE_P(Windows, Reading,
                         ::testing::Values(Window{1280, 720, 1}, Window{1000, 650, 1}, Window{1920, 1080, 1}, Window{1280, 720, 2},
                                           Window{1920, 1080, 2}),
                         [](const auto& which) {
                           return fmt::format("{}x{}at{}", which.param.width, which.param.height, which.param.scale);
                         });

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
