#include "app/cli/studies/compare.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>
#include <variant>

#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "app/cli/studies/study_progress.h"
#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/study/pairing.h"
#include "core/study/study_report.h"
#include "core/study/study_run.h"

namespace switchyard::app {
namespace {

void introduce(const StudyPlan& plan, const std::filesystem::path& folder) {
  inform("{} arms, {} seeds from {} on, {} steps each: {} runs in {}\n", plan.arms.size(), plan.seeds,
         plan.first_seed, plan.steps, plan.arms.size() * static_cast<std::size_t>(plan.seeds),
         printable(folder.native()));
  for (const StudyArm& arm : plan.arms) {
    std::string names;
    for (const Knob* knob : unpaired_knobs(plan.arms[0].config, arm.config))
      names += (names.empty() ? "" : ", ") + std::string(knob->key);
    if (!names.empty())
      inform("{} is not paired with {}: {} changes the batches\n", arm.name, plan.arms[0].name, names);
  }
}

// The verdict of the seeds so far, where it is one.
Result<void> tell_provisional(const std::filesystem::path& folder, const StudyPlan& plan,
                              StudyProgress& progress) {
  const auto results = read_results(folder, plan);
  if (!results) return results.error();
  const std::size_t seeds = results->judged_seeds.size();
  if (seeds < kFirstVerdictSeeds || seeds >= static_cast<std::size_t>(plan.seeds) || results->words.empty())
    return {};
  progress.finish();
  inform("{} of {} seeds: {}\n", seeds, plan.seeds, results->words);
  return {};
}

struct Learned {
  std::size_t held = 0;  // by other processes
};

Result<Learned> learn_all(const std::filesystem::path& folder, const StudyPlan& plan, StudyMeans means,
                          StudyProgress& progress) {
  means.on_step = [&](const StepRecord& record) { progress.update(record); };
  means.on_news = [&](const std::string& news) {
    progress.finish();
    inform("switchyard: {}\n", printable(news));
  };
  means.asked_to_end = []() -> std::optional<Error> {
    if (EndSignals::asked_to_end()) return EndSignals::request();
    return std::nullopt;
  };
  Learned learned;
  std::int64_t run = 0;
  for (std::int64_t i = 0; i < plan.seeds; ++i) {
    bool is_news = false;
    for (const StudyArm& arm : plan.arms) {
      ++run;
      const std::int64_t seed = plan.first_seed + i;
      const auto before = ended_run(folder, plan, arm, seed);
      if (!before) return before.error();
      if (*before) continue;
      if (EndSignals::asked_to_end()) return EndSignals::request();
      progress.begin_run(run, fmt::format("{}, seed {}", arm.name, seed));
      const auto outcome = learn_run(folder, plan, arm, seed, means);
      if (!outcome) {
        progress.finish();
        return Error{outcome.error().kind,
                     fmt::format("{}, seed {}: {}", arm.name, seed, outcome.error().message)};
      }
      if (std::holds_alternative<HeldElsewhere>(*outcome)) {
        ++learned.held;
        continue;
      }
      is_news = true;
      if (const RunResult& result = std::get<RunResult>(*outcome); !result.diverged.empty())
        means.on_news(fmt::format("{}, seed {} diverged at {}", arm.name, seed, result.diverged));
    }
    if (is_news)
      if (auto told = tell_provisional(folder, plan, progress); !told) return told.error();
  }
  return learned;
}

Result<std::string> compare(const Options& options, const MakeTrainer& make_trainer,
                            const MakeTrainerFrom& make_trainer_from, const DrawStudy& draw_study) {
  const std::filesystem::path folder = options.out;
  if (auto settled = settle_study(folder, *options.study); !settled) return settled.error();
  const auto settled_plan = read_study(folder);  // with what earlier calls have brought into it
  if (!settled_plan) return settled_plan.error();
  const StudyPlan& plan = *settled_plan;
  introduce(plan, folder);
  StudyProgress progress(STDERR_FILENO, static_cast<std::int64_t>(plan.arms.size()) * plan.seeds, plan.steps);
  const auto learned = learn_all(folder, plan, {make_trainer, make_trainer_from}, progress);
  progress.finish();
  if (!learned) {
    if (learned.error().kind != ErrorKind::interrupted) return learned.error();
    return Error{ErrorKind::interrupted,
                 fmt::format("{}; the same command goes on from there", learned.error().message)};
  }
  const auto results = read_results(folder, plan);
  if (!results) return results.error();
  const auto curves = read_curves(folder, *results);
  if (auto written = write_report(folder, *results, curves); !written) return written.error();
  if (draw_study) {
    const auto drawn = caught("the figures", [&] { return draw_study(*results, curves, folder / "figures"); });
    if (!drawn) return drawn.error();
    for (const std::string& line : drawn->told) inform("{}\n", printable(line));
  }
  if (learned->held > 0)
    inform("{} runs are held by other processes; the same command tells when they have ended\n", learned->held);
  inform("comparison: {}\n", printable(folder.native()));
  return options.json ? dump_json(report_json(*results), 2) + '\n' : report_text(*results);
}

}  // namespace

Result<std::string> run_compare(const Options& options, const MakeTrainer& make_trainer,
                                const MakeTrainerFrom& make_trainer_from, const DrawStudy& draw_study) {
  const EndSignals signals;
  return caught("the comparison", [&] { return compare(options, make_trainer, make_trainer_from, draw_study); });
}

}  // namespace switchyard::app
