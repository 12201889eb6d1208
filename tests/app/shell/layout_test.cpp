// Where panels go: splits, dividers, and the layouts of every workspace at the sizes people have.
#include "app/shell/layout/layouts.h"

#include <gmock/gmock.h>

#include <cmath>

#include "app/panels/panel_table.h"
#include "app/shell/bars/run_strip.h"
#include "app/shell/layout/fitting.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using ::testing::ElementsAre;
using ::testing::FloatEq;

bool apart(const viz::Rect& a, const viz::Rect& b) {
  return a.x1 <= b.x0 || b.x1 <= a.x0 || a.y1 <= b.y0 || b.y1 <= a.y0;
}

double area_of(const viz::Rect& rect) { return static_cast<double>(rect.width()) * rect.height(); }

// --- splits

const Ground kGround{{0, 0, 1010, 610}, 10, {100, 50}};

Split two_by_two() {
  return row(1, {column(0.5f, {panel(0.25f, "a"), panel(0.75f, "b")}), column(0.5f, {panel(0.5f, "c"), panel(0.5f, "d")})});
}

TEST(Splits, SharesAreOfTheRoomBesideTheGaps) {
  const Arrangement out = arrange(two_by_two(), kGround);
  ASSERT_EQ(out.panels.size(), 4u);
  EXPECT_EQ(out.panels[0].panel, "a");
  EXPECT_EQ(out.panels[0].rect.width(), 500);
  EXPECT_EQ(out.panels[0].rect.height(), 150);
  EXPECT_EQ(out.panels[1].rect.y0, 160);
  EXPECT_EQ(out.panels[1].rect.y1, 610);
  ASSERT_EQ(out.dividers.size(), 3u);  // the row's, then each column's
  EXPECT_TRUE(out.dividers[0].vertical);
  EXPECT_EQ(out.dividers[0].rect.x0, 500);
  EXPECT_EQ(out.dividers[0].rect.x1, 510);
  EXPECT_FALSE(out.dividers[1].vertical);
  EXPECT_EQ(out.dividers[1].rect.y0, 150);
}

TEST(Splits, ADividerMovesItsTwoNeighboursAndNothingElse) {
  Split split = row(1, {panel(0.2f, "a"), panel(0.3f, "b"), panel(0.5f, "c")});
  const Arrangement before = arrange(split, kGround);
  move_divider(split, kGround, 0, 37);
  const Arrangement after = arrange(split, kGround);
  EXPECT_NEAR(after.panels[0].rect.width(), before.panels[0].rect.width() + 37, 1);
  EXPECT_NEAR(after.panels[1].rect.width(), before.panels[1].rect.width() - 37, 1);
  EXPECT_NEAR(after.panels[2].rect.x0, before.panels[2].rect.x0, 1);
  EXPECT_EQ(after.panels[2].rect.x1, 1010);
}

TEST(Splits, ADividerIsPutBackBetweenItsTwoNeighbours) {
  const Split standard = row(1, {panel(0.2f, "a"), panel(0.3f, "b"), panel(0.5f, "c")});
  Split split = standard;
  move_divider(split, kGround, 0, 37);
  move_divider(split, kGround, 1, -60);
  const Arrangement before = arrange(split, kGround);
  reset_divider(split, standard, kGround, 0);
  const Arrangement after = arrange(split, kGround);
  const float both = before.panels[0].rect.width() + before.panels[1].rect.width();
  EXPECT_NEAR(after.panels[0].rect.width(), both * 0.4f, 1);
  EXPECT_NEAR(after.panels[2].rect.x0, before.panels[2].rect.x0, 1);
}

TEST(Splits, ADividerStopsAtTheLeastOfItsNeighbours) {
  Split split = two_by_two();
  move_divider(split, kGround, 1, -1000);
  EXPECT_EQ(arrange(split, kGround).panels[0].rect.height(), 50);
  move_divider(split, kGround, 1, 1000);
  EXPECT_EQ(arrange(split, kGround).panels[1].rect.height(), 50);
  move_divider(split, kGround, 0, -1000);
  EXPECT_EQ(arrange(split, kGround).panels[0].rect.width(), 100);
}

