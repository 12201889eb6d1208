#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "app/cli/words/sweep_words.h"
#include "app/cli/words/words.h"
#include "core/config/knobs.h"
#include "core/recordings/forms/forms.h"

namespace switchyard::app {
namespace {

constexpr const char* kThemes = "dark|light";

constexpr const char* kFooter = R"(
Each knob of --list-knobs can be set in the config file and with --set. Later wins: preset, --config,
--config-text, --corpus or --points and --seed, --log, --set.

Examples:
  switchyard
  switchyard book.txt
  switchyard --corpus book.txt --set experts=16 --set learning_rate=0.002
  switchyard --points iris.csv
  switchyard --headless --steps 500 --out runs/first --preset switch
  switchyard --headless --steps 500 --out runs/paper --figures --theme light
  switchyard --headless --steps 500 --out runs/first --log tensorboard,csv,jsonl
  switchyard --resume runs/first
  switchyard --fork runs/first@400 --set top_k=1
  switchyard --config-text '{"experts":16,"top_k":1}'
  switchyard --headless --steps 500 --config runs/first/config.json --replay-events runs/first/events.jsonl
  switchyard --screenshot window.png --after-steps 100 --size 1920x1080 --workspace routing
  switchyard open runs/first
  switchyard open traces --key experts=64 --key stages=0,0 --out routes
  switchyard open Mixtral-8x7B --part all --json
  switchyard checkpoints runs/first
  switchyard figures runs/first --theme light
  switchyard compare tiny-stories tiny-stories,top_k=1 --steps 1000 --seeds 5 --out runs/k
  switchyard sweep --set top_k=1,2,4 --set capacity_factor=1,1.25,2 --seeds 3 --out runs/sweep
  switchyard runs runs --filter 'top_k=2 and val_loss<1.9' --sort val_loss
  switchyard route --run runs/first --text "Once upon a time" --json
  switchyard ablate runs/first --layer 0 --json
  switchyard steer runs/first --layer 0 --expert 3
  switchyard route-diff runs/first@400 runs/first
  switchyard load-script runs/first/model.safetensors > load.py

Exit codes: 0 done; 1 failure (not a number, disk full); 2 bad arguments or input, or no display;
130 after Ctrl-C. Whatever was trained has been written.)";

void add_compare_words(CLI::App& compare, Words& words) {
  compare
      .add_option("arms", words.arms,
                  "What is compared, the others with the first: a preset, a JSON file of knobs, a run's folder; "
                  "with ,KEY=VALUE behind it for what differs, and NAME= before it for a name of its own")
      ->type_name("ARM");
  compare.add_option("--steps", words.steps, "Optimizer steps of each run (default 500)")->type_name("N");
  compare.add_option("--seeds", words.seeds, "Runs of each arm (default 5)")->type_name("N");
  compare.add_option("--seed", words.seed, "The first seed (default 1)")->type_name("N");
  compare.add_option("--set", words.set, "One knob of every arm; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  compare
      .add_option("--log", words.log,
                  "What is written of each run: csv, jsonl, tensorboard, or none (default csv,jsonl)")
      ->type_name("csv|jsonl|tensorboard|none");
  compare.add_option("--corpus", words.corpus, "The text that every arm learns")->type_name("FILE");
  compare.add_option("--points", words.points, "The points that every arm learns")->type_name("FILE");
  compare.add_flag("--dense-twin", words.dense_twin,
                   "One more arm: the dense model whose tokens cost as many FLOPs as the first's");
  compare
      .add_option(
          "--out", words.out,
          "Folder of the comparison: new, empty, or one to go on with (default: one in the user's data folder)")
      ->type_name("DIR");
  compare.add_option("--theme", words.theme, "Of the figures")->type_name(kThemes);
  compare.add_flag("--json", words.json, "Print it as JSON");
}

// What says how a recording is read.
void add_recording_words(CLI::App& part, Words& words, const char* also) {
  std::vector<std::string_view> forms;
  for (const RecordingForm& form : recording_forms()) forms.push_back(form.name);
  part.add_option("--format", words.recording_form,
                  fmt::format("Of a recording: its form (default: by its looks){}", also))
      ->type_name(fmt::format("{}", fmt::join(forms, "|")));
  std::string keys;
  for (const RecordingKey& key : recording_keys())
    keys += fmt::format("; {}={}: {}", key.name, key.takes, key.help);
  part.add_option("--key", words.recording_keys,
                  fmt::format("Of a recording: what its form does not say; may be repeated{}", keys))
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  part.fallthrough();
}

void add_open_words(CLI::App& open, Words& words) {
  open.add_option("run", words.open,
                  "Folder of the run, a recording (a folder or a file), or a checkpoint of another program's "
                  "(.safetensors, or a folder with its index)")
      ->type_name("PATH")
      ->required();
  add_recording_words(open, words, "; with --out DIR it is written there as routes");
  add_weights_words(open, words);
  open.add_flag(
      "--full", words.full,
      "Of a recording that is printed: also which experts are chosen together, and which follow in the next "
      "layer, over all tokens");
}

void add_watch_words(CLI::App& watch, Words& words) {
  watch.add_option("recording", words.watch, "A folder or a file, which need not be there yet")
      ->type_name("PATH")
      ->required();
  add_recording_words(watch, words, "");
}

// group: of the options in its help; empty: its usual one.
void add_figure_words(CLI::App& part, Words& words, const std::string& group) {
  for (CLI::Option* option :
       {part.add_option("--figure-size", words.figure_size,
                        "Figures for a page, so wide, and so high where it is given; 300 dots an inch")
            ->type_name("85mm|85x60mm|3.3in"),
        part.add_option("--figure-font", words.figure_font, "... with text of this size (default 8pt)")
            ->type_name("PT"),
        part.add_option("--figure-format", words.figure_format,
                        "Which files of each: svg, pdf, png, csv (default svg,png,csv)")
            ->type_name("svg|pdf|png|csv"),
        part.add_option("--figure-panels", words.figure_panels,
                        "Which panels, by name: loss,expert-load (default: all)")
            ->type_name("PANELS")})
    if (!group.empty()) option->group(group);
}

}  // namespace

void add_all_words(CLI::App& app, Words& words) {
  app.footer(kFooter);
  app.set_help_flag("-h,--help", "This text")->group("Show");
  app.add_option("path", words.paths,
                 "A text, points (.csv), settings (.json), a run's folder or a recording, as if it were dropped "
                 "on the window")
      ->type_name("PATH");
  app.add_option("--preset", words.preset, "Start from this preset (--list-presets), the program's or your own")
      ->type_name("PRESET")
      ->group("Training");
  app.add_option("--config", words.config, "Read knobs from a JSON file, or from a run's config.json")
      ->type_name("FILE")
      ->group("Training");
  app.add_option("--config-text", words.config_text,
                 "The same knobs, as JSON on the command line; what Copy setup gives")
      ->type_name("JSON")
      ->group("Training");
  app.add_option("--corpus", words.corpus,
                 "Train on this UTF-8 text instead of the built-in stories; where the text of a run lies now")
      ->type_name("FILE")
      ->group("Training");
  app.add_option("--points", words.points,
                 "Train on these labelled points, a CSV file with coordinates and a class; where the points of a "
                 "run lie now")
      ->type_name("FILE")
      ->group("Training");
  app.add_option("--seed", words.seed, "Seed of weights, batches and noise")->type_name("N")->group("Training");
  app.add_option("--set", words.set, "Set one knob; may be repeated")
      ->type_name("KEY=VALUE")
      ->group("Training")
      ->allow_extra_args(false);
  app.add_option(
         "--log", words.log,
         "What of the run is written beside its tape: csv (metrics.csv), jsonl (routing.jsonl), tensorboard "
         "(events.out.tfevents.*), or none (default csv,jsonl)")
      ->type_name("csv|jsonl|tensorboard|none")
      ->group("Training");
  app.add_option("--steps", words.steps, "Stop after N optimizer steps")->type_name("N")->group("Training");
  app.add_option("--out", words.out, "Run folder: new, or empty (default: one in the user's data folder)")
      ->type_name("DIR")
      ->group("Training");
  app.add_option("--resume", words.resume,
                 "Go on with a run: its folder, at the newest checkpoint or at one of these")
      ->type_name("DIR[@STEP|@NAME]")
      ->group("Training");
  app.add_option("--follow", words.follow, "Look at a run in the window while another process trains it; as open")
      ->type_name("DIR")
      ->group("Window");
  app.add_option("--fork", words.fork,
                 "Begin a run of its own from a checkpoint, with other settings if you like (--set)")
      ->type_name("DIR[@STEP|@NAME]")
      ->group("Training");
  app.add_option("--replay-events", words.replay,
                 "Make the edits of a run again at the same steps: its events.jsonl")
      ->type_name("FILE")
      ->group("Training");
  app.add_option("--do", words.edits,
                 "Before step N set a knob, or operate on experts (clone 0.3, remove 0.3, merge 0.3 0.5, "
                 "reinitialise 0.3, reinitialise "
                 "router 0, transplant 0.3 onto 0.5 from DIR, split 0.3, split all, of a dense model upcycle 8; "
                 "0.3 is expert 3 of layer 0); may be repeated")
      ->type_name("N:EDIT")
      ->group("Training")
      ->allow_extra_args(false);
  app.add_flag("--shadow", words.shadow,
               "... and hold what comes of an operation, 200 steps later, against a copy that learns beside it "
               "untouched")
      ->group("Training");
  app.add_option("--record-routes", words.record_routes,
                 "Record every step's routes, token by token, into a new folder (switchyard-routes/2)")
      ->type_name("DIR")
      ->group("Training");
  app.add_option("--routes", words.routes,
                 "Learn with the routes that another run recorded on the same batches: each token goes to those "
                 "experts; the router learns through their weights")
      ->type_name("DIR")
      ->group("Training");
  add_rank_words(app, words);
  app.add_flag("--headless", words.headless, "Train without a window, with a progress bar")->group("Training");
  app.add_flag("--figures", words.figures,
               "... and write every panel's figure (SVG, PNG) and data (CSV) into DIR/figures, over the whole "
               "run; a panel of "
               "one layer as PANEL-layerL-stepS for each")
      ->group("Training");
  add_figure_words(app, words, "Training");
  app.add_flag("--report", words.report, "... and one page of all that, DIR/report.html")->group("Training");
  app.add_option("--screenshot", words.screenshot, "Train, save what the window shows, exit")
      ->type_name("FILE.png")
      ->group("Window");
  app.add_option("--after-steps", words.after_steps, "... after N steps (default 100)")
      ->type_name("N")
      ->group("Window");
  app.add_option("--size", words.size,
                 "Window size in pixels, up to 7680x4320 (default 1280x720); of a window to look at no more than "
                 "the screen")
      ->type_name("WxH")
      ->group("Window");
  app.add_option("--scale", words.scale, "UI scale")
      ->type_name(fmt::format("{}", fmt::join(kScaleWords, "|")))
      ->group("Window");
  app.add_option("--theme", words.theme, "Of the window, or of figures")->type_name(kThemes)->group("Window");
  app.add_option("--workspace", words.workspace, "What it begins with")
      ->type_name(fmt::format("{}", fmt::join(workspace_names(), "|")))
      ->group("Window");
  app.add_flag("--list-presets", words.list_presets, "The presets, one line each")->group("Show");
  app.add_flag("--list-knobs", words.list_knobs, "Every knob with default, range, unit and what a change costs")
      ->group("Show");
  app.add_flag("--json", words.json, "... as JSON")->group("Show");
  app.add_option("--completion", words.completion, "A script that completes this command line in a shell")
      ->type_name("bash|zsh|fish")
      ->group("Show");
  app.add_flag("--man", words.man, "The manual page, for man -l -")->group("Show");
  app.add_flag("--version", words.version, "Versions of Switchyard and LibTorch, BLAS kernel, threads")
      ->group("Show");
  CLI::App* route = app.add_subcommand("route", "Print a trained model's every routing decision on a text");
  route->add_option("--run", words.run, "Folder of the run, or its model.safetensors")
      ->type_name("DIR")
      ->required();
  route->add_option("--text", words.text, "The text, at most as long as the model's context")
      ->type_name("TEXT")
      ->required();
  route->add_flag("--json", words.json, "One JSON object instead of a table");
  route->add_flag("--full", words.full, "With the router's input vectors (needs --json)");
  route
      ->add_option("--precision", words.precision,
                   "What it is computed in (default fp32), whatever the run was trained in")
      ->type_name(fmt::format("{}", fmt::join(find_knob("precision")->choices, "|")));
  CLI::App* open =
      app.add_subcommand("open",
                         "Look at a run in the window, without training it; one that runs is followed. Also at a "
                         "recording that another program made, and at the experts and routers of a checkpoint "
                         "of another program's: both with --headless as a table");
  CLI::App* watch = app.add_subcommand(
      "watch", "Watch another trainer in the window: a recording that grows, from before it is there");
  CLI::App* checkpoints =
      app.add_subcommand("checkpoints", "What of a run is kept: step, name, validation loss, size");
  CLI::App* script =
      app.add_subcommand("load-script", "Print load.py for the weights of a run: that model in plain PyTorch");
  CLI::App* figures =
      app.add_subcommand("figures", "Draw a recorded run: every panel's figure (SVG, PNG) and data (CSV)");
  CLI::App* report =
      app.add_subcommand("report", "A recorded run as one page to give away: figures, numbers, edits, alerts");
  CLI::App* compare = app.add_subcommand(
      "compare", "Learn several setups with the same seeds, and say which is better, and how sure that is");
  CLI::App* sweep = app.add_subcommand(
      "sweep", "Learn all combinations of several values of knobs, and say which may be the best");
  CLI::App* runs = app.add_subcommand("runs", "The runs of a directory as a table: filtered, sorted, grouped");
  std::vector<CLI::App*> parts{route, script, open, watch, checkpoints, figures, report, compare, sweep, runs};
  for (CLI::App* part : add_cause_words(app, words)) parts.push_back(part);
  for (CLI::App* part : parts) part->set_help_flag("-h,--help", "This text");
  add_open_words(*open, words);
  add_watch_words(*watch, words);
  checkpoints->add_option("run", words.checkpoints, "Folder of the run")->type_name("DIR")->required();
  checkpoints->add_flag("--json", words.json, "As JSON");
  script->add_option("run", words.script_of, "Folder of the run, or its model.safetensors")
      ->type_name("DIR")
      ->required();
  figures->add_option("run", words.figures_of, "Folder of the run")->type_name("DIR")->required();
  figures->add_option("--out", words.out, "Where they go; without it into DIR/figures")->type_name("DIR");
  figures->add_option("--theme", words.theme, "Of the figures")->type_name(kThemes);
  add_figure_words(*figures, words, "");
  report->add_option("run", words.report_of, "Folder of the run")->type_name("DIR")->required();
  report->add_option("--out", words.out, "The page; without it DIR/report.html")->type_name("FILE");
  add_compare_words(*compare, words);
  add_sweep_words(*sweep, words);
  add_runs_words(*runs, words);
  const auto last_wins = [](CLI::App& part) {
    for (CLI::Option* option : part.get_options())
      if (option->get_name() != "--set" && option->get_name() != "arms" && option->get_name() != "path" &&
          option->get_name() != "--key")
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  };
  last_wins(app);
  for (CLI::App* part : parts) last_wins(*part);
}

}  // namespace switchyard::app
