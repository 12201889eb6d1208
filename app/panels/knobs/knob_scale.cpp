#include "app/panels/knobs/knob_scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace switchyard::app {
namespace {

// The stretch at the left end of a log slider that means zero.
constexpr double kZeroStretch = 0.04;
constexpr float kPlace = 0.01f;  // of the slider, by which the arrow keys look for the next number

bool has_zero_stop(const Knob& knob) { return knob.scale == KnobScale::log && knob.minimum <= 0; }

bool is_power_of_two(double value) { return value >= 1 && std::exp2(std::round(std::log2(value))) == value; }

// To two significant binary digits and a bit: 64, 80, 96, 112, 128, 160.
double round_binary(double value) {
  const double step = std::max(1.0, std::exp2(std::floor(std::log2(std::max(1.0, value)))) / 4);
  return std::round(value / step) * step;
}

double round_decimal(double value, int digits) {
  if (value == 0) return 0;
  const double exponent = std::floor(std::log10(std::abs(value))) - (digits - 1);
  // Dividing by a whole power of ten gives the double nearest to the decimal number; multiplying by a
  // fraction does not.
  if (exponent >= 0) return std::round(value / std::pow(10, exponent)) * std::pow(10, exponent);
  return std::round(value * std::pow(10, -exponent)) / std::pow(10, -exponent);
}

// Linear sliders move in steps of a power of ten, 100 to 1000 over their stretch.
double round_linear(const Knob& knob, double value) {
  const double range = knob.soft_maximum - knob.soft_minimum;
  const double exponent = std::floor(std::log10(range)) - 2;
  return exponent >= 0 ? std::round(value / std::pow(10, exponent)) * std::pow(10, exponent)
                       : std::round(value * std::pow(10, -exponent)) / std::pow(10, -exponent);
}

}  // namespace

double number_of(const KnobValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return 0;
}

KnobValue as_value(const Knob& knob, double number) {
  if (knob.type == KnobType::integer) return static_cast<std::int64_t>(std::llround(number));
  return number;
}

float slider_position(const Knob& knob, double value) {
  const double low = knob.soft_minimum, high = knob.soft_maximum;
  double position = 0;
  if (knob.scale == KnobScale::linear) {
    position = (value - low) / (high - low);
  } else {
    const double start = has_zero_stop(knob) ? kZeroStretch : 0;
    if (value <= 0) return 0;
    position = start + (1 - start) * std::log(value / low) / std::log(high / low);
    position = std::max(position, start);
  }
  return static_cast<float>(std::clamp(position, 0.0, 1.0));
}

double slider_value(const Knob& knob, float position) {
  const double low = knob.soft_minimum, high = knob.soft_maximum;
  const double at = std::clamp(static_cast<double>(position), 0.0, 1.0);
  double value = 0;
  if (knob.scale == KnobScale::linear) {
    value = low + at * (high - low);
    value = knob.type == KnobType::integer ? std::round(value) : round_linear(knob, value);
  } else {
    const double start = has_zero_stop(knob) ? kZeroStretch : 0;
    if (start > 0 && at < start / 2) return 0;
    value = low * std::pow(high / low, std::max(0.0, (at - start) / (1 - start)));
    if (knob.type == KnobType::real) value = round_decimal(value, 2);
    else
      value = std::round(is_power_of_two(low) && is_power_of_two(high) ? round_binary(value)
                                                                       : round_decimal(value, 2));
  }
  return std::clamp(value, low, high);
}

KnobValue turned_value(const Knob& knob, const KnobValue& value, int steps) {
  const double now = number_of(value);
  const bool beyond = now < knob.soft_minimum || now > knob.soft_maximum;
  if (beyond && !(has_zero_stop(knob) && now == 0)) return value;
  KnobValue turned = value;
  const float each = steps < 0 ? -kPlace : kPlace;
  float position = slider_position(knob, now);
  for (int left = std::abs(steps); left > 0; --left) {
    const KnobValue before = turned;
    while (turned == before && (each < 0 ? position > 0 : position < 1)) {
      position = std::clamp(position + each, 0.0f, 1.0f);
      const KnobValue next = as_value(knob, slider_value(knob, position));
      // The rounded number of a place may lie behind the one there was.
      if ((number_of(next) - number_of(before)) * each > 0) turned = next;
    }
  }
  return turned;
}

std::string value_text(const Knob& knob, const KnobValue& value) {
  if (knob.type == KnobType::integer) {
    const std::int64_t whole = std::get<std::int64_t>(value);
    std::string digits = fmt::format("{}", whole);
    if (whole >= 10'000 || whole <= -10'000)
      for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (whole < 0 ? 1 : 0); at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
  }
  if (knob.type != KnobType::real) return to_text(value);
  const double real = std::get<double>(value);
  if (real == 0) return "0";
  if (knob.scale == KnobScale::log && std::abs(real) < 0.05) {
    std::string text = fmt::format("{:.1e}", real);
    if (std::strtod(text.c_str(), nullptr) != real) text = fmt::format("{:.2e}", real);
    // 3.0e-03 has a digit nobody needs.
    const std::size_t exponent = text.find('e');
    if (text[exponent + 2] == '0') text.erase(exponent + 2, 1);
    return text;
  }
  // Two places, and as many more as the number has, up to five.
  for (int places = 2; places < 5; ++places) {
    std::string text = fmt::format("{:.{}f}", real, places);
    if (std::strtod(text.c_str(), nullptr) == real) return text;
  }
  return fmt::format("{:.5g}", real);
}

}  // namespace switchyard::app
