// What panels are made of, without a screen: labels, words, health of loads, means over stretches of steps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "app/panels/parts/load_health.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/time_plots.h"
#include "app/panels/parts/token_text.h"
#include "app/run/derived/binned.h"
#include "app/run/words/event_words.h"
#include "tests/app/panels/panel_scene.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using scene::Scene;
using scene::Shape;

RunEvent event_of(EventKind kind, std::vector<RunEvent::Change> changes = {}) {
  RunEvent event;
  event.kind = kind;
  event.step = 1;
  event.changes = std::move(changes);
  return event;
}

TEST(EventLabel, NamesTheChangeInFewWords) {
  const History history;
  const auto label = [&](const RunEvent& event) { return event_label(history, event); };
  EXPECT_EQ(label(event_of(EventKind::set, {{"top_k", "1", "2"}})), "Top-k 1→2");
  const RunEvent two = event_of(EventKind::set, {{"top_k", "1", "2"}, {"experts", "8", "16"}});
  EXPECT_EQ(label(two), "Top-k 1→2 +1");
  EXPECT_EQ(event_title(history, two), "Top-k 1→2, Experts 8→16");
  EXPECT_EQ(label(event_of(EventKind::reset)), "Reset");
  RunEvent kept = event_of(EventKind::keep);
  EXPECT_EQ(label(kept), "Kept");
  kept.message = "mine";
  EXPECT_EQ(label(kept), "Kept as mine");
  RunEvent health = event_of(EventKind::health);
  HealthAlert& alert = health.health.emplace();
  alert.kind = AlertKind::starving;
  alert.layer = 2;
  alert.experts = {5};
  EXPECT_EQ(label(health), "Layer 2: E05 starving");
  health.kind = EventKind::health_end;
  alert.experts = {1, 5};
  EXPECT_EQ(label(health), "Layer 2: E01, E05 starving, over");
}

// Of a router that flickers a plot has half the marks, and the timeline all.
TEST(EventMarks, EndsOfAlertsHaveMarksOnTheTimelineAlone) {
  History history;
  const auto happens = [&](std::int64_t step, bool ends) {
    RunEvent event = event_of(ends ? EventKind::health_end : EventKind::health);
    event.step = step;
    event.health.emplace().kind = AlertKind::starving;
    history.append(event);
  };
  for (int i = 0; i < 150; ++i) happens(2 * i, false), happens(2 * i + 1, true);
  const viz::Theme theme = viz::dark();
  const EventMarks plot(history, theme, true), timeline(history, theme, false, 33, true);
  ASSERT_EQ(plot.marks().size(), 150u);
  for (const viz::EventMark& mark : plot.marks()) EXPECT_EQ(std::fmod(mark.x, 2), 0) << "beginnings alone";
  EXPECT_FALSE(plot.marks()[0].label.empty());
  ASSERT_EQ(timeline.marks().size(), 201u) << "the newest 200, and where one stands";
  EXPECT_EQ(timeline.marks()[0].x, 100);
  EXPECT_EQ(timeline.marks()[200].x, 33);
}

TEST(TokenText, QuotesAndContext) {
  EXPECT_EQ(quoted_token("3"), "'3'");
  EXPECT_EQ(quoted_token("\n"), "'\\n'");
  EXPECT_THAT(characters("aé→"), testing::ElementsAre("a", "é", "→"));
  ProbeTokens tokens;
  tokens.sequence_length = 4;
  tokens.text = {"a", "b", "\n", "d", "e", "f", "g", "h"};
  EXPECT_EQ(context_before(tokens, 3, 2), "…b↵");
  EXPECT_EQ(context_before(tokens, 5, 9), "e");  // never across sequences
  EXPECT_EQ(context_after(tokens, 1, 9), "↵d");
  EXPECT_EQ(context_after(tokens, 4, 1), "f…");
}

