#include "app/window/run_notes.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "app/cli/setups/run_origin.h"
#include "core/base/printable.h"
#include "core/record/folder/run_description.h"

namespace switchyard::app {
namespace {

// Its edits are taken up: what it began from is what the knobs are held against.
bool is_settled(const Live& live, const KnobEdits& edits) {
  return edits.is_set && edits.adopts == 0 && live.status.revision >= edits.sent_revision;
}

RunNote note_of(const RunView& run) { return {run.called, run.began_from}; }

}  // namespace

std::vector<RunNotes::Job> RunNotes::work(std::vector<Job> jobs) {
  for (Job& job : jobs) {
    // Of a run that has no step yet the folder may be the one before it.
    if (job.written) {
      if (job.keeps_name) job.written->name = read_run_note(job.folder).name;
      const auto written = write_run_note(job.folder, job.id, *job.written);
      job.is_done = written || written.error().kind != ErrorKind::usage || !job.is_ours;
      // Not always what was to be written: it may be refused, or cut.
      job.read = read_run_note(job.folder);
      continue;
    }
    const auto about = read_run_description(job.folder);
    // A recording of another program has no id.
    job.is_done = about && (about->run.id == job.id || about->run.id.empty());
    if (!job.is_done) continue;
    const RunNote note = read_run_note(job.folder);
    job.read.name = note.name;
    if (!job.is_again) job.read.preset = origin_of_run(job.folder, *about, note, job.own);
  }
  return jobs;
}

std::vector<RunNotes::Job> RunNotes::jobs(Live& live, UiState& ui, When when) const {
  std::vector<Job> out;
  for (const auto& view : live.runs.all()) {
    const bool leads = live.runs.is_live(view->id);
    const RunStatus& status = leads ? live.status : view->status;
    if (view->id.empty() || status.run_folder.empty() || status.recorded) continue;
    if (leads && status.run != view->id) continue;
    const bool is_ours = leads || view->beside.has_value();
    const auto kept = kept_.find(view->id);
    const bool is_written = is_ours || kept != kept_.end();
    if (when == When::end && !is_written) continue;
    if (!view->is_noted) {
      out.push_back({.id = view->id, .folder = status.run_folder, .own = ui.own_presets, .is_ours = is_ours});
      continue;
    }
    const bool is_due = is_written && (kept == kept_.end() || kept->second != note_of(*view));
    if (is_due && !(leads && !is_settled(live, ui.knobs)))
      out.push_back({.id = view->id,
                     .folder = status.run_folder,
                     .written = note_of(*view),
                     .is_ours = is_ours,
                     .keeps_name = kept != kept_.end() && kept->second.name == view->called});
    else if (!is_due && when == When::again)
      out.push_back({.id = view->id, .folder = status.run_folder, .is_ours = is_ours, .is_again = true});
  }
  return out;
}

bool RunNotes::take(std::vector<Job> done, Live& live, double now_s) {
  bool is_named = false;
  for (Job& job : done) {
    RunView* const view = live.runs.find(job.id);
    if (!job.is_done && job.is_ours) next_s_ = now_s + kAgain_s;
    if (view && !job.written && !job.is_again) view->is_noted = job.is_done || !job.is_ours;
    if (!view || !job.is_done) continue;
    const std::string& name = job.read.name;
    const std::string before = std::exchange(named_[job.id], name);
    is_named |= name != before && (job.written || job.is_again);
    if (job.written) {
      kept_[job.id] = *job.written;
      if (job.keeps_name && name != before) kept_[job.id].name = view->called = printable(name);
    } else if (job.is_again) {
      // Somebody named it elsewhere.
      if (name == before) continue;
      view->called = printable(name);
      if (const auto kept = kept_.find(job.id); kept != kept_.end()) kept->second.name = view->called;
    } else {
      if (view->called.empty()) view->called = printable(name);
      if (view->began_from.empty()) view->began_from = job.read.preset;
    }
  }
  return is_named;
}

void RunNotes::settle(Live& live, UiState& ui) {
  if (!live.runs.has_live() || live.status.run != live.runs.live().id || !is_settled(live, ui.knobs)) return;
  RunView& leads = live.runs.live();
  // Another run goes on: the knobs are held against what that one began from.
  if (ui.knobs.wants_origin && leads.is_noted) {
    ui.knobs.began_from = leads.began_from;
    ui.knobs.wants_origin = false;
  }
  if (!ui.knobs.wants_origin) leads.began_from = ui.knobs.began_from;
}

void RunNotes::name_runs(Live& live, UiState& ui) {
  for (const auto& [id, name] : std::exchange(ui.wants_named, {}))
    if (RunView* const view = live.runs.find(id)) {
      kept_.try_emplace(id, note_of(*view));  // as its folder has it: what is different from here on is written
      view->called = printable(name);
    }
}

void RunNotes::frame(Live& live, UiState& ui, double now_s) {
  if (auto done = errand_.take()) {
    again_s_ = std::max(again_s_, now_s + errand_.rest_s());
    // The table of runs has names too.
    if (take(std::move(*done), live, now_s)) ui.library.reads_again = true;
  }
  name_runs(live, ui);
  settle(live, ui);
  const bool looks_again = now_s >= again_s_;
  if (looks_again) again_s_ = now_s + kLookAgain_s;
  if (errand_.is_under_way() || now_s < next_s_) return;
  std::vector<Job> wanted = jobs(live, ui, looks_again ? When::again : When::now);
  if (looks_again || !wanted.empty()) looks_ = !wanted.empty();
  if (wanted.empty()) return;
  // What a look finds, mostly nothing new, is taken with the next: no frame is drawn for it.
  const bool is_look = std::ranges::all_of(wanted, &Job::is_again);
  errand_.begin([wanted = std::move(wanted)](const auto&) { return work(wanted); }, is_look ? nullptr : wake_);
}

double RunNotes::next_s() const {
  return looks_ ? std::max(again_s_, next_s_) : std::numeric_limits<double>::infinity();
}

void RunNotes::end(Live& live, UiState& ui) {
  errand_.let_go();
  name_runs(live, ui);
  // Those that learned here to the end, read before anything is said of them.
  for (int i = 0; i < 2; ++i) {
    settle(live, ui);
    take(work(jobs(live, ui, When::end)), live, 0);
  }
}

}  // namespace switchyard::app
