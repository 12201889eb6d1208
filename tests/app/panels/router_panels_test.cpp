// What the router is worth: zoo, reference routes, prune bench and route diff, as figures and as panels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "app/panels/causes/marks.h"
#include "app/panels/causes/prune_plot.h"
#include "app/panels/causes/reference_plot.h"
#include "app/panels/causes/route_diff_sides.h"
#include "app/panels/causes/route_diff_view.h"
#include "app/panels/causes/zoo_plot.h"
#include "core/causes/cause_report.h"
#include "tests/app/panels/panel_bench.h"
#include "viz/canvas/canvas_svg.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

viz::CanvasSvg sheet() {
  return viz::CanvasSvg({}, {}, [](std::string_view text, viz::Font) {
    return viz::Point{6 * static_cast<float>(text.size()), 12};
  });
}

ZooLayer zoo_layer() {
  ZooLayer layer{.block = 0, .experts = 4, .no_regret = {}, .sampled = false, .rows = {}};
  const auto add = [&](Gate gate, std::vector<std::int64_t> load, double overlap, double regret) -> ZooRow& {
    ZooRow& row = layer.rows.emplace_back();
    row.gate = gate, row.load = std::move(load), row.overlap = overlap, row.regret = regret;
    row.load_peak = 1.5, row.load_entropy = 0.9, row.entropy = 0.862, row.dropped = 0.048, row.loss = 2.0473;
    return row;
  };
  add(Gate::softmax_renormalised, {30, 30, 20, 20}, 1, 0.5209).as_trained = true;
  add(Gate::base, {25, 25, 25, 25}, 0.832, 0.5137);
  add(Gate::random, {20, 26, 24, 30}, 0.244, 1.0824).entropy = kMissing;
  ZooRow refused;
  refused.gate = Gate::expert_choice, refused.refused = "the look is too short";
  layer.rows.push_back(refused);
  return layer;
}

TokenGroups two_domains() {
  TokenGroups groups;
  groups.groups = {{GroupKind::all, "", {0, 1, 2, 3}, {}},
                   {GroupKind::domain, "lists", {0, 1}, {}},
                   {GroupKind::domain, "code", {2, 3}, {}}};
  groups.labels = {"lists", "code"};
  return groups;
}

ReferenceRoutes references(double learned, RouterPlace place) {
  ReferenceRoutes routes{.groups = two_domains(), .routes = {}, .sampled = false, .place = place};
  const auto add = [&](Reference reference, double loss) {
    routes.routes.push_back({reference, {}, loss, 0.4, {loss, loss + 0.1, loss - 0.1}});
  };
  add(Reference::learned, learned), add(Reference::label, 2.6), add(Reference::best, 1.4),
      add(Reference::random, 2.8);
  routes.routes.push_back({Reference::hash, "points have no characters", kMissing, kMissing, {}});
  return routes;
}

PruneBench bench_of_eight() {
  PruneBench bench;
  bench.loss = 2;
  bench.whole = {{0, 50, 100}, {2, 1.95, 1.9}, 4};
  const auto add = [&](PruneMethod method, std::int64_t kept, double at_once, double later, std::int64_t back) {
    bench.points.push_back({method, kept, {{0, 50, 100}, {at_once, 2.01, later}, 4}, back, {}, {}});
  };
  add(PruneMethod::frequency, 6, 2.01, 1.91, 0), add(PruneMethod::frequency, 4, 2.6, 1.95, 50);
  add(PruneMethod::random, 6, 2.3, 1.93, 50), add(PruneMethod::random, 4, 3.4, 2.1, -1);
  bench.points.push_back({PruneMethod::merge, 6, {{0, 50, 100}, {2.1, 2, 1.92}, 4}, 50, {}, {}});
  bench.points.push_back({PruneMethod::merge, 4, {}, -1, {}, "groups of 8 experts"});
  return bench;
}

