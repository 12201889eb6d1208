#include "core/session/driving/remedies.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/expert_names.h"
#include "core/config/gates.h"
#include "core/config/knobs.h"

namespace switchyard {
namespace {

// Switch's own coefficient, and the most that is still advised: beyond it balance is bought with the task's loss.
constexpr double kUsualAux = 0.01, kMostAux = 0.1;
constexpr double kUsualBias = 1e-3, kMostBias = 1e-2;

bool normalises(Gate gate) { return gate == Gate::softmax_renormalised || gate == Gate::sigmoid; }

// Raises a knob to its usual value, or threefold if it is there already.
bool raise(HealthAlert& alert, std::string_view key, double now, double usual, double most) {
  if (now >= most) return false;
  alert.remedy.push_back({std::string(key), fmt::format("{:.2g}", std::clamp(3 * now, usual, most))});
  return true;
}

void advise_balance(HealthAlert& alert, const Config& config) {
  if (why_no_loss(AuxLoss::switch_balance, config).empty() &&
      raise(alert, coefficient_key(AuxLoss::switch_balance), config.aux_coef, kUsualAux, kMostAux))
    alert.advice = "A stronger balance loss draws the router towards experts with few tokens.";
  // An expert without tokens is out of reach of slow gradients: a bias lifts it step by step until it is chosen.
  if (alert.kind != AlertKind::starving && why_idle("bias_rate", config).empty() &&
      raise(alert, "bias_rate", config.bias_rate, kUsualBias, kMostBias))
    alert.advice += std::string(alert.advice.empty() ? "" : " ") +
                    "A selection bias lifts experts without tokens until they are chosen again.";
}

}  // namespace

HealthFacts health_facts(const Config& config) {
  const GateTraits gate = traits(config.gate);
  HealthFacts facts;
  facts.top_k = static_cast<std::int32_t>(gate.top_k ? config.top_k : 1);
  // Experts that choose are even by construction, hash tables and draws are nobody's fault.
  facts.chooses = config.ffn == Ffn::moe && gate.balance;
  facts.learns = config.ffn == Ffn::moe && gate.probabilities;
  facts.frozen_by_structure =
      facts.learns && config.top_k == 1 && config.experts > 1 && gate.top_k && normalises(config.gate);
  const Config settled = without_idle_losses(config);
  facts.task_alone = std::all_of(kAuxLosses.begin(), kAuxLosses.end(),
                                 [&](AuxLoss loss) { return settled.*coefficient_of(loss) == 0; });
  if (config.muted != kNobody)
    for (NamedInLayer& layer : named_in_layers(config.muted, config))
      facts.muted.push_back(std::move(layer.experts));
  if (config.frozen != kNobody)
    for (const NamedInLayer& layer : named_in_layers(config.frozen, config))
      facts.held_routers.push_back(layer.router ? 1 : 0);
  return facts;
}

void advise(HealthAlert& alert, const Config& config) {
  alert.advice.clear();
  alert.remedy.clear();
  switch (alert.kind) {
    case AlertKind::dead:
    case AlertKind::starving:
    case AlertKind::collapsed:
      advise_balance(alert, config);
      break;
    case AlertKind::frozen_router:
      if (!normalises(config.gate) || config.top_k != 1) break;
      if (config.gate == Gate::softmax_renormalised) {
        alert.remedy = {{"gate", "softmax"}};
        alert.advice =
            "Without renormalising, the chosen expert's weight is its probability, which the task can move.";
      } else {
        alert.remedy = {{"top_k", "2"}};
        alert.advice = "With two experts a token their weights compete, and the task can move them.";
      }
      break;
  }
  Config remedied = config;
  for (const KnobSetting& setting : alert.remedy) (void)set_from_text(remedied, setting.key, setting.value);
  if (validate(remedied).empty()) return;
  alert.advice.clear();
  alert.remedy.clear();
}

}  // namespace switchyard
