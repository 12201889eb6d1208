#include "core/study/study_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/printable.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/data/data_file.h"
#include "core/record/files/files.h"
#include "core/study/claims.h"

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

Json json_of_arm(const StudyArm& arm) {
  Json json{{"name", arm.name}, {"folder", arm.folder}, {"config", to_json(arm.config)}};
  if (arm.data)
    json.member("data") =
        Json{{"bytes", static_cast<std::int64_t>(arm.data->bytes)}, {"sha256", arm.data->sha256}};
  return json;
}

Json plan_json(const StudyPlan& plan) {
  Json arms = Json::array();
  for (const StudyArm& arm : plan.arms) arms.push_back(json_of_arm(arm));
  Json json{{"study", kFormat},    {"switchyard", version()},       {"steps", plan.steps},
            {"seeds", plan.seeds}, {"first_seed", plan.first_seed}, {"arms", std::move(arms)}};
  if (!plan.looks.empty()) json.member("looks") = plan.looks;
  if (is_sweep(plan)) json.member("sweep") = json_of_sweep(plan.sweep);
  return json;
}

Result<std::int64_t> whole(const Json& json, std::string_view key, std::int64_t least, const std::string& where) {
  const std::int64_t* const value = json[key].integer();
  if (!value || *value < least)
    return usage_error(
        fmt::format("{}: {} is {}; allowed is a whole number from {} on", where, key, excerpt(json[key]), least));
  return *value;
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
    const auto changed = changed_setup(before->config, arm.config);
    if (changed.empty() && before->data && arm.data && *before->data != *arm.data)
      return usage_error(fmt::format(
          "{}: arm {} learns another file than when the study began: {} bytes with SHA-256 {}, then {} bytes with "
          "{}; "
          "allowed is another folder",
          where, arm.name, arm.data->bytes, arm.data->sha256, before->data->bytes, before->data->sha256));
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

// Arms that this command does not name stay arms of the study, and what a file was when it began stays that.
StudyPlan with_arms_of(const StudyPlan& old, StudyPlan plan, bool was_told) {
  for (StudyArm& arm : plan.arms)
    for (const StudyArm& before : old.arms)
      if (before.folder == arm.folder && before.data) arm.data = before.data;
  for (const StudyArm& arm : old.arms)
    if (std::none_of(plan.arms.begin(), plan.arms.end(),
                     [&](const StudyArm& a) { return a.folder == arm.folder; }))
      plan.arms.push_back(arm);
  plan.looks = old.looks;
  if (plan.first_seed == old.first_seed) {
    plan.seeds = std::max(plan.seeds, old.seeds);
    if (was_told && plan.seeds > old.seeds) plan.looks.push_back(old.seeds);
  }
  add_sweep_of(old.sweep, plan.sweep);
  return plan;
}

// What holds of every plan, however it came about.
Result<void> check_plan(const StudyPlan& plan) {
  const std::vector<StudyArm>& arms = plan.arms;
  if (arms.empty()) return usage_error("a study needs an arm: a setup to learn with");
  if (arms.size() > kMostArms)
    return usage_error(fmt::format("{} arms: allowed are up to {}", arms.size(), kMostArms));
  if (plan.steps < 1) return usage_error(fmt::format("{} steps: allowed is 1 and more", plan.steps));
  if (plan.seeds < 1 || plan.seeds > kMostSeeds)
    return usage_error(fmt::format("--seeds {}: allowed is 1 to {}", plan.seeds, kMostSeeds));
  if (plan.first_seed < 0 || static_cast<double>(plan.first_seed) + static_cast<double>(plan.seeds) > kMostSeed)
    return usage_error(fmt::format("--seed {}: allowed is 0 to 2^53 less the number of seeds", plan.first_seed));
  for (const StudyArm& arm : arms) {
    if (arm.config.task != arms[0].config.task)
      return usage_error(
          fmt::format("{} and {}: one learns a text and the other points, so nothing of them can be compared",
                      arms[0].name, arm.name));
    if (const auto problems = validate(arm.config); !problems.empty())
      return usage_error(fmt::format("{}: {}", arm.name, problems[0].message));
  }
  return {};
}

// In a sweep whatever else differs would be taken for the axes' doing.
Result<void> check_only_axes_differ(const StudyPlan& plan, const std::string& where) {
  if (!is_sweep(plan)) return {};
  for (const Knob* knob : differing_knobs(plan))
    if (!knob->only_recorded && std::none_of(plan.sweep.axes.begin(), plan.sweep.axes.end(),
                                             [&](const StudyAxis& axis) { return axis.key == knob->key; }))
      return usage_error(
          fmt::format("{}: {} is not the same in the arms that are there and those that are asked for, and is no "
                      "axis; allowed is "
                      "--set {}=A,B with both, or another folder",
                      where, knob->key, knob->key));
  return {};
}

// Of files that can be read now; of others whoever learns from them says so.
void fingerprint_data(StudyPlan& plan) {
  std::map<std::string, std::optional<Fingerprint>> known;
  for (StudyArm& arm : plan.arms) {
    if (!learns_from_file(arm.config)) continue;
    const std::string& file = arm.config.*data_knob(arm.config.task).file;
    const auto [at, is_new] = known.try_emplace(file);
    if (is_new)
      if (const auto bytes = read_data_file(arm.config.task, file)) at->second = fingerprint(*bytes);
    arm.data = at->second;
  }
}

// Nothing is made in a folder of somebody else's. One that begins has claims before it has a plan.
bool may_be_ours(const std::filesystem::path& study) {
  std::error_code code;
  const bool is_new = !std::filesystem::exists(study, code) ||
                      (std::filesystem::is_directory(study, code) && std::filesystem::is_empty(study, code));
  return is_new || std::filesystem::exists(study / kStudyFile, code) || std::filesystem::exists(study / kClaims, code);
}

}  // namespace

