#include "app/cli/causes/cause_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <utility>

#include "app/cli/causes/cause_texts.h"
#include "core/base/caught.h"
#include "core/base/input_file.h"
#include "core/base/json.h"
#include "core/config/json.h"
#include "core/config/knobs.h"

namespace switchyard::app {
namespace {

constexpr double kMostFigure = 1e30;  // what is drawn as a float
constexpr std::int64_t kMostExperts = 65'536, kMostBlocks = 4096, kMostSteps = std::int64_t{1} << 52;
constexpr std::int64_t kMostTokens = 4'000'000;  // of all groups of one answer
constexpr int kMostTried = 3;                    // of one question, where newer ones cannot be read
constexpr std::size_t kMostFiles = 100'000;

// Takes values out of one answer; the first that cannot be is told, and all are harmless.
class AnswerJson {
 public:
  explicit AnswerJson(std::string where) : where_(std::move(where)) {}

  void refuse(std::string_view key, const std::string& why) {
    if (!wrong_) wrong_ = usage_error(fmt::format("{}: {}: {}", where_, key, why));
  }
  const std::optional<Error>& wrong() const { return wrong_; }

  double figure(const Json& json, std::string_view key) {
    if (json.is_null()) return kMissing;
    const auto number = json.number();
    if (number && std::abs(*number) <= kMostFigure) return *number;
    refuse(key, fmt::format("{} is no figure", excerpt(json)));
    return kMissing;
  }
  std::int64_t whole(const Json& json, std::string_view key, std::int64_t low, std::int64_t high) {
    const std::int64_t* const number = json.integer();
    if (number && *number >= low && *number <= high) return *number;
    refuse(key, fmt::format("{} is no whole number from {} to {}", excerpt(json), low, high));
    return low;
  }
  std::int32_t index(const Json& json, std::string_view key, std::int64_t count) {
    return static_cast<std::int32_t>(whole(json, key, 0, count - 1));
  }
  bool flag(const Json& json, std::string_view key) {
    if (const bool* const set = json.boolean()) return *set;
    refuse(key, fmt::format("{} is neither true nor false", excerpt(json)));
    return false;
  }
  // Null: empty.
  std::string text(const Json& json, std::string_view key) {
    if (json.is_null()) return {};
    if (const std::string* const text = json.text()) return *text;
    refuse(key, fmt::format("{} is no text", excerpt(json)));
    return {};
  }
  const Json::Array& list(const Json& json, std::string_view key) {
    static const Json::Array none;
    if (const Json::Array* const items = json.array_items()) return *items;
    refuse(key, fmt::format("{} is no list", excerpt(json)));
    return none;
  }
  std::vector<double> figures(const Json& json, std::string_view key) {
    std::vector<double> out;
    for (const Json& one : list(json, key)) out.push_back(figure(one, key));
    return out;
  }
  std::vector<double> figures(const Json& json, std::string_view key, std::size_t count) {
    std::vector<double> out = figures(json, key);
    if (out.size() != count) refuse(key, fmt::format("{} of them, allowed are {}", out.size(), count));
    out.resize(count, kMissing);
    return out;
  }
  template <class T>
  T named(const Json& json, std::string_view key, std::initializer_list<T> all) {
    const std::string name = text(json, key);
    for (const T one : all)
      if (name_of(one) == name) return one;
    refuse(key, fmt::format("{} is none", excerpt(json)));
    return *all.begin();
  }

  TokenGroups groups(const Json& json, const Json& of) {
    TokenGroups out;
    const Json &list_of = json["groups"], &halves = of["halves"];
    std::int64_t tokens = 0;
    for (const Json& one : list(list_of, "groups")) {
      TokenGroup group;
      group.kind = named(one["kind"], "groups",
                         {GroupKind::all, GroupKind::domain, GroupKind::point_class, GroupKind::character});
      group.name = text(one["name"], "groups");
      const std::int64_t count = whole(one["tokens"], "groups", 0, kMostTokens);
      if ((tokens += count) > kMostTokens)
        return refuse("groups", fmt::format("more than {} tokens", kMostTokens)), TokenGroups();
      group.tokens.resize(static_cast<std::size_t>(count));
      // Without them, as the halves of a look are: one each.
      group.halves = {(count + 1) / 2, count / 2};
      if (halves.size() == list_of.size())
        for (std::size_t h = 0; h < 2; ++h)
          group.halves[h] = whole(halves[out.groups.size()][h], "of: halves", 0, kMostTokens);
      out.groups.push_back(std::move(group));
    }
    const Json& labels = of.contains("labels") ? of["labels"] : json["labels"];
    if (labels.array_items()) {
      for (const Json& one : list(labels, "labels")) out.labels.push_back(text(one, "labels"));
    } else {
      for (const TokenGroup& group : out.groups)
        if (group.kind == GroupKind::domain || group.kind == GroupKind::point_class)
          out.labels.push_back(group.name);
    }
    return out;
  }

