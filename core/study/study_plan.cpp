#include "core/study/study_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/printable.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/record/files/files.h"

namespace switchyard {
namespace {

constexpr std::int64_t kFormat = 2, kFirstFormat = 1;  // the first knew no sweeps
constexpr double kMostSeed = 9007199254740991.0;

// The first of NAME, NAME-2, NAME-3, ... that is not among `taken`, and is from then on.
std::string free_name(const std::string& name, std::set<std::string>& taken) {
  for (int count = 1;; ++count) {
    std::string tried = count == 1 ? name : fmt::format("{}-{}", name, count);
    if (taken.insert(tried).second) return tried;
  }
}

Json json_of_sweep(const SweepPlan& sweep) {
  Json axes = Json::array(), left_out = Json::array();
  for (const StudyAxis& axis : sweep.axes) axes.push_back(Json{{"key", axis.key}, {"values", axis.values}});
  for (const LeftOut& out : sweep.left_out) left_out.push_back(Json{{"name", out.name}, {"why", out.why}});
  return Json{{"axes", std::move(axes)},
              {"drawn", sweep.drawn},
              {"halves", sweep.halves},
              {"left_out", std::move(left_out)}};
}

Result<SweepPlan> sweep_of_json(const Json& json, const std::string& where) {
  SweepPlan sweep;
  const Json& axes = json["axes"];
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::string* const key = axes[i]["key"].text();
    const Json& values = axes[i]["values"];
    StudyAxis axis{key ? *key : std::string(), {}};
    for (std::size_t v = 0; v < values.size(); ++v)
      if (const std::string* const value = values[v].text()) axis.values.push_back(*value);
    if (!find_knob(axis.key) || axis.values.empty() || axis.values.size() != values.size())
      return usage_error(fmt::format("{}: axis {} of the sweep has no knob or no values", where, i + 1));
    sweep.axes.push_back(std::move(axis));
  }
  if (const std::int64_t* const drawn = json["drawn"].integer()) sweep.drawn = *drawn;
  if (const bool* const halves = json["halves"].boolean()) sweep.halves = *halves;
  const Json& left_out = json["left_out"];
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    const std::string *const name = left_out[i]["name"].text(), *const why = left_out[i]["why"].text();
    if (name && why) sweep.left_out.push_back({*name, *why});
  }
  return sweep;
}

Json plan_json(const StudyPlan& plan) {
  Json arms = Json::array();
  for (const StudyArm& arm : plan.arms)
    arms.push_back(Json{{"name", arm.name}, {"folder", arm.folder}, {"config", to_json(arm.config)}});
  Json json{{"study", kFormat},    {"switchyard", version()},       {"steps", plan.steps},
            {"seeds", plan.seeds}, {"first_seed", plan.first_seed}, {"arms", std::move(arms)}};
  if (!plan.sweep.axes.empty()) json.member("sweep") = json_of_sweep(plan.sweep);
  return json;
}

Result<std::int64_t> whole(const Json& json, std::string_view key, std::int64_t least, const std::string& where) {
  const std::int64_t* const value = json[key].integer();
  if (!value || *value < least)
    return usage_error(
        fmt::format("{}: {} is {}; allowed is a whole number from {} on", where, key, excerpt(json[key]), least));
  return *value;
}

// Seeds are the study's, so that of an arm says nothing.
Config without_seed(Config config) {
  config.seed = Config{}.seed;
  return config;
}

