#include "core/study/halving.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/json.h"
#include "core/base/printable.h"
#include "core/record/files/files.h"
#include "core/study/claims.h"
#include "core/study/study_run.h"

namespace switchyard {
namespace {

constexpr std::size_t kLastArms = 2;  // arms of the last rung, so that one is held against another

std::size_t count_missing(const std::vector<double>& losses) {
  return static_cast<std::size_t>(
      std::count_if(losses.begin(), losses.end(), [](double v) { return !std::isfinite(v); }));
}

double mean_of_finite(const std::vector<double>& losses) {
  double sum = 0;
  std::size_t count = 0;
  for (const double loss : losses)
    if (std::isfinite(loss)) sum += loss, ++count;
  return count > 0 ? sum / static_cast<double>(count) : kMissing;
}

Json rungs_json(const std::vector<RungDecision>& decided) {
  Json rungs = Json::array();
  for (const RungDecision& rung : decided) {
    Json places = Json::array();
    for (const RungPlace& place : rung.places)
      places.push_back(Json{
          {"arm", place.folder}, {"mean", place.mean}, {"by_seed", place.by_seed}, {"goes_on", place.goes_on}});
    rungs.push_back(Json{{"steps", rung.steps}, {"arms", std::move(places)}});
  }
  return Json{{"rungs", std::move(rungs)}};
}

// The arms of a rung, as the decision before it left them.
std::vector<std::string> arms_of(const StudyPlan& stage) {
  std::vector<std::string> out;
  for (const StudyArm& arm : stage.arms) out.push_back(arm.folder);
  std::sort(out.begin(), out.end());
  return out;
}

RungDecision decision_of(const Json& json) {
  RungDecision out;
  if (const std::int64_t* const steps = json["steps"].integer()) out.steps = *steps;
  const Json& arms = json["arms"];
  for (std::size_t i = 0; i < arms.size(); ++i) {
    RungPlace& place = out.places.emplace_back();
    if (const std::string* const folder = arms[i]["arm"].text()) place.folder = *folder;
    place.mean = arms[i]["mean"].number().value_or(kMissing);
    for (std::size_t s = 0; s < arms[i]["by_seed"].size(); ++s)
      place.by_seed.push_back(arms[i]["by_seed"][s].number().value_or(kMissing));
    if (const bool* const goes_on = arms[i]["goes_on"].boolean()) place.goes_on = *goes_on;
  }
  return out;
}

bool is_decision_of(const RungDecision& decision, const StudyPlan& stage, const Rung& rung, const Rung& next) {
  std::vector<std::string> folders;
  for (const RungPlace& place : decision.places) {
    if (place.by_seed.size() != static_cast<std::size_t>(stage.seeds)) return false;
    folders.push_back(place.folder);
  }
  std::sort(folders.begin(), folders.end());
  return decision.steps == rung.steps && folders == arms_of(stage) &&
         static_cast<std::size_t>(std::count_if(decision.places.begin(), decision.places.end(),
                                                [](const RungPlace& p) { return p.goes_on; })) == next.arms;
}

}  // namespace

std::vector<Rung> rungs_of(const StudyPlan& plan) {
  std::vector<Rung> rungs{{plan.arms.size(), plan.steps}};
  if (!plan.sweep.halves) return rungs;
  while (rungs.back().arms > kLastArms && plan.steps >> rungs.size() > 0)
    rungs.push_back({(rungs.back().arms + 1) / 2, plan.steps});
  for (std::size_t i = 0; i < rungs.size(); ++i) rungs[i].steps = plan.steps >> (rungs.size() - 1 - i);
  return rungs;
}

bool stands_before(const std::vector<double>& a, const std::vector<double>& b) {
  const std::size_t missing_a = count_missing(a), missing_b = count_missing(b);
  if (missing_a != missing_b) return missing_a < missing_b;
  const double mean_a = mean_of_finite(a), mean_b = mean_of_finite(b);
  if (std::isnan(mean_a) || std::isnan(mean_b)) return !std::isnan(mean_a) && std::isnan(mean_b);
  return mean_a < mean_b;
}

Result<std::vector<RungDecision>> read_rungs(const std::filesystem::path& study, const StudyPlan& plan) {
  std::vector<RungDecision> decided;
  const std::filesystem::path file = study / kRungsFile;
  std::error_code code;
  if (!plan.sweep.halves || !std::filesystem::exists(file, code)) return decided;
  const auto json = read_json_file(file);
  if (!json) return json.error();
  const Json& listed = (*json)["rungs"];
  const std::vector<Rung> rungs = rungs_of(plan);
  for (std::size_t i = 0; i < listed.size(); ++i) {
    RungDecision decision = decision_of(listed[i]);
    if (i + 1 >= rungs.size() || !is_decision_of(decision, stage_of(plan, decided), rungs[i], rungs[i + 1]))
      return usage_error(fmt::format("{}: rung {} is not one of this sweep", printable(file.native()), i + 1));
    decided.push_back(std::move(decision));
  }
  return decided;
}

StudyPlan stage_of(const StudyPlan& plan, const std::vector<RungDecision>& decided) {
  StudyPlan stage = plan;
  const std::vector<Rung> rungs = rungs_of(plan);
  stage.steps = rungs[std::min(decided.size(), rungs.size() - 1)].steps;
  if (decided.empty()) return stage;
  std::erase_if(stage.arms, [&](const StudyArm& arm) {
    return std::none_of(decided.back().places.begin(), decided.back().places.end(),
                        [&](const RungPlace& place) { return place.goes_on && place.folder == arm.folder; });
  });
  return stage;
}

Result<std::vector<RungDecision>> decide(const std::filesystem::path& study, const StudyPlan& plan,
                                         const std::vector<RungDecision>& decided) {
  const auto held = claim(study, "rungs");
  if (!held) return held.error();
  auto known = read_rungs(study, plan);
  if (!known || known->size() > decided.size()) return known;
  const StudyPlan stage = stage_of(plan, *known);
  const std::vector<Rung> rungs = rungs_of(plan);
  if (known->size() + 1 >= rungs.size()) return known;
  RungDecision decision{stage.steps, {}};
  std::string without;
  for (const StudyArm& arm : stage.arms) {
    RungPlace& place = decision.places.emplace_back();
    place.folder = arm.folder;
    for (std::int64_t i = 0; i < stage.seeds; ++i) {
      const auto ended = ended_run(study, stage, arm, stage.first_seed + i);
      if (!ended) return ended.error();
      if (!*ended) without += (without.empty() ? "" : ", ") + run_name(arm, stage.first_seed + i);
      place.by_seed.push_back(*ended ? (*ended)->val_loss : kMissing);
    }
    if (count_missing(place.by_seed) == 0) place.mean = mean_of_finite(place.by_seed);
  }
  // What is decided stays: nobody is left behind for a run that was killed, or refused for the moment.
  if (!without.empty())
    return failure(fmt::format("who goes on cannot be decided, as these runs have no result yet: {}", without));
  std::stable_sort(decision.places.begin(), decision.places.end(),
                   [](const RungPlace& a, const RungPlace& b) { return stands_before(a.by_seed, b.by_seed); });
  for (std::size_t i = 0; i < rungs[known->size() + 1].arms; ++i) decision.places[i].goes_on = true;
  known->push_back(std::move(decision));
  if (auto written = replace_file(study / kRungsFile, dump_json(rungs_json(*known), 2) + '\n'); !written)
    return written.error();
  return known;
}

}  // namespace switchyard
