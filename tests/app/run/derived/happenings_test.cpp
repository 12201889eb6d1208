// What happened in a run as a list, kept from frame to frame.
#include "app/run/derived/happenings.h"

#include <gmock/gmock.h>

#include "tests/support/fake_trainer.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;

RunEvent edit(std::int64_t step, const char* before, const char* after) {
  RunEvent event;
  event.kind = EventKind::set;
  event.step = step;
  event.changes = {{"top_k", before, after}};
  return event;
}

RunEvent alert_event(std::int64_t step, int layer, std::vector<std::int32_t> experts, bool ends = false) {
  RunEvent event;
  event.kind = ends ? EventKind::health_end : EventKind::health;
  event.step = step;
  event.health.emplace();
  event.health->kind = AlertKind::dead;
  event.health->layer = layer;
  event.health->experts = std::move(experts);
  return event;
}

std::vector<std::string> rows_of(const History& history, const std::vector<KeptStep>& kept = {}) {
  std::vector<std::string> out;
  for (const HappeningRow& row : happenings(history, kept).rows) out.push_back(row.what);
  return out;
}

TEST(Happenings, OfAlertsInARowEachLayerCountsAsItWasToldLast) {
  History history;
  history.append(alert_event(1, 2, {1}));
  history.append(alert_event(2, 0, {4}));
  history.append(alert_event(3, 2, {1, 7}));
  EXPECT_THAT(rows_of(history), ElementsAre("Layers 0 and 2: 3 experts dead"));
  history.append(alert_event(4, 2, {1, 7}, true));
  history.append(alert_event(5, 0, {4}, true));
  EXPECT_THAT(rows_of(history),
              ElementsAre("Layers 0 and 2: 3 experts dead", "Layers 0 and 2: 3 experts dead, over"));
}

TEST(Happenings, OneLayerToldTwiceIsNamedWithItsExperts) {
  History history;
  history.append(alert_event(1, 2, {1}));
  history.append(alert_event(3, 2, {1, 7}));
  EXPECT_THAT(rows_of(history), ElementsAre("Layer 2: E01, E07 dead"));
}

// The watch tells at the end whom it saw last; people know an alert by whom it began with.
TEST(Happenings, TheEndOfAnAlertNamesThoseItBeganWith) {
  History history;
  history.append(alert_event(1, 2, {3}));
  history.append(alert_event(2, 0, {6}));
  history.append(alert_event(9, 2, {5}, true));
  history.append(alert_event(12, 2, {1}));
  const HappeningList list = happenings(history, {});
  ASSERT_EQ(list.all.size(), 4u);
  EXPECT_EQ(list.all[0].what, "Layer 2: E03 dead");
  EXPECT_EQ(list.all[2].what, "Layer 2: E03, E05 dead, over") << "not of the other layer, nor of what began later";
  EXPECT_THAT(list.all[2].alert->experts, ElementsAre(3, 5)) << "a click lights the first of them";
}

// At no time all of them had the tokens.
TEST(Happenings, TheEndOfACollapseNamesThoseItBeganOnto) {
  History history;
  for (RunEvent event : {alert_event(1, 2, {3}), alert_event(9, 2, {5}, true)}) {
    event.health->kind = AlertKind::collapsed;
    history.append(event);
  }
  EXPECT_THAT(rows_of(history), ElementsAre("Layer 2: collapsed onto E03", "Layer 2: collapsed onto E03, over"));
}

TEST(Happenings, OtherRemediesAreAnotherRow) {
  History history;
  history.append(alert_event(1, 0, {1}));
  RunEvent other = alert_event(2, 1, {1});
  other.health->remedy = {{"aux_coef", "0.05"}};
  history.append(other);
  EXPECT_THAT(rows_of(history), ElementsAre("Layer 0: E01 dead", "Layer 1: E01 dead"));
}

// Of steps that were kept those count that still are, once that is known.
TEST(Happenings, WhatWasKeptIsListedOnce) {
  History history;
  RunEvent keep;
  keep.kind = EventKind::keep;
  keep.step = 7;
  keep.message = "mine";
  history.append(keep);
  EXPECT_THAT(rows_of(history), ElementsAre("Kept as mine"));
  EXPECT_THAT(rows_of(history, {{5, "", "at intervals", 1.5, "5", 1}, {7, "mine", "by name", 1.5, "7", 1}}),
              ElementsAre("Kept, at intervals", "Kept as mine"));
}

class HappeningsKept : public testing::Test {
 protected:
  HappeningsKept() {
    for (const int step : {5, 6, 7}) history_.append(edit(step, "1", "2"));
  }
  // Lists worked out so far, after one more frame asked.
  std::size_t asked() {
    cache_.of(history_, kept_);
    return cache_.worked_out();
  }

  History history_;
  // Without a validation the loss is NaN, which does not equal itself.
  std::vector<KeptStep> kept_{{10, "", "at intervals", kMissing, "/runs/a/10", 1},
                              {20, "", "at intervals", kMissing, "/runs/a/20", 1}};
  HappeningCache cache_;
};

TEST_F(HappeningsKept, NothingIsWorkedOutAnewWhereNothingChanged) {
  EXPECT_EQ(asked(), 1u);
  EXPECT_EQ(asked(), 1u);
  kept_ = std::vector<KeptStep>(kept_);  // read again
  EXPECT_EQ(asked(), 1u);
  // The first step tells how many experts there are; those after it nothing new.
  history_.append(test::fake_record(Config{}, 8));
  EXPECT_EQ(asked(), 2u);
  for (int step = 9; step < 40; ++step) history_.append(test::fake_record(Config{}, step));
  EXPECT_EQ(asked(), 2u);
}

TEST_F(HappeningsKept, AnEventAndWhatIsKeptAreTakenUp) {
  const auto last = [&] { return cache_.of(history_, kept_).rows.back().what; };
  EXPECT_EQ(last(), "Kept, at intervals");
  history_.append(edit(30, "2", "3"));
  EXPECT_EQ(last(), "Top-k 2→3");
  EXPECT_EQ(asked(), 2u);
  history_.go_on_from(29);
  EXPECT_EQ(last(), "Kept, at intervals");
  EXPECT_EQ(asked(), 3u);
  kept_.back().name = "mine";
  EXPECT_EQ(last(), "Kept as mine");
  EXPECT_EQ(asked(), 4u);
  kept_.erase(kept_.begin());
  EXPECT_EQ(cache_.of(history_, kept_).all.size(), 4u);
  EXPECT_EQ(asked(), 5u);
  kept_.clear();
  EXPECT_EQ(last(), "Top-k 1→2");
  EXPECT_EQ(asked(), 6u);
}

// As many events as before, the last where it was, and yet another.
TEST_F(HappeningsKept, WhatTookAForgottenOnesPlaceIsTakenUp) {
  for (int step = 8; step < 40; ++step) history_.append(test::fake_record(Config{}, step));
  history_.append(edit(30, "2", "3"));
  EXPECT_EQ(cache_.of(history_, kept_).rows.back().what, "Top-k 2→3");
  history_.go_on_from(29);
  history_.append(edit(30, "2", "4"));
  EXPECT_EQ(cache_.of(history_, kept_).rows.back().what, "Top-k 2→4");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
