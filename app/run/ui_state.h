// Everything the window remembers between frames that is not data: the draft of the knobs, what is
// selected, how plots are zoomed. Lives in one place so that tests can set and read it.
//
// Thread safety: window thread only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/setups/presets.h"
#include "app/cli/words/figure_form.h"
#include "app/cli/words/workspace.h"
#include "app/files/chooser.h"
#include "app/files/text_offer.h"
#include "app/files/used_paths.h"
#include "app/library/library_view.h"
#include "app/library/recent_runs.h"
#include "app/run/causes.h"
#include "app/run/selection.h"
#include "app/run/timeline.h"
#include "app/ui/focus.h"
#include "app/ui/panel_exports.h"
#include "app/ui/plot_keys.h"
#include "core/base/alert.h"
#include "core/compare/verdict.h"
#include "core/config/config.h"
#include "core/insight/assignments.h"
#include "core/session/meeting/link.h"
#include "core/session/viewing/recording_wish.h"
#include "core/study/axes.h"
#include "core/study/study_list.h"
#include "core/study/study_results.h"
#include "viz/base/geometry.h"
#include "viz/widgets/plot_state.h"

namespace switchyard {
struct SweepResults;
}

namespace switchyard::app {

struct Toast {
  Notice::Level level = Notice::Level::info;
  std::string message;
  double until_s = 0;
  std::vector<std::string> trashed{};  // entries of the trash, which its Undo puts back; empty: it offers none
  std::size_t put_back = 0;            // so many runs came back together: it tells of them
  std::optional<HealthAlert> alert{};  // of routing's health: it offers to show it, and its remedy
  std::uint64_t announces = 0;         // revision of the edit that it says is under way; 0: of none
};

// Domain: of points their class; kind: of points their shape.
enum class ColourBy { expert, domain, character, kind, correct, entropy, loss };
enum class ProjectedCloud { hidden, logits, inputs };
enum class ProjectionMethod { pca, tsne };
// The panel under the mouse that lights an expert; only that one may put the light out again.
enum class HoverSource {
  none,
  load,
  tokens,
  token_text,
  projection,
  generation,
  plane,
  health,
  specialization,
  co_activation,
  flow,
  strips,
  inspector,
  gradients,
  expert,
  compared,
  ablation,
  steering,
  zoo,
  prune,
  route_diff
};
// What the specialization panel shows: labels by expert as shares or lift, or single characters by expert.
enum class SpecializationFigure { share, lift, tokens };

// A step of undo or redo.
struct EditStep {
  Config config;            // what to go back (or on) to
  std::string what;         // what was done: "Experts: 8 to 12", "Reset"
  std::uint64_t ended = 0;  // revision of the command that ended the model to go back to; 0: it is the one of now
  Config running{};         // in force then: `config`, unless that was a draft nobody could run
  std::optional<KeptChange> change{};  // instead of all that: what was deleted is put back, or deleted again
  bool operated = false;    // an operation on experts: how many there are then is the trainer's to say
  std::string began_from{};  // KnobEdits::began_from of then
};

// A run that is to begin beside the one that learns, to be compared with it: with these settings, from its newest
// kept step where its model can take them, else from step 0.
struct BesideWish {
  Config config;
  std::string called;        // "Top-k: 2 to 1"
  std::string began_from{};  // title of the preset that it begins from; empty: none
};

// What the widgets show of the knobs, and how it travels to the trainer: see edits.h.
struct KnobEdits {
  bool beside = false;                // an edit changes nothing of the run that learns: it begins one beside it
  std::vector<BesideWish> besides{};  // taken by whoever runs the window
  Config draft;         // what the widgets show
  bool is_set = false;  // false until the first RunStatus brings a config
  Config sent;          // the last one sent, or taken from the trainer
  std::uint64_t sent_revision = 0;
  std::uint64_t refused_revision = 0;
  std::uint64_t replayed = 0;  // RunStatus::replayed up to which the draft has them
  bool against_shadow = false;  // an operation on experts is held against a copy that learns beside it untouched
  std::uint64_t operated = 0;  // the newest operation on experts: looks before it show others
  std::uint64_t adopts = 0;  // once the trainer has taken up this revision its configuration becomes the draft; 0: none
  std::vector<EditStep> undo, redo;  // newest last
  // Title of the preset that the run began from, which its settings are held against (reference.h): part of what
  // undo takes back. Empty: none, or it is not known yet.
  std::string began_from;
  bool wants_origin = false;  // another run goes on: what it began from is the run's to say
  std::string began_in_force;  // the same of the settings in force, for those that are refused
  void begins_from(std::string preset) {
    began_from = std::move(preset);
    wants_origin = false;
  }