// Four experts with shares 1, 2, 3 and 4 tenths: u = 4 f.
// In the place of a panel that has nothing to show: in as many lines as they need, and the hint only where there
// is room.
TEST(Words, ASentenceInPlaceOfAPanelIsWholeWhereItCanBe) {
  const Scene run{Shape{}};
  const std::string sentence = "how many experts does the model need, and which",
                    hint = "at once and after it learned on";
  const auto seen = [&](ImVec2 size) {
    scene::Headless window(size);
    window.frame([&] { draw_empty(run.input(), sentence, hint); });
    const Registry::Item* const item = window.registry.find("empty");
    if (!item) return std::string("nothing");
    EXPECT_GE(item->min.y, 0);
    EXPECT_LE(item->max.y, size.y + 0.5f);
    return item->text;
  };
  EXPECT_EQ(seen({640, 100}), sentence + " " + hint);
  EXPECT_EQ(seen({160, 200}), sentence + " " + hint) << "in several lines";
  EXPECT_EQ(seen({640, 40}), sentence) << "no room for both";
  EXPECT_THAT(seen({160, 44}), testing::StartsWith("how many experts"));
  EXPECT_THAT(seen({160, 44}), testing::EndsWith("…"));
}

// Two words more than a line holds are not left alone below it.
TEST(Words, LinesInPlaceOfAPanelAreAboutAsLongAsEachOther) {
  const Scene run{Shape{}};
  const std::string sentence = "how many experts does the model need, and which of them";
  const auto width_in = [&](float width) {
    scene::Headless window({width, 200});
    window.frame([&] { draw_empty(run.input(), sentence); });
    const Registry::Item* const item = window.registry.find("empty");
    EXPECT_TRUE(item);
    return item ? std::pair(item->max.x - item->min.x, item->max.y - item->min.y) : std::pair(0.0f, 0.0f);
  };
  const auto [whole, line] = width_in(2000);
  const auto [two, lines] = width_in(whole - 2);
  EXPECT_NEAR(lines, 2 * line, 1);
  EXPECT_LT(two, 0.65f * whole) << "the longer of both";
}

TEST(Words, ANumberAndItsPercentSignStayTogether) {
  const Scene run{Shape{}};
  scene::Headless window({640, 360});
  window.frame([&] {
    const PanelInput in = run.input();
    const float line = words_height(in, viz::Font::small, "90", 1);
    EXPECT_EQ(words_height(in, viz::Font::small, "90 percent", 1), 3 * line)
        << "a space has a line too where it must";
    EXPECT_EQ(words_height(in, viz::Font::small, "90 %", 1), line);
    EXPECT_EQ(words_height(in, viz::Font::small, "of 90 %, 4 %", 1), 5 * line) << "of | | 90 %, | | 4 %";
  });
}

TEST(LoadHealth, UtilisationIsNTimesF) {
  const Shape shape{.layers = 1, .experts = 4};
  const Scene run(shape);
  const std::vector<ExpertLoad> loads = expert_loads(run.view.history, 0);
  ASSERT_EQ(loads.size(), 4u);
  for (std::size_t e = 0; e < 4; ++e) {
    EXPECT_NEAR(loads[e].now, 0.4 * static_cast<double>(e + 1), 1e-6);
    EXPECT_NEAR(loads[e].window_mean, loads[e].now, 1e-6);
    EXPECT_GE(loads[e].window_expected, 100);
    EXPECT_EQ(loads[e].state, LoadState::healthy);
  }
  EXPECT_TRUE(expert_loads(run.view.history, 1).empty());
  EXPECT_TRUE(expert_loads(History(), 0).empty());
}

