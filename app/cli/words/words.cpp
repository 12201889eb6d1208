#include "app/cli/words/words.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "core/base/file_name.h"
#include "core/checkpoints/expert_model.h"
#include "core/config/knobs.h"
#include "core/record/folder/run_description.h"
#include "core/record/folder/run_lock.h"
#include "core/record/reading/path_kind.h"
#include "core/recordings/forms/forms.h"
#include "core/session/driving/run_to_go_on.h"

namespace switchyard::app {

Error bad_argument(std::string_view argument, std::string_view value, std::string_view allowed) {
  return usage_error(fmt::format("{} {}: allowed is {}", argument, value, allowed));
}

Result<std::optional<NamedData>> named_data(const Words& words) {
  if (words.corpus && words.points)
    return usage_error("--points: goes without --corpus; a model learns a text or points");
  if (words.corpus) return std::optional(NamedData{TaskKind::language, *words.corpus});
  if (words.points) return std::optional(NamedData{TaskKind::clusters, *words.points});
  return std::optional<NamedData>();
}

Result<void> set_words(const Words& words, Config& config, std::vector<std::string>& given) {
  for (const std::string& pair : words.set) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return bad_argument("--set", pair, "key=value, such as experts=16");
    const std::string_view key = std::string_view(pair).substr(0, equals);
    if (const auto done = set_from_text(config, key, std::string_view(pair).substr(equals + 1)); !done)
      return usage_error(fmt::format("--set: {}", done.error().message));
    given.emplace_back(key);
  }
  const std::vector<ConfigProblem> problems = validate(config);
  if (problems.empty()) return {};
  std::vector<std::string_view> messages;
  for (const ConfigProblem& problem : problems) messages.push_back(problem.message);
  return usage_error(fmt::format("{}", fmt::join(messages, "; ")));
}

Result<std::optional<Logged>> named_logs(const Words& words) {
  constexpr std::array<std::string_view, 3> kNames{"csv", "jsonl", "tensorboard"};
  if (!words.log) return std::optional<Logged>();
  const std::string& log = *words.log;
  std::array<bool, kNames.size()> named{};
  for (std::size_t from = 0; log != "none" && from <= log.size();) {
    const std::size_t to = std::min(log.find(',', from), log.size());
    const auto at = std::find(kNames.begin(), kNames.end(), std::string_view(log).substr(from, to - from));
    if (at == kNames.end())
      return bad_argument("--log", log.empty() ? "''" : log,
                          "csv, jsonl and tensorboard, with commas between, or none");
    named[static_cast<std::size_t>(at - kNames.begin())] = true;
    from = to + 1;
  }
  return std::optional(Logged{named[0], named[1], named[2]});
}

Result<void> take_log_word(Words& words) {
  const auto logged = named_logs(words);
  if (!logged) return logged.error();
  if (!*logged || words.resume || words.open || words.follow) return {};
  const auto [csv, jsonl, tensorboard] = **logged;
  words.set.insert(words.set.begin(), {fmt::format("log_csv={}", csv), fmt::format("log_jsonl={}", jsonl),
                                       fmt::format("log_tensorboard={}", tensorboard)});
  return {};
}

Result<void> check_run_folder(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code code;
  fs::path there = fs::absolute(path, code);
  const bool is_there = fs::exists(there, code);
  // Too long a name, a circle of links: no folder will ever be there.
  if (code) return usage_error(fmt::format("--out {}: {}", path.native(), code.message()));
  if (is_there) {
    if (!fs::is_directory(there, code))
      return usage_error(fmt::format("--out {}: is not a folder", path.native()));
    if (!fs::is_empty(there, code) || code)
      return usage_error(
          fmt::format("--out {}: is not empty; allowed is a new or an empty folder", path.native()));
  }
  while (!fs::exists(there, code) && there.has_relative_path()) there = there.parent_path();
  if (!fs::is_directory(there, code) || access(there.c_str(), W_OK | X_OK) != 0)
    return usage_error(fmt::format("--out {}: cannot write in {}", path.native(), there.native()));
  return {};
}