  bool dragging = false;  // an edit is in progress: `before` is the draft at its start
  Config before;
  std::string typing_key;  // the knob whose value is being typed, empty: none
  std::string typing_text;
  std::string typing_problem;
  bool typing_begins = false;
  std::string wanted_key;  // the knob to bring into sight and give the keyboard to, empty: none
  std::string
      beside_key;  // the knob whose next typed value begins a run beside, whatever `beside` says; empty: none
  std::string ringed_key;  // the knob with the ring of the keyboard, empty: none
};

// Which knobs are shown: see knob_choice.h.
struct KnobChoice {
  bool all = false;        // not the essential ones alone
  std::string search;      // empty: nothing is looked for
  std::string called;      // key of a knob somebody asked for, which stays in sight among the essential ones
};

// What is read over the window: see help.h, explain.h, tour.h.
struct Reading {
  std::string term;          // of the glossary, whose card is shown; empty: none
  std::string panel;         // that is explained, by its id; empty: none
  std::string under_mouse;   // the panel there, by its id; empty: none
  int tour = -1;             // the tour's stop; -1: it does not run
  float tour_height = 0;     // of its bubble, in the frame before
};

// How the window is divided: see layouts.h.
struct Arranging {
  Workspace workspace = Workspace::train;
  std::array<std::optional<bool>, kWorkspaces> knobs;  // shown in a workspace; absent: as it prefers
  std::map<std::string, std::vector<float>> shares;    // by layout_key(): where the user put the dividers
  int dragged = -1;   // the divider under the mouse's button,
  float grip = 0;     // and how far from its middle the mouse took it
  bool to_dividers = false;  // the keyboard is to go to the first divider
  std::string filled;  // the panel that fills the window, by id; empty: all of the workspace
  // Of panels that share a place, as tabs: those that were asked for, the newest first; see in_front.h.
  std::vector<std::string> in_front;

