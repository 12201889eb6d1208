// The words of ablate and its like: which run, what is done to it, on how much of its data.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "app/cli/words/words.h"
#include "core/config/knobs.h"

namespace switchyard::app {
namespace {

constexpr const char* kRunType = "DIR[@STEP|@NAME]";
constexpr std::int64_t kMostDraws = 1000, kMostTrialTokens = 1'000'000;
constexpr double kMostAlpha = 1e6;

void add_run(CLI::App& part, Words& words) {
  part.add_option("run", words.cause.run,
                  "The run: its folder, at the newest checkpoint or at one of these, or a model.safetensors")
      ->type_name(kRunType)
      ->required();
}

void add_common(CLI::App& part, Words& words) {
  part.add_option("--tokens", words.cause.tokens,
                  fmt::format("About so many tokens or points of held-out data, the same each time (default {})",
                              kTrialTokens))
      ->type_name("N");
  part.add_flag("--json", words.json, "One JSON object instead of a table");
}

Result<std::int64_t> whole(std::string_view argument, const std::string& text, std::int64_t least,
                           std::int64_t most) {
  const auto value = to_integer(text);
  if (!value || *value < least || *value > most)
    return bad_argument(argument, text.empty() ? "''" : text,
                        fmt::format("a whole number, {} to {}", least, most));
  return *value;
}

// "0,3": what commas divide.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

Result<std::vector<std::int32_t>> numbers(std::string_view argument, const std::string& text, std::int64_t most) {
  std::vector<std::int32_t> all;
  for (const std::string& part : parts_of(text)) {
    const auto one = whole(argument, part, 0, most);
    if (!one) return one.error();
    if (std::find(all.begin(), all.end(), static_cast<std::int32_t>(*one)) == all.end())
      all.push_back(static_cast<std::int32_t>(*one));
  }
  return all;
}

Result<std::vector<AblationMode>> modes_of(const std::string& text) {
  std::vector<AblationMode> modes;
  if (text == "all") return std::vector{AblationMode::silence, AblationMode::around, AblationMode::stand_in};
  for (const std::string& part : parts_of(text)) {
    bool known = false;
    for (const AblationMode mode : {AblationMode::silence, AblationMode::around, AblationMode::stand_in})
      if (part == name_of(mode)) modes.push_back(mode), known = true;
    if (!known)
      return bad_argument("--mode", part.empty() ? "''" : part,
                          "silence, around, stand-in, with commas between, or all");
  }
  return modes;
}

Result<void> read_ablation(const Words& words, AblationRequest& request) {
  const CauseWords& said = words.cause;
  if (said.layer) {
    auto layers = numbers("--layer", *said.layer, 1000);
    if (!layers) return layers.error();
    request.layers = std::move(*layers);
  }
  if (said.experts) {
    auto experts = numbers("--experts", *said.experts, 1000);
    if (!experts) return experts.error();
    request.experts = std::move(*experts);
    request.whole_layers = false;
  }
  if (said.mode) {
    auto modes = modes_of(*said.mode);
    if (!modes) return modes.error();
    request.modes = std::move(*modes);
  }
  if (said.stand_in) {
    const auto expert = whole("--stand-in", *said.stand_in, 0, 1000);
    if (!expert) return expert.error();
    request.stand_in = static_cast<std::int32_t>(*expert);
    if (!said.mode) request.modes = {AblationMode::stand_in};
  }
  if (said.draws) {
    const auto draws = whole("--draws", *said.draws, 0, kMostDraws);
    if (!draws) return draws.error();
    request.draws = static_cast<int>(*draws);
  }
  if (words.seed) {
    const auto seed = whole("--seed", *words.seed, 0, std::int64_t{1} << 53);
    if (!seed) return seed.error();
    request.seed = static_cast<std::uint64_t>(*seed);
  }
  return {};
}

Result<void> read_steering(const Words& words, SteeringRequest& request) {
  const CauseWords& said = words.cause;
  if (said.label.has_value() == said.experts.has_value())
    return usage_error("steer: needs --expert N or --label NAME, one of them");
  request.label = said.label.value_or("");
  if (said.label && said.label->empty()) return bad_argument("--label", "''", "the name of a domain or class");
  if (said.layer) {
    const auto layer = whole("--layer", *said.layer, 0, 1000);
    if (!layer) return layer.error();
    request.layer = static_cast<std::int32_t>(*layer);
  }
  if (said.experts) {
    const auto expert = whole("--expert", *said.experts, 0, 1000);
    if (!expert) return expert.error();
    request.expert = static_cast<std::int32_t>(*expert);
  }
  if (!said.alphas) return {};
  request.alphas.clear();
  for (const std::string& part : parts_of(*said.alphas)) {
    double alpha = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), alpha);
    if (error != std::errc() || end != part.data() + part.size() || !(std::abs(alpha) <= kMostAlpha))
      return bad_argument("--alphas", part.empty() ? "''" : part,
                          fmt::format("numbers from -{0:g} to {0:g} with commas between", kMostAlpha));
    request.alphas.push_back(alpha);
  }
  return {};
}

