#include "core/checkpoints/tensor_roles.h"

#include <charconv>

namespace switchyard {
namespace {

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// A number as such names have it: at most 5 digits, no zero before others; and the dot behind it.
std::optional<std::int32_t> take_number(std::string_view& text) {
  constexpr std::size_t most_digits = 5;
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || digits > most_digits || text[0] == '-' || (digits > 1 && text[0] == '0')) return {};
  text.remove_prefix(digits);
  if (!take(text, ".")) return {};
  return number;
}

// Which of three matrices, 0 gate, 1 up, 2 down.
std::optional<int> matrix_named(std::string_view text) {
  if (!text.ends_with(".weight")) return {};
  text.remove_suffix(std::string_view(".weight").size());
  if (text == "w1" || text == "gate_proj") return 0;
  if (text == "w3" || text == "up_proj") return 1;
  if (text == "w2" || text == "down_proj") return 2;
  return {};
}

std::optional<TensorRole> role_from(TensorRole first, std::string_view text) {
  const auto matrix = matrix_named(text);
  if (!matrix) return {};
  return static_cast<TensorRole>(static_cast<int>(first) + *matrix);
}

}  // namespace

std::optional<ExpertTensorName> expert_tensor_name(std::string_view name) {
  constexpr std::string_view layers = "layers.";
  const std::size_t at = name.find(layers);
  if (at == std::string_view::npos) return {};
  ExpertTensorName found;
  found.prefix = name.substr(0, at);
  std::string_view rest = name.substr(at + layers.size());
  const auto layer = take_number(rest);
  if (!layer || (!take(rest, "block_sparse_moe.") && !take(rest, "mlp."))) return {};
  found.layer = *layer;
  const auto is = [&](std::optional<TensorRole> role) -> std::optional<ExpertTensorName> {
    if (!role) return {};
    found.role = *role;
    return found;
  };
  if (rest == "gate.weight") return is(TensorRole::router);
  if (rest == "gate.e_score_correction_bias" || rest == "gate.bias") return is(TensorRole::router_bias);
  if (take(rest, "shared_expert.") || take(rest, "shared_experts."))
    return is(role_from(TensorRole::shared_gate, rest));
  if (!take(rest, "experts.")) return {};
  if (rest == "gate_up_proj" || rest == "gate_up_proj.weight") return is(TensorRole::fused_gate_up);
  if (rest == "down_proj" || rest == "down_proj.weight") return is(TensorRole::fused_down);
  const auto expert = take_number(rest);
  if (!expert) return {};
  found.expert = *expert;
  return is(role_from(TensorRole::expert_gate, rest));
}

}  // namespace switchyard