RouteDiff diff_of(double changed) {
  RouteDiff diff{.groups = two_domains(), .tokens = 5120, .loss_a = 2.0173, .loss_b = 2.4437, .layers = {}};
  for (const double share : {changed / 2, changed}) {
    LayerRouteDiff layer;
    layer.experts = 4, layer.changed = share, layer.first_changed = share / 2, layer.kept_share = 1 - share / 2;
    layer.matched = share, layer.changed_by_group = {share, share, changed == 0 ? 0 : share - 0.1};
    diff.layers.push_back(layer);
  }
  return diff;
}

template <class Found>
std::shared_ptr<const CauseReport> report_of_found(Cause cause, Found found, const std::string& other = {}) {
  auto report = std::make_shared<CauseReport>();
  report->asked.what = cause, report->asked.other = other;
  report->step = 400, report->other_step = 100;
  report->config.experts = 8;
  report->found = std::move(found);
  return report;
}

std::shared_ptr<const CauseReport> made_report(Cause cause) {
  switch (cause) {
    case Cause::zoo:
      return report_of_found(cause, std::vector<ZooLayer>{zoo_layer(), zoo_layer()});
    case Cause::routes:
      return report_of_found(cause, references(2.05, RouterPlace::within));
    case Cause::prune:
      return report_of_found(cause, bench_of_eight());
    default:
      return report_of_found(Cause::route_diff, diff_of(0.75), "/runs/this/checkpoints/step-100.safetensors");
  }
}

struct RouterPanel {
  Cause cause;
  const char *id, *title, *button, *figure;
};
constexpr RouterPanel kRouterPanels[] = {
    {Cause::zoo, "zoo", "Router zoo", "Try every gate", "gates"},
    {Cause::routes, "routes", "Reference routes", "Try reference routes", "references"},
    {Cause::prune, "prune", "Prune and merge bench", "Prune and merge", "losses"},
    {Cause::route_diff, "route-diff", "Route diff", "Compare routes", "route diff matrix"}};

// A run that learns and can be asked.
struct AskedBench : Bench {
  explicit AskedBench(const RouterPanel& panel, ImVec2 size = {640, 360}) : Bench(panel.id, {}, size) {
    auto config = std::make_shared<Config>();
    config->experts = 8;
    run.status.config = config;
    run.status.state = RunState::playing;
    run.status.model_id = 1;
    run.status.step = 450;
    run.status.run_folder = "/runs/this";
    run.view.id = "this";
    run.view.kept_steps = {
        {.step = 100, .name = {}, .why = {}, .file = "/runs/this/checkpoints/step-100.safetensors"},
        {.step = 300, .name = "good", .why = {}, .file = "/runs/this/checkpoints/good.safetensors"}};
  }
  void answer(Cause cause) { run.view.causes[static_cast<std::size_t>(cause)] = made_report(cause); }
  std::string said(const RouterPanel& panel, const std::string& name) {
    const auto* item = window.registry.find(std::string(panel.title) + "/" + name);
    return item ? item->text : "not there: " + name;
  }
};

// --- parts

TEST(Marks, NamesAreSpreadOutWhereTheyWouldOverlap) {
  EXPECT_THAT(spread_out(std::vector<float>{10, 40, 70}, 14, 0, 100), ElementsAre(10, 40, 70));
  EXPECT_THAT(spread_out(std::vector<float>{52, 50}, 14, 0, 100), ElementsAre(64, 50));
  // Back from the end, in the order of what they name.
  EXPECT_THAT(spread_out(std::vector<float>{99, 98, 97}, 14, 0, 100), ElementsAre(93, 79, 65));
  EXPECT_TRUE(spread_out({}, 14, 0, 100).empty());
}

// --- zoo

std::string zoo_svg(float width, int lit = -1, const ZooRoom& room = {}) {
  viz::CanvasSvg canvas = sheet();
  draw_zoo_plot(canvas, {0, 0, width, 240}, zoo_layer(), room, lit, -1, viz::dark(), 1);
  return canvas.document({});
}