Result<void> read_prune(const Words& words, CauseRequest& asked) {
  if (words.cause.kept) {
    const auto kept = numbers("--keep", *words.cause.kept, 1000);
    if (!kept) return kept.error();
    asked.prune.kept.assign(kept->begin(), kept->end());
  }
  if (words.cause.method) {
    asked.prune.methods.clear();
    for (const std::string& part : parts_of(*words.cause.method)) {
      const std::size_t before = asked.prune.methods.size();
      for (const PruneMethod method :
           {PruneMethod::frequency, PruneMethod::reap, PruneMethod::merge, PruneMethod::random})
        if (part == name_of(method)) asked.prune.methods.push_back(method);
      if (asked.prune.methods.size() == before)
        return bad_argument("--method", part.empty() ? "''" : part,
                            "frequency, reap, merge, random, with commas between");
    }
  }
  if (words.steps) {
    const auto steps = whole("--steps", *words.steps, 0, 1'000'000);
    if (!steps) return steps.error();
    asked.learn_on = *steps;
  }
  return {};
}

Result<std::optional<Precision>> precision_of(const char* argument, const std::optional<std::string>& text) {
  if (!text) return std::optional<Precision>();
  Config chosen;
  if (const auto set = set_from_text(chosen, "precision", *text); !set)
    return usage_error(fmt::format("{}: {}", argument, set.error().message));
  return std::optional(chosen.precision);
}

}  // namespace

