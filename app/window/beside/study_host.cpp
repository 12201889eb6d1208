#include "app/window/beside/study_host.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <utility>

#include "app/run/notices.h"
#include "app/run/words/study_words.h"
#include "app/window/beside/companion_process.h"
#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/record/folder/run_place.h"
#include "core/study/study_results.h"
#include "core/study/study_runs.h"
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
  return start(folder, 0);
}

Result<void> StudyHost::start(const std::filesystem::path& folder, std::int64_t seeds) {
  if (process_ >= 0) before_.reserve(before_.size() + 1);
  std::vector<std::string> words{kind_words(kind_).command, "--out", folder.native()};
  if (seeds > 0) words.insert(words.end(), {"--seeds", fmt::format("{}", seeds)});
  const auto child = start_process(program_, std::move(words), folder / kind_words(kind_).log);
  if (!child) return child.error();
  turn_to(folder);
  process_ = *child;
  return {};
}

// Nothing of what was before it holds of this one, or of it as it was; what ran is left.
void StudyHost::turn_to(const std::filesystem::path& folder) {
  leave_process();
  if (folder != folder_) reading_.let_go();
  is_cancelled_ = is_remembered_ = is_due_ = false;
  not_started_.clear();
  ended_with_ = seen_elsewhere_ = 0;
  folder_ = folder;
  next_s_ = 0;
}

// Its runs are held until its process has ended.
bool StudyHost::still_ends(const std::filesystem::path& folder) const {
  return std::any_of(before_.begin(), before_.end(), [&](const Ending& one) { return one.folder == folder; });
}

void StudyHost::take_up(const StudyAsked& asked) {
  const bool is_at_work = is_due_ || (process_ >= 0 && !is_cancelled_);
  if (asked.folder == folder_ && is_at_work) return;
  turn_to(asked.folder);
  is_due_ = asked.goes_on;  // and begins in the next frame in which nobody of it still ends
  due_seeds_ = asked.seeds;
  is_remembered_ = asked.is_remembered;
}

void StudyHost::put_away() {
  leave_process();
  reading_.let_go();
  folder_.clear();
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
  if (process_ >= 0) before_.push_back({std::exchange(process_, -1), folder_});
}

void StudyHost::reap() {
  std::erase_if(before_, [](const Ending& one) { return end_of(one.process).has_value(); });
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
                           std::shared_ptr<const StudyCurves> curves, const std::atomic<bool>& cancel) {
  StudyShown shown;
  shown.folder = folder.native();
  const auto told = caught(kind_words(kind).called, [&]() -> Result<void> {
    const auto plan = read_study(folder);
    if (!plan) return plan.error();
    if (is_sweep(*plan) != (kind == HostedStudy::sweep))
      return usage_error(fmt::format("{}: is {}", printable(folder.native()),
                                     is_sweep(*plan) ? "a sweep and no comparison" : "a comparison and no sweep"));
    auto runs = read_runs(folder, *plan, [&] { return cancel.load(); });
    if (!runs) return runs.error();
    if (!*runs) return {};
    shown.far = how_far(folder, *plan, **runs);
    shown.seeds = plan->seeds;
    if (kind == HostedStudy::sweep) {
      SweepResults sweep = sweep_of(*plan, std::move(**runs));
      shown.words = sweep.words;
      shown.sweep = std::make_shared<const SweepResults>(std::move(sweep));
      return {};
    }
    StudyResults results = results_of(*plan, std::move((*runs)->ended));
    shown.words = std::move(results.words);
    shown.first = plan->arms.front().name;
    shown.unit = unit_of_loss(*plan);
    shown.verdicts = results.verdicts;
    // A run that has ended stays as it is.
    std::vector<std::string> arms;
    for (const StudyArm& arm : plan->arms) arms.push_back(arm.name);
    const std::size_t ended = results.ended(), seeds = results.judged_seeds.size();
    if (!curves || curves->ended != ended || curves->seeds != seeds || curves->arms != arms)
      curves = std::make_shared<const StudyCurves>(
          StudyCurves{std::move(arms), read_curves(folder, results), seeds, ended});
    shown.curves = std::move(curves);
    return {};
  });
  if (!told) shown.error = told.error().message;
  return shown;
}

// How long until its folder is read again.
double StudyHost::next_reading_s(const StudyShown& shown) const {
  if (is_due_ || (process_ >= 0 && is_cancelled_)) return kEnding_s;
  if (process_ >= 0 || !before_.empty() || shown.learns_elsewhere) return kEvery_s;
  return shown.far.planned > 0 && !shown.far.is_done ? kSeldom_s : kForever;
}

void StudyHost::frame(StudyShown& shown, double now_s) {
  seen_s_ = now_s;
  reap();
  if (folder_.empty()) return;
  if (is_due_ && !still_ends(folder_)) {
    is_due_ = false;
    if (const auto started = start(std::filesystem::path(folder_), due_seeds_); !started)
      not_started_ = started.error().message;
  }
  shown.folder = folder_.native();
  shown.runs = is_due_ || (process_ >= 0 && !is_cancelled_);
  if (auto read = reading_.take()) {
    // One of another folder is dropped.
    if (read->folder == shown.folder) {
      read->runs = shown.runs;
      // Those of this window are at work on it, or still end; another is missed between two of its runs.
      const bool is_ours = process_ >= 0 || still_ends(folder_);
      seen_elsewhere_ = is_ours ? 0 : read->far.is_at_work ? 2 : std::max(0, seen_elsewhere_ - 1);
      read->learns_elsewhere = seen_elsewhere_ > 0 && !read->far.is_done;
      shown = std::move(*read);
      next_s_ = std::max(now_s + reading_.rest_s(), std::min(next_s_, now_s + next_reading_s(shown)));
    }
  }
  if (shown.error.empty()) shown.error = why_it_ended();
  if (reading_.is_under_way() || now_s < next_s_) return;
  next_s_ = now_s + next_reading_s(shown);
  reading_.begin([kind = kind_, folder = folder_, curves = shown.curves](
                     const std::atomic<bool>& cancel) { return read(kind, folder, curves, cancel); },
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

// Whoever had it in the window before this one hears of it once, where it could go on. One that was deleted
// meanwhile is not missed.
void StudyHost::tell_what_is_left(UiState& ui, StudyShown& shown, double now_s) {
  if (!is_remembered_ || (shown.far.planned == 0 && shown.error.empty())) return;
  is_remembered_ = false;
  std::error_code code;
  if (!shown.error.empty() && !std::filesystem::exists(folder_, code) &&
      std::filesystem::exists(folder_.parent_path(), code)) {
    put_away();
    shown = {};
  } else if (shown.error.empty() && can_go_on(state_of(shown.far, false, shown.learns_elsewhere))) {
    add_toast(ui, Notice::Level::info,
              fmt::format("{} stands at {}: {} in Compare learns the rest.", kind_words(kind_).left,
                          in_words(shown.far), kGoOnLabel),
              now_s);
  }
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
    if (asked->folder.native() != shown.folder) shown = {};
    take_up(*asked);
  }
  if (std::exchange(cancelled, false)) {
    if (shown.runs) {
      cancel();
    } else {
      put_away();
      shown = {};
    }
  }
  frame(shown, now_s);
  tell_what_is_left(ui, shown, now_s);
}

double StudyHost::next_s() const {
  if (folder_.empty()) return before_.empty() ? kForever : seen_s_ + kEvery_s;
  if (reading_.is_under_way()) return seen_s_ + kEnding_s;
  return next_s_;
}

}  // namespace switchyard::app