TEST(Splits, TheLeastOfARowHoldsAllItsParts) {
  Split split = row(1, {row(0.5f, {panel(0.5f, "a"), panel(0.5f, "b")}), panel(0.5f, "c")});
  move_divider(split, kGround, 0, -1000);
  const Arrangement out = arrange(split, kGround);
  EXPECT_EQ(out.panels[0].rect.width(), 100);
  EXPECT_EQ(out.panels[1].rect.width(), 100);
}

TEST(Splits, PartsTooSmallTakeTheirLeastFromTheOthers) {
  const Arrangement out = arrange(row(1, {panel(0.01f, "a"), panel(0.2f, "b"), panel(0.79f, "c")}), kGround);
  EXPECT_EQ(out.panels[0].rect.width(), 100);
  EXPECT_NEAR(out.panels[1].rect.width(), (990 - 100) * 0.2 / 0.99, 1);
  EXPECT_EQ(out.panels[2].rect.x1, 1010);
}

TEST(Splits, WithoutRoomForAllSharesDecide) {
  const Ground tiny{{0, 0, 120, 40}, 10, {100, 50}};
  Split split = row(1, {panel(0.5f, "a"), panel(0.5f, "b")});
  EXPECT_EQ(arrange(split, tiny).panels[0].rect.width(), 55);
  move_divider(split, tiny, 0, 20);
  EXPECT_EQ(arrange(split, tiny).panels[0].rect.width(), 55);
}

TEST(Splits, ADividerThatIsNotThereMovesNothing) {
  Split split = two_by_two();
  move_divider(split, kGround, 3, 50);
  EXPECT_THAT(shares_of(split), ElementsAre(0.5f, 0.25f, 0.75f, 0.5f, 0.5f, 0.5f));
}

TEST(Splits, SharesComeBackAsTheyWere) {
  Split split = two_by_two();
  const std::vector<float> shares{0.3f, 0.6f, 0.4f, 0.7f, 0.9f, 0.1f};
  ASSERT_TRUE(set_shares(split, shares));
  EXPECT_EQ(shares_of(split), shares);
  EXPECT_THAT(split.parts[1].parts[0].share, FloatEq(0.9f));
  for (const std::vector<float>& bad : {std::vector<float>{}, {0.5f, 0.5f}, {0.3f, 0.6f, 0, 0.7f, 0.9f, 0.1f},
                                        {0.3f, 0.6f, std::nanf(""), 0.7f, 0.9f, 0.1f}}) {
    EXPECT_FALSE(set_shares(split, bad));
    EXPECT_EQ(shares_of(split), shares);
  }
}

// --- workspaces

struct Screen {
  float width, height, scale;
};
class LayoutOf : public ::testing::TestWithParam<Screen> {};