TEST(LoadHealth, DeadAndStarvingNeedAFullWindow) {
  // 40 choices a step over 4 experts: 10 expected of each, so 10 steps make the 100 it takes to judge.
  StepRecord step;
  step.layers.resize(1);
  step.layers[0].counts = {0, 0.5f, 19.5f, 20};
  step.layers[0].mean_prob = {0.25f, 0.25f, 0.25f, 0.25f};
  History history;
  for (int i = 1; i <= 9; ++i) {
    step.step = i;
    history.append(step);
  }
  EXPECT_EQ(expert_loads(history, 0)[0].state, LoadState::healthy);
  for (int i = 10; i <= 12; ++i) {
    step.step = i;
    history.append(step);
  }
  const std::vector<ExpertLoad> loads = expert_loads(history, 0);
  EXPECT_EQ(loads[0].state, LoadState::dead);
  EXPECT_EQ(loads[1].state, LoadState::starving);
  EXPECT_EQ(loads[2].state, LoadState::healthy);
  EXPECT_EQ(loads[0].window_steps, 10u);

  // A new model starts with a clean slate.
  step.step = 1;
  step.model_id = 1;
  history.append(step);
  EXPECT_EQ(expert_loads(history, 0)[0].state, LoadState::healthy);
}

std::vector<double> steps(std::size_t count) {
  std::vector<double> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<double>(i);
  return x;
}

TEST(Bins, EndsStayWhereTheyAreAsTheRunGrows) {
  const std::vector<double> shorter = steps(1000), longer = steps(1020);
  const Bins before = make_bins(shorter, 0, 999, 100), after = make_bins(longer, 0, 1019, 100);
  EXPECT_EQ(before.width, 16);  // the smallest power of two with at most 100 of them
  EXPECT_EQ(after.width, 16);
  ASSERT_EQ(before.x.size(), 63u);
  for (std::size_t i = 0; i + 1 < before.x.size(); ++i) {
    EXPECT_EQ(before.edges[i], 16 * i);
    EXPECT_EQ(after.x[i], before.x[i]);
  }
  EXPECT_EQ(before.edges.back(), 1000u);
}

TEST(Bins, NarrowViewsShowEverySampleAndItsNeighbourOutside) {
  const std::vector<double> x = steps(100);
  const Bins bins = make_bins(x, 10, 14, 100);
  EXPECT_EQ(bins.width, 1);
  EXPECT_THAT(bins.x, testing::ElementsAre(9, 10, 11, 12, 13, 14));
  EXPECT_TRUE(make_bins(viz::View<double>(), 0, 1, 10).x.empty());
}

TEST(Bins, MeansPassOverWhatIsMissing) {
  const std::vector<double> x = steps(8);
  const float none = static_cast<float>(kMissing);
  const std::vector<float> y{1, 3, none, 5, none, none, 2, none};
  std::vector<float> out;
  bin_means(make_bins(x, 0, 7, 4), y, out);
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[0], 2);
  EXPECT_EQ(out[1], 5);
  EXPECT_TRUE(std::isnan(out[2]));
  EXPECT_EQ(out[3], 2);

  // Two columns: y, and ten times y.
  std::vector<float> table, columns;
  for (const float v : y) table.insert(table.end(), {v, 10 * v});
  bin_table(make_bins(x, 0, 7, 4), table.data(), 2, columns);
  ASSERT_EQ(columns.size(), 8u);
  EXPECT_EQ(columns[0], 2);
  EXPECT_EQ(columns[1], 20);
  EXPECT_TRUE(std::isnan(columns[4]));
  EXPECT_EQ(columns[7], 20);
}

// A straight line has the bin's middle as its mean, however few of its samples are read.
TEST(Bins, SampledMeansOfALineAreItsMiddle) {
  const std::vector<double> x = steps(4096);
  std::vector<float> y(x.begin(), x.end()), out;
  const Bins bins = make_bins(x, 0, 4095, 4);
  bin_means(bins, y, out);
  ASSERT_EQ(out.size(), 4u);
  for (std::size_t b = 0; b < 4; ++b) EXPECT_NEAR(out[b], 1024.0 * static_cast<double>(b) + 511.5, 0.75);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
