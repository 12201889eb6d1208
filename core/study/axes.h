// What a sweep goes over: knobs with several values each, and their combinations.
//
//   top_k=1,2,4              these values
//   experts=4..8             of a whole number: 4, 5, 6, 7, 8
//   learning_rate=3e-4..0.03:5   five values from 0.0003 to 0.03, evenly spaced; in the logarithm for knobs whose
//                            scale is (learning_rate, capacity_factor, coefficients). Real ones are rounded to
//                            three digits between the ends, whole ones to whole numbers.
//
// Thread safety: pure functions. Errors: usage, naming the key, the value and what is allowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/config/knobs.h"

namespace switchyard {

inline constexpr std::size_t kMostValues = 1000;          // of one axis
inline constexpr std::int64_t kMostCombinations = 10000;  // that a grid tries; more are drawn

struct StudyAxis {
  std::string key;
  std::vector<std::string> values;  // as a person types them; distinct, in the order given
  bool operator==(const StudyAxis&) const = default;
};

// A combination that validate() refuses.
struct LeftOut {
  std::string name, why;
  bool operator==(const LeftOut&) const = default;
};

// What of a plan is a sweep. No axes: it is none.
struct SweepPlan {
  std::vector<StudyAxis> axes{};
  std::int64_t drawn = 0;  // combinations asked for at random; 0: all
  bool halves = false;     // halving.h
  std::vector<LeftOut> left_out{};
  bool operator==(const SweepPlan&) const = default;
};

// KEY=VALUES as above. One value is an axis of one.
Result<StudyAxis> axis_from_text(std::string_view text);
// Numbers whose scale is logarithmic and that are all above 0.
bool is_log(const StudyAxis& axis);
bool is_number(const StudyAxis& axis);
// A value of it as a number.
double axis_number(const std::string& text);
// Which of its values this is; values.size() where none is.
std::size_t position_of(const StudyAxis& axis, const Config& config);

struct Combination {
  std::string name;  // "top_k=1,capacity_factor=1.25"; of a file its name alone
  Config config;
};
struct Combinations {
  std::vector<Combination> valid;
  std::vector<LeftOut> left_out;
};
// All of them, the last axis changing first. usage: more than kMostCombinations.
Result<Combinations> grid(const Config& base, const std::vector<StudyAxis>& axes);
// `count` of them without repetition, or as many as there are; another count begins with the same ones. Refused
// ones do not count.
Result<Combinations> drawn(const Config& base, const std::vector<StudyAxis>& axes, std::int64_t count,
                           std::uint64_t seed);

}  // namespace switchyard
