#include "core/study/study_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/compare/t_test.h"
#include "core/record/reading/run_whole.h"
#include "core/study/pairing.h"
#include "core/study/study_runs.h"

namespace switchyard {
namespace {

std::string names_of(const std::vector<const Knob*>& found) {
  std::string names;
  for (const Knob* knob : found) names += (names.empty() ? "" : ", ") + std::string(knob->key);
  return names;
}

// What the words must add so that nobody reads more into them than was measured.
std::vector<std::string> limits_of(const StudyPlan& plan) {
  std::vector<std::string> out;
  for (const StudyArm& arm : plan.arms)
    if (const auto other = other_data_knobs(plan.arms[0].config, arm.config); !other.empty())
      out.push_back(fmt::format("which model is better ({} learns other data: {})", arm.name, names_of(other)));
  out.insert(out.end(),
             {"other sizes", plan.arms[0].config.task == TaskKind::language ? "other texts" : "other points"});
  return out;
}

// The validation losses of one run, by step.
using Losses = std::map<std::int64_t, double>;

Losses read_losses(const std::filesystem::path& folder, std::int64_t last_step) {
  Losses losses;
  read_validations(folder, [&](const Validation& one) {
    if (std::isfinite(one.val_loss) && one.step <= last_step) losses[one.step] = one.val_loss;
    return one.step < last_step;
  });
  return losses;
}

float to_float(double value) { return static_cast<float>(value); }

}  // namespace

Spread spread_of(const std::vector<double>& values) {
  Spread out;
  double sum = 0;
  for (const double v : values)
    if (std::isfinite(v)) ++out.count, sum += v;
  if (out.count == 0) return out;
  out.mean = sum / static_cast<double>(out.count);
  if (out.count < 2) return out;
  double squares = 0;
  for (const double v : values)
    if (std::isfinite(v)) squares += (v - out.mean) * (v - out.mean);
  out.deviation = std::sqrt(squares / static_cast<double>(out.count - 1));
  return out;
}

std::size_t StudyResults::ended() const {
  std::size_t count = 0;
  for (const auto& of_arm : runs)
    count += static_cast<std::size_t>(
        std::count_if(of_arm.begin(), of_arm.end(), [](const auto& run) { return run.has_value(); }));
  return count;
}

std::vector<double> StudyResults::losses(std::size_t arm) const {
  std::vector<double> out;
  for (const auto& run : runs[arm])
    if (run) out.push_back(run->val_loss);
  return out;
}

std::vector<double> StudyResults::accuracies(std::size_t arm) const {
  std::vector<double> out;
  for (const auto& run : runs[arm])
    if (run) out.push_back(run->val_accuracy);
  return out;
}

Result<StudyResults> read_results(const std::filesystem::path& study, const StudyPlan& plan) {
  auto runs = read_runs(study, plan);
  if (!runs) return runs.error();
  // Arms that a stage left behind learned less than the others: of unlike steps there is no verdict.
  for (std::size_t a = 0; a < (*runs)->ended.size(); ++a)
    if ((*runs)->steps[a] < plan.steps) (*runs)->ended[a].assign((*runs)->ended[a].size(), std::nullopt);
  return results_of(plan, std::move((*runs)->ended));
}

StudyResults results_of(const StudyPlan& plan, std::vector<std::vector<std::optional<RunResult>>> runs) {
  StudyResults out;
  out.plan = plan;
  out.runs = std::move(runs);
  std::vector<Arm> arms;
  for (const StudyArm& arm : plan.arms)
    arms.push_back({arm.name, {}, unpaired_knobs(plan.arms[0].config, arm.config).empty()});
  for (std::size_t i = 0; i < static_cast<std::size_t>(plan.seeds); ++i) {
    if (!std::all_of(out.runs.begin(), out.runs.end(), [&](const auto& of_arm) { return of_arm[i].has_value(); }))
      continue;
    out.judged_seeds.push_back(plan.first_seed + static_cast<std::int64_t>(i));
    for (std::size_t a = 0; a < arms.size(); ++a) arms[a].by_seed.push_back(out.runs[a][i]->val_loss);
  }
  if (arms.size() < 2) return out;
  out.verdicts = judge(arms, static_cast<std::size_t>(plan.seeds));
  out.words = in_words(arms[0].name, out.verdicts, {.steps = plan.steps, .not_shown = limits_of(plan)});
  out.words += words_of_looks(plan);
  return out;
}

std::vector<ArmCurve> read_curves(const std::filesystem::path& study, const StudyResults& results) {
  const StudyPlan& plan = results.plan;
  // [arm][seed]; empty where a run has not ended.
  std::vector<std::vector<Losses>> losses(plan.arms.size());
  for (std::size_t a = 0; a < plan.arms.size(); ++a)
    for (std::int64_t i = 0; i < plan.seeds; ++i) {
      Losses& into = losses[a].emplace_back();
      if (!results.runs[a][static_cast<std::size_t>(i)]) continue;
      into = read_losses(run_folder_of(study, plan.arms[a], plan.first_seed + i), plan.steps);
    }
  const auto is_judged = [&](std::int64_t seed) {
    return std::find(results.judged_seeds.begin(), results.judged_seeds.end(), seed) != results.judged_seeds.end();
  };
  std::vector<ArmCurve> curves(plan.arms.size());
  for (std::size_t a = 0; a < plan.arms.size(); ++a) {
    ArmCurve& curve = curves[a];
    std::map<std::int64_t, std::vector<double>> at;
    for (const Losses& run : losses[a])
      for (const auto& [step, loss] : run) at[step].push_back(loss);
    const bool is_paired = a > 0 && results.verdicts[a - 1].is_paired;
    const auto ended = static_cast<std::size_t>(
        std::count_if(losses[a].begin(), losses[a].end(), [](const Losses& run) { return !run.empty(); }));
    for (const auto& [step, values] : at) {
      // Where a run diverged the others are no fair sample any more: they are those that did not.
      if (values.size() < ended) break;
      curve.step.push_back(static_cast<double>(step));
      curve.mean.push_back(to_float(spread_of(values).mean));
      curve.low.push_back(to_float(*std::min_element(values.begin(), values.end())));
      curve.high.push_back(to_float(*std::max_element(values.begin(), values.end())));
      if (a == 0) continue;
      std::vector<double> first, other;
      for (std::size_t i = 0; i < losses[a].size(); ++i) {
        const auto of_first = losses[0][i].find(step), of_other = losses[a][i].find(step);
        if (!is_judged(plan.first_seed + static_cast<std::int64_t>(i)) || of_first == losses[0][i].end() ||
            of_other == losses[a][i].end())
          continue;
        first.push_back(of_first->second);
        other.push_back(of_other->second);
      }
      const bool can_tell = first.size() >= kFirstVerdictSeeds && first.size() == results.judged_seeds.size();
      const TTest test = is_paired ? paired_t_test(first, other) : welch_t_test(first, other);
      const double half = can_tell ? half_width(test, kVerdictAlpha) : kMissing;
      curve.difference.push_back(to_float(can_tell ? test.difference : kMissing));
      curve.difference_low.push_back(to_float(test.difference - half));
      curve.difference_high.push_back(to_float(test.difference + half));
    }
  }
  return curves;
}

}  // namespace switchyard