std::string_view unit_of_loss(const StudyPlan& plan) {
  return plan.arms[0].config.task == TaskKind::language ? "nats a token" : "nats a point";
}

std::string words_of_looks(const StudyPlan& plan) {
  if (plan.looks.empty()) return {};
  return fmt::format(
      " Seeds were added after a verdict at {}: looking again and again finds something by chance more often than "
      "5 %.",
      fmt::join(plan.looks, ", "));
}

void name_files_in_full(Config& config) {
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters})
    if (std::string& file = config.*data_knob(task).file; file != data_knob(task).built_in)
      file = absolute_text(file);
}

Result<StudyPlan> make_plan(std::vector<StudyArm> arms, std::int64_t steps, std::int64_t seeds,
                            std::int64_t first_seed) {
  std::set<std::string> names, folders;
  for (StudyArm& arm : arms) {
    arm.config.seed = Config{}.seed;
    name_files_in_full(arm.config);
    arm.name = free_name(printable(arm.name), names);
    const std::string safe = safe_file_name(arm.folder.empty() ? arm.name : arm.folder);
    arm.folder = free_name(safe.empty() ? "arm" : safe, folders);
  }
  StudyPlan plan{std::move(arms), steps, seeds, first_seed, {}, {}};
  if (auto right = check_plan(plan); !right) return right.error();
  return plan;
}

Config config_of(const StudyArm& arm, std::int64_t seed) {
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
    const KnobValue first = knob.get(plan.arms[0].config);
    if (std::any_of(plan.arms.begin(), plan.arms.end(),
                    [&](const StudyArm& arm) { return knob.get(arm.config) != first; }))
      out.push_back(&knob);
  }
  return out;
}

Result<void> settle_without_data(const std::filesystem::path& study, const StudyPlan& plan) {
  namespace fs = std::filesystem;
  std::error_code code;
  const std::string where = printable(study.native());
  if (!may_be_ours(study))
    return usage_error(
        fmt::format("--out {}: holds something that is no study; allowed is a new or empty folder, or "
                    "that of a study to go on with",
                    where));
  fs::create_directories(study / kClaims, code);
  if (code) return usage_error(fmt::format("--out {}: cannot be made: {}", where, code.message()));
  const auto held = claim(study, "study");
  if (!held) return held.error();
  fs::create_directories(study / "runs", code);
  if (code) return usage_error(fmt::format("--out {}: cannot be made: {}", where, code.message()));
  const fs::path file = study / kStudyFile;
  StudyPlan whole_plan = plan;
  std::string before;
  if (fs::exists(file, code)) {
    const auto old = read_study(study);
    if (!old) return old.error();
    if (auto same = check_same(*old, whole_plan, where); !same) return same;
    const bool was_told = fs::exists(study / kComparisonFile, code) || fs::exists(study / kSweepFile, code);
    whole_plan = with_arms_of(*old, std::move(whole_plan), was_told);
    if (auto right = check_plan(whole_plan); !right) return right;
    if (auto same = check_only_axes_differ(whole_plan, where); !same) return same;
    before = dump_json(plan_json(*old), 2) + '\n';
  }
  // Many jobs may begin at once, and each would write what is there.
  const std::string text = dump_json(plan_json(whole_plan), 2) + '\n';
  if (text == before) return {};
  return replace_file(file, text);
}

Result<void> settle_study(const std::filesystem::path& study, const StudyPlan& plan) {
  StudyPlan with_data = plan;
  fingerprint_data(with_data);
  return settle_without_data(study, with_data);
}

Result<StudyPlan> read_study(const std::filesystem::path& study) {
  const auto json = read_json_file(study / kStudyFile);
  if (!json) return json.error();
  const std::string where = printable((study / kStudyFile).native());
  const std::int64_t* const format = (*json)["study"].integer();
  if (!format || *format < kFirstFormat || *format > kFormat) {
    const std::string* const program = (*json)["switchyard"].text();
    return usage_error(fmt::format("{}: is no study of this version of Switchyard{}", where,
                                   program ? said_of_later(*program) : std::string()));
  }
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
    config->seed = Config{}.seed;
    StudyArm& arm = plan.arms.emplace_back(StudyArm{*name, *folder, std::move(*config)});
    const std::int64_t* const bytes = arms[i]["data"]["bytes"].integer();
    const std::string* const sha256 = arms[i]["data"]["sha256"].text();
    if (bytes && *bytes >= 0 && sha256) arm.data = Fingerprint{static_cast<std::uint64_t>(*bytes), *sha256};
  }
  for (std::size_t i = 0; i < (*json)["looks"].size(); ++i)
    if (const std::int64_t* const seeds = (*json)["looks"][i].integer()) plan.looks.push_back(*seeds);
  if (auto right = check_plan(plan); !right)
    return usage_error(fmt::format("{}: {}", where, right.error().message));
  if (json->contains("sweep")) {
    auto sweep = sweep_of_json((*json)["sweep"], where);
    if (!sweep) return sweep.error();
    plan.sweep = std::move(*sweep);
  }
  return plan;
}

}  // namespace switchyard