TEST(ZooPlot, HasARowAGateWithItsFiguresAndTheFairShare) {
  const std::string wide = zoo_svg(640);
  EXPECT_THAT(wide, AllOf(HasSubstr(">softmax-renormalised<"), HasSubstr(">base<"), HasSubstr(">random<"),
                          HasSubstr(">the look is too short<"), HasSubstr("dashed: fair"), HasSubstr(">83.2 %<"),
                          HasSubstr(">1.082<"), HasSubstr(">1.50×<"), HasSubstr(">4.8 %<"), HasSubstr(">–<")));
  // Four bars a gate on one scale, which ends at the largest load of all: 1.2 fair shares.
  EXPECT_THAT(wide,
              AllOf(HasSubstr("height=\"46\" fill=\"#e69f00\""), HasSubstr("height=\"38.33\" fill=\"#e69f00\"")));
}

// Of a model that drops nothing nobody is told that half of it is dropped.
TEST(ZooPlot, WhatWouldBeOverCapacityIsCalledSoWhereNothingIsDropped) {
  EXPECT_THAT(zoo_svg(640), AllOf(HasSubstr(">dropped<"), Not(HasSubstr(">capacity<"))));
  const ZooRoom dropless{1.5, false};
  EXPECT_THAT(zoo_svg(640, -1, dropless),
              AllOf(HasSubstr(">over<"), HasSubstr(">capacity<"), Not(HasSubstr(">dropped<"))));
  EXPECT_EQ(zoo_room_words({}), "");
  EXPECT_EQ(
      zoo_room_words(dropless),
      "Over capacity: the share of choices that would find no room at capacity factor 1.5, these tokens as one "
      "batch. Training drops none: its overflow is dropless.");
}

TEST(ZooPlot, LeavesOutTheLeastTellingColumnFirst) {
  const std::string narrow = zoo_svg(420);
  EXPECT_THAT(narrow, AllOf(HasSubstr(">overlap<"), HasSubstr(">regret<"), Not(HasSubstr(">peak<"))));
}

TEST(ZooPlot, HasNoColumnOfRegretThatNobodyAskedFor) {
  ZooLayer layer = zoo_layer();
  for (ZooRow& row : layer.rows) row.regret = kMissing;
  viz::CanvasSvg canvas = sheet();
  draw_zoo_plot(canvas, {0, 0, 640, 240}, layer, {}, -1, -1, viz::dark(), 1);
  EXPECT_THAT(canvas.document({}), AllOf(HasSubstr(">overlap<"), Not(HasSubstr(">regret<"))));
  EXPECT_EQ(zoo_words(layer), "");
}

TEST(ZooPlot, FindsGateAndExpertUnderThePoint) {
  viz::CanvasSvg canvas = sheet();
  const ZooLayer layer = zoo_layer();
  const viz::Rect rect{0, 0, 640, 240};
  int found = 0;
  for (float x = 0; x < 640; x += 4) {
    const ZooPlace place = zoo_place(canvas, rect, layer, {}, {x, 60}, 1);
    EXPECT_EQ(place.row, 0);
    if (place.expert >= 0) ++found;
  }
  EXPECT_GT(found, 4);
  EXPECT_EQ(zoo_place(canvas, rect, layer, {}, {300, 10}, 1).row, -1);
  EXPECT_EQ(zoo_place(canvas, rect, layer, {}, {300, 239}, 1).expert, -1) << "one that was not tried has no load";
  EXPECT_DOUBLE_EQ(zoo_utilisation(layer.rows[0], 0), 1.2);
}

TEST(ZooPlot, SaysWhichGateLosesLeastAndWhy) {
  ZooLayer layer = zoo_layer();
  EXPECT_EQ(zoo_words(layer),
            "Best sets would save 0.521 nats a token against the trained gate's; least with base: 0.514; most "
            "with random: 1.082.");
  layer.sampled = true;
  EXPECT_THAT(zoo_words(layer), HasSubstr("lower bounds"));
  layer.no_regret = "experts choose tokens";
  EXPECT_EQ(zoo_words(layer), "No regret: experts choose tokens.");
}

// --- references

std::string reference_svg(const ReferenceRoutes& routes) {
  viz::CanvasSvg canvas = sheet();
  draw_reference_plot(canvas, {0, 0, 560, 200}, routes, -1, viz::dark(), 1);
  return canvas.document({});
}