TEST_P(LayoutOf, EveryWorkspaceFillsTheWindowWithoutOverlap) {
  const auto [width, height, scale] = GetParam();
  for (const WorkspaceSpec& workspace : workspaces()) {
    for (const auto& [welcome, classes] : {std::pair(false, 0), {true, 0}, {false, 2}, {true, 9}, {false, 32}}) {
      SCOPED_TRACE(workspace.name);
      const Shell shell = lay_out_shell(width, height, scale, welcome, workspace.knobs, true);
      // Of one process in the windows without the strip of presets.
      const LayoutShape shape{classes, {shell.panels.width() / scale, shell.panels.height() / scale}, welcome};
      const Ground ground = ground_of(shell, scale);
      const Arrangement out = arrange(standard_layout(workspace.id, shape), ground);
      std::vector<viz::Rect> taken{shell.top_bar, shell.timeline};
      if (welcome) taken.push_back(shell.welcome);
      if (workspace.knobs) taken.push_back(shell.knobs);
      double covered = 0;
      for (const auto& [id, rect] : out.panels) {
        const PanelSpec* known = find_panel(id);
        ASSERT_TRUE(known) << id;
        EXPECT_TRUE(suits(*known, classes > 0)) << id;
        // Room for a title and something below it.
        EXPECT_GE(rect.height(), 50 * scale) << id;
        EXPECT_GE(rect.width(), 200 * scale) << id;
        taken.push_back(rect);
        covered += area_of(rect);
      }
      for (const Tabs& tabs : out.tabs) {
        EXPECT_GE(tabs.panels.size(), 2u);
        taken.push_back(tabs.rect);
        covered += area_of(tabs.rect);
      }
      EXPECT_THAT(panels_of(standard_layout(workspace.id, shape)),
                  ::testing::UnorderedElementsAreArray(panels_of(
                      standard_layout(workspace.id, {classes, {shape.wide() ? 2000.0f : 0.0f, 0}, welcome}))))
          << "none is out of reach";
      for (const Divider& divider : out.dividers) {
        taken.push_back(divider.rect);
        covered += area_of(divider.rect);
      }
      EXPECT_NEAR(covered, area_of(shell.panels), 1);
      for (std::size_t a = 0; a < taken.size(); ++a) {
        EXPECT_GE(taken[a].x0, 0);
        EXPECT_GE(taken[a].y0, 0);
        EXPECT_LE(taken[a].x1, width);
        EXPECT_LE(taken[a].y1, height);
        for (std::size_t b = a + 1; b < taken.size(); ++b) EXPECT_TRUE(apart(taken[a], taken[b]));
      }
    }
  }
}
// Side by side a panel has what it needs to say something, whatever else takes room. Where one stands alone from
// top to bottom, or from left to right, there is no more.
TEST_P(LayoutOf, EveryPanelHasWhatItWants) {
  const auto [width, height, scale] = GetParam();
  for (const WorkspaceSpec& workspace : workspaces())
    for (const std::int64_t classes : {0, 9})
      for (const bool presets : {false, true})
        for (const float runs : {0.0f, kRunStripHeight}) {
          const Shell shell = lay_out_shell(width, height, scale, presets, workspace.knobs, true, presets, runs);
          const LayoutShape shape{classes, {shell.panels.width() / scale, shell.panels.height() / scale}};
          const Arrangement out = arrange(standard_layout(workspace.id, shape), ground_of(shell, scale));
          for (const auto& [id, rect] : out.panels) {
            const viz::Point wanted = wanted_by(panel(1, id));
            float top = rect.y0;
            for (const Tabs& tabs : out.tabs)
              if (tabs.panels[tabs.front] == id) top = tabs.rect.y0;
            const std::string what(std::string(workspace.name) + " " + std::string(id));
            if (top > shell.panels.y0 || rect.y1 < shell.panels.y1) {
              EXPECT_GE(rect.height(), wanted.y * scale - 2) << what << presets << runs;
            }
            if (rect.x0 > shell.panels.x0 || rect.x1 < shell.panels.x1) {
              EXPECT_GE(rect.width(), wanted.x * scale - 2) << what << presets << runs;
            }
          }
        }
}
INSTANTIATE_TEST_SUITE_P(Screens, LayoutOf,
                         ::testing::Values(Screen{1280, 720, 1}, Screen{1920, 1080, 1}, Screen{2560, 1440, 1},
                                           Screen{2560, 1440, 2}, Screen{3840, 2160, 1}, Screen{3840, 2160, 2},
                                           Screen{1920, 1080, 1.5f}, Screen{1920, 1080, 2}, Screen{1280, 720, 2},
                                           Screen{1000, 650, 1}, Screen{960, 600, 1}));

TEST(Layouts, AreRememberedByWorkspaceVersionTaskAndWidth) {
  const auto key_of = [](const LayoutShape& shape) {
    return layout_key(Workspace::train, shape, standard_layout(Workspace::train, shape));
  };
  EXPECT_EQ(key_of({0, {1000, 600}}), "train.1.text");
  EXPECT_EQ(key_of({3, {2300, 1300}}), "train.1.points.wide");
  EXPECT_EQ(key_of({0, {370, 195}}), "train.1.text.low.s6");
  for (const std::string_view key : {"train.1.text", "train.1.text.low.s6", "causes.1.text.low.r-s2s4-"})
    EXPECT_TRUE(is_layout_key(key)) << key;
  for (const std::string_view key : {"train.0.text", "kitchen.1.text.low.s6", ""})
    EXPECT_FALSE(is_layout_key(key)) << key;
}

// --- tabs

