#include "app/cli/words/sweep_words.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>

#include "app/cli/setups/presets.h"
#include "core/record/folder/run_place.h"
#include "core/study/study_list.h"
#include "core/study/sweep_plan.h"

namespace switchyard::app {
namespace {

constexpr std::int64_t kMostJobs = 256;

bool is_of_data(std::string_view key) { return key == "corpus" || key == "points" || key == "task"; }

struct SetWords {
  std::vector<StudyAxis> axes, common;
};

// Later words win.
Result<SetWords> read_set_words(const std::vector<std::string>& words) {
  std::vector<StudyAxis> all;
  for (const std::string& text : words) {
    auto axis = sweep_axis_from_text(text);
    if (!axis) return usage_error(fmt::format("--set: {}", axis.error().message));
    if (axis->key == "seed")
      return bad_argument("--set", text, "--seed N and --seeds N, as every arm is learned with the same seeds");
    std::erase_if(all, [&](const StudyAxis& before) { return before.key == axis->key; });
    all.push_back(std::move(*axis));
  }
  SetWords out;
  for (StudyAxis& axis : all) (axis.values.size() > 1 ? out.axes : out.common).push_back(std::move(axis));
  return out;
}

// Valid or not: the axes may yet make it so.
Result<Config> read_base(const Words& words, const std::vector<StudyAxis>& common,
                         std::vector<std::string>& notes) {
  Words of_arm = words;
  of_arm.set.clear();
  for (const StudyAxis& one : common)
    if (is_of_data(one.key)) of_arm.set.push_back(one.key + '=' + one.values[0]);
  auto arm =
      read_arm(words.arm.value_or(std::string(words.points ? kPointsPreset : kDefaultPreset)), of_arm, notes);
  if (!arm) return arm.error();
  for (const StudyAxis& one : common)
    if (const auto set = set_from_text(arm->config, one.key, one.values[0]); !set)
      return usage_error(fmt::format("--set: {}", set.error().message));
  return std::move(arm->config);
}

Result<std::int64_t> read_count(std::string_view argument, const std::string& text, std::int64_t most) {
  const auto count = to_integer(text);
  if (!count || *count < 1 || *count > most)
    return bad_argument(argument, text, fmt::format("a whole number from 1 to {}", most));
  return *count;
}

Result<StudyPlan> plan_of_words(const Words& words, SetWords set, std::vector<std::string>& notes) {
  const auto size = read_study_size(words, {kHeadlessSteps, kSweepSeeds, 1});
  if (!size) return size.error();
  const auto base = read_base(words, set.common, notes);
  if (!base) return base.error();
  std::int64_t count = 0;
  if (words.random) {
    const auto given = read_count("--random", *words.random, static_cast<std::int64_t>(kMostArms));
    if (!given) return given.error();
    count = *given;
  }
  auto plan = make_sweep_plan(*base, std::move(set.axes),
                              {size->steps, size->seeds, size->first_seed, count, words.halving});
  if (!plan) return usage_error(fmt::format("sweep: {}", plan.error().message));
  return plan;
}

// What the folder holds goes on; it may be given more seeds and steps.
Result<StudyPlan> plan_of_folder(const Words& words) {
  std::error_code code;
  if (!words.out || !std::filesystem::exists(std::filesystem::path(*words.out) / kStudyFile, code))
    return usage_error(
        "sweep: needs an axis, such as --set top_k=1,2,4; or --out DIR with a sweep in it, to go on with");
  auto plan = read_study(*words.out);
  if (!plan) return plan.error();
  if (!is_sweep(*plan))
    return usage_error(
        fmt::format("--out {}: is a study without axes; allowed is one that sweep has made, or --set "
                    "KEY=VALUE,VALUE",
                    *words.out));
  std::set<std::string_view> besides{"--steps", "--seeds", "--seed"};
  if (plan->sweep.halves) besides.insert("--halving");
  const std::string given = given_of_study(words, besides);
  if (words.arm || !given.empty())
    return usage_error(
        fmt::format("--out {}: goes on as it was begun, without {}; beside it go --steps, --seeds, --jobs, "
                    "--print-jobs, --only, --json and --theme, or an axis (--set KEY=VALUE,VALUE)",
                    *words.out, given.empty() ? "an arm" : given));
  const auto size = read_study_size(words, {plan->steps, plan->seeds, plan->first_seed});
  if (!size) return size.error();
  SweepPlan sweep = std::move(plan->sweep);
  plan = make_plan(std::move(plan->arms), size->steps, size->seeds, size->first_seed);
  if (plan) plan->sweep = std::move(sweep);
  return plan;
}

bool is_run_of(const StudyPlan& plan, const std::string& name) {
  return std::any_of(plan.arms.begin(), plan.arms.end(), [&](const StudyArm& arm) {
    for (std::int64_t i = 0; i < plan.seeds; ++i)
      if (run_name(arm, plan.first_seed + i) == name) return true;
    return false;
  });
}

}  // namespace

void add_sweep_words(CLI::App& sweep, Words& words) {
  sweep
      .add_option("arm", words.arm,
                  "What every run begins with: a preset, a JSON file of knobs, a run's folder; with ,KEY=VALUE "
                  "behind it (default: the default preset)")
      ->type_name("ARM");
  sweep
      .add_option(
          "--set", words.set,
          "One knob: several values are an axis (1,2,4; of whole numbers 1..8; 0.001..0.1:5 are five, evenly "
          "spaced on the knob's scale), one value is every run's; may be repeated")
      ->type_name("KEY=VALUES")
      ->allow_extra_args(false);
  sweep.add_option("--random", words.random, "Draw N combinations instead of learning all")->type_name("N");
  sweep.add_flag(
      "--halving", words.halving,
      "Learn all arms for a part of the steps, the better half for twice as many, ..., two for all. The "
      "learning rate follows schedule_steps, not this");
  sweep.add_option("--steps", words.steps, "Optimizer steps of each run (default 500)")->type_name("N");
  sweep.add_option("--seeds", words.seeds, "Runs of each combination (default 3)")->type_name("N");
  sweep.add_option("--seed", words.seed, "The first seed, and that of --random (default 1)")->type_name("N");
  sweep
      .add_option("--log", words.log,
                  "What is written of each run: csv, jsonl, tensorboard, or none (default csv,jsonl)")
      ->type_name("csv|jsonl|tensorboard|none");
  sweep.add_option("--corpus", words.corpus, "The text that every run learns")->type_name("FILE");
  sweep.add_option("--points", words.points, "The points that every run learns")->type_name("FILE");
  sweep
      .add_option(
          "--jobs", words.jobs,
          "Runs at once, each a process with the plan's threads: 1, or --set threads=N (default: as many as "
          "cores and memory allow)")
      ->type_name("N");
  sweep.add_flag(
      "--print-jobs", words.print_jobs,
      "Learn nothing; print a shell command for each run that has not ended, for GNU parallel or a batch "
      "system");
  sweep.add_option("--only", words.only, "Learn this one run of the sweep in --out, as --print-jobs names it")
      ->type_name("RUN");
  sweep.add_flag("--works", words.works)->group("");  // a process of another sweep
  sweep
      .add_option(
          "--out", words.out,
          "Folder of the sweep: new, empty, or one to go on with, then without any axis too (default: one in "
          "the user's data folder)")
      ->type_name("DIR");
  sweep.add_option("--theme", words.theme, "Of the figures")->type_name("dark|light");
  sweep.add_flag("--json", words.json, "Print it as JSON");
}

Result<void> read_sweep_words(const Words& words, Options& options) {
  options.mode = Mode::sweep;
  options.json = words.json;
  if (const auto read = read_theme_word(words, options); !read) return read.error();
  if (const auto named = named_data(words); !named) return named.error();
  if (words.out && words.out->empty()) return bad_argument("--out", "''", "the name of a folder");
  if (words.print_jobs && words.only) return usage_error("--only: learns a run, --print-jobs prints all of them");
  if (words.jobs) {
    const auto jobs = read_count("--jobs", *words.jobs, kMostJobs);
    if (!jobs) return jobs.error();
    options.jobs = *jobs;
  }
  auto set = read_set_words(words.set);
  if (!set) return set.error();
  auto plan = set->axes.empty() ? plan_of_folder(words) : plan_of_words(words, std::move(*set), options.notes);
  if (!plan) return plan.error();
  if (words.only && !is_run_of(*plan, *words.only))
    return bad_argument(
        "--only", *words.only,
        fmt::format("a run of this sweep, {} to {}", run_name(plan->arms.front(), plan->first_seed),
                    run_name(plan->arms.back(), plan->first_seed + plan->seeds - 1)));
  options.study = std::make_shared<const StudyPlan>(std::move(*plan));
  options.only = words.only.value_or("");
  options.print_jobs = words.print_jobs, options.works = words.works;
  options.out = words.out ? *words.out : new_run_folder(default_studies_directory(), "sweep").native();
  return {};
}

}  // namespace switchyard::app
