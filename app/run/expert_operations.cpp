#include "app/run/expert_operations.h"

#include <fmt/format.h>

#include "app/run/words/names.h"
#include "core/operate/remodel.h"

namespace switchyard::app {

std::string why_not_remodel(const PanelInput& in, const KnobEdits& edits) {
  if (is_record(in.status)) return "This is a record; there is no model to change until it goes on.";
  if (in.run.beside) return "This run learns beside the one whose knobs are turned: stand on it first.";
  if (in.status.state == RunState::loading || !in.status.config) return "The model is not there yet.";
  if (edits.adopts > 0) return "Another operation is on its way.";
  return {};
}

std::string why_not_operate(const PanelInput& in, const KnobEdits& edits) {
  if (std::string why_not = why_not_remodel(in, edits); !why_not.empty()) return why_not;
  if (!in.snapshot || in.snapshot->layers.empty()) return "This model has no experts.";
  if (in.snapshot->revision < edits.operated || in.snapshot->layers.front().experts != in.status.config->experts)
    return "What is shown is of the experts before; the next look shows those of now.";
  return {};
}

std::vector<OfferedOperation> operations_on(const PanelInput& in, std::size_t layer, int expert) {
  std::vector<OfferedOperation> offers;
  if (!in.snapshot || layer >= in.snapshot->layers.size() || !in.status.config) return offers;
  const ProbeLayer& seen = in.snapshot->layers[layer];
  const bool shared = in.status.config->shared_router;
  const auto named = [&](int e) { return ExpertName{shared ? ExpertName::every_block : seen.block, e}; };
  const auto offer = [&](OperationKind kind, std::string title, std::string detail,
                         std::string among = {}) -> Operation& {
    Operation operation;
    operation.kind = kind;
    operation.experts = {named(expert)};
    offers.push_back({std::move(title), std::move(detail), std::move(operation), std::move(among)});
    return offers.back().operation;
  };
  const char* elsewhere = "Layers have equally many experts: in each other layer";
  offer(OperationKind::clone, "Clone",
        fmt::format("A copy with a little noise, as a new expert. {} the busiest is cloned.", elsewhere));
  if (seen.experts > 1) {
    offer(OperationKind::remove, "Remove",
          fmt::format("Its tokens go to the others. {} the least busy goes too.", elsewhere));
    for (int other = 0; other < seen.experts; ++other)
      if (other != expert)
        offer(OperationKind::merge, expert_name(other, static_cast<std::size_t>(seen.experts)),
              fmt::format("One expert of the two, weighted by load. {} the two least busy are merged.", elsewhere),
              "Merge with")
            .experts.push_back(named(other));
    for (int other = 0; other < seen.experts; ++other)
      if (other != expert)
        offer(OperationKind::clone, expert_name(other, static_cast<std::size_t>(seen.experts)),
              "A copy with a little noise takes the other's place: a dead expert gets work.", "Copy onto")
            .onto = named(other);
  }
  offer(OperationKind::split, "Split in two",
        fmt::format(
            "Two experts, each one half of its width, with its row of the router both; the notice says what it "
            "cost. {} the busiest is split.",
            elsewhere));
  offer(OperationKind::reinitialise, "Draw anew",
        "Weights as at the beginning, its row of the router too; what it has learned is gone.");
  if (in.status.config->gate != Gate::hash && in.status.config->gate != Gate::random) {
    Operation& router = offer(OperationKind::reinitialise_router,
                              shared ? "Draw the router anew" : "Draw this layer's router anew",
                              "The experts stay; who gets which token is learned again.");
    router.experts.clear();
    router.routers = {seen.block};
  }
  // As --do and events.jsonl have it: layers there are blocks of the model.
  for (OfferedOperation& one : offers) one.detail += fmt::format(" As a line: {}.", text_of(one.operation));
  return offers;
}

std::vector<OfferedOperation> operations_on_model(const PanelInput& in) {
  std::vector<OfferedOperation> offers;
  if (!in.status.config) return offers;
  const Config& config = *in.status.config;
  const auto offer = [&](const std::string& line, std::string title, std::string detail) {
    auto operation = operation_of(line);
    if (operation && settings_after(*operation, config))
      offers.push_back(
          {std::move(title), fmt::format("{} As a line: {}.", detail, text_of(*operation)), *operation});
  };
  if (config.ffn == Ffn::moe) {
    offer(
        "split all", "Split all experts",
        fmt::format("Each becomes two of half its width and top-k doubles, to {}: what the layers make stays the "
                    "same, and the halves can learn apart.",
                    2 * config.top_k));
    return offers;
  }
  const std::string whole = fmt::format("upcycle experts={} top_k={}", config.experts, config.top_k);
  offer(
      whole, fmt::format("Upcycle to {} experts", config.experts),
      "Each a copy of the dense feed-forward, with a new router: the model makes the same as before and learns on "
      "with experts. How many is the knob Experts.");
  offer(whole + " r=0.5", fmt::format("Upcycle to {} experts, half of each drawn anew", config.experts),
        "As that, but each expert has half of its dimensions drawn anew, others than the next one: it begins "
        "worse and "
        "its experts part sooner (Drop-Upcycling).");
  offer(fmt::format("upcycle experts={} top_k={} groups=2", 2 * config.experts, 2 * config.top_k),
        fmt::format("Upcycle to {} experts of half its width", 2 * config.experts),
        "The dense feed-forward is cut into two parts; a token goes to both of the same copy, so that the model "
        "makes "
        "the same as before.");
  return offers;
}

}  // namespace switchyard::app