Result<Words> with_path(Words words, const std::string& path) {
  const NamedPath named = named_path(path);
  const bool may_be_recording = named.kind == PathKind::folder || named.kind == PathKind::settings ||
                                named.kind == PathKind::points || named.kind == PathKind::text;
  if (may_be_recording && form_of(path_of_text(path))) {
    words.open = path;
    return words;
  }
  if (named.kind != PathKind::run && is_others_checkpoint(path_of_text(path))) {
    words.open = path;
    return words;
  }
  switch (named.kind) {
    case PathKind::missing:
      return usage_error(fmt::format("{}: there is no such file or folder", path));
    case PathKind::folder:
      return usage_error(
          fmt::format("{}: is no folder of a run; allowed is one, a .json, a .txt or a .csv", path));
    case PathKind::run:
      words.open = path;
      break;
    case PathKind::weights:
      words.resume = path;
      break;
    case PathKind::settings:
      words.config = named.path.native();
      break;
    case PathKind::points:
      words.points = path;
      break;
    case PathKind::text:
      words.corpus = path;
  }
  return words;
}

Result<void> read_resume_words(const Words& words, Options& options) {
  if (words.resume->empty()) return bad_argument("--resume", "''", "the folder of a run");
  if (words.preset || words.config || words.config_text || words.seed || words.out || !words.set.empty())
    return usage_error(
        "--resume: the run goes on with its own settings, in its own folder; allowed beside it are --steps, "
        "--headless, --log, --corpus or --points (where its text or points lie now), "
        "--replay-events, --do, --record-routes, --routes, --figures and the window's");
  const auto data = named_data(words);
  if (!data) return data.error();
  const auto logged = named_logs(words);
  if (!logged) return logged.error();
  auto run = find_run_to_go_on(*words.resume, *data, *logged);
  if (!run) return usage_error("--resume " + run.error().message);
  // Of two writers the second is told before a window opens.
  if (run->checkpoint && !run->folder.empty())
    if (const auto lock = RunLock::take(run->folder); !lock)
      return usage_error("--resume " + lock.error().message);
  if (run->checkpoint) options.config = run->checkpoint->trainer.config;
  for (const std::string& note : run->notes) options.notes.push_back(note);
  run->notes.clear();
  options.resume = std::make_shared<RunToGoOn>(std::move(*run));
  return {};
}

// A child may begin with other settings, as far as its parent's model can take them.
Result<void> read_fork_words(const Words& words, Options& options) {
  if (words.fork->empty()) return bad_argument("--fork", "''", "the folder of a run, DIR@STEP or DIR@NAME");
  if (words.preset || words.config || words.config_text || words.seed || words.resume)
    return usage_error(
        "--fork: a new run begins from a checkpoint, with its settings; allowed beside it are --set, --log, "
        "--out, "
        "--steps, --headless, --corpus or --points (where its text or points lie now), --replay-events, --do, "
        "--figures "
        "and the window's");
  const auto data = named_data(words);
  if (!data) return data.error();
  auto run = find_run_to_go_on(*words.fork, *data);
  if (!run) return usage_error("--fork " + run.error().message);
  if (!run->checkpoint)
    return usage_error(fmt::format(
        "--fork {}: has weights alone, no checkpoint to begin from; --resume takes them up", *words.fork));
  options.config = run->checkpoint->trainer.config;
  std::vector<std::string> given;
  if (const auto done = set_words(words, options.config, given); !done) return done.error();
  if (change_cost(run->checkpoint->trainer.config, options.config) == KnobCost::rebuild) {
    const auto changed = changed_knobs(run->checkpoint->trainer.config, options.config);
    const auto rebuilds = std::find_if(changed.begin(), changed.end(),
                                       [](const Knob* knob) { return knob->cost == KnobCost::rebuild; });
    return usage_error(fmt::format(
        "--fork: {} makes a new model, which has nothing of the old one; a fork can change what is learned with",
        rebuilds == changed.end() ? std::string_view("this") : (*rebuilds)->key));
  }
  for (const std::string& note : run->notes) options.notes.push_back(note);
  run->notes.clear();
  options.resume = std::make_shared<RunToGoOn>(as_child(std::move(*run)));
  return {};
}

