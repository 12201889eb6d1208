#include "app/window/beside/cause_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "app/cli/causes/cause_reading.h"
#include "app/run/cause_asking.h"
#include "app/run/notices.h"
#include "app/run/wake.h"
#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/record/files/files.h"
#include "core/session/cause_work.h"
#include "core/session/driving/run_to_go_on.h"

namespace switchyard::app {
namespace {

// Beside what the run itself writes. A folder that is gone is not made again.
Result<void> keep_answer(const std::filesystem::path& folder, const CauseReport& report) {
  std::error_code code;
  const std::filesystem::path place = folder / "causes";
  std::filesystem::create_directory(place, code);
  if (code) return failure(fmt::format("{}: {}", place.native(), code.message()));
  return replace_file(place / name_of_answer(report.what(), report.step), kept_cause_json(report));
}

// make_from may be empty.
Result<std::unique_ptr<Trainer>> made_of(const TrainerState& state, const MakeTrainer& make,
                                         const MakeTrainerFrom& make_from) {
  if (make_from) return make_from(state);
  auto trainer = make(state.config);
  if (!trainer) return trainer;
  if (auto restored = (*trainer)->restore(state); !restored) return restored.error();
  return trainer;
}

// The same model, computed otherwise. Nothing: as it is.
Result<std::unique_ptr<Trainer>> in_precision(Result<std::unique_ptr<Trainer>> trainer,
                                              std::optional<Precision> precision) {
  if (!trainer || !precision) return trainer;
  Config config = (*trainer)->config();
  if (config.precision == *precision) return trainer;
  config.precision = *precision;
  if (auto applied = (*trainer)->apply(config, 1); !applied) return applied.error();
  return trainer;
}

}  // namespace

void CauseHost::note_kept(std::vector<KeptAnswer>& kept, const CauseReport& report) const {
  const std::filesystem::path file =
      path_of_text(asked_.folder) / "causes" / name_of_answer(report.what(), report.step);
  std::erase_if(kept, [&](const KeptAnswer& one) { return one.step == report.step; });
  const auto at =
      std::find_if(kept.begin(), kept.end(), [&](const KeptAnswer& one) { return one.step > report.step; });
  kept.insert(at, {report.step, text_of_path(file.native())});
}

bool CauseHost::serve(const PanelInput& in, Live& live, UiState& ui, Lab* lab, const MakeTrainer& make,
                      double now_s) {
  bool changed = take_wishes(in, ui, now_s);
  if (job_) {
    CauseState& state = ui.causes[asked_.request.what];
    if (std::exchange(state.cancel_wanted, false)) job_->cancel(), begins_again_ = false;
    // One thread computes: once a run learns here it is the lab's.
    if (lab && !in_lab_ && !begins_again_ && !job_->progress().cancelled) job_->cancel(), begins_again_ = true;
    const CauseJob::Progress progress = job_->progress();
    changed = changed || progress.ended || progress.done != state.done || progress.cancelled != state.ends;
    state.done = progress.done, state.planned = progress.planned;
    state.seconds = now_s - began_s_;
    state.ends = progress.cancelled;
    if (progress.ended) end_job(live, ui, now_s);
  }
  if (job_ || waiting_.empty() || !make) return changed;
  Asked next = std::move(waiting_.front());
  waiting_.pop_front();
  begin(std::move(next), ui, lab, make, now_s);
  return true;
}

bool CauseHost::take_wishes(const PanelInput& in, UiState& ui, double now_s) {
  bool changed = false;
  for (CauseState& state : ui.causes.of) {
    const Cause what = state.asked.what;
    if (state.doing == CauseState::Doing::waits && std::exchange(state.cancel_wanted, false)) {
      std::erase_if(waiting_, [&](const Asked& one) { return one.request.what == what; });
      state.doing = CauseState::Doing::nothing;
      changed = true;
    }
    if (!std::exchange(state.wanted, false)) continue;
    changed = true;
    if (state.doing != CauseState::Doing::nothing) {
      add_toast(ui, Notice::Level::info,
                fmt::format("{} is being tried already; ask again once its answer is there, or cancel it",
                            title_of(what)),
                now_s);
      continue;
    }
    state.cancel_wanted = false;
    state.run = in.run.id;
    state.done = state.planned = 0;
    state.seconds = 0;
    state.ends = false;
    state.why_not = why_no_cause(in, ui, what);
    if (what == Cause::steer && state.asked.steering.label.empty() && state.asked.steering.expert < 0)
      state.why_not =
          "nobody is named: light an expert by a click first, as these data have no domains or classes";
    if (!state.why_not.empty()) continue;
    Asked asked{state.asked, in.run.id, in.status.run_folder, {}};
    if (const auto waking = waking_of(in, ui)) asked.where = waking->where;
    waiting_.push_back(std::move(asked));
    state.doing = CauseState::Doing::waits;
  }
  return changed;
}

void CauseHost::begin(Asked asked, UiState& ui, Lab* lab, const MakeTrainer& make, double now_s) {
  asked_ = std::move(asked);
  in_lab_ = lab != nullptr;
  begins_again_ = false;
  began_s_ = now_s;
  not_kept_ = std::make_shared<std::string>();
  ui.causes[asked_.request.what].doing = CauseState::Doing::tries;
  const std::shared_ptr<SideWork> side = lab ? lab->side_work() : nullptr;
  CauseJob::Find find = [asked = asked_, side, lab, make, make_from = make_from_, not_kept = not_kept_](
                            const TrialsTold& told,
                            const std::function<bool()>& goes_on) -> Result<CauseJob::Answer> {
    // Files are read on this thread, not on the one that computes.
    const auto opener = [&](const std::string& where) -> Result<CauseWork::Open> {
      auto run = find_run_to_go_on(where);
      if (!run) return run.error();
      // A large state is not held on to, but where the model is held against itself.
      const auto found = std::make_shared<std::optional<RunToGoOn>>(std::move(*run));
      const bool once = asked.request.what != Cause::route_diff || !asked.request.other.empty();
      return CauseWork::Open([found, once, &make, &make_from]() -> Result<std::unique_ptr<Trainer>> {
        if (!*found) return failure("the model was opened already");
        auto trainer = make_trainer_of(**found, make, make_from);
        if (once) found->reset();
        return trainer;
      });
    };
    CauseWork work{.hand = [&side](const SideWork::Piece& piece) { return side ? side->run(piece) : piece(); },
                   .make = make,
                   .open = {},
                   .open_other = {},
                   .told = told,
                   .goes_on = goes_on};
    std::optional<TrainerState> taken;  // once: what learns goes on, and is held against itself as it was then
    if (asked.where.empty()) {
      if (!lab) return usage_error("this run does not learn here any more");
      work.open = [&]() -> Result<std::unique_ptr<Trainer>> {
        if (!taken) {
          auto state = lab->state_of(asked.run);
          if (!state) return state.error();
          taken = std::move(*state);
        }
        auto trainer = made_of(*taken, make, make_from);
        // The file is read anew for it, and others write files too.
        if (trainer && (*trainer)->data().text.source != lab->data_of(asked.run))
          return usage_error("the file that this run learns from is another by now");
        if (!asked.request.other.empty() || asked.request.what != Cause::route_diff) taken.reset();
        return trainer;
      };
    } else {
      auto opens = opener(asked.where);
      if (!opens) return opens.error();
      work.open = std::move(*opens);
    }
    if (asked.request.what == Cause::route_diff) {
      CauseWork::Open other = work.open;  // the model itself
      if (!asked.request.other.empty()) {
        auto opens = opener(asked.request.other);
        if (!opens) return opens.error();
        other = std::move(*opens);
      }
      work.open_other = [other = std::move(other), precision = asked.request.other_precision] {
        return in_precision(other(), precision);
      };
    }
    auto found = find_cause(asked.request, work);
    if (!found) return found.error();
    if (!asked.folder.empty())
      if (const auto kept = keep_answer(asked.folder, *found); !kept) *not_kept = kept.error().message;
    return std::make_shared<const CauseReport>(std::move(*found));
  };
  // A thread that cannot be had is no end of the window.
  const Result<void> began = caught("the trials", [&]() -> Result<void> {
    job_ = std::make_unique<CauseJob>(std::move(find), wake_);
    return {};
  });
  if (began) return;
  CauseState& state = ui.causes[asked_.request.what];
  state.doing = CauseState::Doing::nothing;
  state.why_not = began.error().message;
}

void CauseHost::end_job(Live& live, UiState& ui, double now_s) {
  auto outcome = job_->take();
  const bool cancelled = job_->progress().cancelled;
  job_.reset();
  CauseState& state = ui.causes[asked_.request.what];
  state.doing = CauseState::Doing::nothing;
  state.ends = false;
  if (!outcome) return;
  if (!*outcome) {
    const Error& error = outcome->error();
    if (error.kind != ErrorKind::interrupted) {
      state.why_not = error.message;
    } else if (std::exchange(begins_again_, false)) {
      state.doing = CauseState::Doing::waits;
      waiting_.push_front(std::move(asked_));
    } else if (!cancelled) {
      state.why_not = error.message;
    }
    return;
  }
  state.why_not.clear();
  if (RunView* run = live.runs.find(asked_.run)) {
    const auto c = static_cast<std::size_t>(asked_.request.what);
    run->causes[c] = std::move(**outcome);
    if (!asked_.folder.empty() && not_kept_->empty()) note_kept(run->kept_answers[c], *run->causes[c]);
  }
  if (!not_kept_->empty())
    add_toast(
        ui, Notice::Level::warning,
        fmt::format("{}: found, but not kept in the run's folder: {}", title_of(asked_.request.what), *not_kept_),
        now_s);
}

}  // namespace switchyard::app