// What of the study that is there cannot be gone on with.
Result<void> check_same(const StudyPlan& old, const StudyPlan& plan, const std::string& where) {
  if (plan.steps < old.steps)
    return usage_error(
        fmt::format("{}: this study is of {} steps; allowed is --steps from {} on, or another folder", where,
                    old.steps, old.steps));
  // Who goes on is decided for all of them at once.
  const bool is_same = plan.steps == old.steps && plan.seeds == old.seeds && plan.first_seed == old.first_seed &&
                       plan.sweep.halves == old.sweep.halves && plan.arms.size() == old.arms.size() &&
                       std::equal(plan.arms.begin(), plan.arms.end(), old.arms.begin(),
                                  [](const StudyArm& a, const StudyArm& b) { return a.folder == b.folder; });
  if ((plan.sweep.halves || old.sweep.halves) && !is_same)
    return usage_error(fmt::format(
        "{}: a sweep that halves ({} arms, {} steps, {} seeds{}) stays as it was begun; "
        "allowed are the same words, or another folder",
        where, old.arms.size(), old.steps, old.seeds, old.sweep.halves ? "" : ", begun without --halving"));
  for (const StudyArm& arm : plan.arms) {
    const auto before =
        std::find_if(old.arms.begin(), old.arms.end(), [&](const StudyArm& a) { return a.folder == arm.folder; });
    if (before == old.arms.end()) continue;
    const auto changed = changed_knobs(without_seed(before->config), without_seed(arm.config));
    if (changed.empty()) continue;
    return usage_error(fmt::format("{}: arm {} has {} = {} there and {} now; allowed is another folder or name",
                                   where, arm.name, changed[0]->key, to_text(changed[0]->get(before->config)),
                                   to_text(changed[0]->get(arm.config))));
  }
  return {};
}

// What was swept before stays an axis, and its values.
void add_sweep_of(const SweepPlan& old, SweepPlan& sweep) {
  if (sweep.axes.empty()) {
    sweep = old;
    return;
  }
  for (const StudyAxis& axis : old.axes) {
    const auto known =
        std::find_if(sweep.axes.begin(), sweep.axes.end(), [&](const StudyAxis& a) { return a.key == axis.key; });
    if (known == sweep.axes.end()) {
      sweep.axes.push_back(axis);
      continue;
    }
    for (const std::string& value : axis.values)
      if (std::find(known->values.begin(), known->values.end(), value) == known->values.end())
        known->values.push_back(value);
  }
  for (const LeftOut& out : old.left_out)
    if (std::none_of(sweep.left_out.begin(), sweep.left_out.end(),
                     [&](const LeftOut& o) { return o.name == out.name; }))
      sweep.left_out.push_back(out);
}

// Arms that this command does not name stay arms of the study.
StudyPlan with_arms_of(const StudyPlan& old, StudyPlan plan) {
  for (const StudyArm& arm : old.arms)
    if (std::none_of(plan.arms.begin(), plan.arms.end(),
                     [&](const StudyArm& a) { return a.folder == arm.folder; }))
      plan.arms.push_back(arm);
  if (plan.first_seed == old.first_seed) plan.seeds = std::max(plan.seeds, old.seeds);
  add_sweep_of(old.sweep, plan.sweep);
  return plan;
}

}  // namespace

Result<StudyPlan> make_plan(std::vector<StudyArm> arms, std::int64_t steps, std::int64_t seeds,
                            std::int64_t first_seed) {
  if (arms.empty()) return usage_error("a study needs an arm: a setup to learn with");
  if (arms.size() > kMostArms)
    return usage_error(fmt::format("{} arms: allowed are up to {}", arms.size(), kMostArms));
  if (steps < 1) return usage_error(fmt::format("{} steps: allowed is 1 and more", steps));
  if (seeds < 1 || seeds > kMostSeeds)
    return usage_error(fmt::format("--seeds {}: allowed is 1 to {}", seeds, kMostSeeds));
  if (first_seed < 0 || static_cast<double>(first_seed) + static_cast<double>(seeds) > kMostSeed)
    return usage_error(fmt::format("--seed {}: allowed is 0 to 2^53 less the number of seeds", first_seed));
  std::set<std::string> names, folders;
  for (StudyArm& arm : arms) {
    if (arm.config.task != arms[0].config.task)
      return usage_error(
          fmt::format("{} and {}: one learns a text and the other points, so nothing of them can be "
                      "compared",
                      arms[0].name, arm.name));
    if (const auto problems = validate(arm.config); !problems.empty())
      return usage_error(fmt::format("{}: {}", arm.name, problems[0].message));
    arm.name = free_name(printable(arm.name), names);
    const std::string safe = safe_file_name(arm.folder.empty() ? arm.name : arm.folder);
    arm.folder = free_name(safe.empty() ? "arm" : safe, folders);
  }
  return StudyPlan{std::move(arms), steps, seeds, first_seed, {}};
}

