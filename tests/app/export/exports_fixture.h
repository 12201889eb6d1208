// Panels of made-up runs, and their figures and data as somebody asks for them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/panels/panel_table.h"
#include "app/ui/panel_exports.h"
#include "tests/app/panels/library_scene.h"
#include "tests/app/panels/panel_scene.h"

namespace switchyard::app {

struct Named {
  std::string id, title;
  bool points = false;
};
// Every panel there is: a new one that hands over no table, or draws past the canvas, fails here.
inline std::vector<Named> all_panels() {
  std::vector<Named> all;
  for (const PanelSpec& panel : panel_table())
    all.push_back({std::string(panel.id), std::string(panel.title), panel.tasks == TaskSet::points});
  return all;
}
inline Named named(std::string_view id) {
  for (const Named& panel : all_panels())
    if (panel.id == id) return panel;
  ADD_FAILURE() << "no panel is called " << id;
  return {};
}
inline const scene::Scene& run_of(bool points) {
  static const scene::Scene text({}), plane({.classes = 3});
  return points ? plane : text;
}

class Exports : public ::testing::TestWithParam<Named> {
 protected:
  Exports() {
    theme_.tap = exports_.tap();
    ui_.inspecting.token = 5;
    scene::show_made_runs(ui_.library, 8);
    for (int i = 0; i < 5; ++i) ui_.generated.push_back({"a", {0, 1, 2, 3}});
  }
  void frame(scene::Headless& window, const Named& panel) {
    window.frame([&] { draw(panel); });
    done_ = exports_.end_frame();
  }
  // Drawn with a theme that draws into the exports.
  PanelInput input(bool points, float scale = 1) {
    const scene::Scene& run = run_of(points);
    return {.run = run.view,
            .snapshot = scene::borrowed(run.seen),
            .status = run.status,
            .theme = theme_,
            .exports = exports_,
            .scale = scale,
            .now_s = 10};
  }
  void draw(const Named& panel) { scene::draw(panel.id, input(panel.points), ui_, commands_); }
  // The panel's export, asked for and taken.
  PanelExport taken(scene::Headless& window, const Named& panel, PanelExports::Wish wish) {
    frame(window, panel);
    exports_.ask(panel.id, wish);
    frame(window, panel);
    EXPECT_TRUE(done_.empty()) << "handed over in the frame in which it was asked for";
    frame(window, panel);
    if (done_.size() != 1) {
      ADD_FAILURE() << done_.size() << " exports of " << panel.title;
      return {};
    }
    return std::move(done_[0]);
  }

  viz::Theme theme_ = viz::dark();
  UiState ui_;
  Commands commands_;
  PanelExports exports_;
  std::vector<PanelExport> done_;
};

}  // namespace switchyard::app