 private:
  std::string where_;
  std::optional<Error> wrong_;
};

HalvedMean mean_of_json(AnswerJson& in, const Json& json, std::string_view key) {
  return {in.figure(json["all"], key), {in.figure(json["halves"][0], key), in.figure(json["halves"][1], key)}};
}

AblationReport ablation_of(AnswerJson& in, const Json& json, const Json& of) {
  AblationReport report;
  report.groups = in.groups(json, of);
  report.tokens = in.whole(json["tokens"], "tokens", 0, kMostSteps);
  report.loss = in.figure(json["loss"], "loss");
  report.accuracy = in.figure(json["accuracy"], "accuracy");
  report.draws = static_cast<int>(in.whole(json["draws"], "draws", 0, 1'000'000));
  report.compared = in.whole(json["compared"], "compared", 0, kMostSteps);
  const std::size_t groups = report.groups.groups.size();
  for (const Json& one : in.list(json["ablations"], "ablations")) {
    Ablated row;
    row.layer = in.index(one["layer"], "layer", kMostBlocks);
    row.block = in.index(one["block"], "block", kMostBlocks);
    if (!one["experts"].is_null())
      for (const Json& expert : in.list(one["experts"], "experts"))
        row.experts.push_back(in.index(expert, "experts", kMostExperts));
    row.mode =
        in.named(one["mode"], "mode", {AblationMode::silence, AblationMode::around, AblationMode::stand_in});
    if (row.mode == AblationMode::stand_in)
      row.stand_in = static_cast<std::int32_t>(in.whole(one["stand_in"], "stand_in", -1, kMostExperts - 1));
    row.contributions = in.whole(one["choices"], "choices", 0, kMostSteps);
    row.drawn = in.whole(one["drawn"], "drawn", 0, kMostSteps);
    for (const Json& effect : in.list(one["effects"], "effects")) {
      GroupEffect to;
      to.effect = mean_of_json(in, effect["effect"], "effect");
      to.control = mean_of_json(in, effect["control"], "control");
      to.highest = mean_of_json(in, effect["highest_control"], "highest_control");
      to.spread = mean_of_json(in, effect["control_spread"], "control_spread");
      for (std::size_t h = 0; h < 2; ++h)
        to.own[h] = in.whole(effect["own_choices"][h], "own_choices", 0, kMostSteps);
      to.tested = in.flag(effect["tested"], "tested");
      to.labelled = in.flag(effect["label"], "label");
      row.effects.push_back(to);
    }
    if (row.effects.size() != groups)
      in.refuse("effects", fmt::format("{} of them, allowed are {}", row.effects.size(), groups));
    report.rows.push_back(std::move(row));
  }
  return report;
}

SteeringSweep steering_of(AnswerJson& in, const Json& json, const Json& of) {
  SteeringSweep sweep;
  sweep.groups = in.groups(json, of);
  for (const Json& one : in.list(json["steered"], "steered"))
    sweep.steered.push_back({in.index(one["layer"], "layer", kMostBlocks),
                             in.index(one["block"], "block", kMostBlocks),
                             in.index(one["expert"], "expert", kMostExperts), in.figure(one["lift"], "lift")});
  for (const Json& one : in.list(json["points"], "points")) {
    SteeringPoint point;
    point.alpha = in.figure(one["alpha"], "alpha");
    if (!(std::abs(point.alpha) <= 1e6) || (!sweep.points.empty() && !(sweep.points.back().alpha < point.alpha)))
      in.refuse("alpha", "they do not rise");
    point.loss = in.figure(one["loss"], "loss");
    point.accuracy = in.figure(one["accuracy"], "accuracy");
    point.load = in.figure(one["load"], "load");
    point.loss_by_group = in.figures(one["loss_by_group"], "loss_by_group", sweep.groups.groups.size());
    point.mix = in.figures(one["mix"], "mix", sweep.groups.labels.size());
    sweep.points.push_back(std::move(point));
  }
  return sweep;
}

Gate gate_of(AnswerJson& in, const Json& json) {
  Config config;
  if (const auto set = set_from_text(config, "gate", in.text(json, "gate")); !set)
    in.refuse("gate", set.error().message);
  return config.gate;
}

std::vector<ZooLayer> zoo_of(AnswerJson& in, const Json& json) {
  std::vector<ZooLayer> zoo;
  for (const Json& one : in.list(json["layers"], "layers")) {
    ZooLayer layer;
    layer.block = in.index(one["block"], "block", kMostBlocks);
    layer.no_regret = in.text(one["no_regret"], "no_regret");
    layer.sampled = in.flag(one["sampled"], "sampled");
    for (const Json& gate : in.list(one["gates"], "gates")) {
      ZooRow row;
      row.gate = gate_of(in, gate["gate"]);
      row.as_trained = in.flag(gate["as_trained"], "as_trained");
      row.refused = in.text(gate["refused"], "refused");
      for (const Json& load : in.list(gate["load"], "load"))
        row.load.push_back(in.whole(load, "load", 0, kMostSteps));
      const std::pair<const char*, double*> figures[] = {
          {"load_peak", &row.load_peak}, {"load_entropy", &row.load_entropy}, {"dropped", &row.dropped},
          {"entropy", &row.entropy},     {"overlap", &row.overlap},           {"loss", &row.loss},
          {"regret", &row.regret}};
      for (const auto& [key, to] : figures) *to = in.figure(gate[key], key);
      if (layer.experts == 0) layer.experts = static_cast<std::int32_t>(row.load.size());
      if (row.load.size() > static_cast<std::size_t>(kMostExperts) ||
          (!row.load.empty() && row.load.size() != static_cast<std::size_t>(layer.experts)))
        in.refuse("load", "not every gate has as many experts");
      layer.rows.push_back(std::move(row));
    }
    if (layer.rows.empty()) in.refuse("gates", "there are none");
    zoo.push_back(std::move(layer));
  }
  if (zoo.empty()) in.refuse("layers", "there are none");
  return zoo;
}

ReferenceRoutes reference_of(AnswerJson& in, const Json& json, const Json& of) {
  ReferenceRoutes routes;
  routes.groups = in.groups(json, of);
  for (const Json& one : in.list(json["routes"], "routes")) {
    ReferenceRoute route;
    route.reference =
        in.named(one["routes"], "routes",
                 {Reference::learned, Reference::label, Reference::best, Reference::hash, Reference::random});
    route.missing = in.text(one["missing"], "missing");
    route.loss = in.figure(one["loss"], "loss");
    route.accuracy = in.figure(one["accuracy"], "accuracy");
    route.loss_by_group = in.figures(one["loss_by_group"], "loss_by_group");
    if (route.missing.empty() && route.loss_by_group.size() != routes.groups.groups.size())
      in.refuse("loss_by_group", fmt::format("{} of them, allowed are {}", route.loss_by_group.size(),
                                             routes.groups.groups.size()));
    routes.routes.push_back(std::move(route));
  }
  routes.sampled = in.flag(json["sampled"], "sampled");
  const std::string place = in.text(json["router"], "router");
  routes.place = place == "worse than chance"                  ? RouterPlace::worse_than_chance
                 : place == "better than best"                 ? RouterPlace::better_than_best
                 : place == "not below chance, best not known" ? RouterPlace::best_not_known
                                                               : RouterPlace::within;
  if (routes.place == RouterPlace::within && place != "within") in.refuse("router", "'" + place + "' is no place");
  return routes;
}

LearnedOn learned_of(AnswerJson& in, const Json& json) {
  LearnedOn learned;
  for (const Json& step : in.list(json["steps"], "steps"))
    learned.step.push_back(in.whole(step, "steps", learned.step.empty() ? 0 : learned.step.back(), kMostSteps));
  learned.loss = in.figures(json["losses"], "losses", learned.step.size());
  learned.seconds = in.figure(json["seconds"], "seconds");
  return learned;
}

PruneBench prune_of(AnswerJson& in, const Json& json) {
  PruneBench bench;
  bench.loss = in.figure(json["loss"], "loss");
  bench.whole = learned_of(in, json["whole"]);
  if (bench.whole.step.empty()) in.refuse("whole", "it has no steps");
  for (const Json& one : in.list(json["points"], "points")) {
    PrunePoint point;
    point.method = in.named(one["method"], "method",
                            {PruneMethod::frequency, PruneMethod::reap, PruneMethod::merge, PruneMethod::random});
    point.kept = in.whole(one["kept"], "kept", 1, kMostExperts);
    point.failed = in.text(one["failed"], "failed");
    point.learned = learned_of(in, one["learned"]);
    if (point.failed.empty() && point.learned.step.empty()) in.refuse("learned", "it has no steps");
    if (!one["recovered_at"].is_null())
      point.recovered_at = in.whole(one["recovered_at"], "recovered_at", 0, kMostSteps);
    for (const Json& layer : in.list(one["layers"], "layers")) {
      LayerPruning pruning;
      pruning.block = in.index(layer["block"], "block", kMostBlocks);
      for (const Json& merged : in.list(layer["experts"], "experts")) {
        MergedExpert expert;
        for (const Json& part : in.list(merged, "experts"))
          expert.emplace_back(in.index(part["expert"], "expert", kMostExperts), in.figure(part["share"], "share"));
        pruning.experts.push_back(std::move(expert));
      }
      point.layers.push_back(std::move(pruning));
    }
    bench.points.push_back(std::move(point));
  }
  return bench;
}

RouteDiff diff_of(AnswerJson& in, const Json& json, const Json& of) {
  RouteDiff diff;
  diff.groups = in.groups(json, of);
  diff.tokens = in.whole(json["tokens"], "tokens", 0, kMostSteps);
  diff.loss_a = in.figure(json["losses"][0], "losses");
  diff.loss_b = in.figure(json["losses"][1], "losses");
  for (const Json& one : in.list(json["layers"], "layers")) {
    LayerRouteDiff layer;
    layer.block = in.index(one["block"], "block", kMostBlocks);
    layer.changed = in.figure(one["changed"], "changed");
    layer.matched = in.figure(one["changed_renamed"], "changed_renamed");
    layer.first_changed = in.figure(one["first_changed"], "first_changed");
    layer.kept_share = in.figure(one["kept_share"], "kept_share");
    layer.changed_by_group = in.figures(one["changed_by_group"], "changed_by_group", diff.groups.groups.size());
    for (const Json& expert : in.list(one["renamed"], "renamed"))
      layer.renamed.push_back(static_cast<std::int32_t>(in.whole(expert, "renamed", -1, kMostExperts - 1)));
    layer.experts = static_cast<std::int32_t>(std::min<std::size_t>(layer.renamed.size(), kMostExperts));
    diff.layers.push_back(std::move(layer));
  }
  if (diff.layers.empty()) in.refuse("layers", "there are none");
  return diff;
}

const TokenGroups* groups_of(const CauseReport& report) {
  return std::visit(
      [](const auto& found) -> const TokenGroups* {
        if constexpr (requires { found.groups.groups; }) return &found.groups;
        else return nullptr;
      },
      report.found);
}

}  // namespace

std::string kept_cause_json(const CauseReport& report) {
  auto json = parse_json(cause_json(report), "an answer");
  if (!json) return cause_json(report);  // too much to be read back
  Json of;
  of.member("question") = file_of(report.what());
  of.member("step") = report.step;
  of.member("config") = to_json(report.config);
  if (report.what() == Cause::route_diff) {
    of.member("other") = report.asked.other;
    of.member("other_step") = report.other_step;
    if (report.asked.other_precision) {
      Config config;
      config.precision = *report.asked.other_precision;
      of.member("other_precision") = to_text(find_knob("precision")->get(config));
    }
  }
  if (report.what() == Cause::steer) of.member("label") = report.asked.steering.label;
  if (const TokenGroups* const groups = groups_of(report)) {
    of.member("labels") = groups->labels;
    of.member("halves") = Json::array();
    for (const TokenGroup& group : groups->groups)
      of.member("halves").push_back(Json(Json::Array{group.halves[0], group.halves[1]}));
  }
  Json whole;
  whole.member("of") = std::move(of);
  for (const Json::Member& member : *json->members()) whole.add_member(member.key, member.value);
  return dump_json(whole, 2) + '\n';
}

Result<CauseReport> cause_of_json(Cause what, std::int64_t step, std::string_view text, const Config& base,
                                  const std::string& where) {
  const auto json = parse_json(text, where);
  if (!json) return json.error();
  AnswerJson in(where);
  if (!json->members()) in.refuse("it", "is no object");
  const Json& of = (*json)["of"];
  CauseReport report;
  report.asked.what = what;
  report.step = step;
  report.config = base;
  if (what == Cause::route_diff) report.asked.other = kUnknownModel;
  if (of.members()) {
    if (in.text(of["question"], "of: question") != file_of(what))
      in.refuse("of: question", fmt::format("is not {}", file_of(what)));
    report.step = in.whole(of["step"], "of: step", 0, kMostSteps);
    auto config = config_from_json(of["config"], Config{}, where);
    if (!config) return config.error();
    report.config = std::move(*config);
    report.asked.other = in.text(of["other"], "of: other");
    if (of.contains("other_step")) report.other_step = in.whole(of["other_step"], "of: other_step", 0, kMostSteps);
    if (const std::string precision = in.text(of["other_precision"], "of: other_precision"); !precision.empty()) {
      Config other;
      if (const auto set = set_from_text(other, "precision", precision); !set)
        in.refuse("of: other_precision", set.error().message);
      report.asked.other_precision = other.precision;
    }
    report.asked.steering.label = in.text(of["label"], "of: label");
  }
  switch (what) {
    case Cause::ablate:
      report.found = ablation_of(in, *json, of);
      break;
    case Cause::steer:
      report.found = steering_of(in, *json, of);
      break;
    case Cause::zoo:
      report.found = zoo_of(in, *json);
      break;
    case Cause::routes:
      report.found = reference_of(in, *json, of);
      break;
    case Cause::prune:
      report.found = prune_of(in, *json);
      break;
    case Cause::route_diff:
      report.found = diff_of(in, *json, of);
      break;
  }
  if (in.wrong()) return *in.wrong();
  return report;
}

std::string name_of_answer(Cause what, std::int64_t step) {
  return fmt::format("{}-{}.json", file_of(what), step);
}

std::vector<AnswerFile> answers_in(const std::filesystem::path& run_folder) {
  std::vector<AnswerFile> out;
  std::error_code code;
  std::size_t seen = 0;
  for (std::filesystem::directory_iterator at(run_folder / "causes", code), end;
       !code && at != end && seen < kMostFiles; at.increment(code), ++seen) {
    const std::string name = at->path().filename().native();
    for (std::size_t c = 0; c < kCauses; ++c) {
      const auto what = static_cast<Cause>(c);
      const std::string begin = fmt::format("{}-", file_of(what));
      if (!name.starts_with(begin)) continue;
      std::int64_t step = 0;
      const char* const first = name.data() + begin.size();
      const auto [stop, error] = std::from_chars(first, name.data() + name.size(), step);
      if (error == std::errc() && step >= 0 && name == name_of_answer(what, step))
        out.push_back({what, step, at->path()});
    }
  }
  std::sort(out.begin(), out.end(), [](const AnswerFile& a, const AnswerFile& b) {
    return a.what != b.what ? a.what < b.what : a.step < b.step;
  });
  return out;
}

Result<CauseReport> read_answer(const AnswerFile& file, const Config& base) {
  return caught("an answer", [&]() -> Result<CauseReport> {
    const auto opened = InputFile::open(file.path);
    if (!opened) return opened.error();
    const auto text = opened->read_all(kMaxJsonBytes);
    if (!text) return text.error();
    return cause_of_json(file.what, file.step, *text, base, file.path.native());
  });
}

NewestAnswers newest_answers(const std::vector<AnswerFile>& files, const Config& base) {
  NewestAnswers newest;
  std::array<int, kCauses> tried{};
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    const auto c = static_cast<std::size_t>(file->what);
    if (newest.of[c] || tried[c]++ >= kMostTried) continue;
    auto found = read_answer(*file, base);
    if (found) newest.of[c] = std::make_shared<const CauseReport>(std::move(*found));
    else if (newest.problems[c].empty()) newest.problems[c] = found.error().message;
  }
  return newest;
}

}  // namespace switchyard::app
