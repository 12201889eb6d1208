// The words of the command line before they mean anything, and what the parts of its reading share (cli.h is for
// others).
//
// Thread safety: pure functions of the file system. Errors: usage, naming the argument and what is allowed.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/words/options.h"
#include "core/session/driving/run_to_go_on.h"
#include "core/study/study_plan.h"

namespace CLI {
class App;
}

namespace switchyard::app {

// Of ablate and its like.
struct CauseWords {
  std::string name;  // the command; empty: none of them
  std::optional<std::string> run, other, layer, experts, mode, stand_in, draws, tokens, other_precision, label,
      alphas, kept, method;
  bool no_regret = false;
};

struct Words {
  std::optional<std::string> preset, config, config_text, corpus, points, seed, steps, out, resume, fork, replay,
      screenshot, after_steps, size, scale, theme, workspace;
  std::optional<std::string> log, record_routes, routes;
  std::optional<std::string> run, text, precision, open, watch, follow, checkpoints, figures_of, report_of,
      script_of;
  std::optional<std::string> completion;
  std::vector<std::string> set, arms, paths, edits;
  bool shadow = false;
  std::optional<std::string> recording_form;  // of open and watch
  std::vector<std::string> recording_keys;
  std::optional<std::string> part, weights_layer, weights_expert;  // of open, of a checkpoint of others
  std::vector<std::filesystem::path>
      text_runs{};  // of a setup that was pasted: directories of runs that may keep its text
  std::optional<std::string> seeds;
  std::optional<std::string> figure_size, figure_font, figure_format, figure_panels;
  bool compare = false, dense_twin = false;
  std::optional<std::string> arm, random, jobs, only;  // of sweep
  bool sweep = false, halving = false, print_jobs = false, works = false;
  std::optional<std::string> runs_in, filter, sort;
  bool runs = false, group = false, diff = false, csv = false;
  std::optional<std::string> ranks, rank_silence, rank_timeout;
  bool self_check = false;
  CauseWords cause{};
  bool headless = false, list_presets = false, list_knobs = false, version = false, man = false, json = false,
       full = false, figures = false, report = false;
};

// Every word there is. `words` must outlive `app`.
void add_all_words(CLI::App& app, Words& words);
// What they ask for, without paths behind them. route: the command was given.
Result<Options> read_words(Words words, bool route);
// Commands that train nothing, or many. True: one of them was given.
Result<bool> read_command_words(const Words& words, bool route, Options& options);

// UI scales that --scale takes.
inline constexpr std::array<std::string_view, 4> kScaleWords{"1", "1.25", "1.5", "2"};
std::vector<std::string_view> workspace_names();
// Its size, scale, theme and workspace, and the picture of it.
Result<void> read_window_words(const Words& words, Options& options);
// A window that is already up could only show what is wrong with a text or points; better to say it where the name
// was typed. Of a large file only whether it can be opened: the window does not wait for the rest.
Result<void> check_data(const Config& config);

Error bad_argument(std::string_view argument, std::string_view value, std::string_view allowed);
// Which file of a text or of points --corpus or --points names; usage: both do.
Result<std::optional<NamedData>> named_data(const Words& words);
std::optional<std::int64_t> to_integer(std::string_view text);
// Of --steps and its like.
Result<std::int64_t> steps_from(std::string_view argument, const std::string& text);
// --ranks and its like, and the launcher's environment. Of another rank than 0, and of a run that a launcher
// starts anew, `words` are changed to what they then mean.
void add_rank_words(CLI::App& app, Words& words);
Result<void> read_rank_words(Words& words, Options& options);
// Into light_theme.
Result<void> read_theme_word(const Words& words, Options& options);
// Of --figure-size and its like, into figure_form.
Result<void> read_figure_words(const Words& words, Options& options);
// The settings that these words ask for; `preset_name`: what they begin with. A run's own data are found.
Result<Config> read_config_words(const Words& words, std::string& preset_name, std::vector<std::string>& notes);
// --set, in order; then the whole must be valid. `given`: the keys that they name are added.
Result<void> set_words(const Words& words, Config& config, std::vector<std::string>& given);
// What --log names.
Result<std::optional<Logged>> named_logs(const Words& words);
// --log as knobs, before what --set says of the same; of a run that goes on it is no knob's (read_resume_words()).
// Behind with_path(): that says which it is.
Result<void> take_log_word(Words& words);
// A run folder must be new or empty, and in a place one can write to. RunFolder::create decides in the end;
// this says it before a window opens, and makes nothing.
Result<void> check_run_folder(const std::filesystem::path& path);

// An arm's settings: "switch", "a.json", "runs/first", with ,KEY=VALUE behind it and NAME= before it; corpus,
// points and what is set in `common` are every arm's.
Result<StudyArm> read_arm(const std::string& text, const Words& common, std::vector<std::string>& notes);
// What the model's outputs stand for: characters, or classes. The text or points are read.
Result<std::int64_t> count_outputs(const Config& config);
struct StudySize {
  std::int64_t steps = 0, seeds = 0, first_seed = 1;
};
// "--log, --steps": what of a study is given, which one that is there has already; but for
// `besides`. Empty: nothing.
std::string given_of_study(const Words& words, const std::set<std::string_view>& besides = {});
// --steps, --seeds, --seed over what is there without them.
Result<StudySize> read_study_size(const Words& words, StudySize size);
// compare: arms, seeds, steps, the folder.
Result<void> read_compare_words(const Words& words, Options& options);

// runs: which, in what order and form.
void add_runs_words(CLI::App& runs, Words& words);
Result<void> read_runs_words(const Words& words, Options& options);

// ablate and its like: which run, and what is done to it. The commands, in the order of the help.
std::vector<CLI::App*> add_cause_words(CLI::App& app, Words& words);
Result<void> read_cause_words(const Words& words, Options& options);

// The same with what a path stands for, as it would if it were dropped on the window: a run to look at, or to go
// on with where its weights alone are left; settings (.json); points (.csv, .tsv); a text. usage: there is no such
// file.
Result<Words> with_path(Words words, const std::string& path);

// Runs that are there already: --resume, --fork, open and --follow.
Result<void> read_resume_words(const Words& words, Options& options);
Result<void> read_fork_words(const Words& words, Options& options);
Result<void> read_open_words(const Words& words, Options& options);
// Whether some of them say what is trained, and how: nothing that goes with a run that is looked at.
bool speak_of_training(const Words& words);

// Whether `open` or `watch` was given a recording of another program's (core/recordings/forms), and what goes
// beside it.
bool names_recording(const Words& words);
Result<void> read_recording_words(const Words& words, Options& options);

// The same of a checkpoint (core/checkpoints): a run's only where it is asked for by --part and its like.
void add_weights_words(CLI::App& open, Words& words);
bool names_weights(const Words& words);
Result<void> read_weights_words(const Words& words, Options& options);

}  // namespace switchyard::app
