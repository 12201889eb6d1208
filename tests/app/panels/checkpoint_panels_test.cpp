// The panels of a checkpoint over files that are really read: what they say before, while and after, what a click
// begins, and their figures against ones worked out here.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>

#include "app/export/figure.h"
#include "app/panels/checkpoint/cell_map.h"
#include "app/panels/panel_table.h"
#include "app/run/checkpoint_shown.h"
#include "app/run/in_front.h"
#include "app/window/beside/checkpoint_host.h"
#include "app/window/exporting.h"
#include "tests/app/panels/panel_bench.h"
#include "tests/support/small_weights.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;

constexpr double kNear = 1e-5;

double norm_of(const std::vector<float>& numbers) {
  double squares = 0;
  for (const float one : numbers) squares += static_cast<double>(one) * static_cast<double>(one);
  return std::sqrt(squares);
}

double cosine_of(const std::vector<float>& a, const std::vector<float>& b) {
  double dot = 0;
  for (std::size_t i = 0; i < a.size(); ++i) dot += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return dot / norm_of(a) / norm_of(b);
}

std::vector<std::string_view> ids_of_panels() {
  std::vector<std::string_view> ids;
  for (const PanelSpec& panel : panel_table())
    if (panel.of_checkpoint) ids.push_back(panel.id);
  return ids;
}

class CheckpointPanels : public testing::Test {
 protected:
  CheckpointPanels() { weights_.write(path("mixtral.safetensors")); }
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  // A panel of the window that the host serves.
  struct Shown : Bench {
    Shown(std::string_view panel, UiState& state, ImVec2 size = {640, 360})
        : Bench(panel, {.layers = 2, .experts = 4}, size) {
      ui.checkpoint = state.checkpoint;
      ui.scale = 1;
    }
    std::string text(const std::string& name) {
      frame();
      const Registry::Item* item = window.registry.find(std::string(find_panel(id)->title) + "/" + name);
      return item ? item->text : std::string("none");
    }
  };

