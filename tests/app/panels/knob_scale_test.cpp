#include "app/panels/knobs/knob_scale.h"

#include <gtest/gtest.h>

#include <cmath>

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

const Knob& knob(std::string_view key) { return *find_knob(key); }

TEST(KnobScale, EverySliderStaysInItsSoftRangeAndReachesBothEnds) {
  for (const Knob& k : knobs()) {
    if (k.type != KnobType::integer && k.type != KnobType::real) continue;
    const bool zero_stop = k.scale == KnobScale::log && k.minimum <= 0;
    EXPECT_DOUBLE_EQ(slider_value(k, 0), zero_stop ? 0 : k.soft_minimum) << k.key;
    EXPECT_DOUBLE_EQ(slider_value(k, 1), k.soft_maximum) << k.key;
    for (int i = 0; i <= 100; ++i) {
      const double value = slider_value(k, static_cast<float>(i) / 100);
      EXPECT_GE(value, zero_stop ? 0 : k.soft_minimum) << k.key;
      EXPECT_LE(value, k.soft_maximum) << k.key;
      if (k.type == KnobType::integer) {
        EXPECT_EQ(value, std::round(value)) << k.key;
      }
    }
  }
}

TEST(KnobScale, TheGrabSitsWhereItWasPut) {
  for (const Knob& k : knobs()) {
    if (k.type != KnobType::integer && k.type != KnobType::real) continue;
    for (int i = 0; i <= 20; ++i) {
      const double value = slider_value(k, static_cast<float>(i) / 20);
      // Through the position and back: rounding has settled.
      EXPECT_NEAR(slider_value(k, slider_position(k, value)), value, 1e-12 * std::max(1.0, value)) << k.key;
    }
  }
}

TEST(KnobScale, ValuesBeyondTheSliderSitAtItsEnds) {
  EXPECT_EQ(slider_position(knob("experts"), 200), 1);
  EXPECT_EQ(slider_position(knob("capacity_factor"), 0.05), 0);
  EXPECT_EQ(slider_position(knob("learning_rate"), 10), 1);
}

TEST(KnobScale, LogSlidersWithZeroHaveItAtTheLeftEnd) {
  const Knob& aux = knob("aux_coef");
  EXPECT_EQ(slider_position(aux, 0), 0);
  EXPECT_GT(slider_position(aux, aux.soft_minimum), 0);
  EXPECT_EQ(slider_value(aux, 0), 0);
  EXPECT_EQ(slider_value(aux, slider_position(aux, 1e-4)), 1e-4);
}

TEST(KnobScale, DragsGiveNumbersAPersonWouldChoose) {
  for (int i = 0; i <= 200; ++i) {
    const float at = static_cast<float>(i) / 200;
    // Two significant digits of a rate.
    EXPECT_LE(value_text(knob("learning_rate"), slider_value(knob("learning_rate"), at)).size(), 6u);
    // Widths are multiples of at least a quarter of a power of two; from 32 on that is 8.
    EXPECT_EQ(std::fmod(slider_value(knob("d_model"), at), 8), 0);
  }
}

TEST(KnobScale, Text) {
  EXPECT_EQ(value_text(knob("learning_rate"), 0.003), "3.0e-3");
  EXPECT_EQ(value_text(knob("learning_rate"), 0.00325), "3.25e-3");
  EXPECT_EQ(value_text(knob("aux_coef"), 0.0), "0");
  EXPECT_EQ(value_text(knob("weight_decay"), 0.1), "0.10");
  EXPECT_EQ(value_text(knob("beta2"), 0.999), "0.999");
  EXPECT_EQ(value_text(knob("capacity_factor"), 1.25), "1.25");
  EXPECT_EQ(value_text(knob("schedule_steps"), std::int64_t{2000}), "2000");
  EXPECT_EQ(value_text(knob("schedule_steps"), std::int64_t{1234567}), "1,234,567");
  EXPECT_EQ(value_text(knob("gate"), std::string("softmax")), "softmax");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
