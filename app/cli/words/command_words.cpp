#include <fmt/format.h>

#include "app/cli/words/sweep_words.h"
#include "app/cli/words/words.h"
#include "core/config/knobs.h"

namespace switchyard::app {
namespace {

Result<void> read_figures_command(const Words& words, Options& options) {
  options.mode = Mode::figures;
  options.run = *words.figures_of;
  options.out = words.out.value_or("");
  if (words.out && words.out->empty()) return bad_argument("--out", "''", "the name of a folder");
  if (const auto read = read_theme_word(words, options); !read) return read.error();
  if (const auto read = read_figure_words(words, options); !read) return read.error();
  return {};
}

Result<void> read_report_command(const Words& words, Options& options) {
  options.mode = Mode::report;
  options.run = *words.report_of;
  options.out = words.out.value_or("");
  if (words.out && words.out->empty()) return bad_argument("--out", "''", "the name of a file");
  return {};
}

Result<void> read_route_command(const Words& words, Options& options) {
  options.mode = Mode::route;
  options.run = words.run.value_or(""), options.text = words.text.value_or("");
  if (options.run.empty()) return usage_error("route: needs --run DIR, the folder of a run");
  if (options.text.empty()) return usage_error("route: needs --text TEXT, at least one character");
  if (words.precision) {
    Config chosen;
    const auto set = set_from_text(chosen, "precision", *words.precision);
    if (!set) return usage_error(fmt::format("--precision: {}", set.error().message));
    options.precision = chosen.precision;
  }
  return {};
}

// What of a run, or of the program, is told and nothing else done.
bool read_telling_words(const Words& words, Options& options) {
  if (words.checkpoints) {
    options.mode = Mode::checkpoints;
    options.run = *words.checkpoints;
  } else if (words.script_of) {
    options.mode = Mode::load_script;
    options.run = *words.script_of;
  } else if (words.version || words.list_presets || words.list_knobs || words.man || words.completion) {
    options.mode = words.version        ? Mode::version
                   : words.list_presets ? Mode::list_presets
                   : words.list_knobs   ? Mode::list_knobs
                   : words.man          ? Mode::man
                                        : Mode::completion;
    options.text = words.completion.value_or("");
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<bool> read_command_words(const Words& words, bool route, Options& options) {
  Result<void> (*read)(const Words&, Options&) = !words.cause.name.empty() ? read_cause_words
                                                 : words.figures_of        ? read_figures_command
                                                 : words.report_of         ? read_report_command
                                                 : words.compare           ? read_compare_words
                                                 : words.runs              ? read_runs_words
                                                 : words.sweep             ? read_sweep_words
                                                                           : nullptr;
  if (!read && read_telling_words(words, options)) return true;
  if (!read && route) read = read_route_command;
  if (!read) return false;
  if (const auto done = read(words, options); !done) return done.error();
  return true;
}

}  // namespace switchyard::app