  bool shows_knobs() const {
    return knobs[static_cast<std::size_t>(workspace)].value_or(spec_of(workspace).knobs);
  }
};

// What looks should hold: every panel that is seen adds its wish in each frame, and the trainer hears of a change.
struct Watching {
  Watch wanted, sent;
};

// The palette of commands, or the finder: one field above one list.
struct Palette {
  enum class Open { nothing, commands, find } open = Open::nothing;
  std::string text;
  int lit = 0;  // the row that Enter takes
  bool just_opened = true;
};

// The field that asks for a name: see name_prompt.h.
struct NamePrompt {
  enum class Asks { nothing, kept_model, kept_step, run, setup, routes } asks = Asks::nothing;
  bool just_opened = false;
  std::string name;
  std::string file{};  // of a kept step; of a run its id
  std::int64_t step = 0;
};

// The dialog that asks what to sweep over: see sweep_prompt.h. All of it as it is typed.
struct SweepPrompt {
  std::string key{};  // of the first knob; empty: it is closed
  bool just_opened = false;
  std::string values{};
  std::string second_key{}, second_values{};  // empty: one knob alone
  std::string seeds{}, steps{};
  std::shared_ptr<const struct PlannedSweep> planned{};  // what was made of it last (sweep_prompt.cpp)
};

// The form that asks for what a recording does not say: see key_prompt.h. Values as they are typed.
struct KeyPrompt {
  struct Field {
    std::string key{}, help{}, allowed{};
    std::string why{};  // what suggests its value; empty: nothing does
    std::string value{};
  };
  std::optional<RecordingWish> of{};  // nothing: it is closed
  bool just_opened = false;
  std::string says{};  // whoever could not read it
  std::vector<Field> fields{};
};

// What can be done with a kept step, with a run, or with a knob: see context_menus.h. A menu opens where `at` is;
// NaN: whoever knows where the step or the run is on the screen fills it in.
struct ContextMenu {
  enum class Of { nothing, kept_step, run, knob } of = Of::nothing;
  bool opens = false;   // with the next frame
  bool closes = false;  // what it was opened over is gone
  viz::Point at{};
  std::string run{};     // id of the run, or of the step's
  std::string file{};    // of the kept step
  std::string folder{};  // of a run
  std::string label{};   // what it is called
  std::string knob{};    // its key
};

// What happened in the run, as a list over the timeline: see events_panel.h.
struct EventList {
  // The row of several that is shown one by one, by what it begins with (Happening): places shift where kept steps
  // go.
  struct Begin {
    std::int64_t step = 0;
    std::string alike{};  // empty: none is
    std::size_t nth = 0;
    bool operator==(const Begin&) const = default;
  };
  bool open = false;
  Begin unfolded{};
};

// The token looked into, and the counterfactual asked for.
struct Inspecting {
  int token = -1;         // of the probe, -1: none
  std::uint64_t id = 0;   // of the last Inspect sent
  std::int32_t layer = Inspect::no_layer;
};

// What the layer flow shows, and which expert of which layer it follows.
struct FlowView {
  bool first_choice = false;
  int label = -1;  // tokens of this domain (points of this class); -1: all
  int layer = -1, expert = -1;
};

// What the projection shows, and how.
struct ProjectionView {
  ColourBy colour = ColourBy::expert;
  ProjectedCloud of = ProjectedCloud::hidden;
  ProjectionMethod method = ProjectionMethod::pca;
  bool arrows = true;       // the gate's rows in the plane
  double perplexity = 30;   // of t-SNE; cut where it is used to what the probe's size allows
  bool wants_again = false; // a t-SNE of the look shown now is asked for
};

// The dialog of a figure for a page: see app/shell/dialogs/figure_prompt.h.
struct FigurePreview {
  FigureForm form;
  PanelExport panel;  // of its drawing and its numbers
  RunStatus status;   // of then
  std::string error;  // why there is none; empty: it is there
};
struct FigurePrompt {
  std::string panel{};  // its id; empty: it is closed
  bool just_opened = false;
  std::string size = "85mm", font = "8";  // as they are typed
  FigureForm form{.light_theme = true};   // the rest of it
  std::shared_ptr<const FigurePreview> preview{};
  bool is_wanted = false;  // to be written as it is shown
};

// What a study's runs show over their steps, of those that have ended.
struct StudyCurves {
  std::vector<std::string> arms;  // names; others are held against the first
  std::vector<ArmCurve> curves;   // of each arm
  std::size_t seeds = 0;          // that the differences are of
  std::size_t ended = 0;          // runs that had ended then
};

// What a study or a sweep has come to, as far as it is known: see app/window/beside/study_host.h.
struct StudyShown {
  std::string folder;  // empty: none was begun
  bool runs = false;   // its process is at work
  HowFar far{};        // nothing planned: it was not read yet, or cannot be
  bool learns_elsewhere = false;  // a process is at work on it that is none of this window's
  std::int64_t seeds = 0;
  std::string words;  // the verdict so far
  std::string error;
  std::string_view unit{};                      // of a study's losses
  std::string first{};                          // of a study: the arm that others are held against
  std::vector<Verdict> verdicts{};              // and of each of the others
  std::shared_ptr<const StudyCurves> curves{};  // of a study; null: nothing was read yet
  std::shared_ptr<const SweepResults> sweep{};  // of a sweep; null: nothing was read yet
};
// To be begun: these setups, the others held against the first.
struct StudyWish {
  std::vector<BesideWish> arms;
  std::int64_t steps = 0, seeds = 0;
};

// To be begun: every combination of the values, of these settings otherwise.
struct SweepWish {
  Config base;
  std::vector<StudyAxis> axes;
  std::int64_t steps = 0, seeds = 0;
};

// A study or sweep that is there: to be shown, to be gone on with, or to be learned with more seeds.
struct StudyAsked {
  std::filesystem::path folder;
  bool goes_on = false;
  std::int64_t seeds = 0;      // in all; 0: as many as it has
  bool is_remembered = false;  // by a window before this one: that it is gone by now is no news
};

// The dialog of those that are there: see studies_prompt.h.
struct StudiesPrompt {
  bool is_open = false;
  std::shared_ptr<const std::vector<ListedStudy>> listed{};  // null: not read yet
};

// Which runs are compared, and what is asked of those that learn beside: see compared.h.
enum class BesideAsk { pause, play, drop, lead };
struct Comparing {
  struct Asked {
    std::string run;  // its id
    BesideAsk what = BesideAsk::pause;
  };
  std::vector<Asked> asked{};        // taken by whoever runs the window
  std::set<std::int64_t> weights_begun{};  // seeds of weights that runs were begun with here
  std::optional<StudyWish> study_wanted{};
  std::optional<StudyAsked> study_asked{};
  bool study_cancelled = false;  // asked for
  StudyShown study{};
  std::optional<SweepWish> sweep_wanted{};
  std::optional<StudyAsked> sweep_asked{};
  bool sweep_cancelled = false;  // asked for
  StudyShown sweep{};
  std::string view{};                // what the runs show side by side, by its name; empty: the first
  std::set<std::string> left_out{};  // ids of runs that are in the window and not compared
};

// Several processes that train one model, begun from this window, and the check that they do what one does: see
// app/window/beside/ranks_host.h.
struct RanksWish {
  Config config;
  std::int64_t processes = 2;
  std::string called{};  // the data's name, for the run's folder
};
struct RanksShown {
  std::optional<RanksWish> wanted{};
  bool end_wanted = false;
  bool run = false;  // they are at work
  std::int64_t processes = 0;
  std::string folder{};  // of the run of those begun last; empty: none were
  bool check_wanted = false, check_runs = false;
  std::string check_words{};  // what the check says so far; empty: it was not asked for
  bool check_failed = false;
};

// Settings that are to become the draft: of a file, or as somebody pasted them.
struct WantedSettings {
  std::filesystem::path file{};  // empty: pasted
  std::string pasted{};
  std::vector<std::filesystem::path>
      runs{};  // of what was pasted: directories of runs whose kept texts may be its own
};

struct UiState {
  Focus focus;  // of the keyboard
  PlotKeys plot_keys;
  KnobEdits knobs;
  KnobChoice knob_choice;
  Reading reading;
  Inspecting inspecting;
  Palette palette;
  NamePrompt name_prompt;
  SweepPrompt sweep_prompt;
  StudiesPrompt studies_prompt;
  KeyPrompt key_prompt;
  FigurePrompt figure_prompt;
  ContextMenu context_menu;
  EventList events;
  Timeline timeline;
  Arriving arriving;
  Arranging arranging;
  Comparing comparing;
  RanksShown ranks;
  CausesState causes;
  std::shared_ptr<struct CheckpointShown>
      checkpoint;  // of another program's (checkpoint_shown.h); null: none is open
  LibraryView library;
  std::map<std::string, bool> open_groups;  // by the group's name; absent: as the group prefers

