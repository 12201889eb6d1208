#include "app/cli/studies/sweep.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "app/cli/setups/setup.h"
#include "app/cli/studies/sweep_progress.h"
#include "app/cli/studies/sweep_room.h"
#include "app/cli/studies/sweep_stage.h"
#include "app/cli/studies/workers.h"
#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/study/halving.h"
#include "core/study/study_run.h"
#include "core/study/sweep_report.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostToldLeftOut = 10;

using Decisions = std::vector<RungDecision>;

void introduce_sweep(const StudyPlan& plan, const std::filesystem::path& folder) {
  std::string axes;
  for (const StudyAxis& axis : plan.sweep.axes)
    axes += fmt::format("{}{} of {}", axes.empty() ? "" : ", ", axis.values.size(), axis.key);
  inform("{} combinations ({}{}), {} from {} on, {} steps each: {} runs in {}\n", plan.arms.size(), axes,
         plan.sweep.drawn > 0 ? ", drawn" : "", fmt::format("{} seed{}", plan.seeds, plan.seeds == 1 ? "" : "s"),
         plan.first_seed, plan.steps, plan.arms.size() * static_cast<std::size_t>(plan.seeds),
         printable(folder.native()));
  const auto& left_out = plan.sweep.left_out;
  for (std::size_t i = 0; i < std::min(left_out.size(), kMostToldLeftOut); ++i)
    inform("left out: {}: {}\n", left_out[i].name, left_out[i].why);
  if (left_out.size() > kMostToldLeftOut)
    inform("... and {} more, named in study.json\n", left_out.size() - kMostToldLeftOut);
  if (!plan.sweep.halves) return;
  std::string text;
  for (const Rung& rung : rungs_of(plan))
    text += fmt::format("{}{} for {} steps", text.empty() ? "" : ", ", rung.arms, rung.steps);
  inform("halving: {}\n", text);
}

// Of the runs of a stage those that have not ended, by name.
Result<std::vector<std::string>> runs_left(const std::filesystem::path& folder, const StudyPlan& stage) {
  std::vector<std::string> out;
  for (std::int64_t i = 0; i < stage.seeds; ++i)
    for (const StudyArm& arm : stage.arms) {
      const auto ended = ended_run(folder, stage, arm, stage.first_seed + i);
      if (!ended) return ended.error();
      if (!*ended) out.push_back(run_name(arm, stage.first_seed + i));
    }
  return out;
}

// Steps of all runs through all rungs.
std::int64_t steps_in_all(const StudyPlan& plan) {
  std::int64_t steps = 0, before = 0;
  for (const Rung& rung : rungs_of(plan)) {
    steps += static_cast<std::int64_t>(rung.arms) * plan.seeds * (rung.steps - before);
    before = rung.steps;
  }
  return steps;
}

StageWatch watch_on(SweepProgress& progress) {
  return {
      .on_step = [&](const std::string& run, std::int64_t step, double loss) { progress.step(run, step, loss); },
      .on_end = [&](const std::string& run) { progress.end(run); },
      .on_news =
          [&](const std::string& news) {
            progress.finish();
            inform("switchyard: {}\n", printable(news));
          },
      .on_waiting =
          [&] {
            progress.finish();
            inform("waiting for runs at which other processes are at work\n");
          }};
}

// A whole sweep, on the run from here.
class Sweep {
 public:
  Sweep(const Options& options, StudyPlan plan, EngineMeans means)
      : options_(options), plan_(std::move(plan)), means_(std::move(means)), folder_(options.out) {}

  Result<std::string> print_jobs() {
    auto left = next_runs();
    if (!left) return left.error();
    const auto program = own_program();
    if (!program) return program.error();
    std::error_code code;
    const std::filesystem::path folder = std::filesystem::absolute(folder_, code);
    std::string text;
    for (const std::string& run : *left)
      text += fmt::format("{} sweep --out {} --only {}\n", shell_quoted(*program),
                          shell_quoted((code ? folder_ : folder).native()), shell_quoted(run));
    if (left->empty()) inform("every run has ended; the same command without --print-jobs tells what came out\n");
    else if (!is_last_stage(plan_, decided_))
      inform(
          "halving: these are the runs of rung {} of {}; when they have ended the same command prints the next\n",
          decided_.size() + 1, rungs_of(plan_).size());
    return text;
  }

  Result<std::string> learn_only() {
    if (auto read = read_decisions(); !read) return read.error();
    const StudyPlan stage = stage_of(plan_, decided_);
    SweepProgress progress(STDERR_FILENO, stage.steps, 1);
    progress.begin_rung(0, 1, 0, 0, stage.steps);
    const auto learned = learn_one(folder_, stage, options_.only, means_, watch_on(progress));
    progress.finish();
    if (!learned) return learned.error();
    return std::string();
  }

