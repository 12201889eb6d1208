// The figures of a finished run: for a page, of the panels that are named, and of those that fail or have nothing.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "app/cli/headless/record_figures.h"
#include "app/cli/setups/presets.h"
#include "app/export/figure.h"
#include "app/export/run_figures.h"
#include "app/panels/panel_table.h"
#include "tests/app/panels/panel_scene.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/well_formed.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::read;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// Without looks of its probes; the scene outlives it.
FinishedRun finished_run(const scene::Scene& run, std::string prompt = {}) {
  return {.history = run.view.history,
          .snapshot = scene::borrowed(run.seen),
          .status = run.status,
          .prompt = std::move(prompt)};
}

// For a page: as wide as asked for, its text as large, without the foot; PDF and data of one name.
TEST(RunFiguresOf, AFigureForAPageHasItsSizeAndItsLetters) {
  const scene::Scene run({});
  const test::TemporaryFolder folder;
  FigureForm form;
  ASSERT_TRUE(read_figure_size("85mm", form));
  ASSERT_TRUE(read_figure_formats("pdf,svg,png,csv", form));
  form.panels = {"Expert load", "loss"};
  const auto known = with_known_panels(form);
  ASSERT_TRUE(known) << known.error().message;
  const auto drawn = draw_run_figures(finished_run(run), *known, folder.path());
  ASSERT_TRUE(drawn) << drawn.error().message;
  EXPECT_TRUE(drawn->told.empty());
  const std::string svg = read(folder.path() / "loss-step50.svg");
  EXPECT_THAT(svg, HasSubstr("width=\"85mm\""));
  EXPECT_THAT(svg, Not(HasSubstr("Switchyard 0"))) << "the page says what was trained";
  EXPECT_THAT(svg, HasSubstr("&quot;step&quot;")) << "its metadata too";
  // Of the body's letters, 8 pt: as many millimetres as 85 of the figure's width.
  double width = 0, em = 0;
  ASSERT_EQ(std::sscanf(svg.c_str() + svg.find("viewBox=\"0 0 "), "viewBox=\"0 0 %lf", &width), 1);
  const std::size_t font = svg.find("px 'Inter'");
  ASSERT_NE(font, std::string::npos);
  em = std::stod(svg.substr(svg.rfind(' ', font) + 1));
  EXPECT_GT(em * 85 / width, 0.7 * 8 * 25.4 / 72);
  EXPECT_LE(em * 85 / width, 1.3 * 8 * 25.4 / 72);
  const std::string pdf = read(folder.path() / "loss-step50.pdf");
  double points = 0;
  ASSERT_NE(pdf.find("/MediaBox [ 0 0 "), std::string::npos);
  ASSERT_EQ(std::sscanf(pdf.c_str() + pdf.find("/MediaBox"), "/MediaBox [ 0 0 %lf", &points), 1);
  EXPECT_NEAR(points, 85 / 25.4 * 72, 0.1);
  for (const fs::path& file : drawn->files)
    for (const char* extension : {".svg", ".pdf", ".png", ".csv"})
      EXPECT_TRUE(fs::exists(fs::path(file).replace_extension(extension))) << file;
  for (const fs::path& file : drawn->files) {
    const std::string name = file.filename().string();
    EXPECT_TRUE(name.starts_with("loss-step50") || name.starts_with("expert-load")) << name;
  }
  form.panels = {"lost"};
  const auto unknown = with_known_panels(form);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, testing::AllOf(HasSubstr("'lost'"), HasSubstr("expert-load")));
}

// Who names a panel that is of the other task is told so, and has the others.
TEST(RunFiguresOf, WhatIsNamedAndIsOfTheOtherTaskIsTold) {
  for (const bool points : {false, true}) {
    const scene::Scene run(points ? scene::Shape{.classes = 3} : scene::Shape{});
    const test::TemporaryFolder folder;
    FigureForm form;
    form.panels = {"loss", "plane", "confusion", "regret"};
    const auto known = with_known_panels(form);
    ASSERT_TRUE(known) << known.error().message;
    const auto drawn = draw_run_figures(finished_run(run), *known, folder.path());
    ASSERT_TRUE(drawn) << drawn.error().message;
    EXPECT_TRUE(fs::exists(folder.path() / "loss-step50.svg"));
    EXPECT_THAT(drawn->told,
                Contains(points ? "no figure of Token: it is of a text, and this run learned points"
                                : "no figure of Plane, Confusion: it is of points, and this run learned a text"));
  }
}