  template <class Until>
  void serve_until(const Until& until) {
    const auto began = std::chrono::steady_clock::now();
    do {
      host_.serve(ui_, 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (!until() && std::chrono::steady_clock::now() - began < std::chrono::seconds(60));
    ASSERT_TRUE(until());
  }
  void open(const std::string& name = "mixtral.safetensors") {
    ui_.wants_checkpoint.push_back(path(name));
    serve_until([this] { return ui_.checkpoint && !ui_.checkpoint->news->routing.runs; });
  }
  void read_all() {
    Shown bench("expert-norms", ui_);
    ASSERT_TRUE(bench.click("Expert norms/Read all"));
    EXPECT_TRUE(ui_.checkpoint->read_all_wanted);
    serve_until([this] { return !ui_.checkpoint->read_all_wanted && !ui_.checkpoint->news->pass.runs; });
  }
  std::vector<float> expert(int layer, int e) const {
    std::vector<float> all;
    for (const char* name : {"w1", "w3", "w2"}) {
      const std::vector<float>& own = weights_[test::matrix_named(layer, e, name)];
      all.insert(all.end(), own.begin(), own.end());
    }
    return all;
  }
  std::vector<float> row(int layer, std::size_t e) const {
    const std::vector<float>& router = weights_[test::router_named(layer)];
    return {router.begin() + static_cast<std::ptrdiff_t>(6 * e),
            router.begin() + static_cast<std::ptrdiff_t>(6 * e + 6)};
  }

  test::TemporaryFolder folder_;
  test::SmallWeights weights_ = test::mixtral_like();
  UiState ui_;
  CheckpointHost host_{nullptr};
};

double number_at(const Table& table, std::size_t row, std::size_t column) {
  return std::stod(table.rows().at(row).at(column).text());
}

TEST_F(CheckpointPanels, SayHowOneIsOpened) {
  ASSERT_EQ(ids_of_panels().size(), 7u);
  for (const std::string_view id : ids_of_panels()) {
    Shown bench(id, ui_);
    bench.frame();
    EXPECT_EQ(bench.why_not(), "no checkpoint is open") << id;
    EXPECT_TRUE(bench.table().empty()) << id;
  }
}

TEST_F(CheckpointPanels, HeadsAndRoutersAreThereAtOnce) {
  ui_.arranging.workspace = Workspace::health;
  open();
  EXPECT_EQ(ui_.arranging.workspace, Workspace::checkpoint);
  EXPECT_EQ(ui_.checkpoint->came_from, Workspace::health);
  Shown facts("checkpoint", ui_);
  EXPECT_EQ(facts.text("layers"), "2 with experts, 0 to 1");
  EXPECT_EQ(facts.text("experts"), "4 a layer");
  EXPECT_EQ(facts.text("width"), "d 6, ff 5 of an expert");
  EXPECT_EQ(facts.text("numbers"), "F32");
  EXPECT_EQ(facts.text("named"), "model.layers.L.block_sparse_moe.experts.E.w1.weight");
  EXPECT_EQ(facts.text("files"), "mixtral.safetensors");
  EXPECT_EQ(facts.text("all zeros"), "none") << "nobody knows yet";
  for (const char* id : {"expert-norms", "expert-cosines"}) {
    Shown bench(id, ui_);
    bench.frame();
    EXPECT_EQ(bench.why_not(), "the experts' weights are not read yet");
    EXPECT_TRUE(bench.table().empty());
  }

  Shown norms("gate-norms", ui_);
  const Table of_rows = norms.table();
  ASSERT_EQ(of_rows.rows().size(), 8u);
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_NEAR(number_at(of_rows, i, 2), norm_of(row(static_cast<int>(i / 4), i % 4)), kNear);
  Shown cosines("gate-cosines", ui_);
  const Table of_pairs = cosines.table();
  ASSERT_EQ(of_pairs.rows().size(), 6u);
  EXPECT_NEAR(number_at(of_pairs, 0, 3), cosine_of(row(0, 0), row(0, 1)), kNear);
  EXPECT_NEAR(number_at(of_pairs, 2, 3), 1, kNear) << "row 3 is twice row 0";
  EXPECT_NEAR(number_at(of_pairs, 5, 3), cosine_of(row(0, 2), row(0, 3)), kNear);
  // Four rows that lie in three directions: fewer of them matter than of the other layer's.
  Shown rank("gate-rank", ui_);
  const Table of_layers = rank.table();
  ASSERT_EQ(of_layers.rows().size(), 2u);
  EXPECT_EQ(number_at(of_layers, 0, 3), 3);
  EXPECT_LE(number_at(of_layers, 0, 2), 3);
}

TEST_F(CheckpointPanels, ReadAllBringsNormsAndCosines) {
  open();
  read_all();
  EXPECT_EQ(ui_.checkpoint->news->pass.why_not, "");
  Shown norms("expert-norms", ui_);
  Table table = norms.table();
  EXPECT_EQ(norms.why_not(), "");
  ASSERT_EQ(table.rows().size(), 8u);
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_NEAR(number_at(table, i, 2), norm_of(expert(static_cast<int>(i / 4), static_cast<int>(i % 4))), kNear);
  ui_.checkpoint->norm_of = 1;
  table = norms.table();
  EXPECT_EQ(table.columns()[2], "norm of up (w3)");
  EXPECT_NEAR(number_at(table, 5, 2), norm_of(weights_[test::matrix_named(1, 1, "w3")]), kNear);

  // Of so few numbers a sketch is exact.
  Shown cosines("expert-cosines", ui_);
  table = cosines.table();
  ASSERT_EQ(table.rows().size(), 6u);
  EXPECT_NEAR(number_at(table, 1, 3), cosine_of(expert(0, 0), expert(0, 2)), kNear);
  EXPECT_NEAR(number_at(table, 1, 4), 0.047, 1e-3) << "what a figure may be off stands beside it";
  EXPECT_NEAR(number_at(table, 1, 5), 0.061, 1e-3) << "and what the closest of them may be";
  ASSERT_TRUE(cosines.click("Expert cosines/next layer"));
  EXPECT_EQ(ui_.checkpoint->layer, 1u);
  table = cosines.table();
  EXPECT_EQ(table.rows()[0][0].text(), "1");
  EXPECT_NEAR(number_at(table, 2, 3), cosine_of(expert(1, 0), expert(1, 3)), kNear);
  EXPECT_EQ(table.rows()[1][3].text(), "") << "zeros have no direction";
  Shown facts("checkpoint", ui_);
  EXPECT_EQ(facts.text("all zeros"), "E02 of layer 1");
  EXPECT_EQ(facts.text("Read all"), "none") << "there is nothing left to read";
}

TEST_F(CheckpointPanels, AClickOnAnExpertFindsItsSingularValues) {
  open();
  Shown spectrum("expert-spectrum", ui_, {640, 420});
  spectrum.frame();
  EXPECT_EQ(spectrum.why_not(), "click an expert in a map");
  // A map of 2 x 4 cells: its middle right of the names, upper half.
  Shown map("gate-norms", ui_);
  map.frame();
  map.frame();
  const Registry::Item item = *map.window.registry.find("Router rows/norms");
  for (float x = item.min.x + 4; x < item.max.x && !ui_.checkpoint->expert; x += 8) {
    map.window.move({x, item.min.y + 40});
    map.frame();
    viz::feed_mouse_button(0, true);
    map.frame();
    viz::feed_mouse_button(0, false);
    map.frame();
  }
  ASSERT_TRUE(ui_.checkpoint->expert) << "the first cell from the left";
  EXPECT_THAT(asked_to_front(map.ui), testing::ElementsAre("expert-spectrum")) << "where it stands behind another";
  EXPECT_EQ(*ui_.checkpoint->expert, (ExpertPlace{0, 0}));
  EXPECT_EQ(ui_.checkpoint->expert_wanted, ui_.checkpoint->expert);
  serve_until([this] {
    return ui_.checkpoint->news->spectra.contains({0, 0}) && !ui_.checkpoint->news->decomposing.runs;
  });
  Shown found("expert-spectrum", ui_, {640, 420});
  EXPECT_THAT(found.text("ranks"),
              AllOf(HasSubstr("gate: rank 1 of 5, effective 1"), HasSubstr("down: rank 5 of 5")));
  EXPECT_EQ(found.why_not(), "");
  const Table table = found.table();
  ASSERT_EQ(table.rows().size(), 15u);
  EXPECT_THAT(table.columns(), testing::ElementsAre("layer", "expert", "matrix", "number", "singular value",
                                                    "rank", "effective rank"));
  EXPECT_NEAR(number_at(table, 0, 4), 9 * std::sqrt(30.0), 1e-4);
  EXPECT_NEAR(number_at(table, 1, 4), 0, 1e-4);
  const PanelSpec& panel = *find_panel("expert-spectrum");
  EXPECT_EQ(title_of_figure(panel, ui_), "Singular values, layer 0 E00") << "a file is named by it";
  EXPECT_EQ(title_of_figure(*find_panel("expert-norms"), ui_), "Expert norms");
  // By keys: another expert, and the button.
  ui_.checkpoint->expert = ExpertPlace{1, 3};
  ASSERT_TRUE(found.click("Singular values/Find singular values"));
  EXPECT_EQ(ui_.checkpoint->expert_wanted, (ExpertPlace{1, 3}));
}

// Whoever looks at the figure alone knows how sure it is, of which model, and nothing of the run beside it.
TEST_F(CheckpointPanels, AFigureTellsItsErrorAndItsCheckpointAndNoRun) {
  open();
  read_all();
  Shown bench("expert-cosines", ui_);
  bench.run.theme.tap = bench.exports.tap();
  bench.exports.ask("", {.figure = true});
  bench.exports.end_frame();
  bench.frame();
  const std::vector<PanelExport> done = bench.exports.end_frame();
  ASSERT_EQ(done.size(), 1u);
  RunStatus status;
  status.step = kNoStep;
  status.corpus_name = ui_.checkpoint->name;
  const std::string svg = figure_svg(done[0], status, {bench.run.theme, {}, 1});
  EXPECT_THAT(svg, AllOf(HasSubstr("±0.047 at 3 sigma, of all pairs at once ±0.061; by sketches of 4,096 numbers"),
                         HasSubstr(">mixtral.safetensors"), HasSubstr(">E03<")));
  EXPECT_THAT(svg, testing::Not(testing::AnyOf(HasSubstr("config"), HasSubstr("step"), HasSubstr("Read all"))));
}

TEST_F(CheckpointPanels, BarsTellHowFarItIsAndAreCancelled) {
  open();
  auto news = std::make_shared<CheckpointNews>(*ui_.checkpoint->news);
  news->pass = {true, 1'000'000'000, 4'000'000'000, 2, "", false};
  news->decomposing = {true, 30, 120, 20, "", false};
  news->decomposed = {0, 1};
  ui_.checkpoint->news = news;
  ui_.checkpoint->expert = ExpertPlace{0, 1};
  for (const auto& [id, title] : {std::pair{"checkpoint", "Checkpoint"}, {"expert-norms", "Expert norms"}}) {
    ui_.checkpoint->cancel_pass_wanted = false;
    Shown bench(id, ui_);
    EXPECT_EQ(bench.text("progress"), "1.0 GB of 4.0 GB · 500.0 MB/s · 6 s left");
    EXPECT_EQ(bench.text("Read all"), "none");
    ASSERT_TRUE(bench.click(std::string(title) + "/Cancel"));
    EXPECT_TRUE(ui_.checkpoint->cancel_pass_wanted);
  }
  Shown spectrum("expert-spectrum", ui_);
  EXPECT_EQ(spectrum.text("progress"), "25 % · 1 min left");
  ASSERT_TRUE(spectrum.click("Singular values/Cancel"));
  EXPECT_TRUE(ui_.checkpoint->cancel_expert_wanted);
  // While another is looked at it goes on in sight.
  ui_.checkpoint->cancel_expert_wanted = false;
  ui_.checkpoint->expert = ExpertPlace{1, 3};
  EXPECT_EQ(spectrum.text("progress"), "layer 0 E01 · 25 % · 1 min left");
  ASSERT_TRUE(spectrum.click("Singular values/Cancel"));
  EXPECT_TRUE(ui_.checkpoint->cancel_expert_wanted);
  EXPECT_FALSE(ui_.checkpoint->expert_wanted);
  news->spectra[{1, 3}] = std::make_shared<ExpertSpectra>();
  choose_expert(*ui_.checkpoint, {1, 3});
  EXPECT_TRUE(ui_.checkpoint->cancel_expert_wanted) << "one that is known is shown alone";
  ASSERT_TRUE(spectrum.click("Singular values/Cancel")) << "beside its values, too";
}

TEST_F(CheckpointPanels, WhatCannotBeOpenedIsSaidAndTheOneBeforeStays) {
  open();
  std::ofstream(path("model.safetensors.index.json"))
      << R"({"weight_map": {"model.layers.0.mlp.gate.weight": "model-00001-of-00001.safetensors"}})";
  ui_.wants_checkpoint.push_back(folder_.path());
  serve_until([this] { return ui_.toasts.size() > 0; });
  EXPECT_THAT(ui_.toasts.back().message,
              AllOf(HasSubstr("cannot be shown"), HasSubstr("model-00001-of-00001.safetensors: no such file")));
  ASSERT_TRUE(ui_.checkpoint);
  EXPECT_EQ(ui_.checkpoint->name, "mixtral.safetensors");
  // And a file that shrinks while it is read.
  std::filesystem::resize_file(path("mixtral.safetensors"), 2000);
  ui_.toasts.clear();
  read_all();
  ASSERT_EQ(ui_.toasts.size(), 1u);
  EXPECT_THAT(ui_.toasts[0].message, HasSubstr(path("mixtral.safetensors").native()));
  Shown facts("checkpoint", ui_);
  EXPECT_THAT(facts.text("why not"), HasSubstr("mixtral.safetensors"));
  // Closed, one is where one came from.
  ui_.checkpoint->close_wanted = true;
  host_.serve(ui_, 0);
  EXPECT_FALSE(ui_.checkpoint);
  EXPECT_EQ(ui_.arranging.workspace, Workspace::train);
}

// A cell of several shows what stands out of them: in norms of its layer, of pairs from 0; and the figure says so.
TEST_F(CheckpointPanels, ACellOfSeveralSaysWhatItShows) {
  open();
  auto facts = std::make_shared<CheckpointFacts>(ui_.checkpoint->facts());
  ExpertLayer layer = facts->model.layers[0];
  layer.experts.resize(256, layer.experts[0]);
  facts->model.layers.assign(2, layer);
  facts->model.layers[0].layer = 5, facts->model.layers[1].layer = 11;
  auto small = std::make_shared<RouterFigures>(), large = std::make_shared<RouterFigures>();
  small->norms.assign(256, 1), large->norms.assign(256, 100);
  small->norms[17] = 1.5;
  small->cosines = large->cosines = PairFigures(256);
  for (float& value : large->cosines.values) value = 0.1F;
  auto news = std::make_shared<CheckpointNews>(*ui_.checkpoint->news);
  news->facts = facts;
  news->routers = {small, large};
  ui_.checkpoint->news = news;
  Shown norms("gate-norms", ui_, {260, 200});
  norms.frame();
  const MapMemo& memo = map_memo(*ui_.checkpoint, "gate-norms");
  ASSERT_GT(memo.columns_each, 1u);
  EXPECT_THAT(memo.values, testing::Contains(1.5F)) << "far from its layer's, near to all layers' mean";
  Shown cosines("gate-cosines", ui_, {420, 300});
  ui_.checkpoint->layer = 1;
  cosines.run.theme.tap = cosines.exports.tap();
  cosines.exports.ask("", {.figure = true});
  cosines.exports.end_frame();
  cosines.frame();
  EXPECT_EQ(cosines.exports.facts().layer, 11) << "its number, not its place";
  const std::vector<PanelExport> done = cosines.exports.end_frame();
  ASSERT_EQ(done.size(), 1u);
  const std::size_t each = map_memo(*ui_.checkpoint, "gate-cosines").rows_each;
  ASSERT_GT(each, 1u);
  RunStatus status;
  status.step = kNoStep;
  status.corpus_name = "a model";
  EXPECT_THAT(figure_svg(done[0], status, {cosines.run.theme, {}, 1}),
              HasSubstr(fmt::format("a cell: the farthest of {0} × {0} from 0", each)));
}

// Of 2,048 experts there are 4 million: they are asked for once.
TEST_F(CheckpointPanels, AMapIsWorkedOutOnceAndCountsAPairOnce) {
  open();
  Bench bench("gate-norms");
  constexpr std::size_t kSide = 256;
  std::size_t asked = 0;
  CellMapResult drawn;
  const auto numbers = std::make_shared<int>(0);
  MapMemo& memo = map_memo(*ui_.checkpoint, "a map");
  const auto frame = [&] {
    bench.window.frame([&] {
      (void)memo.begin(numbers);
      ImGui::SetNextWindowPos({0, 0});
      ImGui::SetNextWindowSize({300, 300});
      ImGui::Begin("map", nullptr, ImGuiWindowFlags_NoDecoration);
      drawn = draw_cell_map(bench.run.input(bench.exports, 1),
                            {.id = "cells",
                             .size = {240, 240},
                             .rows = kSide,
                             .columns = kSide,
                             .value =
                                 [&](CellPlace at) {
                                   ++asked;
                                   return at.row == at.column ? NAN : 0.5F;
                                 },
                             .memo = &memo,
                             .row_name = [](std::size_t e) { return std::to_string(e); },
                             .column_name = [](std::size_t e) { return std::to_string(e); },
                             .is_of_pairs = true});
      ImGui::End();
    });
  };
  frame();
  EXPECT_LE(asked, kSide * (kSide + 16) / 2) << "each pair, not each cell";
  asked = 0;
  frame();
  EXPECT_EQ(asked, 0u);
  const std::size_t each = memo.rows_each;
  ASSERT_GT(each, 1u);
  bool is_on_diagonal = false, is_beside = false;
  for (float y = 10; y < 240; y += 6)
    for (float x = 30; x < 240; x += 6) {
      bench.window.move({x, y});
      frame();
      if (!drawn.place) continue;
      const std::size_t gr = drawn.place->row / each, gc = drawn.place->column / each;
      if (gr + 1 == (kSide + each - 1) / each || gc + 1 == (kSide + each - 1) / each) continue;
      EXPECT_EQ(drawn.shared, gr == gc ? each * (each - 1) / 2 : each * each);
      (gr == gc ? is_on_diagonal : is_beside) = true;
    }
  EXPECT_TRUE(is_on_diagonal && is_beside);
}

TEST_F(CheckpointPanels, WhatIsNotReadIsNotOfferedAndNaNIsCalledSo) {
  open();
  auto facts = std::make_shared<CheckpointFacts>(ui_.checkpoint->facts());
  facts->model.layers[1].experts[2][2]->type = tensor_type("F8_E4M3");
  facts->model.unread = "model.safetensors: tensor 'w2' is F8_E4M3";
  facts->model.has_unread_experts = true;
  auto news = std::make_shared<CheckpointNews>(*ui_.checkpoint->news);
  news->facts = facts;
  auto nan = std::make_shared<RouterFigures>();
  nan->norms.assign(4, NAN);
  nan->cosines = PairFigures(4);
  news->routers.assign(2, nan);
  ui_.checkpoint->news = news;
  choose_expert(*ui_.checkpoint, {1, 2});
  EXPECT_FALSE(ui_.checkpoint->expert_wanted);
  ui_.checkpoint->expert = ExpertPlace{1, 2};
  Shown spectrum("expert-spectrum", ui_);
  spectrum.frame();
  EXPECT_EQ(spectrum.why_not(), "its weights are F8_E4M3, a type that is not read");
  EXPECT_EQ(spectrum.text("Find singular values"), "none");
  Shown norms("expert-norms", ui_);
  EXPECT_THAT(norms.text("why not"), HasSubstr("F8_E4M3"));
  norms.click("Expert norms/Read all");
  EXPECT_FALSE(ui_.checkpoint->read_all_wanted);
  for (const char* id : {"gate-norms", "gate-cosines", "gate-rank"}) {
    Shown bench(id, ui_);
    bench.frame();
    EXPECT_EQ(bench.why_not(), "none of its router's rows holds numbers alone") << id;
  }
}

TEST_F(CheckpointPanels, ATableTellsWhichCheckpoint) {
  open();
  Shown norms("gate-norms", ui_);
  norms.exports.ask("", {.data = true});
  norms.exports.end_frame();
  norms.frame();
  const std::vector<PanelExport> done = norms.exports.end_frame();
  ASSERT_EQ(done.size(), 1u);
  RunStatus status;
  status.step = kNoStep;
  status.corpus_name = ui_.checkpoint->name;
  FigureLook look{norms.run.theme, {}, 1};
  const auto files = write_export(done[0], status, look, path("figures"));
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 1u);
  std::ifstream csv(files->front());
  std::string line;
  std::getline(csv, line);
  EXPECT_EQ(line, "layer,expert,norm of the router row,checkpoint");
  std::getline(csv, line);
  EXPECT_THAT(line, testing::EndsWith(",mixtral.safetensors"));
}

TEST_F(CheckpointPanels, NewsThatNobodyWasAwakeForAreFound) {
  ui_.wants_checkpoint.push_back(path("mixtral.safetensors"));
  host_.serve(ui_, 0);
  const auto wait_for_news = [this] {
    const auto began = std::chrono::steady_clock::now();
    while (!host_.has_news() && std::chrono::steady_clock::now() - began < std::chrono::seconds(60))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return host_.has_news();
  };
  // Nobody wakes this window.
  for (int i = 0; i < 100 && !(ui_.checkpoint && !ui_.checkpoint->news->routing.runs); ++i) {
    ASSERT_TRUE(wait_for_news());
    host_.serve(ui_, 0);
  }
  ASSERT_TRUE(ui_.checkpoint && !ui_.checkpoint->news->routing.runs);
  host_.end_all();
  EXPECT_TRUE(wait_for_news()) << "they have ended";
  EXPECT_TRUE(host_.has_ended());
}

TEST_F(CheckpointPanels, WhatIsOpenAndUnchangedIsShownAndNotReadAnew) {
  open();
  read_all();
  const CheckpointShown* const shown = ui_.checkpoint.get();
  ui_.arranging.workspace = Workspace::health;
  ui_.wants_checkpoint.push_back(folder_.path() / "." / "mixtral.safetensors");
  host_.serve(ui_, 0);
  EXPECT_EQ(ui_.checkpoint.get(), shown);
  EXPECT_TRUE(ui_.checkpoint->news->experts[0]) << "what was read stays";
  EXPECT_EQ(ui_.arranging.workspace, Workspace::checkpoint);
  EXPECT_EQ(ui_.checkpoint->came_from, Workspace::health);
  // Written anew, it is another.
  std::filesystem::copy(path("mixtral.safetensors"), path("copy"));
  std::filesystem::rename(path("copy"), path("mixtral.safetensors"));
  ui_.wants_checkpoint.push_back(path("mixtral.safetensors"));
  serve_until([&] { return ui_.checkpoint.get() != shown; });
  EXPECT_FALSE(ui_.checkpoint->news->experts[0]);
}

// 60 layers of 256 experts, as DeepSeek-V3's: every cell that is drawn can be hit, and a frame stays small.
TEST_F(CheckpointPanels, ManyLayersAndExpertsStayAFewThousandCells) {
  open();
  constexpr std::size_t kLayers = 60, kExperts = 256;
  auto facts = std::make_shared<CheckpointFacts>(ui_.checkpoint->facts());
  ExpertLayer layer = facts->model.layers[0];
  layer.experts.resize(kExperts, layer.experts[0]);
  facts->model.layers.assign(kLayers, layer);
  for (std::size_t l = 0; l < kLayers; ++l) facts->model.layers[l].layer = static_cast<std::int32_t>(l + 3);
  auto router = std::make_shared<RouterFigures>();
  auto experts = std::make_shared<ExpertFigures>();
  router->cosines = experts->cosines = PairFigures(kExperts);
  for (std::size_t e = 0; e < kExperts; ++e) {
    router->norms.push_back(1 + 0.01 * static_cast<double>(e % 7));
    experts->norms.push_back({1, 2, 3});
    experts->whole.push_back(e == 200 ? 9 : 4);
  }
  for (float& value : experts->cosines.values) value = 0.01F;
  experts->cosines.at(17, 201) = 0.9F;
  for (float& value : router->cosines.values) value = -0.02F;
  router->effective_rank = 200;
  auto news = std::make_shared<CheckpointNews>(*ui_.checkpoint->news);
  news->facts = facts;
  news->routers.assign(kLayers, router);
  news->experts.assign(kLayers, experts);
  ui_.checkpoint->news = news;
  for (const std::string_view id : ids_of_panels())
    for (const ImVec2 size : {ImVec2(420, 200), ImVec2(640, 460), ImVec2(40, 30)}) {
      Shown bench(id, ui_, size);
      bench.frame();
      bench.window.move({size.x / 2, size.y / 2});
      bench.frame();
      EXPECT_LT(ImGui::GetDrawData()->TotalVtxCount, 120'000) << id;
      EXPECT_TRUE(bench.out.empty());
    }
  Shown cosines("expert-cosines", ui_, {420, 300});
  EXPECT_EQ(cosines.table().rows().size(), kExperts * (kExperts - 1) / 2);
  // Of several pairs in a cell the one that stands out is the one a click is on.
  const Registry::Item item = *cosines.window.registry.find("Expert cosines/cosines");
  bool is_found = false;
  for (float y = item.min.y + 16; y < item.min.y + 60 && !is_found; y += 3)
    for (float x = item.min.x + 0.7f * (item.max.x - item.min.x); x < item.max.x && !is_found; x += 3) {
      cosines.window.move({x, y});
      viz::feed_mouse_button(0, true);
      cosines.frame();
      viz::feed_mouse_button(0, false);
      cosines.frame();
      is_found = ui_.checkpoint->expert == ExpertPlace{0, 17};
    }
  EXPECT_TRUE(is_found);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
