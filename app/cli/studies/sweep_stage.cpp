#include "app/cli/studies/sweep_stage.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <variant>

#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "app/cli/studies/workers.h"
#include "core/base/printable.h"
#include "core/study/study_run.h"

namespace switchyard::app {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kRetry{250}, kToldEvery{200};
constexpr int kListen_ms = 100;
constexpr double kKept = 0.9;  // of the loss that is shown

StudyMeans means_for(const EngineMeans& means, const std::string& run, const StageWatch& watch) {
  StudyMeans out{means.make_trainer, means.make_trainer_from};
  const auto shown = std::make_shared<double>(kMissing);
  out.on_step = [&watch, run, shown](const StepRecord& record) {
    *shown = std::isnan(*shown) ? record.loss : kKept * *shown + (1 - kKept) * record.loss;
    watch.on_step(run, record.step, *shown);
  };
  out.on_news = watch.on_news;
  out.asked_to_end = []() -> std::optional<Error> {
    if (EndSignals::asked_to_end()) return EndSignals::request();
    return std::nullopt;
  };
  return out;
}

// Whether it has ended now; HeldElsewhere: not by us.
Result<RunOutcome> learn_named(const std::filesystem::path& folder, const StudyPlan& stage, const StudyArm& arm,
                               std::int64_t seed, const EngineMeans& means, const StageWatch& watch) {
  const std::string run = run_name(arm, seed);
  auto outcome = learn_run(folder, stage, arm, seed, means_for(means, run, watch));
  if (!outcome) {
    if (outcome.error().kind == ErrorKind::interrupted) return outcome;
    return Error{outcome.error().kind, fmt::format("{}, seed {}: {}", arm.name, seed, outcome.error().message)};
  }
  if (const RunResult* const result = std::get_if<RunResult>(&*outcome)) {
    if (!result->diverged.empty())
      watch.on_news(fmt::format("{}, seed {} diverged at {}", arm.name, seed, result->diverged));
    watch.on_end(run);
  }
  return outcome;
}

// "step RUN 310 1.873", "end RUN", "news TEXT".
void take_line(std::string_view line, const StageWatch& watch) {
  const auto word = [&] {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view first = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return first;
  };
  const std::string_view kind = word();
  if (kind == "news") return watch.on_news(std::string(line));
  const std::string run(word());
  if (kind == "end" && !run.empty()) return watch.on_end(run);
  if (kind != "step") return;
  std::int64_t step = 0;
  double loss = kMissing;
  const std::string_view steps = word();
  if (std::from_chars(steps.data(), steps.data() + steps.size(), step).ec != std::errc()) return;
  std::from_chars(line.data(), line.data() + line.size(), loss);
  watch.on_step(run, step, loss);
}

Result<bool> has_all_ended(const std::filesystem::path& folder, const StudyPlan& stage) {
  for (const StudyArm& arm : stage.arms)
    for (std::int64_t i = 0; i < stage.seeds; ++i) {
      const auto ended = ended_run(folder, stage, arm, stage.first_seed + i);
      if (!ended) return ended.error();
      if (!*ended) return false;
    }
  return true;
}

}  // namespace

Result<void> learn_stage(const std::filesystem::path& folder, const StudyPlan& stage, const EngineMeans& means,
                         const StageWatch& watch) {
  std::set<std::string> over;  // ended, or refused
  std::optional<Error> refused;
  std::size_t ended_runs = 0;
  bool has_waited = false;
  for (bool is_held = true; is_held;) {
    is_held = false;
    bool has_learned = false;
    for (std::int64_t i = 0; i < stage.seeds; ++i)
      for (const StudyArm& arm : stage.arms) {
        const std::int64_t seed = stage.first_seed + i;
        const std::string run = run_name(arm, seed);
        if (over.contains(run)) continue;
        const auto before = ended_run(folder, stage, arm, seed);
        if (!before) return before.error();
        if (*before) {
          ++ended_runs;
          over.insert(run);
          continue;
        }
        if (EndSignals::asked_to_end()) return EndSignals::request();
        const auto outcome = learn_named(folder, stage, arm, seed, means, watch);
        if (!outcome && outcome.error().kind != ErrorKind::usage) return outcome.error();
        if (outcome && std::holds_alternative<HeldElsewhere>(*outcome)) {
          is_held = true;
          continue;
        }
        over.insert(run);
        has_learned = true;
        if (outcome) {
          ++ended_runs;
        } else {
          watch.on_news(outcome.error().message);
          refused = outcome.error();
        }
      }
    if (!is_held || has_learned) continue;
    if (!std::exchange(has_waited, true) && watch.on_waiting) watch.on_waiting();
    std::this_thread::sleep_for(kRetry);
  }
  if (refused && ended_runs == 0) return *refused;
  return {};
}

Result<void> learn_one(const std::filesystem::path& folder, const StudyPlan& stage, const std::string& run,
                       const EngineMeans& means, const StageWatch& watch) {
  for (const StudyArm& arm : stage.arms)
    for (std::int64_t i = 0; i < stage.seeds; ++i) {
      const std::int64_t seed = stage.first_seed + i;
      if (run_name(arm, seed) != run) continue;
      const auto outcome = learn_named(folder, stage, arm, seed, means, watch);
      if (!outcome) return outcome.error();
      if (std::holds_alternative<HeldElsewhere>(*outcome))
        return usage_error(fmt::format("{}: another process is at work on it", run));
      return {};
    }
  return usage_error(fmt::format("{}: halving has gone on without it", run));
}

Result<void> learn_stage_together(const std::filesystem::path& folder, const StudyPlan& stage, std::size_t jobs,
                                  const StageWatch& watch) {
  Workers workers;
  for (std::size_t i = 0; i < jobs; ++i)
    if (auto started = workers.start({"sweep", "--out", folder.native(), "--works"}); !started) return started;
  bool was_asked = false;
  bool all_ended_well = true;
  while (workers.running() > 0) {
    workers.listen(kListen_ms, [&](std::string_view line) { take_line(line, watch); });
    for (const Workers::End& end : workers.take_ends()) {
      if (end.signal != 0 && !was_asked)
        watch.on_news(fmt::format("a process was ended by signal {}{}", end.signal,
                                  workers.running() > 0 ? "; the others take up its run" : ""));
      if (end.code == Workers::kNoProgram)
        watch.on_news("a further process could not begin: this program is not there any more");
      all_ended_well = all_ended_well && end.code == 0 && end.signal == 0;
    }
    if (EndSignals::asked_to_end() && !std::exchange(was_asked, true)) workers.ask_to_end();
  }
  if (was_asked) return EndSignals::request();
  const auto is_done = has_all_ended(folder, stage);
  if (!is_done) return is_done.error();
  if (*is_done || all_ended_well) return {};
  return failure("its processes ended before its runs had, as they say above");
}

StageWatch watch_in_lines() {
  using Clock = std::chrono::steady_clock;
  const auto say = [](const std::string& line) { inform(line + '\n', STDOUT_FILENO); };
  StageWatch watch;
  const auto next = std::make_shared<Clock::time_point>();
  watch.on_step = [say, next](const std::string& run, std::int64_t step, double loss) {
    if (Clock::now() < *next) return;
    *next = Clock::now() + kToldEvery;
    say(fmt::format("step {} {} {}", run, step, loss));
  };
  watch.on_end = [say](const std::string& run) { say("end " + run); };
  watch.on_news = [say](const std::string& news) { say("news " + printable(news)); };
  return watch;
}

}  // namespace switchyard::app