  // For another process, which watches and decides.
  Result<std::string> work() {
    if (auto read = read_decisions(); !read) return read.error();
    const auto learned = learn_stage(folder_, stage_of(plan_, decided_), means_, watch_in_lines());
    if (!learned) return learned.error();
    return std::string();
  }

  Result<void> learn_all() {
    if (auto read = read_decisions(); !read) return read;
    const std::vector<Rung> rungs = rungs_of(plan_);
    SweepProgress progress(STDERR_FILENO, steps_in_all(plan_), rungs.size());
    std::int64_t before = 0;
    for (std::size_t i = 0; i < rungs.size(); before = rungs[i].steps, ++i) {
      const auto runs = static_cast<std::int64_t>(rungs[i].arms) * plan_.seeds;
      if (i < decided_.size()) {
        progress.begin_rung(i, runs, runs, before, rungs[i].steps);
        continue;
      }
      const StudyPlan stage = stage_of(plan_, decided_);
      const auto left = runs_left(folder_, stage);
      if (!left) return left.error();
      progress.begin_rung(i, runs, runs - static_cast<std::int64_t>(left->size()), before, rungs[i].steps);
      auto learned = learn(stage, left->size(), progress);
      progress.finish();
      if (!learned) return learned;
      if (auto next = decide_next(); !next) return next;
    }
    return {};
  }

 private:
  Result<void> read_decisions() {
    auto read = read_rungs(folder_, plan_);
    if (!read) return read.error();
    decided_ = std::move(*read);
    return {};
  }

  Result<void> decide_next() {
    if (is_last_stage(plan_, decided_)) return {};
    auto decided = decide(folder_, plan_, decided_);
    if (!decided) return decided.error();
    decided_ = std::move(*decided);
    return {};
  }

  // Of the first stage that has any; what is decided on the way is written down.
  Result<std::vector<std::string>> next_runs() {
    if (auto read = read_decisions(); !read) return read.error();
    for (;;) {
      auto left = runs_left(folder_, stage_of(plan_, decided_));
      if (!left || !left->empty() || is_last_stage(plan_, decided_)) return left;
      if (auto next = decide_next(); !next) return next.error();
    }
  }

  Result<void> learn(const StudyPlan& stage, std::size_t left, SweepProgress& progress) {
    if (left == 0) return {};
    const StageWatch watch = watch_on(progress);
    const auto room = room_for(stage, left, static_cast<std::size_t>(options_.jobs));
    if (!room) return room.error();
    if (!room->note.empty() && !std::exchange(told_room_, true)) watch.on_news(room->note);
    if (room->jobs > 1) return learn_stage_together(folder_, stage, room->jobs, watch);
    return learn_stage(folder_, stage, means_, watch);
  }

  const Options& options_;
  StudyPlan plan_;
  EngineMeans means_;
  std::filesystem::path folder_;
  Decisions decided_;
  bool told_room_ = false;
};

Result<std::string> report(const Options& options, const StudyPlan& plan, const DrawSweep& draw_sweep) {
  const std::filesystem::path folder = options.out;
  const auto results = read_sweep(folder, plan);
  if (!results) return results.error();
  const auto curves = read_curves(folder, results->results);
  if (auto written = write_sweep_report(folder, *results, curves); !written) return written.error();
  if (draw_sweep) {
    const auto drawn = caught("the figures", [&] { return draw_sweep(*results, curves, folder / "figures"); });
    if (!drawn) return drawn.error();
    for (const std::string& line : drawn->told) inform("{}\n", printable(line));
  }
  inform("sweep: {}\n", printable(folder.native()));
  return options.json ? dump_json(sweep_json(*results), 2) + '\n' : sweep_text(*results);
}

Result<std::string> sweep(const Options& options, const EngineMeans& means, const DrawSweep& draw_sweep) {
  const std::filesystem::path folder = options.out;
  if (!options.works)
    if (auto settled = settle_study(folder, *options.study); !settled) return settled.error();
  auto plan = read_study(folder);  // with what earlier calls have brought into it
  if (!plan) return plan.error();
  Sweep on(options, *plan, means);
  if (options.works) return on.work();
  if (!options.only.empty()) return on.learn_only();
  introduce_sweep(*plan, folder);
  if (options.print_jobs) return on.print_jobs();
  if (auto learned = on.learn_all(); !learned) {
    if (learned.error().kind != ErrorKind::interrupted) return learned.error();
    return Error{ErrorKind::interrupted,
                 fmt::format("{}; the same command goes on from there", learned.error().message)};
  }
  return report(options, *plan, draw_sweep);
}

}  // namespace

Result<std::string> run_sweep(const Options& options, const MakeTrainer& make_trainer,
                              const MakeTrainerFrom& make_trainer_from, const DrawSweep& draw_sweep) {
  const EndSignals signals;
  return caught("the sweep", [&] { return sweep(options, {make_trainer, make_trainer_from}, draw_sweep); });
}

}  // namespace switchyard::app
