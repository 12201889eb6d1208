#include "core/study/sweep_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "core/compare/best_set.h"
#include "core/study/pairing.h"

namespace switchyard {
namespace {

constexpr std::size_t kMostNames = 6;  // in the words

std::vector<StudyAxis> shown_axes(const StudyPlan& plan) {
  std::vector<StudyAxis> axes = plan.sweep.axes;
  for (StudyAxis& axis : axes) {
    for (const StudyArm& arm : plan.arms)
      if (position_of(axis, arm.config) == axis.values.size())
        axis.values.push_back(to_text(find_knob(axis.key)->get(arm.config)));
    if (is_number(axis))
      std::stable_sort(axis.values.begin(), axis.values.end(),
                       [](const std::string& a, const std::string& b) { return axis_number(a) < axis_number(b); });
  }
  return axes;
}

std::vector<double> by_seed(const std::vector<std::optional<RunResult>>& runs) {
  std::vector<double> out;
  for (const auto& run : runs) out.push_back(run ? run->val_loss : kMissing);
  return out;
}

bool has_every_loss(const std::vector<double>& losses) {
  return std::all_of(losses.begin(), losses.end(), [](double v) { return std::isfinite(v); });
}

// Of the rows that made all steps and have a loss at every seed: they stand first.
void judge_rows(const StudyPlan& plan, const std::vector<std::vector<double>>& losses,
                std::vector<SweepRow>& ranking) {
  std::vector<std::vector<double>> judged;
  for (const SweepRow& row : ranking)
    if (row.steps == plan.steps && has_every_loss(losses[row.arm])) judged.push_back(losses[row.arm]);
  if (judged.empty()) return;
  const double lowest = spread_of(judged[0]).mean;
  const bool can_tell = static_cast<std::size_t>(plan.seeds) >= kFirstVerdictSeeds;
  const auto is_paired = [&](std::size_t i, std::size_t j) {
    return unpaired_knobs(plan.arms[ranking[i].arm].config, plan.arms[ranking[j].arm].config).empty();
  };
  const auto members = can_tell ? best_set(judged, is_paired, kVerdictAlpha) : std::vector<BestSetMember>();
  bool is_first = true;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    SweepRow& row = ranking[i];
    row.above = spread_of(judged[i]).mean - lowest;
    row.standing = SweepStanding::too_few_seeds;
    row.beaten_by = row.arm;
    if (!can_tell) continue;
    row.p = members[i].p;
    row.beaten_by = ranking[members[i].beaten_by].arm;
    row.standing = !members[i].may_be_best ? SweepStanding::not_best
                   : is_first              ? SweepStanding::lowest
                                           : SweepStanding::may_be_best;
    is_first = is_first && !members[i].may_be_best;
  }
}

std::string counted_arms(std::size_t count, std::size_t of) { return fmt::format("{} of {} arms", count, of); }

std::string names_of_rows(const StudyPlan& plan, const std::vector<SweepRow>& rows) {
  std::string names;
  for (std::size_t i = 0; i < std::min(rows.size(), kMostNames); ++i)
    names += (i > 0 ? "; " : "") + plan.arms[rows[i].arm].name;
  if (rows.size() > kMostNames) names += fmt::format("; and {} more", rows.size() - kMostNames);
  return names;
}

std::string grouped_number(std::int64_t value) {
  std::string digits = fmt::format("{}", value);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

// Knobs that change what is learned make losses that measure different things.
std::vector<std::string> limits_of_sweep(const StudyPlan& plan) {
  std::set<std::string_view> keys;
  for (const StudyArm& arm : plan.arms)
    for (const Knob* knob : other_data_knobs(plan.arms[0].config, arm.config)) keys.insert(knob->key);
  std::vector<std::string> out;
  if (!keys.empty())
    out.push_back(fmt::format("which model is better where other data are learned ({})", fmt::join(keys, ", ")));
  const bool reads_text = plan.arms[0].config.task == TaskKind::language;
  out.insert(out.end(), {"other sizes", reads_text ? "other texts" : "other points"});
  return out;
}

std::string sweep_words_of(const StudyPlan& plan, const std::vector<SweepRow>& ranking) {
  std::vector<SweepRow> left, taken_out, judged;
  std::size_t without = 0, behind = 0;
  for (const SweepRow& row : ranking) {
    if (row.standing == SweepStanding::left_behind) ++behind;
    else if (row.standing == SweepStanding::no_number) ++without;
    else judged.push_back(row);
    if (row.standing == SweepStanding::lowest || row.standing == SweepStanding::may_be_best) left.push_back(row);
    if (row.standing == SweepStanding::not_best) taken_out.push_back(row);
  }
  const std::string at = fmt::format("at {} steps", grouped_number(plan.steps));
  const std::string sure = fmt::format("({} seeds, 95 %, t tests of every two, Bonferroni)", plan.seeds);
  std::string text;
  if (judged.empty()) {
    text = fmt::format("No arm has a loss at every seed {}", at);
  } else if (judged.size() == 1) {
    text = fmt::format("Only {} has a loss at every seed {}", plan.arms[judged[0].arm].name, at);
  } else if (left.empty()) {
    text = fmt::format("{} came out lowest {}; {} {} too few to tell what is better (from {} on)",
                       plan.arms[judged[0].arm].name, at, plan.seeds, plan.seeds == 1 ? "seed is" : "seeds are",
                       kFirstVerdictSeeds);
  } else if (left.size() == 1) {
    text = fmt::format("{} is the best of {} arms {} {}", plan.arms[left[0].arm].name, judged.size(), at, sure);
  } else if (taken_out.empty()) {
    text = fmt::format("No arm can be told from the best of {} {} {}; {} came out lowest", judged.size(), at, sure,
                       plan.arms[left[0].arm].name);
  } else {
    text = fmt::format("The best of {} arms {} is among {} {}, the lowest mean first: {}", judged.size(), at,
                       left.size(), sure, names_of_rows(plan, left));
  }
  if (without > 0)
    text += fmt::format("; {} without a loss at every seed, not judged", counted_arms(without, plan.arms.size()));
  if (behind > 0)
    text += fmt::format("; {} were left at fewer steps by halving, and what they would have come to is not known",
                        counted_arms(behind, plan.arms.size()));
  return fmt::format("{}. Not shown: {}.", text, fmt::join(limits_of_sweep(plan), ", "));
}

}  // namespace

Result<SweepResults> read_sweep(const std::filesystem::path& study, const StudyPlan& plan) {
  auto runs = read_runs(study, plan);
  if (!runs) return runs.error();
  return sweep_of(plan, std::move(**runs));
}

SweepResults sweep_of(const StudyPlan& plan, StudyRuns runs) {
  SweepResults out;
  out.rungs = std::move(runs.rungs);
  const std::vector<std::int64_t>& steps = runs.steps;
  out.results = results_of(plan, std::move(runs.ended));
  out.axes = shown_axes(plan);
  const std::int64_t reached = stage_of(plan, out.rungs).steps;
  std::vector<std::vector<double>> losses;
  for (std::size_t a = 0; a < plan.arms.size(); ++a) {
    losses.push_back(by_seed(out.results.runs[a]));
    out.ranking.push_back({.arm = a, .steps = steps[a], .beaten_by = a});
    if (steps[a] < reached) out.ranking.back().standing = SweepStanding::left_behind;
  }
  std::stable_sort(out.ranking.begin(), out.ranking.end(), [&](const SweepRow& a, const SweepRow& b) {
    return a.steps != b.steps ? a.steps > b.steps : stands_before(losses[a.arm], losses[b.arm]);
  });
  judge_rows(plan, losses, out.ranking);
  out.words = sweep_words_of(plan, out.ranking) + words_of_looks(plan);
  return out;
}

}  // namespace switchyard