TEST(ReferencePlot, NamesEveryReferenceWhereItLiesAndSaysWhereTheRouterIs) {
  const ReferenceRoutes routes = references(2.0, RouterPlace::within);
  EXPECT_THAT(reference_svg(routes),
              AllOf(HasSubstr(">best sets 1.400<"), HasSubstr(">learned 2.000<"), HasSubstr(">by domain 2.600<"),
                    HasSubstr(">random 2.800<"), Not(HasSubstr(">hash")), HasSubstr(">lists<"),
                    HasSubstr(">code<"), HasSubstr("loss in nats")));
  EXPECT_NEAR(way_from_chance(routes), 0.8 / 1.4, 1e-12);
  EXPECT_THAT(reference_words(routes), AllOf(HasSubstr("between"), HasSubstr("57 %")));
  EXPECT_EQ(reference_missing(routes), "No hash: points have no characters.");
}

TEST(ReferencePlot, ARouterOutsideIsSaidAndDrawnSo) {
  const ReferenceRoutes worse = references(3.0, RouterPlace::worse_than_chance);
  EXPECT_THAT(reference_words(worse), AllOf(HasSubstr("outside"), HasSubstr("by chance"), Not(HasSubstr("%"))));
  const ReferenceRoutes within = references(2.0, RouterPlace::within);
  const viz::Colour warn = viz::dark().warn;
  const std::string colour = [&] {
    char text[8];
    std::snprintf(text, sizeof text, "#%02x%02x%02x", static_cast<unsigned>(viz::red(warn)),
                  static_cast<unsigned>(viz::green(warn)), static_cast<unsigned>(viz::blue(warn)));
    return std::string(text);
  }();
  EXPECT_THAT(reference_svg(worse), HasSubstr(colour));
  EXPECT_THAT(reference_svg(within), Not(HasSubstr(colour)));
}

// --- prune

TEST(PrunePlot, LinesBeginAtTheWholeModelAndLeaveOutWhatCannotBe) {
  const PruneBench bench = bench_of_eight();
  const std::vector<PruneLine> lines = prune_lines(bench, 8, PruneMoment::at_once);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0].kept, ElementsAre(8, 6, 4));
  EXPECT_THAT(lines[0].loss, ElementsAre(2, 2.01, 2.6));
  EXPECT_EQ(lines[2].method, PruneMethod::merge);
  EXPECT_THAT(lines[2].kept, ElementsAre(8, 6));
  EXPECT_THAT(prune_lines(bench, 8, PruneMoment::learned_on)[1].loss, ElementsAre(1.9, 1.93, 2.1));
}

TEST(PrunePlot, EveryLineIsNamedAndTheWholeModelIsALine) {
  viz::CanvasSvg canvas = sheet();
  draw_prune_plot(canvas, {0, 0, 300, 200}, bench_of_eight(), 8, PruneMoment::learned_on, viz::dark(), 1);
  EXPECT_THAT(canvas.document({}),
              AllOf(HasSubstr(">frequency<"), HasSubstr(">merge<"), HasSubstr(">random<"),
                    HasSubstr("whole model 1.900"), HasSubstr("after 100 steps"),
                    HasSubstr("experts kept in each layer"), HasSubstr(">8<"), HasSubstr(">4<")));
}

TEST(PrunePlot, TellsWhenEachWasAsGoodAgain) {
  const PruneBench bench = bench_of_eight();
  EXPECT_EQ(recovery_text(bench, bench.points[0]), "at once");
  EXPECT_EQ(recovery_text(bench, bench.points[1]), "50 · 2 s");
  EXPECT_EQ(recovery_text(bench, bench.points[3]), "not in 100");
  EXPECT_EQ(recovery_text(bench, bench.points[5]), "cannot be");
  EXPECT_EQ(
      prune_words(bench),
      "With 4 experts left frequency (+0.600 nats) loses least at once; after 100 steps frequency (+0.050 nats).");
}

// --- route diff

