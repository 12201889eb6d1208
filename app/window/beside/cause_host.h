// What the panels of the workspace Causes ask: one question at a time, answered on a thread of its own
// (core/session/cause_job.h) with a copy of the model at that moment, or with the kept step nearest to what is
// shown of a record. Where something learns here the lab computes the trials between its slices; else that thread
// itself does. Answers go to their run, and as JSON into its folder, causes/ablation-400.json.
//
// Thread safety: window thread only.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/run/live.h"
#include "app/run/panel.h"
#include "core/session/cause_job.h"
#include "core/session/lab.h"
#include "core/session/meeting/options.h"

namespace switchyard::app {

class CauseHost {
 public:
  // wake: from the job's thread. make_from may be empty.
  CauseHost(MakeTrainerFrom make_from, void (*wake)()) : make_from_(std::move(make_from)), wake_(wake) {}
  // Ends what is tried, and waits for its trial.
  ~CauseHost() = default;

  // Once a frame: what was asked of the run that is shown begins, what was found goes to its run. lab: null where
  // nothing learns here. make: as the window's; empty: not there yet. True: the panels have
  // something else to show by now.
  bool serve(const PanelInput& in, Live& live, UiState& ui, Lab* lab, const MakeTrainer& make, double now_s);

 private:
  struct Asked {
    CauseRequest request;
    std::string run, folder;  // its id; the folder it is recorded in, empty: none
    std::string where;        // of a record: what find_run_to_go_on() takes; empty: it learns here
  };
  void end_job(Live& live, UiState& ui, double now_s);
  void note_kept(std::vector<KeptAnswer>& kept, const CauseReport& report) const;
  bool take_wishes(const PanelInput& in, UiState& ui, double now_s);
  void begin(Asked asked, UiState& ui, Lab* lab, const MakeTrainer& make, double now_s);

  MakeTrainerFrom make_from_;
  void (*wake_)();
  std::deque<Asked> waiting_;
  Asked asked_;          // of the job
  bool in_lab_ = false;  // whose thread computes it
  bool begins_again_ = false;
  double began_s_ = 0;
  std::shared_ptr<std::string> not_kept_;  // why the answer is no file; written by the job's thread before it ends
  std::unique_ptr<CauseJob> job_;          // last: its thread ends before what it uses does
};

}  // namespace switchyard::app
