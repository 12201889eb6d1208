// What is read again and again takes its share of the time and no more.
#include "app/library/paced_errand.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

template <class T>
std::optional<T> wait_for(PacedErrand<T>& errand) {
  std::optional<T> made;
  for (int i = 0; i < 2000 && !made; ++i) {
    made = errand.take();
    if (!made) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return made;
}

TEST(PacedErrand, RestsAsLongAsWhatItTookAllows) {
  PacedErrand<int> errand;
  EXPECT_EQ(errand.rest_s(), 0);
  errand.begin(
      [](const auto&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return 7;
      },
      nullptr);
  EXPECT_TRUE(errand.is_under_way());
  EXPECT_EQ(wait_for(errand), 7);
  EXPECT_FALSE(errand.is_under_way());
  EXPECT_GE(errand.rest_s(), 0.3 / PacedErrand<int>::kShare);
  // The next one that is quick may be followed at once.
  errand.begin([](const auto&) { return 8; }, nullptr);
  EXPECT_EQ(wait_for(errand), 8);
  EXPECT_LT(errand.rest_s(), 0.3 / PacedErrand<int>::kShare);
}

TEST(PacedErrand, OneThatThrowsGivesNothingAndIsOver) {
  PacedErrand<int> errand;
  errand.begin([](const auto&) -> int { throw std::runtime_error("no disk"); }, nullptr);
  EXPECT_EQ(wait_for(errand), 0);
  EXPECT_FALSE(errand.is_under_way());
  errand.begin([](const auto&) { return 8; }, nullptr);
  errand.let_go();
  EXPECT_FALSE(errand.is_under_way());
  EXPECT_FALSE(errand.take());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
