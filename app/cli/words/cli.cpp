#include "app/cli/words/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <utility>
#include <vector>

#include "app/cli/words/words.h"
#include "core/base/nearest.h"

namespace switchyard::app {
namespace {

std::string near_command(const std::string& word) {
  std::vector<std::string> names;
  for (const WordCommand& command : command_line_words().commands) names.push_back(command.name);
  const std::vector<std::string_view> views(names.begin() + 1, names.end());
  const std::string_view near = nearest_name(word, views);
  return near.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", near);
}

// With paths behind them: the first is what the window begins with. What it cannot begin with it is told in the
// window, where a copy in UTF-8 may be offered, as if it were dropped there; the others are.
Result<Options> read_words_and_paths(Words words, bool route) {
  const std::vector<std::string> paths = std::exchange(words.paths, {});
  if (paths.empty()) return read_words(words, route);
  std::error_code code;
  for (const std::string& path : paths)
    if (!std::filesystem::exists(path, code))
      return usage_error(fmt::format("{}: there is no such file, folder or command{}", path, near_command(path)));
  const auto with = with_path(words, paths.front());
  auto begun = with ? read_words(*with, route) : Result<Options>(with.error());
  // A recording may be printed or written instead.
  const bool is_printed = begun && ((begun->recording || begun->weights) && !begun->shows);
  const bool in_window = !words.headless && !words.screenshot && !is_printed;
  if (begun &&
      (begun->mode == Mode::window || begun->mode == Mode::headless || begun->recording || begun->weights)) {
    if (paths.size() > 1 && !in_window)
      return usage_error(fmt::format("{}: one is enough without a window", paths[1]));
    begun->drops.assign(paths.begin() + 1, paths.end());
    return begun;
  }
  if (begun) return usage_error(fmt::format("{}: a file goes with a window or --headless", paths.front()));
  // A run is looked at or it is not: no other is trained beside it since a word was too many.
  if (!in_window || (with && with->open && speak_of_training(words))) return begun;
  auto empty = read_words(words, route);
  if (empty) empty->drops = paths;
  return empty;
}

constexpr const char* kProgram = "Switchyard: watch mixture-of-experts models learn.";

}  // namespace

WordTree command_line_words() {
  Words words;
  CLI::App app(kProgram, "switchyard");
  add_all_words(app, words);
  return tree_of(app);
}

Result<Options> parse_options(int argc, const char* const* argv) {
  Words words;
  CLI::App app(kProgram, "switchyard");
  add_all_words(app, words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    Options options;
    options.mode = Mode::help;
    options.help = app.help();
    for (const CLI::App* part : app.get_subcommands()) options.help = part->help();
    return options;
  } catch (const CLI::ParseError& error) {
    return usage_error(fmt::format("{} (--help shows the arguments)", error.what()));
  }
  words.compare = app.got_subcommand("compare");
  words.sweep = app.got_subcommand("sweep");
  words.runs = app.got_subcommand("runs");
  for (const char* cause : {"ablate", "steer", "zoo", "routes", "prune", "route-diff"})
    if (app.got_subcommand(cause)) words.cause.name = cause;
  return read_words_and_paths(std::move(words), app.got_subcommand("route"));
}

}  // namespace switchyard::app