std::vector<CLI::App*> add_cause_words(CLI::App& app, Words& words) {
  CLI::App* ablate = app.add_subcommand("ablate",
                                        "What becomes of each domain, class and character without an expert, "
                                        "several, or a layer; against a control");
  add_run(*ablate, words);
  ablate
      ->add_option("--layer", words.cause.layer,
                   "Only these MoE layers, from 0, with commas between (default: all)")
      ->type_name("N");
  ablate
      ->add_option("--experts", words.cause.experts,
                   "These experts together, with commas between (default: each alone, and each layer)")
      ->type_name("N");
  ablate
      ->add_option("--mode", words.cause.mode,
                   "silence: adds nothing; around: the next best is chosen; stand-in: another computes in its "
                   "place; with commas between (default silence)")
      ->type_name("silence|around|stand-in|all");
  ablate
      ->add_option("--stand-in", words.cause.stand_in,
                   "Who computes in its place (default: the busiest other expert)")
      ->type_name("N");
  ablate->add_option("--draws", words.cause.draws, "Control draws of each (default 20); 0: none, and no label")
      ->type_name("N");
  ablate->add_option("--seed", words.seed, "Of the control draws (default 1)")->type_name("N");
  add_common(*ablate, words);

  CLI::App* steer = app.add_subcommand(
      "steer",
      "Loss and who goes where, as a number is added to the logits of an expert or of a domain's experts");
  add_run(*steer, words);
  steer->add_option("--expert", words.cause.experts, "The expert that is steered to")->type_name("N");
  steer->add_option("--layer", words.cause.layer, "... in this MoE layer, from 0 (default: in all)")
      ->type_name("N");
  steer
      ->add_option("--label", words.cause.label,
                   "Instead: the experts that have most of this domain or class, top_k of each layer")
      ->type_name("TEXT");
  steer
      ->add_option("--alphas", words.cause.alphas,
                   "What is added, with commas between (default -8,-4,-2,-1,-0.5,0,0.5,1,2,4,8)")
      ->type_name("NUMBERS");
  add_common(*steer, words);

  CLI::App* zoo = app.add_subcommand(
      "zoo", "The probe through every gate on the same hidden states: loads, drops, entropy, overlap, regret");
  add_run(*zoo, words);
  zoo->add_flag("--no-regret", words.cause.no_regret,
                "Leave out the regret, which takes a pass a token and layer");
  zoo->add_flag("--json", words.json, "One JSON object instead of a table");

  CLI::App* routes = app.add_subcommand(
      "routes",
      "The learned router beside routes that need no learning: by domain or class, best sets, hash, random");
  add_run(*routes, words);
  routes->add_flag("--no-best", words.cause.no_regret,
                   "Leave out the best sets, which take a pass a token and layer");
  routes->add_flag("--json", words.json, "One JSON object instead of a table");

  CLI::App* prune = app.add_subcommand("prune",
                                       "Loss with fewer experts, taken out by how often they are chosen, by REAP, "
                                       "by merging, by chance; at once and learning on");
  add_run(*prune, words);
  prune
      ->add_option("--keep", words.cause.kept,
                   "How many experts each layer keeps, with commas between (default: 7/8, 3/4, 1/2 and 1/4)")
      ->type_name("N");
  prune
      ->add_option("--method", words.cause.method,
                   "frequency, reap, merge, random; with commas between (default: all)")
      ->type_name("frequency|reap|merge|random");
  prune->add_option("--steps", words.steps, "So many steps each learns on (default 100)")->type_name("N");
  prune->add_option("--seed", words.seed, "Of the random ones (default 1)")->type_name("N");
  add_common(*prune, words);

  CLI::App* diff = app.add_subcommand(
      "route-diff", "Share of tokens whose experts differ between two checkpoints, precisions or runs");
  add_run(*diff, words);
  diff->add_option("other", words.cause.other, "The other; the same one, to hold precisions against each other")
      ->type_name(kRunType)
      ->required();
  const std::string precisions = fmt::format("{}", fmt::join(find_knob("precision")->choices, "|"));
  diff->add_option("--precision", words.precision, "What the first is computed in (default: as it was trained)")
      ->type_name(precisions);
  diff->add_option("--other-precision", words.cause.other_precision, "What the other is computed in")
      ->type_name(precisions);
  add_common(*diff, words);
  return {ablate, steer, zoo, routes, prune, diff};
}

Result<void> read_cause_words(const Words& words, Options& options) {
  CauseRequest& asked = options.cause;
  options.mode = Mode::cause;
  const std::string& name = words.cause.name;
  asked.what = name == "route-diff" ? Cause::route_diff
               : name == "steer"    ? Cause::steer
               : name == "zoo"      ? Cause::zoo
               : name == "routes"   ? Cause::routes
               : name == "prune"    ? Cause::prune
                                    : Cause::ablate;
  asked.regret = !words.cause.no_regret;
  asked.run = words.cause.run.value_or("");
  if (asked.run.empty()) return bad_argument(name, "''", "the folder of a run, DIR@STEP or DIR@NAME");
  asked.other = words.cause.other.value_or("");
  if (words.cause.other && asked.other.empty())
    return bad_argument(name, "''", "the folder of a run, DIR@STEP or DIR@NAME");
  if (words.cause.tokens) {
    const auto tokens = whole("--tokens", *words.cause.tokens, 1, kMostTrialTokens);
    if (!tokens) return tokens.error();
    asked.tokens = *tokens;
  }
  const auto first = precision_of("--precision", words.precision),
             second = precision_of("--other-precision", words.cause.other_precision);
  if (!first) return first.error();
  if (!second) return second.error();
  asked.precision = *first, asked.other_precision = *second;
  if (asked.what == Cause::prune) {
    if (const auto read = read_prune(words, asked); !read) return read.error();
  }
  if (asked.what == Cause::steer) return read_steering(words, asked.steering);
  if (const auto read = read_ablation(words, asked.ablation); !read) return read.error();
  asked.prune.seed = asked.ablation.seed;
  return {};
}

}  // namespace switchyard::app