TEST(RouteDiffView, ASharesIsACellByLayerMeasureAndDomain) {
  const RouteDiff diff = diff_of(0.75);
  const RouteDiffView view = route_diff_view(diff);
  EXPECT_THAT(view.columns, ElementsAre("set", "renamed", "best", "lists", "code"));
  EXPECT_THAT(route_diff_view(diff, true).columns, ElementsAre("set", "lists", "code"));
  EXPECT_THAT(view.rows, ElementsAre("layer 0", "layer 1"));
  ASSERT_EQ(view.shares.size(), 10u);
  EXPECT_FLOAT_EQ(view.shares[5], 0.75f);
  EXPECT_FLOAT_EQ(view.shares[9], 0.65f);
  EXPECT_EQ(route_diff_words(diff), "Most in layer 1: 75.0 % another set of experts, 37.5 % another best one.");
  EXPECT_EQ(route_diff_cell(diff, view, 1, 4), "65.0 % of 2 tokens of code have another set of experts");
}

TEST(RouteDiffView, AgainstItselfNothingDiffers) {
  const RouteDiff diff = diff_of(0);
  for (const float share : route_diff_view(diff).shares) EXPECT_EQ(share, 0);
  EXPECT_EQ(route_diff_words(diff), "No set of experts differs, in any layer and of any of 5,120 tokens.");
}

TEST(RouteDiffSides, AreKeptStepsOtherRunsAndTheModelItself) {
  AskedBench bench(kRouterPanels[3]);
  RunView other;
  other.id = "other", other.called = "Top-k: 2 to 1";
  other.status.run_folder = "/runs/other";
  PanelInput in = bench.run.input(bench.exports);
  in.others = {&other};
  const std::vector<RouteSide> sides = route_sides(in);
  ASSERT_EQ(sides.size(), 5u);
  EXPECT_EQ(sides[0].label, "good, step 300");
  EXPECT_EQ(sides[1].label, "step 100");
  EXPECT_EQ(sides[2].other, "/runs/other");
  EXPECT_EQ(sides[3].label, "itself in bf16");
  EXPECT_EQ(sides[4].label, "itself");
  EXPECT_EQ(route_side(in, sides, {}), 1u) << "the earliest kept step";
  CauseRequest asked;
  asked.other_precision = Precision::bf16;
  EXPECT_EQ(route_side(in, sides, asked), 3u);
  // Two that are called alike are told apart.
  RunView alike;
  alike.id = "alike", alike.called = other.called;
  alike.status.run_folder = "/runs/20261128T151200Z-stories-x7k2mq";
  in.others = {&other, &alike};
  EXPECT_EQ(route_sides(in)[2].label, "Top-k: 2 to 1 · other");
  EXPECT_EQ(route_sides(in)[3].label, "Top-k: 2 to 1 · x7k2mq");
  in.others = {&other};
  CauseReport report;
  report.other_step = 100;
  report.asked.other = sides[1].other;
  EXPECT_EQ(other_name(in, report), "step 100");
  report.asked.other = "/runs/other";
  EXPECT_EQ(other_name(in, report), other.label(other.status) + " at step 100");
  report.asked.other = "/home/somebody/runs/gone";
  EXPECT_EQ(other_name(in, report), "another run at step 100") << "a figure holds no path";
  report.asked = asked;
  EXPECT_EQ(other_name(in, report), "itself in bf16");
}

// --- panels

TEST(RouterPanels, AskWithAClickAndSayWhatForUntilThen) {
  for (const RouterPanel& panel : kRouterPanels) {
    AskedBench bench(panel);
    bench.frame();
    bench.frame();
    EXPECT_EQ(bench.why_not(), "nobody has asked it yet") << panel.id;
    EXPECT_TRUE(bench.table().empty());
    ASSERT_TRUE(bench.click(std::string(panel.title) + "/" + panel.button)) << panel.id;
    EXPECT_TRUE(bench.ui.causes[panel.cause].wanted) << panel.id;
  }
}

