#include "app/window/beside/study_host.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

#include "app/run/notices.h"
#include "app/window/beside/companion_process.h"
#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/record/folder/run_place.h"
#include "core/study/study_results.h"
#include "core/study/sweep_plan.h"
#include "core/study/sweep_results.h"

namespace switchyard::app {
namespace {

constexpr int kInterrupted = 130;  // an exit code
constexpr double kForever = std::numeric_limits<double>::infinity();

// Its name as a command, and what it is called.
struct KindWords {
  const char *command, *log, *called, *left;
};
KindWords kind_words(HostedStudy kind) {
  if (kind == HostedStudy::sweep) return {"sweep", "sweep.log", "the sweep", "A sweep"};
  return {"compare", "compare.log", "the comparison", "A study"};
}

}  // namespace

Result<void> StudyHost::begin(const StudyPlan& plan, const std::filesystem::path& folder) {
  // Its data are read by the process, which may take as long as it likes.
  if (auto settled = settle_without_data(folder, plan); !settled) return settled;
  return start(folder);
}

Result<void> StudyHost::start(const std::filesystem::path& folder) {
  if (process_ >= 0) before_.reserve(before_.size() + 1);
  const auto child = start_process(program_, {kind_words(kind_).command, "--out", folder.native()},
                                   folder / kind_words(kind_).log);
  if (!child) return child.error();
  leave_process();
  process_ = *child;
  is_cancelled_ = is_remembered_ = is_due_ = false;
  not_started_.clear();
  ended_with_ = 0;
  folder_ = folder;
  next_s_ = 0;
  return {};
}

Result<void> StudyHost::take_up(const StudyAsked& asked) {
  auto plan = read_study(asked.folder);
  if (!plan) return plan.error();
  if (asked.more_seeds > 0) {
    plan->seeds += asked.more_seeds;
    return begin(*plan, asked.folder);
  }
  leave_process();
  if (asked.goes_on && before_.empty()) return start(asked.folder);
  is_due_ = asked.goes_on;
  is_cancelled_ = false;
  is_remembered_ = asked.is_remembered;
  not_started_.clear();
  ended_with_ = 0;
  folder_ = asked.folder;
  next_s_ = 0;
  return {};
}

void StudyHost::cancel() {
  if (std::exchange(is_due_, false)) {
    is_cancelled_ = true;
    next_s_ = 0;
  }
  if (process_ < 0 || is_cancelled_) return;
  ::kill(process_, SIGTERM);
  // It writes what it has; whoever waits for that is not the window.
  is_cancelled_ = true;
  next_s_ = 0;
}

// It ends by itself, asked for it, and is collected then.
void StudyHost::leave_process() {
  cancel();
  if (process_ >= 0) before_.push_back(std::exchange(process_, -1));
}

void StudyHost::reap() {
  std::erase_if(before_, [](pid_t process) { return end_of(process).has_value(); });
  const auto status = process_ >= 0 ? end_of(process_) : std::nullopt;
  if (!status) return;
  process_ = -1;
  ended_with_ = *status;
  next_s_ = 0;  // read once more: its last words
}

std::string StudyHost::why_it_ended() const {
  if (process_ >= 0 || is_cancelled_ || is_due_) return {};
  if (!not_started_.empty()) return not_started_;
  if (WIFSIGNALED(ended_with_))
    return fmt::format("It was ended by a signal: {}.", ::strsignal(WTERMSIG(ended_with_)));
  const int code = WEXITSTATUS(ended_with_);
  if (code == 0 || code == kInterrupted) return {};
  if (code == kUnknownEnd) return "It ended, and how is not known.";
  if (code == kNotStarted) return fmt::format("{} could not be started.", printable(program_.native()));
  return fmt::format("It ended with exit code {}; {} says why.", code, kind_words(kind_).log);
}

StudyShown StudyHost::read(HostedStudy kind, const std::filesystem::path& folder,
                           std::shared_ptr<const StudyCurves> curves) {
  StudyShown shown;
  shown.folder = folder.native();
  const auto told = caught(kind_words(kind).called, [&]() -> Result<void> {
    const auto plan = read_study(folder);
    if (!plan) return plan.error();
    if (kind == HostedStudy::sweep) {
      auto sweep = read_sweep(folder, *plan);
      if (!sweep) return sweep.error();
      shown.is_done = is_done(*sweep);
      shown.learns_elsewhere = !shown.is_done && is_at_work(folder, sweep->results);
      shown.ended = sweep->results.ended();
      shown.planned = sweep->results.planned();
      shown.words = sweep->words;
      shown.sweep = std::make_shared<const SweepResults>(std::move(*sweep));
      return {};
    }
    auto results = read_results(folder, *plan);
    if (!results) return results.error();
    shown.is_done = is_done(*results);
    shown.learns_elsewhere = !shown.is_done && is_at_work(folder, *results);
    shown.ended = results->ended();
    shown.planned = results->planned();
    shown.words = std::move(results->words);
    shown.first = plan->arms.front().name;
    shown.unit = unit_of_loss(*plan);
    shown.verdicts = results->verdicts;
    // A run that has ended stays as it is.
    if (!curves || curves->ended != shown.ended) {
      std::vector<std::string> arms;
      for (const StudyArm& arm : plan->arms) arms.push_back(arm.name);
      curves = std::make_shared<const StudyCurves>(
          StudyCurves{std::move(arms), read_curves(folder, *results), results->judged_seeds.size(), shown.ended});
    }
    shown.curves = std::move(curves);
    return {};
  });
  if (!told) shown.error = told.error().message;
  return shown;
}

void StudyHost::frame(StudyShown& shown, double now_s) {
  seen_s_ = now_s;
  reap();
  if (folder_.empty()) return;
  if (is_due_ && before_.empty()) {
    is_due_ = false;
    if (const auto started = start(std::filesystem::path(folder_)); !started)
      not_started_ = started.error().message;
  }
  shown.folder = folder_.native();
  shown.runs = is_due_ || (process_ >= 0 && !is_cancelled_);
  if (auto read = reading_.take()) {
    if (process_ >= 0) next_s_ = std::max(next_s_, now_s + read->took_s / kShare);
    // That of a study before this one came too late.
    if (read->shown.folder == shown.folder) {
      read->shown.runs = shown.runs;
      // Those of this window are at work on it, or still end.
      if (process_ >= 0 || !before_.empty()) read->shown.learns_elsewhere = false;
      shown = std::move(read->shown);
      if (shown.learns_elsewhere) next_s_ = std::min(next_s_, now_s + std::max(kEvery_s, read->took_s / kShare));
    }
  }
  if (shown.error.empty()) shown.error = why_it_ended();
  if (reading_.is_under_way() || now_s < next_s_) return;
  next_s_ = process_ >= 0      ? now_s + (is_cancelled_ ? kEnding_s : kEvery_s)
            : is_due_          ? now_s + kEnding_s
            : !before_.empty() ? now_s + kEvery_s
                               : kForever;
  reading_.begin(
      [kind = kind_, folder = folder_, curves = shown.curves](const std::atomic<bool>&) -> Result<Reading> {
        const auto began = std::chrono::steady_clock::now();
        Reading made{read(kind, folder, curves), 0};
        made.took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        return made;
      },
      wake_);
}

std::optional<Result<StudyPlan>> StudyHost::take_wish(Comparing& comparing) const {
  if (kind_ == HostedStudy::sweep) {
    auto wish = std::exchange(comparing.sweep_wanted, std::nullopt);
    if (!wish) return std::nullopt;
    return make_sweep_plan(wish->base, std::move(wish->axes), {.steps = wish->steps, .seeds = wish->seeds});
  }
  auto wish = std::exchange(comparing.study_wanted, std::nullopt);
  if (!wish) return std::nullopt;
  std::vector<StudyArm> arms;
  for (BesideWish& arm : wish->arms) arms.push_back({std::move(arm.called), {}, std::move(arm.config)});
  return make_plan(std::move(arms), wish->steps, wish->seeds, 1);
}

// Whoever had it in the window before this one hears of it once, where it could go on.
void StudyHost::tell_what_is_left(UiState& ui, const StudyShown& shown, double now_s) {
  if (!is_remembered_ || shown.planned == 0) return;
  is_remembered_ = false;
  if (!shown.is_done && !shown.learns_elsewhere)
    add_toast(ui, Notice::Level::info,
              fmt::format("{} stands at {} of {} runs: Go on in Compare learns the rest.", kind_words(kind_).left,
                          shown.ended, shown.planned),
              now_s);
}

void StudyHost::serve(UiState& ui, const std::filesystem::path& studies, double now_s) {
  const bool is_sweep = kind_ == HostedStudy::sweep;
  StudyShown& shown = is_sweep ? ui.comparing.sweep : ui.comparing.study;
  bool& cancelled = is_sweep ? ui.comparing.sweep_cancelled : ui.comparing.study_cancelled;
  if (const auto plan = take_wish(ui.comparing)) {
    const Result<void> begun =
        *plan ? begin(**plan, new_run_folder(studies, kind_words(kind_).command)) : plan->error();
    if (begun) shown = {};
    else add_toast(ui, Notice::Level::error, begun.error().message, now_s);
  }
  if (const auto asked =
          std::exchange(is_sweep ? ui.comparing.sweep_asked : ui.comparing.study_asked, std::nullopt)) {
    const bool is_another = asked->folder.native() != shown.folder;
    const Result<void> taken = take_up(*asked);
    if (taken && (is_another || asked->more_seeds > 0)) shown = {};
    if (!taken && !asked->is_remembered) add_toast(ui, Notice::Level::error, taken.error().message, now_s);
  }
  if (std::exchange(cancelled, false)) {
    if (shown.runs) {
      cancel();
    } else {
      leave_process();
      folder_.clear();
      shown = {};
    }
  }
  frame(shown, now_s);
  tell_what_is_left(ui, shown, now_s);
}

double StudyHost::next_s() const {
  if (folder_.empty()) return before_.empty() ? kForever : seen_s_ + kEvery_s;
  if (reading_.is_under_way()) return seen_s_ + kEnding_s;
  return process_ < 0 && before_.empty() ? kForever : next_s_;
}

}  // namespace switchyard::app
