// What a command line asks for, as a value.
//
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/tables/runs.h"
#include "app/cli/words/figure_form.h"
#include "app/cli/words/workspace.h"
#include "core/causes/cause_request.h"
#include "core/config/config.h"
#include "core/config/expert_names.h"
#include "core/session/driving/replay.h"
#include "core/session/driving/run_to_go_on.h"
#include "core/session/viewing/recording_wish.h"
#include "core/study/study_plan.h"
#include "core/train/interface/ranks.h"

namespace switchyard::app {

enum class Mode {
  window,
  headless,
  self_check,
  recording,
  weights,
  route,
  load_script,
  checkpoints,
  figures,
  report,
  compare,
  sweep,
  runs,
  cause,
  list_presets,
  list_knobs,
  version,
  man,
  completion,
  help
};

inline constexpr std::int64_t kHeadlessSteps = 500;  // without --steps

// Several processes that train one model (app/cli/ranks).
struct RankWords {
  std::optional<RankPlace> place;                       // which of them this is, as a launcher says
  std::int64_t count = 1;                               // --ranks N: so many, this one and those it starts
  double silence_s = 5, timeout_s = 600, join_s = 120;  // --rank-silence, --rank-timeout; see RankTerms
  bool compares_config = true;                          // whether `config` is what all must have
  bool goes_on = false;  // a launcher has started all anew: `steps` counts those that are done
};

// open PATH of a checkpoint that another program trained (core/checkpoints): printed.
struct WeightsRequest {
  std::filesystem::path path;
  bool all = false;                   // --part all: norms and cosines of every expert too
  std::optional<std::int32_t> layer;  // --layer: that one alone
  std::optional<ExpertName> expert;   // --expert L.E: its singular values, nothing else
};

struct Options {
  Mode mode = Mode::window;

  // What to train: valid, and with every problem between knobs already refused.
  Config config;
  std::string preset;              // the name it started from, the program's or the user's; empty: none, a file's
  std::vector<std::string> notes;  // what somebody should read before it starts

  // --steps N: stop after this many optimizer steps, with --resume so many more; a window without it, or a run, has no end.
  std::optional<std::int64_t> steps;
  RankWords ranks;
  // --out DIR: the run folder. Empty: a new folder in the user's runs directory.
  std::string out;
  // --resume DIR[@STEP|@NAME]: the run to go on with (core/session/driving/run_to_go_on.h); its settings are its
  // own. Null: a new run. Whoever starts it takes it out: a large state is not held twice.
  std::shared_ptr<RunToGoOn> resume;  // also of --fork DIR[@STEP|@NAME]: then with a parent, and `config` may differ from its own
  // open DIR, --follow DIR: the run to look at, nothing is trained (core/session/viewing/viewer.h). Empty: none.
  std::string open;
  // open PATH of a recording that another program made, with --format and --key: printed (`out`, `json`), or,
  // where there is a window and nothing else is asked for (`shows`), looked at. watch PATH: mode window, and it
  // waits for the path.
  std::optional<RecordingWish> recording;
  bool shows = false;
  std::optional<WeightsRequest> weights;  // of mode weights
  // Paths that the window opens once its run is there, as if they were dropped on it.
  std::vector<std::string> drops;
  // --replay-events FILE: edits to be made again at their steps. Null: none.
  std::shared_ptr<const Replay> replay;
  // --shadow: what comes of its operations is held against copies without them.
  bool shadow = false;
  // --record-routes DIR: where the routes of every step go; --routes DIR: those that it learns with. Empty:
  // nowhere, its own.
  std::string record_routes, routes;
  // compare ARM...: what is held against what (core/study/study_plan.h), into `out`.
  std::shared_ptr<const StudyPlan> study;
  // sweep: `study` has axes. --only: the one run to learn (run_name()); --jobs: processes at once, 0: as many as
  // there is room for; --print-jobs: a line a run, nothing learned; works: for another process, which shows
  // progress.
  std::string only;
  std::int64_t jobs = 0;
  bool print_jobs = false, works = false;
  RunsRequest runs;  // of mode runs
  CauseRequest cause;  // of mode cause
  // --figures: at the end of a headless run figures and data of every panel, into the run folder.
  bool figures = false;
  FigureForm figure_form{};  // of those, and of `figures DIR`; its panels as they were named
  bool report = false;       // --report: and a page of it, report.html

  // Window. --screenshot FILE: train --after-steps N, save what the window shows, exit.
  std::string screenshot;
  std::int64_t after_steps = 100;
  int width = 1280, height = 720;            // --size 1920x1080, in pixels
  double scale = 0;                          // --scale 1, 1.25, 1.5 or 2; 0: whatever the display asks for
  bool light_theme = false;                  // --theme light
  std::optional<Workspace> workspace;        // --workspace NAME; without it whatever the window remembers
  bool has_size = false, has_theme = false;  // given on the command line, so above what the window remembers

  // switchyard checkpoints DIR [--json], switchyard figures DIR [--out DIR] [--theme NAME], switchyard report
  // DIR [--out FILE], switchyard load-script DIR: `run`.
  // switchyard route --run DIR --text "..." --json [--full] [--precision fp32|bf16|auto]
  // --completion SHELL: `text`.
  std::string run, text;
  Precision precision = Precision::fp32;
  bool full = false;

  bool json = false;  // of --list-knobs, route, checkpoints, compare, sweep, open
  std::string help;   // mode help: what to print
  std::string commit;  // of mode version, by main(): what it was built from (app/commit.h)
};

}  // namespace switchyard::app
