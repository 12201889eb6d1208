#include "core/study/axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <system_error>
#include <unordered_map>

#include "core/base/file_name.h"
#include "core/base/random.h"

namespace switchyard {
namespace {

constexpr std::uint64_t kMostDrawnFrom = std::uint64_t{1} << 60, kMostDraws = 10000;

Error bad_axis(std::string_view text, const std::string& what) {
  return usage_error(fmt::format("{}: {}", text, what));
}

bool is_of_numbers(const Knob& knob) { return knob.type == KnobType::integer || knob.type == KnobType::real; }

std::optional<double> as_number(const Config& config, const Knob& knob) {
  const KnobValue value = knob.get(config);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

// What a person typed as the knob's own text: 1e-3 and 0.001 are one value.
Result<std::string> own_text(const Knob& knob, std::string_view text) {
  Config config;
  if (const auto set = set_from_text(config, knob.key, text); !set) return set.error();
  return to_text(knob.get(config));
}

double to_digits(double value, int digits) {
  double out = value;
  const std::string text = fmt::format("{:.{}g}", value, digits);
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

// As many digits as keep them between the ends and apart, three where those do.
std::vector<double> rounded(const std::vector<double>& inner, double first, double last) {
  constexpr int kFewest = 3, kMost = 17;
  std::vector<double> out = inner;
  for (int digits = kFewest; digits < kMost; ++digits) {
    double before = first;
    bool rises = true;
    for (std::size_t i = 0; i < inner.size(); ++i) {
      out[i] = to_digits(inner[i], digits);
      rises = rises && out[i] > before;
      before = out[i];
    }
    if (rises && before < last) return out;
  }
  return inner;
}

// A..B and A..B:N.
Result<std::vector<std::string>> range_values(const Knob& knob, std::string_view text, std::size_t dots) {
  const auto refused = [&](const std::string& what) {
    return bad_axis(fmt::format("{}={}", knob.key, text), what);
  };
  const std::size_t colon = std::min(text.find(':', dots), text.size());
  double ends[2] = {};
  std::string typed[2] = {std::string(text.substr(0, dots)), std::string(text.substr(dots + 2, colon - dots - 2))};
  for (int i = 0; i < 2; ++i) {
    Config config;
    if (const auto set = set_from_text(config, knob.key, typed[i]); !set) return set.error();
    typed[i] = to_text(knob.get(config));
    ends[i] = as_number(config, knob).value_or(0);
  }
  if (!(ends[0] < ends[1])) return refused("allowed is a range from less to more, such as 1..8");
  std::int64_t count = 0;
  if (colon < text.size()) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (code != std::errc() || end != digits.data() + digits.size() || count < 2 ||
        count > static_cast<std::int64_t>(kMostValues))
      return refused(fmt::format("behind ':' stands how many values, 2 to {}", kMostValues));
  } else if (knob.type == KnobType::real) {
    return refused("a range of real numbers needs how many, such as 0.001..0.1:5");
  } else if (ends[1] - ends[0] >= static_cast<double>(kMostValues)) {
    return refused(fmt::format("more than {} values; allowed is A..B:N for N of them", kMostValues));
  } else {
    count = static_cast<std::int64_t>(ends[1] - ends[0]) + 1;
  }
  const bool in_logarithm = colon < text.size() && knob.scale == KnobScale::log;
  if (in_logarithm && ends[0] <= 0)
    return refused(
        fmt::format("{} is spaced in the logarithm, so the range begins above 0; 0 can be named beside "
                    "it: 0,0.001..0.1:3",
                    knob.key));
  std::vector<double> inner;
  for (std::int64_t i = 1; i + 1 < count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(count - 1);
    inner.push_back(in_logarithm ? ends[0] * std::pow(ends[1] / ends[0], share)
                                 : ends[0] + share * (ends[1] - ends[0]));
  }
  if (knob.type == KnobType::real) inner = rounded(inner, ends[0], ends[1]);
  std::vector<std::string> out{typed[0]};
  for (const double value : inner) {
    auto own =
        own_text(knob, knob.type == KnobType::integer ? fmt::format("{:.0f}", value) : fmt::format("{}", value));
    if (!own) return own.error();
    if (*own != out.back() && *own != typed[1]) out.push_back(std::move(*own));
  }
  out.push_back(typed[1]);
  return out;
}

Result<void> add_values(StudyAxis& axis, const Knob& knob, std::string_view part) {
  std::vector<std::string> found;
  const std::size_t dots = is_of_numbers(knob) ? part.find("..") : std::string_view::npos;
  if (dots != std::string_view::npos) {
    auto values = range_values(knob, part, dots);
    if (!values) return values.error();
    found = std::move(*values);
  } else {
    auto value = own_text(knob, part);
    if (!value) return value.error();
    found.push_back(std::move(*value));
  }
  for (std::string& value : found) {
    if (std::find(axis.values.begin(), axis.values.end(), value) != axis.values.end())
      return usage_error(fmt::format("{} = {}: stands there twice; allowed are distinct values", knob.key, value));
    axis.values.push_back(std::move(value));
  }
  return {};
}

// The combination of this number: a digit an axis, the last changing first.
Combination combination(const Config& base, const std::vector<StudyAxis>& axes, std::uint64_t number) {
  Combination out{{}, base};
  for (std::size_t a = axes.size(); a-- > 0;) {
    const StudyAxis& axis = axes[a];
    const std::string& value = axis.values[number % axis.values.size()];
    number /= axis.values.size();
    (void)set_from_text(out.config, axis.key, value);  // the axis was made of what it takes
    std::string part = fmt::format("{}={}", axis.key, shared_text(*find_knob(axis.key), out.config));
    out.name = out.name.empty() ? std::move(part) : part + ',' + out.name;
  }
  return out;
}

void sort_in(Combination tried, Combinations& out) {
  const auto problems = validate(tried.config);
  if (problems.empty()) out.valid.push_back(std::move(tried));
  else out.left_out.push_back({std::move(tried.name), problems[0].message});
}

// How many there are; 0: more than can be numbered.
std::uint64_t count_of(const std::vector<StudyAxis>& axes, std::uint64_t most) {
  std::uint64_t count = 1;
  for (const StudyAxis& axis : axes) {
    if (axis.values.size() > most / count) return 0;
    count *= axis.values.size();
  }
  return count;
}

}  // namespace

Result<StudyAxis> axis_from_text(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return bad_axis(text, "allowed is KEY=VALUE,VALUE,..., such as top_k=1,2,4");
  StudyAxis axis{std::string(text.substr(0, equals)), {}};
  const std::string_view values = text.substr(equals + 1);
  const Knob* const knob = find_knob(axis.key);
  if (!knob) return usage_error(fmt::format("unknown knob '{}' (--list-knobs shows them all)", axis.key));
  std::error_code code;
  // A file's name may have commas.
  const bool is_one = knob->type == KnobType::text && std::filesystem::exists(path_of_text(values), code);
  for (std::size_t from = 0; from <= values.size();) {
    const std::size_t to = is_one ? values.size() : std::min(values.find(',', from), values.size());
    if (const auto added = add_values(axis, *knob, values.substr(from, to - from)); !added) return added.error();
    if (axis.values.size() > kMostValues)
      return bad_axis(axis.key, fmt::format("{} values: allowed are up to {}", axis.values.size(), kMostValues));
    from = to + 1;
  }
  return axis;
}

bool is_number(const StudyAxis& axis) {
  const Knob* const knob = find_knob(axis.key);
  return knob && is_of_numbers(*knob);
}

bool is_log(const StudyAxis& axis) {
  const Knob* const knob = find_knob(axis.key);
  if (!knob || !is_of_numbers(*knob) || knob->scale != KnobScale::log) return false;
  return std::all_of(axis.values.begin(), axis.values.end(), [&](const std::string& value) {
    Config config;
    return set_from_text(config, axis.key, value) && as_number(config, *knob).value_or(0) > 0;
  });
}

std::size_t position_of(const StudyAxis& axis, const Config& config) {
  const Knob* const knob = find_knob(axis.key);
  if (!knob) return axis.values.size();
  const std::string value = to_text(knob->get(config));
  return static_cast<std::size_t>(std::find(axis.values.begin(), axis.values.end(), value) - axis.values.begin());
}

Result<Combinations> grid(const Config& base, const std::vector<StudyAxis>& axes) {
  const std::uint64_t count = count_of(axes, static_cast<std::uint64_t>(kMostCombinations));
  if (count == 0)
    return usage_error(
        fmt::format("more than {} combinations: allowed are fewer values, or --random N to draw N of them",
                    kMostCombinations));
  Combinations out;
  for (std::uint64_t number = 0; number < count; ++number) sort_in(combination(base, axes, number), out);
  return out;
}

Result<Combinations> drawn(const Config& base, const std::vector<StudyAxis>& axes, std::int64_t count,
                           std::uint64_t seed) {
  const std::uint64_t all = count_of(axes, kMostDrawnFrom);
  if (all == 0) return usage_error("too many combinations to draw from: allowed are fewer values");
  Combinations out;
  RandomStream random(seed, "sweep");
  // A shuffle of all numbers (Fisher and Yates) of which only what was moved is kept.
  std::unordered_map<std::uint64_t, std::uint64_t> moved;
  const auto at = [&](std::uint64_t place) {
    const auto found = moved.find(place);
    return found == moved.end() ? place : found->second;
  };
  for (std::uint64_t i = 0; i < std::min(all, kMostDraws); ++i) {
    if (static_cast<std::int64_t>(out.valid.size()) >= count) break;
    const std::uint64_t taken = i + random.below(all - i);
    const std::uint64_t number = at(taken);
    moved[taken] = at(i);
    sort_in(combination(base, axes, number), out);
  }
  return out;
}

double axis_number(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace switchyard