Config config_of(const StudyPlan&, const StudyArm& arm, std::int64_t seed) {
  Config config = arm.config;
  config.seed = seed;
  return config;
}

std::string run_name(const StudyArm& arm, std::int64_t seed) {
  return fmt::format("{}-seed-{}", arm.folder, seed);
}

std::filesystem::path run_folder_of(const std::filesystem::path& study, const StudyArm& arm, std::int64_t seed) {
  return study / "runs" / run_name(arm, seed);
}

std::vector<const Knob*> differing_knobs(const StudyPlan& plan) {
  std::vector<const Knob*> out;
  for (const Knob& knob : knobs()) {
    if (knob.key == "seed") continue;
    const KnobValue first = knob.get(plan.arms[0].config);
    if (std::any_of(plan.arms.begin(), plan.arms.end(),
                    [&](const StudyArm& arm) { return knob.get(arm.config) != first; }))
      out.push_back(&knob);
  }
  return out;
}

Result<void> settle_study(const std::filesystem::path& study, const StudyPlan& plan) {
  namespace fs = std::filesystem;
  std::error_code code;
  const fs::path file = study / kStudyFile;
  StudyPlan whole_plan = plan;
  std::string before;
  if (fs::exists(file, code)) {
    const auto old = read_study(study);
    if (!old) return old.error();
    if (auto same = check_same(*old, plan, printable(study.native())); !same) return same;
    whole_plan = with_arms_of(*old, plan);
    before = dump_json(plan_json(*old), 2) + '\n';
  } else if (fs::exists(study, code) && !(fs::is_directory(study, code) && fs::is_empty(study, code))) {
    return usage_error(
        fmt::format("--out {}: holds something that is no study; allowed is a new or empty folder, or "
                    "that of a study to go on with",
                    printable(study.native())));
  }
  fs::create_directories(study / "runs", code);
  if (code)
    return usage_error(fmt::format("--out {}: cannot be made: {}", printable(study.native()), code.message()));
  // Many jobs may begin at once, and each would write what is there.
  const std::string text = dump_json(plan_json(whole_plan), 2) + '\n';
  if (text == before) return {};
  return replace_file(file, text);
}

Result<StudyPlan> read_study(const std::filesystem::path& study) {
  const auto json = read_json_file(study / kStudyFile);
  if (!json) return json.error();
  const std::string where = printable((study / kStudyFile).native());
  const std::int64_t* const format = (*json)["study"].integer();
  if (!format || *format < kFirstFormat || *format > kFormat)
    return usage_error(fmt::format("{}: is no study of this version of Switchyard", where));
  StudyPlan plan;
  for (const auto& [key, into] : {std::pair{"steps", &plan.steps}, {"seeds", &plan.seeds}}) {
    auto value = whole(*json, key, 1, where);
    if (!value) return value.error();
    *into = *value;
  }
  auto first_seed = whole(*json, "first_seed", 0, where);
  if (!first_seed) return first_seed.error();
  plan.first_seed = *first_seed;
  const Json& arms = (*json)["arms"];
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const std::string* const name = arms[i]["name"].text();
    const std::string* const folder = arms[i]["folder"].text();
    if (!name || !folder || *folder != safe_file_name(*folder) || folder->empty())
      return usage_error(fmt::format("{}: arm {} has no name or no folder", where, i + 1));
    auto config = config_from_json(arms[i]["config"], Config{}, where);
    if (!config) return config.error();
    plan.arms.push_back({*name, *folder, std::move(*config)});
  }
  if (plan.arms.empty()) return usage_error(fmt::format("{}: has no arms", where));
  if (json->contains("sweep")) {
    auto sweep = sweep_of_json((*json)["sweep"], where);
    if (!sweep) return sweep.error();
    plan.sweep = std::move(*sweep);
  }
  return plan;
}

}  // namespace switchyard