TEST(RunFiguresOf, ARunWithoutAnyLooksDrawWhatTheyCan) {
  for (const bool points : {false, true}) {
    const scene::Scene run(points ? scene::Shape{.classes = 3, .dims = 5} : scene::Shape{});
    FinishedRun finished = finished_run(run, "Once");
    for (int i = 0; i < 9; ++i) finished.generated.push_back({i == 4 ? "\u00e9" : "a", {0, 1, 2, 3}});
    const test::TemporaryFolder folder;
    const auto drawn = draw_run_figures(finished, FigureForm{.light_theme = true}, folder.path() / "figures");
    ASSERT_TRUE(drawn) << drawn.error().message;
    EXPECT_THAT(drawn->told, testing::ElementsAre(testing::StartsWith("no figure of Gradients: ")));
    std::vector<std::string> names;
    for (const fs::path& file : drawn->files) names.push_back(file.filename().string());
    for (const PanelSpec& panel : panel_table()) {
      if (panel.compares || panel.asked) continue;
      const std::string stem = file_stem(panel.title);
      // Gradients are worked out when somebody watches, and nobody can here.
      const bool is_drawn = suits(panel, points) && panel.id != "gradients";
      EXPECT_EQ(std::count(names.begin(), names.end(), stem + "-step50.svg") +
                    std::count(names.begin(), names.end(), stem + "-layer3-step50.svg"),
                is_drawn ? 1 : 0)
          << panel.title;
    }
    EXPECT_THAT(read(folder.path() / "figures" / "loss-step50.svg"),
                HasSubstr("fill=\"#ffffff\""));  // the light theme
  }
}

// A drawing kept in the place of files.
std::map<std::string, PanelExport> drawn_panels(FinishedRun run, std::vector<std::string>* told = nullptr) {
  std::map<std::string, PanelExport> out;
  const auto done = draw_run_panels(std::move(run), {}, [&](PanelExport panel, const ExportWriter::Look&) {
    const std::string name = fmt::format("{} {}", panel.title, panel.facts.layer);
    EXPECT_TRUE(out.emplace(name, std::move(panel)).second) << name;
  });
  EXPECT_TRUE(done);
  if (done && told) *told = *done;
  return out;
}

TEST(RunFiguresOf, ALookThatFailsCostsThePanelsThatAskedForIt) {
  const scene::Scene run({});
  FinishedRun finished = finished_run(run);
  finished.look = [](const Watch&) -> Result<std::shared_ptr<const Snapshot>> {
    return failure("no memory to look");
  };
  std::vector<std::string> told;
  const auto panels = drawn_panels(finished, &told);
  EXPECT_THAT(told, Contains("no figure of Gradients: no memory to look"));
  EXPECT_TRUE(panels.contains("Loss 0"));
  EXPECT_TRUE(panels.contains("Expert 3"));
  EXPECT_FALSE(panels.contains("Gradients 0"));
}

TEST(RunFiguresOf, APanelThatThrowsCostsItselfAlone) {
  const scene::Scene run({});
  FinishedRun finished = finished_run(run);
  finished.look = [](const Watch&) -> Result<std::shared_ptr<const Snapshot>> { throw std::bad_alloc(); };
  finished.inspect = [](const Inspect&) -> Result<std::shared_ptr<const Inspection>> {
    throw std::runtime_error("lost");
  };
  std::vector<std::string> told;
  const auto panels = drawn_panels(finished, &told);
  EXPECT_THAT(told, Contains(HasSubstr("tries no other experts: looking into a token: lost")));
  EXPECT_THAT(told, Contains(testing::AllOf(HasSubstr("Gradients"), HasSubstr("out of memory"))));
  EXPECT_TRUE(panels.contains("Loss 0"));
  EXPECT_TRUE(panels.contains("Timeline 0"));
  EXPECT_TRUE(panels.contains("Token 0"));
}

