#include "core/compare/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/compare/holm.h"
#include "core/compare/t_test.h"

namespace switchyard {
namespace {

std::size_t count_diverged(std::span<const double> values) {
  return static_cast<std::size_t>(
      std::count_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }));
}

bool has_same_bits(const Arm& a, const Arm& b, std::size_t n) {
  return std::memcmp(a.by_seed.data(), b.by_seed.data(), n * sizeof(double)) == 0;
}

std::string grouped_steps(std::int64_t steps) {
  std::string digits = fmt::format("{}", steps);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

// To two digits of the half-width: more would claim to know more.
std::string amount_text(const Verdict& verdict, const std::string& unit) {
  const double size = std::fabs(verdict.difference);
  if (verdict.half_width == 0) return fmt::format("{:.3g} {} at every seed alike", size, unit);
  const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(verdict.half_width))), 0, 12);
  return fmt::format("{:.{}f} ± {:.{}f} {}", size, decimals, verdict.half_width, decimals, unit);
}

// "seed", "2 seeds".
std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string with_what(const Verdict& verdict) {
  return fmt::format("{}, 95 %, {}", counted(verdict.seeds, "seed"),
                     verdict.is_paired ? "paired t" : "Welch's t, unpaired");
}

std::string sentence(std::string_view first, const Verdict& v, const VerdictWords& words) {
  const std::string at = words.steps > 0 ? fmt::format(" at {} steps", grouped_steps(words.steps)) : "";
  std::string text;
  switch (v.finding) {
    case Finding::too_few_seeds:
      return fmt::format("{} against {}: {}, too few for a verdict (from {} on)", v.name, first,
                         counted(v.seeds, "seed"), kFirstVerdictSeeds);
    case Finding::diverged:
      return v.diverged > 0
                 ? fmt::format("{} diverged at {} of {}: no verdict", v.name, v.diverged, counted(v.seeds, "seed"))
                 : fmt::format("{} cannot be judged, as {} diverged", v.name, first);
    case Finding::identical_bits:
      return fmt::format("{} and {} have identical bits{} ({})", v.name, first, at, counted(v.seeds, "seed"));
    case Finding::undecided:
      text = fmt::format("{} cannot be told from {}{}: {}{} ({})", v.name, first, at, v.difference < 0 ? "−" : "+",
                         amount_text(v, words.unit), with_what(v));
      break;
    case Finding::better:
    case Finding::worse:
      text =
          fmt::format("{} is {} than {} by {}{} ({})", v.name, v.finding == Finding::better ? "better" : "worse",
                      first, amount_text(v, words.unit), at, with_what(v));
      break;
  }
  return v.is_provisional ? text + ", provisional" : text;
}

}  // namespace

std::vector<Verdict> judge(std::span<const Arm> arms, std::size_t planned_seeds) {
  std::vector<Verdict> out;
  if (arms.empty()) return out;
  const Arm& first = arms[0];
  const std::size_t first_diverged = count_diverged(first.by_seed);
  std::vector<TTest> tests;
  std::vector<double> p;
  std::vector<std::size_t> judged;
  for (const Arm& arm : arms.subspan(1)) {
    Verdict& v = out.emplace_back();
    v.name = arm.name;
    v.is_paired = arm.is_paired;
    v.seeds = std::min(arm.by_seed.size(), first.by_seed.size());
    v.diverged = count_diverged(arm.by_seed);
    v.is_provisional = v.seeds < planned_seeds;
    if (v.diverged + first_diverged > 0) {
      v.finding = Finding::diverged;
      continue;
    }
    if (v.seeds > 0 && arm.is_paired && has_same_bits(first, arm, v.seeds)) {
      v.finding = Finding::identical_bits;
      continue;
    }
    const TTest test = arm.is_paired ? paired_t_test(std::span(first.by_seed).first(v.seeds),
                                                     std::span(arm.by_seed).first(v.seeds))
                                     : welch_t_test(first.by_seed, arm.by_seed);
    v.difference = test.difference;
    if (v.seeds < kFirstVerdictSeeds) continue;
    v.p = test.p;
    tests.push_back(test);
    p.push_back(test.p);
    judged.push_back(out.size() - 1);
  }
  const std::vector<HolmResult> levels = holm(p, kVerdictAlpha);
  for (std::size_t i = 0; i < judged.size(); ++i) {
    Verdict& v = out[judged[i]];
    v.half_width = half_width(tests[i], levels[i].level);
    v.finding = !levels[i].is_different ? Finding::undecided : v.difference < 0 ? Finding::better : Finding::worse;
  }
  return out;
}

std::string in_words(std::string_view first, std::span<const Verdict> verdicts, const VerdictWords& words) {
  std::string text;
  for (const Verdict& verdict : verdicts) text += (text.empty() ? "" : "; ") + sentence(first, verdict, words);
  if (text.empty()) return text;
  text += ".";
  if (!words.not_shown.empty()) text += fmt::format(" Not shown: {}.", fmt::join(words.not_shown, ", "));
  return text;
}

}  // namespace switchyard
