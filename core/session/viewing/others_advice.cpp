#include "core/session/viewing/others_advice.h"

namespace switchyard {
namespace {

// A balance loss draws the router towards experts with few tokens; a selection bias lifts those that get none.
std::string balance_of_megatron(bool lifts) {
  return lifts ? "In Megatron-LM: --moe-aux-loss-coeff 0.01 or more, or --moe-router-enable-expert-bias with "
                 "--moe-router-bias-update-rate 0.001, which lifts experts without tokens until they are chosen "
                 "again."
               : "In Megatron-LM: a larger --moe-aux-loss-coeff draws the router towards experts with few tokens.";
}

std::string balance_of_loop(bool lifts) {
  return lifts
             ? "In its trainer: a load-balancing loss of 0.01 or more (router_aux_loss_coef with "
               "output_router_logits in "
               "Hugging Face models), or a bias of each expert in the selection that rises while it is not chosen."
             : "In its trainer: a stronger load-balancing loss (router_aux_loss_coef with output_router_logits in "
               "Hugging "
               "Face models).";
}

}  // namespace

std::string advice_for_other(AlertKind kind, std::string_view form) {
  if (kind == AlertKind::frozen_router) return {};
  if (form == "vllm")
    return "A server's router does not learn. vLLM's --enable-eplb spreads the load over devices by copies of "
           "busy experts.";
  if (form == "sglang")
    return "A server's router does not learn. SGLang's --enable-eplb spreads the load over devices by copies of "
           "busy experts.";
  if (form == "colibri")
    return "A server's router does not learn: experts that are never chosen need not be kept in fast memory.";
  const bool lifts = kind != AlertKind::starving;
  if (form == "megatron" || form == "megatron-loads") return balance_of_megatron(lifts);
  if (form == "nemo")
    return "In NeMo: a larger moe_aux_loss_coeff of the model draws the router towards experts with few tokens.";
  return balance_of_loop(lifts);
}

}  // namespace switchyard