bool speak_of_training(const Words& words) {
  return words.preset || words.config || words.config_text || words.corpus || words.points || words.seed ||
         words.out || words.resume || words.fork || words.replay || !words.edits.empty() || words.record_routes ||
         words.routes || words.steps || words.log || !words.set.empty();
}

bool names_recording(const Words& words) {
  if (words.watch) return true;
  if (!words.open) return false;
  if (words.recording_form || !words.recording_keys.empty()) return true;
  const std::filesystem::path path = path_of_text(*words.open);
  return !read_run_description(path) && form_of(path);
}

Result<void> read_recording_words(const Words& words, Options& options) {
  const std::string_view argument = words.watch ? "watch" : "open";
  const std::string& path = words.watch ? *words.watch : *words.open;
  if (words.preset || words.config || words.config_text || words.corpus || words.points || words.seed ||
      words.resume || words.fork || words.replay || words.steps || words.screenshot || words.log ||
      words.figures || words.report || !words.set.empty() || !words.edits.empty())
    return usage_error(fmt::format(
        "{}: looks at a recording and trains nothing; allowed beside it are --format, --key, {}--size, --scale, "
        "--theme and --workspace",
        argument, words.watch ? "" : "--json, --full, --out, --headless, "));
  if (words.watch && (words.headless || words.json || words.out))
    return usage_error(
        fmt::format("watch: shows in the window what is added to a recording; switchyard open {} --headless "
                    "prints what it has now",
                    path));
  if (path.empty()) return bad_argument(argument, "''", "a folder or a file");
  if (words.recording_form && !form_named(*words.recording_form)) {
    std::vector<std::string_view> names;
    for (const RecordingForm& form : recording_forms()) names.push_back(form.name);
    return bad_argument("--format", *words.recording_form, fmt::format("{}", fmt::join(names, ", ")));
  }
  if (words.full && (words.out || !(words.headless || words.json)))
    return usage_error("--full: is of a recording that is printed, with --headless or --json");
  const auto keys = keys_from(words.recording_keys);
  if (!keys) return usage_error("--key " + keys.error().message);
  if (!words.watch && !words.recording_form && !form_of(path_of_text(path)))
    return usage_error(
        fmt::format("open {}: is of no form that is known by its looks; --format says which", path));
  if (words.out) {
    if (words.out->empty()) return bad_argument("--out", "''", "the name of a folder");
    if (const auto usable = check_run_folder(*words.out); !usable) return usable.error();
  }
  options.mode = words.watch ? Mode::window : Mode::recording;
  options.shows = !words.headless && !words.json && !words.out;
  // A key that is missing is asked for here, not in a window.
  if (options.shows && !words.watch) {
    const RecordingForm* const form =
        words.recording_form ? form_named(*words.recording_form) : form_of(path_of_text(path));
    if (const auto opened = open_recording(*form, path_of_text(path), *keys); !opened) return opened.error();
  }
  options.out = words.out.value_or("");
  options.recording = RecordingWish{path_of_text(absolute_text(path)), words.recording_form.value_or(""),
                                    words.recording_keys, words.watch.has_value()};
  return {};
}

// A run to be looked at: nothing is trained, so nothing of that goes with it.
Result<void> read_open_words(const Words& words, Options& options) {
  const std::string_view argument = words.open ? "open" : "--follow";
  const std::string& folder = words.open ? *words.open : *words.follow;
  if (speak_of_training(words) || words.screenshot || words.headless || words.full)
    return usage_error(fmt::format(
        "{}: looks at a run and trains nothing; allowed beside it are --size, --scale, --theme and --workspace",
        argument));
  if (const auto description = read_run_description(path_of_text(folder)); !description)
    return usage_error(fmt::format(
        "{} {}: is no folder of a run ({}){}", argument, folder, description.error().message,
        words.open
            ? ", no recording of a form that is known by its looks, and no checkpoint: a .safetensors file or its "
              "index"
            : ""));
  options.open = absolute_text(folder);
  return {};
}

}  // namespace switchyard::app