TEST(RouterPanels, ShowHowFarTheyAreAndAreCancelled) {
  for (const RouterPanel& panel : kRouterPanels) {
    AskedBench bench(panel);
    CauseState& state = bench.ui.causes[panel.cause];
    state.doing = CauseState::Doing::tries;
    state.run = "this", state.done = 3, state.planned = 12;
    bench.frame();
    EXPECT_EQ(bench.said(panel, "progress"), "trial 3 of 12");
    ASSERT_TRUE(bench.click(std::string(panel.title) + "/Cancel")) << panel.id;
    EXPECT_TRUE(state.cancel_wanted) << panel.id;
  }
}

TEST(RouterPanels, ShowTheirAnswerWithItsFigureAndTable) {
  for (const RouterPanel& panel : kRouterPanels) {
    AskedBench bench(panel);
    bench.answer(panel.cause);
    bench.frame();
    bench.frame();
    EXPECT_EQ(bench.why_not(), "") << panel.id;
    EXPECT_THAT(bench.said(panel, panel.figure), Not(HasSubstr("not there"))) << panel.id;
    EXPECT_FALSE(bench.table().empty()) << panel.id;
    EXPECT_TRUE(bench.hover(std::string(panel.title) + "/" + panel.figure)) << panel.id;
    ASSERT_TRUE(bench.click(std::string(panel.title) + "/Again")) << panel.id;
  }
}

TEST(RouterPanels, SayWhyNothingCameOfIt) {
  for (const RouterPanel& panel : kRouterPanels) {
    AskedBench bench(panel);
    CauseState& state = bench.ui.causes[panel.cause];
    state.run = "this", state.why_not = "the run does not learn here any more";
    bench.frame();
    EXPECT_EQ(bench.said(panel, "why not"), state.why_not) << panel.id;
  }
}

TEST(RouterPanels, RefuseWhatHasNoAnswerForThisModel) {
  AskedBench bench(kRouterPanels[2]);
  auto hash = std::make_shared<Config>();
  hash->gate = Gate::hash;
  bench.run.status.config = hash;
  bench.frame();
  bench.frame();
  EXPECT_THAT(bench.why_not(), HasSubstr("gate = hash"));
  EXPECT_FALSE(bench.window.registry.find("Prune and merge bench/Prune and merge"));
}

TEST(RouterPanels, TheOtherSideIsChosenAndAskedFor) {
  AskedBench bench(kRouterPanels[3]);
  bench.frame();
  EXPECT_EQ(bench.ui.causes[Cause::route_diff].asked.other, "/runs/this/checkpoints/step-100.safetensors");
  bench.answer(Cause::route_diff);
  bench.frame();
  EXPECT_THAT(bench.said(kRouterPanels[3], "route diff words"), HasSubstr("Most in layer 1: 75.0 %"));
  EXPECT_EQ(bench.said(kRouterPanels[3], "against what"),
            "Against step 100, whose loss is 2.444 nats; here 2.017.");
}

TEST(RouterPanels, ARouterOutsideIsReported) {
  AskedBench bench(kRouterPanels[1]);
  bench.run.view.causes[static_cast<std::size_t>(Cause::routes)] =
      report_of_found(Cause::routes, references(3.0, RouterPlace::worse_than_chance));
  bench.frame();
  EXPECT_THAT(bench.said(kRouterPanels[1], "place"), HasSubstr("outside"));
}

TEST(RouterPanels, DrawInAnySize) {
  for (const RouterPanel& panel : kRouterPanels)
    for (const ImVec2 size : {ImVec2(20, 20), ImVec2(180, 90), ImVec2(300, 900), ImVec2(1400, 700)})
      for (const float scale : {1.0f, 2.0f}) {
        AskedBench bench(panel, size);
        bench.scale = scale;
        bench.answer(panel.cause);
        bench.window.move({size.x / 2, size.y / 2});
        bench.frame();
        bench.frame();
        const ImDrawData* const data = ImGui::GetDrawData();
        for (int l = 0; l < data->CmdListsCount; ++l)
          for (const ImDrawVert& v : data->CmdLists[l]->VtxBuffer)
            ASSERT_TRUE(std::abs(v.pos.x) < 1e6f && std::abs(v.pos.y) < 1e6f) << panel.id << " " << size.x;
      }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
