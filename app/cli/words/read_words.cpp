#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "app/cli/words/words.h"

namespace switchyard::app {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// --record-routes and --routes.
Result<void> read_route_words(const Words& words, Options& options) {
  for (const auto& [argument, given, place] :
       {std::tuple{"--record-routes", &words.record_routes, &options.record_routes},
        std::tuple{"--routes", &words.routes, &options.routes}}) {
    if (!*given) continue;
    if ((*given)->empty()) return bad_argument(argument, "''", "the name of a folder");
    if (!words.headless) return usage_error(fmt::format("{}: goes with --headless", argument));
    *place = **given;
  }
  return {};
}

// What happens to the model while it learns: edits at their steps, a copy beside it, routes.
Result<void> read_course_words(const Words& words, Options& options) {
  if (words.replay || !words.edits.empty()) {
    auto edits = words.replay ? Replay::read(*words.replay) : Replay();
    if (!edits) return usage_error("--replay-events " + edits.error().message);
    for (const std::string& said : words.edits)
      if (const auto added = edits->add(said); !added) return usage_error("--do " + added.error().message);
    options.replay = std::make_shared<const Replay>(std::move(*edits));
  }
  options.shadow = words.shadow;
  if (words.shadow && !options.replay)
    return usage_error("--shadow: goes with --do or --replay-events, whose operations it is about");
  if (words.shadow && (options.ranks.place || options.ranks.count > 1))
    return usage_error("--shadow: a copy of the model is made by one process; several train this one");
  if (const auto read = read_route_words(words, options); !read) return read.error();
  if (words.shadow && !options.routes.empty())
    return usage_error(
        "--shadow: a copy of the model would take its own routes, this one learns with those of --routes");
  return {};
}

// What is written beside the run, and where that goes.
Result<void> read_export_words(const Words& words, Options& options) {
  options.figures = words.figures;
  options.report = words.report;
  if ((words.figure_size || words.figure_font || words.figure_format || words.figure_panels) && !words.figures)
    return usage_error("--figure-size, --figure-font, --figure-format and --figure-panels go with --figures");
  if (words.report && !words.headless)
    return usage_error("--report: goes with --headless; switchyard report DIR makes one of a run that is there");
  if (words.figures && !words.headless)
    return usage_error("--figures: goes with --headless; in the window every panel has its export in its corner");
  if (words.headless && words.screenshot)
    return usage_error("--screenshot: needs the window, so it does not go with --headless");
  return {};
}

// A run from its beginning.
Result<void> read_new_run_words(const Words& words, Options& options) {
  auto config = read_config_words(words, options.preset, options.notes);
  if (!config) return config.error();
  options.config = std::move(*config);
  if (words.corpus && options.config.task != TaskKind::language)
    return usage_error(
        "--corpus: these settings learn points (task = clusters); a text needs --set task=language");
  if (words.points && options.config.task != TaskKind::clusters)
    return usage_error("--points: these settings learn a text (task = language); points need --set task=clusters");
  if (!options.out.empty())
    if (const auto usable = check_run_folder(options.out); !usable) return usable.error();
  if (options.mode == Mode::window)
    if (const auto readable = check_data(options.config); !readable) return readable.error();
  return {};
}

Result<Options> read_training_words(Words words, Options options) {
  if (const auto read = read_rank_words(words, options); !read) return read.error();
  options.mode = words.headless ? Mode::headless : Mode::window;
  if (words.self_check) {
    options.mode = Mode::self_check;
    return options;
  }
  if (const auto read = read_export_words(words, options); !read) return read.error();
  if (words.steps) {
    const auto steps = steps_from("--steps", *words.steps);
    if (!steps) return steps.error();
    options.steps = *steps;
  }
  if (words.out && words.out->empty()) return bad_argument("--out", "''", "the name of a folder");
  // Names that the program would make are printed for others to read, line by line.
  for (const auto& [argument, name] : {std::pair{"--out", words.out}, std::pair{"--screenshot", words.screenshot}})
    if (name && std::any_of(name->begin(), name->end(), is_control))
      return bad_argument(argument, *name, "a name without control characters");
  options.out = words.out.value_or("");
  if (const auto read = read_window_words(words, options); !read) return read.error();
  if (const auto read = read_course_words(words, options); !read) return read.error();
  if (words.open || words.follow) {
    if (const auto read = read_open_words(words, options); !read) return read.error();
    return options;
  }
  if (words.resume) {
    if (const auto read = read_resume_words(words, options); !read) return read.error();
    return options;
  }
  if (words.fork) {
    if (const auto read = read_fork_words(words, options); !read) return read.error();
    if (!options.out.empty())
      if (const auto usable = check_run_folder(options.out); !usable) return usable.error();
    return options;
  }
  if (const auto read = read_new_run_words(words, options); !read) return read.error();
  return options;
}

}  // namespace

Result<Options> read_words(Words words, bool route) {
  if (const auto taken = take_log_word(words); !taken) return taken.error();
  Options options;
  options.json = words.json, options.full = words.full;
  if (names_weights(words)) {
    if (const auto read = read_weights_words(words, options); !read) return read.error();
    if (!options.shows) return options;
    // The window's usual model beside it, which waits.
    words.open.reset();
    auto window = read_words(std::move(words), route);
    if (!window) return window;
    window->mode = options.mode, window->shows = true;
    window->weights = std::move(options.weights);
    return window;
  }
  if (names_recording(words)) {
    if (const auto read = read_recording_words(words, options); !read) return read.error();
    if (const auto read = read_window_words(words, options); !read) return read.error();
    return options;
  }
  if (words.json && !words.list_knobs && !route && !words.checkpoints && !words.compare && !words.runs &&
      !words.sweep && words.cause.name.empty())
    return usage_error(
        "--json: goes with --list-knobs, checkpoints, compare, sweep, runs, route, ablate and its like, or a "
        "recording or another program's checkpoint that is opened");
  const auto is_command = read_command_words(words, route, options);
  if (!is_command) return is_command.error();
  if (*is_command) return options;
  return read_training_words(std::move(words), std::move(options));
}
}  // namespace switchyard::app