  // Selections shared by panels.
  int layer = 0;            // index among the MoE layers
  int hovered_expert = -1;  // lights it everywhere
  int pinned_expert = -1;   // is lit while no other is hovered: clicked, or found with Ctrl+F
  int card_expert = -1;     // the expert whose card is shown: the one chosen last; -1: none was yet
  Selection selection;      // of the probe's tokens or points
  HoverSource hover_source = HoverSource::none;
  ProjectionView projection;
  LabelKind labels = LabelKind::domain;  // what tokens are sorted by, where the look has it
  SpecializationFigure specialization = SpecializationFigure::share;
  bool frequent_tokens = true;  // its characters: the most frequent ones; false: the most specialised
  bool co_activation_lift = false;  // lift instead of share
  FlowView flow;
  int gradient_figure = 0;
  Watching watching;
  std::size_t passage = 0;   // probe sequence in the token view
  bool loss_log_y = false;   // loss plot: logarithmic y
  bool earlier_runs = false; // loss plot: the runs before lie faintly behind
  AuxLoss shown_loss = AuxLoss::switch_balance;  // routing figures: which auxiliary loss

  // One entry a plot, by its id: zoom, hidden curves. One hover line shared by all time plots.
  std::map<std::string, viz::PlotState> plots;
  viz::SharedHover hover;

