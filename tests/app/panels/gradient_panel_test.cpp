// Gradients at the gates: what the panel draws and hands over, and that nothing is worked out for a view nobody sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/ui/panel_exports.h"
#include "tests/app/panels/panel_scene.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

struct Bench {
  Bench() {
    // Layer l, expert e: the task pulls with e + 1, the losses with 3 - l, at right angles but for expert 0.
    for (std::size_t l = 0; l < run.seen.layers.size(); ++l) {
      GateGradients& g = run.seen.layers[l].gradient;
      for (int e = 0; e < run.seen.layers[l].experts; ++e) {
        g.task_norm.push_back(static_cast<float>(e + 1));
        g.aux_norm.push_back(3 - static_cast<float>(l));
        g.cosine.push_back(e == 0 ? -0.5F : 0.0F);
      }
      g.task_norm_all = 10;
      g.aux_norm_all = 5;
    }
  }
  void draw() { scene::draw("gradients", run.input(exports), ui, out); }
  void frames(int count = 1) {
    for (int i = 0; i < count; ++i) {
      window.frame([&] { draw(); });
      for (PanelExport& handed : exports.end_frame()) taken.push_back(std::move(handed));
    }
  }
  scene::Scene run{{.layers = 2, .experts = 4, .top_k = 2}};
  scene::Headless window{{760, 400}};
  PanelExports exports;
  std::vector<PanelExport> taken;
  UiState ui;
  Commands out;
};

TEST(GradientPanel, AsksForWhatItShows) {
  Bench bench;
  EXPECT_FALSE(bench.ui.watching.wanted.gradients);
  bench.frames();
  EXPECT_TRUE(bench.ui.watching.wanted.gradients);
  EXPECT_FALSE(bench.ui.watching.wanted.experts);
  EXPECT_TRUE(bench.out.empty());
}

TEST(GradientPanel, DataIsEveryRowOfEveryGate) {
  Bench bench;
  bench.exports.ask("gradients", {.data = true});
  bench.frames(2);
  ASSERT_FALSE(bench.taken.empty());
  ASSERT_TRUE(bench.taken.back().table);
  const auto& rows = bench.taken.back().table->rows();
  ASSERT_EQ(rows.size(), 2u * (1 + 4));
  EXPECT_EQ(rows[0][1].text(), "") << "all rows of layer 0";
  EXPECT_NEAR(std::stod(rows[0][4].text()), 5.0 / 15, 1e-6);
  EXPECT_EQ(rows[8][0].text(), "1");
  EXPECT_EQ(rows[8][1].text(), "2");
  EXPECT_NEAR(std::stod(rows[8][4].text()), 2.0 / 5, 1e-6);
}

TEST(GradientPanel, AColumnLightsItsExpertAndLeavingPutsItOut) {
  Bench bench;
  bench.frames(2);
  const Registry::Item* matrix = bench.window.registry.find("Gradients/gradients");
  ASSERT_NE(matrix, nullptr);
  bench.window.move({matrix->max.x - 30, (matrix->min.y + matrix->max.y) / 2});
  bench.frames(2);
  EXPECT_EQ(bench.ui.hovered_expert, 3) << "the last column";
  bench.window.move({2, 2});
  bench.frames(2);
  EXPECT_EQ(bench.ui.hovered_expert, -1);
}

TEST(GradientPanel, CombosChooseFigureAndLayer) {
  Bench bench;
  bench.frames(2);
  ASSERT_TRUE(bench.window.click("Gradients/next layer", [&] { bench.draw(); }));
  EXPECT_EQ(bench.ui.layer, 1);
  ASSERT_TRUE(bench.window.click("Gradients/figure", [&] { bench.draw(); }));
  bench.frames(2);
  EXPECT_NE(bench.window.registry.find("Gradients/figure/cosine"), nullptr);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