TEST(RunFiguresOf, ARunWithoutALookHasItsCurves) {
  const scene::Scene run({});
  std::vector<std::string> told;
  const auto panels = drawn_panels({.history = run.view.history, .status = run.status}, &told);
  EXPECT_TRUE(panels.contains("Loss 0"));
  EXPECT_TRUE(panels.contains("Expert load 3"));
  EXPECT_FALSE(panels.contains("Projection 0"));
  EXPECT_THAT(told, Contains(testing::AllOf(HasSubstr("Projection"), HasSubstr("first step"))));
}

TEST(RunFiguresOf, AFolderThatCannotBeMadeIsNamed) {
  const scene::Scene run({});
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "figures") << "x";
  const auto drawn = draw_run_figures(finished_run(run), {}, folder.path() / "figures");
  ASSERT_TRUE(drawn);
  EXPECT_TRUE(drawn->files.empty());
  EXPECT_THAT(drawn->told, Contains(HasSubstr((folder.path() / "figures").string())));
}

// Every preset, by the shape of the model it makes: each panel of the task is drawn or told of, with the reason.
TEST(RunFiguresOf, EveryPresetHasAFigureOrAReasonForEachPanel) {
  for (const Preset& preset : presets()) {
    SCOPED_TRACE(preset.name);
    const Config& config = preset.config;
    const bool points = config.task == TaskKind::clusters;
    const std::size_t layers = moe_blocks(config).size();
    scene::Scene run({.layers = layers,
                      .experts = static_cast<std::size_t>(config.experts),
                      .top_k = static_cast<std::size_t>(config.top_k),
                      .steps = 30,
                      .passages = 2,
                      .passage_tokens = 64,
                      .classes = points ? static_cast<std::size_t>(config.cluster_classes) : 0,
                      .dims = static_cast<std::size_t>(config.cluster_dims)});
    run.status.config = std::make_shared<Config>(config);
    test::FakeTrainer trainer(config);
    FinishedRun finished = finished_run(run, "Once");
    // As the trainer answers it for a model without any MoE layer.
    finished.inspect = [&](const Inspect& wish) -> Result<std::shared_ptr<const Inspection>> {
      if (layers == 0) return usage_error("this model has no MoE layer to look into");
      auto found = trainer.inspect(wish.layer, wish.token);
      if (!found) return found.error();
      return std::make_shared<const Inspection>(std::move(*found));
    };
    finished.look = [&](const Watch&) -> Result<std::shared_ptr<const Snapshot>> {
      return scene::borrowed(run.seen);
    };
    std::vector<std::string> told;
    const auto panels = drawn_panels(finished, &told);
    for (const PanelSpec& panel : panel_table()) {
      if (panel.compares || panel.asked) continue;
      if (!suits(panel, points)) continue;
      const auto mine = [&](const auto& drawn) { return drawn.second.id == panel.id; };
      const bool is_drawn = std::any_of(panels.begin(), panels.end(), mine);
      const bool is_told = std::any_of(told.begin(), told.end(), [&](const std::string& line) {
        return line.find(panel.title) != std::string::npos;
      });
      EXPECT_NE(is_drawn, is_told) << panel.title << " drawn " << is_drawn << " told " << is_told;
    }
    EXPECT_TRUE(panels.contains("Loss 0"));
    EXPECT_TRUE(panels.contains("Timeline 0"));
    if (layers == 0) {
      EXPECT_THAT(told, Contains(testing::AllOf(HasSubstr("Expert load"), HasSubstr("no MoE layer"))));
    } else {
      EXPECT_TRUE(panels.contains(fmt::format("Expert load {}", layers - 1)));
    }
  }
}

TEST(XmlProblem, FindsWhatIsNotWellFormed) {
  EXPECT_EQ(test::xml_problem("<?xml version=\"1.0\"?>\n<a b=\"1\"><c/>x &lt; y</a>\n"), "");
  for (const char* bad : {"<a><b></a></b>", "<a", "<a b=1/>", "<a>&nbsp;</a>", "<a/><b/>", "<a b=\"1\" b=\"2\"/>",
                          "x", "<a>&</a>", ""})
    EXPECT_NE(test::xml_problem(bad), "") << bad;
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