  // Generation box.
  std::string prompt = "Once upon a time";
  double temperature = 0.8;
  int sample_top_k = 20;
  // A sampling figure being typed instead of dragged: its label (empty: none) and the text so far.
  std::string typed_label, typed_text;
  bool typing_begins = false;
  std::uint64_t generation_id = 0;
  std::string generated_from;  // the prompt that `generated` continues
  std::vector<GeneratedToken> generated;
  bool generating = false;

  // Shell.
  bool light_theme = false;
  float scale = 1;
  bool show_help = false, show_log = false, show_about = false;
  bool show_timeline = true;
  bool show_welcome = true;
  std::vector<RecentRun> recent;    // runs that the welcome strip offers to go on with
  std::vector<Preset> own_presets;  // of the user's own, by name
  Chooser chooser;                  // of a file or a run
  Chooses wants_chooser = Chooses::nothing;  // it is to open for these
  UsedPaths used;                   // what was opened last
  TextOffer text_offer;             // a text that is not UTF-8
  std::vector<Toast> toasts;
  std::vector<AlertKind> alerts_told;  // those that go on and were told of
  std::vector<std::string> log;

  bool text_asked = false;  // a field of text asked for the keyboard in the frame before
  int awaited_frames = 0;  // for how long a field of text is about to have the keyboard

  bool exporting = false;  // the folder of the weights that are being written is wanted in the clipboard
  std::string to_copy;     // into the clipboard, with the next frame

  void (*wake)() = nullptr;  // from any thread: a frame is drawn soon

  // Wishes for whoever runs the window, taken and cleared after the frame.
  bool wants_screenshot = false, wants_report = false, wants_quit = false;
  std::optional<Workspace> wants_workspace;
  std::vector<std::string> wants_open;  // paths: a text, a configuration, a run
  std::vector<std::string> wants_text;  // paths of what is a text, whatever its name ends in; see text_opening.h
  std::vector<WantedSettings> wants_settings;  // see settings_opening.h
  std::vector<std::string> wants_view;  // folders of runs to be looked at
  std::vector<RecordingWish> wants_recording;  // of other programs
  std::vector<std::filesystem::path> wants_checkpoint;  // of other programs too
  std::map<std::string, std::string> wants_named;  // runs of this window by id, and what they are to be called
  std::string wants_keys;                      // id of an opened recording whose keys are to be asked for
  std::string wants_shown;              // id of a run of this window to stand on
  bool wants_live = false;              // the one that learns here is to be stood on
  std::string wants_closed;             // id of an opened one to let go of
  std::vector<std::string> wants_also_closed;  // and of others
  bool kept_changed = false;            // what is kept of a run: to be read again
  std::vector<std::string>
      trashed_here;           // entries of the trash: runs that were in this window, and come back to it
  bool runs_changed = false;  // which runs there are: the recent ones are to be read again
};

}  // namespace switchyard::app
