#include "tests/load/rows.h"

#include <gtest/gtest.h>

#include <utility>

#include "core/config/gates.h"
#include "core/config/knobs.h"

namespace switchyard::test {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

const Settings kTiny{{"layers", "2"},       {"d_model", "16"},       {"d_ff", "12"},
                     {"heads", "2"},        {"context", "48"},       {"batch_size", "4"},
                     {"experts", "6"},      {"top_k", "2"},          {"slots", "3"},
                     {"val_batches", "1"},  {"threads", "1"},        {"learning_rate", "0.03"},
                     {"warmup_steps", "0"}, {"weight_decay", "0.5"}, {"tape_budget_mb", "0"}};
const Settings kPoints{
    {"task", "clusters"}, {"cluster_points", "40"}, {"cluster_dims", "3"}, {"batch_size", "32"}};

Settings operator+(Settings all, const Settings& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Config made(const Settings& settings) {
  Config config;
  for (const auto& [key, value] : kTiny + settings) {
    const auto set = set_from_text(config, key, value);
    EXPECT_TRUE(set) << set.error().message;
  }
  config = without_idle_losses(config);
  const auto problems = validate(config);
  EXPECT_TRUE(problems.empty()) << problems.front().message;
  return config;
}

std::vector<std::string> choices(std::string_view key) {
  const auto names = find_knob(key)->choices;
  return {names.begin(), names.end()};
}

class Rows {
 public:
  void add(std::string name, const Settings& settings) { rows_.push_back({std::move(name), {made(settings)}}); }
  // Learned with `first`, then with that and `then`.
  void add(std::string name, const Settings& first, const Settings& then) {
    rows_.push_back({std::move(name), {made(first), made(first + then)}});
  }
  std::vector<LoadRow> take() { return std::move(rows_); }

 private:
  std::vector<LoadRow> rows_;
};

const Settings kBare{{"residual", "false"}};
const Settings kSpare = kBare + Settings{{"tied_head", "true"},
                                         {"expert_bias", "false"},
                                         {"attention_bias", "false"},
                                         {"moe_every", "2"},
                                         {"shared_experts", "2"}};
const Settings kGroups{{"route_groups", "3"}, {"route_groups_kept", "2"}, {"top_k", "3"}};

void add_gate(Rows& rows, const std::string& name, bool few) {
  const Settings gate{{"gate", name}};
  const GateTraits has = traits(made(gate).gate);
  const std::string shared = has.choices ? "true" : "false";
  int turn = 0;
  for (const std::string& expert : choices("expert")) {
    rows.add(name + " " + expert, gate + Settings{{"expert", expert}, {"norm", choices("norm")[turn++ % 2]}});
    if (few) break;
  }
  rows.add(name + " shared router, biases, tied head", gate + Settings{{"shared_router", shared},
                                                                       {"router_bias", shared},
                                                                       {"shared_experts", "2"},
                                                                       {"tied_head", "true"},
                                                                       {"layers", "3"}});
  if (has.top_k && (!few || name == "softmax"))
    for (const std::string& overflow : choices("overflow"))
      rows.add(name + " " + overflow, gate + Settings{{"overflow", overflow}, {"eval_capacity_factor", "0.7"}});
  if (name != "hash") rows.add("points " + name, kPoints + gate);
  if (few) return;
  rows.add(name + " bare", gate + kBare);
  rows.add(name + " bare, every second, shared experts, no biases", gate + kSpare);
  rows.add(name + " every second, shared router",
           gate + Settings{{"moe_every", "2"}, {"layers", "4"}, {"shared_router", shared}});
  rows.add(name + " k=1", gate + Settings{{"top_k", "1"}});
  rows.add(name + " k=N", gate + Settings{{"top_k", "6"}});
  rows.add(name + " one expert", gate + Settings{{"top_k", "1"}, {"experts", "1"}});
  rows.add(name + " a large factor", gate + Settings{{"eval_capacity_factor", "2.3"}, {"overflow", "drop-late"}});
  if (name == "hash") return;
  rows.add("points " + name + " bare, no map", kPoints + gate + kBare + Settings{{"d_model", "3"}});
  rows.add("points " + name + " dropping, every second, shared router",
           kPoints + gate +
               Settings{{"eval_capacity_factor", "0.6"},
                        {"overflow", "drop-bpr"},
                        {"moe_every", "2"},
                        {"shared_router", shared}});
}

void add_corrected(Rows& rows, const std::string& name) {
  const Settings gate{{"gate", name}, {"bias_rate", "0.05"}};
  rows.add(name + " selection bias, centred", gate + Settings{{"route_scale", "2.5"}, {"bias_rule", "centred"}});
  rows.add(name + " groups", Settings{{"gate", name}} + kGroups);
  rows.add(name + " groups, selection bias", gate + kGroups);
  rows.add(name + " groups of one", gate + Settings{{"route_groups", "6"}, {"route_groups_kept", "4"}});
  rows.add(name + " selection bias, drop-bpr",
           gate + Settings{{"overflow", "drop-bpr"}, {"eval_capacity_factor", "0.7"}});
}

}  // namespace

std::vector<LoadRow> load_rows(const std::string& corpus, const std::string& points, bool few) {
  Rows rows;
  for (const std::string& gate : choices("gate")) {
    add_gate(rows, gate, few);
    if (traits(made({{"gate", gate}}).gate).correction && !few) add_corrected(rows, gate);
  }
  for (const std::string& noise : choices("learned_noise"))
    rows.add("learned noise " + noise, {{"learned_noise", noise}, {"router_bias", "true"}});
  rows.add("learned noise, shared router", {{"learned_noise", "uniform"}, {"shared_router", "true"}});
  rows.add("learned noise, hash", {{"gate", "hash"}, {"learned_noise", "uniform"}});
  rows.add("sigmoid selection bias, scale",
           {{"gate", "sigmoid"}, {"bias_rate", "0.05"}, {"bias_rule", "centred"}, {"route_scale", "2.5"}});
  rows.add("sigmoid groups, selection bias", kGroups + Settings{{"gate", "sigmoid"}, {"bias_rate", "0.05"}});
  rows.add("noise of training", {{"noise_std", "0.5"},
                                 {"jitter", "0.1"},
                                 {"logit_dropout", "0.1"},
                                 {"expert_dropout", "0.2"},
                                 {"overflow", "drop-late"},
                                 {"capacity_factor", "0.8"}});
  // Of 36 tokens: 9 places, 3 places to the token.
  rows.add("softmax, a factor without a rest", {{"gate", "softmax"}, {"overflow", "drop-late"}, {"eval_capacity_factor", "0.75"}});
  rows.add("expert-choice, a factor without a rest", {{"gate", "expert-choice"}, {"eval_capacity_factor", "0.5"}});
  rows.add("four heads, no attention bias, a longer context, wider",
           {{"heads", "4"}, {"attention_bias", "false"}, {"context", "64"}, {"d_model", "24"}, {"d_ff", "20"}});
  rows.add("one slot", {{"gate", "soft"}, {"slots", "1"}});
  for (const std::string& expert : choices("expert"))
    rows.add("dense " + expert, {{"ffn", "dense"}, {"expert", expert}});
  rows.add("dense bare, no biases",
           kBare + Settings{{"ffn", "dense"}, {"expert_bias", "false"}, {"tied_head", "true"}});
  rows.add("points dense", kPoints + Settings{{"ffn", "dense"}, {"norm", "rmsnorm"}});
  rows.add("learned in bf16", {{"precision", "bf16"}});

  // What another gate leaves in the weights.
  const Settings biased{{"gate", "softmax"}, {"bias_rate", "0.05"}};
  for (const std::string& gate : choices("gate"))
    if (gate != "soft" && gate != "softmax")
      rows.add("from softmax with a selection bias to " + gate, biased, {{"gate", gate}});
  rows.add("from hash to softmax", {{"gate", "hash"}}, {{"gate", "softmax"}});
  rows.add("more experts", biased, {{"experts", "9"}, {"top_k", "3"}});
  rows.add("fewer experts, hash", {{"gate", "hash"}}, {{"experts", "4"}});

  rows.add("a text of yours", {{"corpus", corpus}, {"vocabulary_limit", "40"}});
  rows.add("a text of yours, hash", {{"corpus", corpus}, {"vocabulary_limit", "40"}, {"gate", "hash"}});
  rows.add("points of yours", kPoints + Settings{{"points", points}});
  rows.add("points of yours, no map",
           kPoints + Settings{{"points", points}, {"d_model", "2"}, {"cluster_dims", "2"}});
  return rows.take();
}

}  // namespace switchyard::test
