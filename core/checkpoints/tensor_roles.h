// What a tensor of a mixture of experts is, by its name, as Mixtral's, Qwen's, OLMoE's and DeepSeek's checkpoints
// have it, newer fused ones, and this program's own:
//   ….layers.L.block_sparse_moe. or ….layers.L.mlp.
//     gate.weight [N, d], gate.e_score_correction_bias [N] or gate.bias [N]
//     experts.E.w1|w3|w2.weight or experts.E.gate_proj|up_proj|down_proj.weight   [ff, d], [ff, d], [d, ff]
//     experts.gate_up_proj [N, 2ff, d], experts.down_proj [N, d, ff]               (with .weight behind it or not)
//     shared_expert(s).w1|gate_proj and so on
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace switchyard {

enum class TensorRole : std::uint8_t {
  router,       // [N, d]
  router_bias,  // [N]
  expert_gate,  // w1 [ff, d]: of an expert without gating its first matrix
  expert_up,    // w3 [ff, d]
  expert_down,  // w2 [d, ff]
  fused_gate_up,
  fused_down,
  shared_gate,
  shared_up,
  shared_down
};

struct ExpertTensorName {
  std::string_view prefix;  // "model." before "layers."
  std::int32_t layer = 0;
  TensorRole role = TensorRole::router;
  std::int32_t expert = 0;  // of the three of one expert
};

// Nothing of a name that is none of these.
std::optional<ExpertTensorName> expert_tensor_name(std::string_view name);

}  // namespace switchyard
