// The words of `compare`, and what `sweep` has of them: an arm's settings, how often and how long it is learned.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "app/cli/words/words.h"
#include "core/base/file_name.h"
#include "core/config/cost.h"
#include "core/data/corpus.h"
#include "core/data/own_points.h"
#include "core/record/folder/run_description.h"
#include "core/record/folder/run_place.h"
#include "core/study/study_list.h"
#include "core/study/study_plan.h"

namespace switchyard::app {
namespace {

constexpr std::int64_t kSeeds = 5;
constexpr std::size_t kLogKnobs = 3;  // take_log_word()

bool is_file(const std::string& name) {
  std::error_code code;
  return std::filesystem::is_regular_file(name, code);
}

// "switch", "a.json", "runs/first", and what is set behind it, as words of their own; NAME= before it where
// somebody gives it one.
struct ArmWords {
  std::string name, what;
  std::vector<std::string> set;
};

Result<ArmWords> split_arm(const std::string& arm) {
  if (is_file(arm)) return ArmWords{{}, arm, {}};
  ArmWords out;
  for (std::size_t from = 0; from <= arm.size();) {
    const std::size_t to = std::min(arm.find(',', from), arm.size());
    std::string part = arm.substr(from, to - from);
    if (from == 0) out.what = std::move(part);
    else if (part.find('=') == std::string::npos)
      return bad_argument("arm", arm, "a preset, a file or a run, then ,KEY=VALUE for each knob that differs");
    else out.set.push_back(std::move(part));
    from = to + 1;
  }
  if (const std::size_t equals = out.what.find('='); equals != std::string::npos) {
    out.name = out.what.substr(0, equals);
    out.what.erase(0, equals + 1);
  }
  if (out.what.empty()) return bad_argument("arm", "''", "a preset, a file of knobs or a run's folder");
  return out;
}

std::string short_name(const ArmWords& arm, bool is_path) {
  if (!arm.name.empty()) return arm.name;
  const std::filesystem::path path = arm.what;
  std::string name = !is_path              ? arm.what
                     : path.has_filename() ? path.stem().native()
                                           : path.parent_path().filename().native();
  for (const std::string& pair : arm.set) name += "," + pair;
  return name;
}

}  // namespace

std::string given_of_study(const Words& words, const std::set<std::string_view>& besides) {
  std::vector<std::string_view> given;
  const auto note = [&](bool is_given, std::string_view name) {
    if (is_given && !besides.contains(name)) given.push_back(name);
  };
  note(words.log.has_value(), "--log");  // its knobs stand before what --set says
  note(words.set.size() > (words.log ? kLogKnobs : 0), "--set");
  note(words.corpus.has_value(), "--corpus");
  note(words.points.has_value(), "--points");
  note(words.dense_twin, "--dense-twin");
  note(words.random.has_value(), "--random");
  note(words.halving, "--halving");
  note(words.steps.has_value(), "--steps");
  note(words.seeds.has_value(), "--seeds");
  note(words.seed.has_value(), "--seed");
  return fmt::format("{}", fmt::join(given, ", "));
}

namespace {

// Without arms the study that is there goes on as it is, or with more seeds.
Result<void> read_study_that_is_there(const Words& words, Options& options) {
  if (const std::string given = given_of_study(words, {"--seeds"}); !given.empty())
    return usage_error(
        fmt::format("compare --out {}: without arms the comparison that lies there goes on as it is, or with more "
                    "--seeds; with {} its arms are to be named",
                    *words.out, given));
  if (words.out->empty()) return bad_argument("--out", "''", "the name of a folder");
  auto plan = read_study(*words.out);
  if (!plan) return plan.error();
  const auto size = read_study_size(words, {plan->steps, plan->seeds, plan->first_seed});
  if (!size) return size.error();
  if (size->seeds < plan->seeds)
    return bad_argument("--seeds", *words.seeds,
                        fmt::format("{} and more: so many has this comparison", plan->seeds));
  plan->seeds = size->seeds;
  options.study = std::make_shared<const StudyPlan>(std::move(*plan));
  options.out = *words.out;
  return {};
}

}  // namespace

Result<StudyArm> read_arm(const std::string& text, const Words& common, std::vector<std::string>& notes) {
  auto arm = split_arm(text);
  if (!arm) return arm.error();
  Words words;
  words.corpus = common.corpus, words.points = common.points;
  words.set = common.set;
  words.set.insert(words.set.end(), arm->set.begin(), arm->set.end());
  for (const std::string& pair : words.set)
    if (pair.starts_with("seed="))
      return bad_argument("--set", pair, "--seed N and --seeds N, as every arm is learned with the same seeds");
  std::error_code code;
  const std::filesystem::path description = std::filesystem::path(arm->what) / kConfigFile;
  const bool is_run = std::filesystem::exists(description, code);
  if (is_run) words.config = description.native();
  else if (is_file(arm->what)) words.config = arm->what;
  else words.preset = arm->what;
  std::string preset;
  auto config = read_config_words(words, preset, notes);
  if (!config) return Error{config.error().kind, fmt::format("{}: {}", text, config.error().message)};
  return StudyArm{short_name(*arm, is_run || words.config), {}, std::move(*config)};
}

Result<std::int64_t> count_outputs(const Config& config) {
  if (config.task == TaskKind::language) {
    const auto corpus = load_corpus(config.corpus, config.context, config.vocabulary_limit);
    if (!corpus) return corpus.error();
    return static_cast<std::int64_t>((*corpus)->vocabulary.size());
  }
  if (!learns_from_file(config)) return config.cluster_classes;
  const auto points = load_points(config);
  if (!points) return points.error();
  return (*points)->classes;
}

Result<StudySize> read_study_size(const Words& words, StudySize size) {
  if (words.steps) {
    const auto given = steps_from("--steps", *words.steps);
    if (!given) return given.error();
    size.steps = *given;
  }
  if (words.seeds) {
    const auto given = to_integer(*words.seeds);
    if (!given)
      return bad_argument("--seeds", *words.seeds, fmt::format("a whole number from 1 to {}", kMostSeeds));
    size.seeds = *given;
  }
  if (words.seed) {
    const auto given = to_integer(*words.seed);
    if (!given) return bad_argument("--seed", *words.seed, "a whole number from 0 on");
    size.first_seed = *given;
  }
  return size;
}

Result<void> read_compare_words(const Words& words, Options& options) {
  options.mode = Mode::compare;
  options.json = words.json;
  if (const auto read = read_theme_word(words, options); !read) return read.error();
  if (words.arms.empty() && words.out) return read_study_that_is_there(words, options);
  if (words.arms.empty())
    return usage_error(
        "compare: needs an arm, a preset, a file of knobs or a run's folder; or --out DIR of a comparison to go "
        "on with");
  if (const auto named = named_data(words); !named) return named.error();
  std::vector<StudyArm> arms;
  for (const std::string& text : words.arms) {
    auto arm = read_arm(text, words, options.notes);
    if (!arm) return arm.error();
    arms.push_back(std::move(*arm));
  }
  if (words.dense_twin) {
    const StudyArm& first = arms[0];
    if (first.config.ffn == Ffn::dense)
      return usage_error(
          fmt::format("--dense-twin: {} is dense already; allowed is a first arm with experts", first.name));
    const auto outputs = count_outputs(first.config);
    if (!outputs) return outputs.error();
    arms.push_back({first.name + " dense twin", {}, dense_equal(first.config, *outputs)});
  }
  const auto size = read_study_size(words, {kHeadlessSteps, kSeeds, 1});
  if (!size) return size.error();
  auto plan = make_plan(std::move(arms), size->steps, size->seeds, size->first_seed);
  if (!plan) return plan.error();
  options.study = std::make_shared<const StudyPlan>(std::move(*plan));
  if (words.out && words.out->empty()) return bad_argument("--out", "''", "the name of a folder");
  options.out = words.out ? *words.out : new_run_folder(default_studies_directory(), "compare").native();
  return {};
}

}  // namespace switchyard::app