TEST(Stacks, OneOfItsPanelsIsSeenBelowItsTabs) {
  Split split = row(1, {panel(0.5f, "a"), stack(0.5f, {panel(0.5f, "b"), panel(0.5f, "c")})});
  Arrangement out = arrange(split, kGround);
  ASSERT_EQ(out.tabs.size(), 1u);
  EXPECT_THAT(out.tabs[0].panels, ElementsAre("b", "c"));
  ASSERT_EQ(out.panels.size(), 2u);
  EXPECT_EQ(out.panels[1].panel, "b");
  EXPECT_EQ(out.panels[1].rect.y0, out.tabs[0].rect.y1);
  EXPECT_EQ(out.panels[1].rect.y1, 610);
  EXPECT_THAT(panels_of(split), ElementsAre("a", "b", "c"));
  EXPECT_THAT(shares_of(split), ElementsAre(0.5f, 0.5f)) << "in a stack nothing is shared out";
  // The one that was asked for last; what is no part of it counts for nothing.
  const std::vector<std::string> asked{"a", "d", "c", "b"};
  bring_to_front(split, asked);
  out = arrange(split, kGround);
  EXPECT_EQ(out.tabs[0].front, 1u);
  EXPECT_EQ(out.panels[1].panel, "c");
}

// One that does not would be shared a place with however small the window.
TEST(Fitting, EveryPanelSaysWhatRoomItWants) {
  for (const PanelSpec& one : panel_table()) {
    EXPECT_GE(one.wants.width, 100) << one.id;
    EXPECT_GE(one.wants.height, 60) << one.id;
  }
  EXPECT_EQ(wanted_by(panel(1, "prune")).x, 290);
  EXPECT_EQ(wanted_by(panel(1, "prune")).y, 165);
}

TEST(Fitting, WhatHasRoomStaysAsItIs) {
  const Split split = standard_layout(Workspace::train, {});
  EXPECT_EQ(shape_of(fitted(split, {1000, 460})), "");
  EXPECT_EQ(shares_of(fitted(split, {1000, 460})), shares_of(split));
}

TEST(Fitting, FirstPartsStayAndOthersShareAPlace) {
  const Split split = column(1, {panel(0.4f, "loss"), panel(0.36f, "tokens"), panel(0.24f, "generation")});
  EXPECT_EQ(shape_of(fitted(split, {300, 306})), "");
  EXPECT_EQ(shape_of(fitted(split, {300, 305})), "c-ps2-") << "loss above tokens and generation";
  EXPECT_THAT(shares_of(fitted(split, {300, 305})), ElementsAre(FloatEq(0.4f), FloatEq(0.36f)));
  EXPECT_EQ(shape_of(fitted(split, {300, 200})), "s3");
  EXPECT_EQ(fitted(split, {300, 200}).share, 1);
}

// The sum would do, its shares would not: they give way.
TEST(Fitting, SharesThatGiveAPartTooLittleGiveWay) {
  const Split split = column(1, {panel(0.6f, "prune"), panel(0.4f, "route-diff")});
  const Split out = fitted(split, {400, 350});
  EXPECT_EQ(shape_of(out), "");
  EXPECT_THAT(shares_of(out), ElementsAre(FloatEq(175 / 340.0f), FloatEq(165 / 340.0f)));
}

// In a narrow window whole columns share a place.
TEST(Fitting, AColumnWithoutRoomBesideTheOthersJoinsThem) {
  const Split split = standard_layout(Workspace::causes, {});
  EXPECT_EQ(shape_of(fitted(split, {1000, 400})), "");
  EXPECT_EQ(shape_of(fitted(split, {628, 400})), "r-c-pp-s4-");
  EXPECT_EQ(shape_of(fitted(split, {628, 200})), "r-s2s4-");
  EXPECT_EQ(shape_of(fitted(split, {300, 200})), "s6");
}

TEST(Workspaces, AreFoundByName) {
  for (const WorkspaceSpec& spec : workspaces()) {
    EXPECT_EQ(find_workspace(spec.name), &spec);
    EXPECT_EQ(&spec_of(spec.id), &spec);
  }
  EXPECT_EQ(find_workspace("kitchen"), nullptr);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
