// Experts and routers of a model by name, as knobs and operations say them: "0.3" is expert 3 of layer 0, "*.3"
// that of every layer, "0.router" layer 0's router. A layer is named by its block, as in the weights' names.
// Thread safety: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard {

struct ExpertName {
  static constexpr std::int32_t every_block = -1;
  static constexpr std::int32_t router = -1;  // in place of an expert
  std::int32_t block = 0;                     // of the model, from 0
  std::int32_t expert = 0;
  bool operator==(const ExpertName&) const = default;
};

// "0.3", "*.3", "*.router".
std::string text_of(const ExpertName& name);
// An expert. usage: it is none.
Result<ExpertName> expert_named(std::string_view text);

// The value of a knob that names experts: names between blanks, or kNobody.
inline constexpr std::string_view kNobody = "none";
std::string text_of(const std::vector<ExpertName>& names);
// Routers too. usage: one of them is none.
Result<std::vector<ExpertName>> experts_named(std::string_view text);

// Whether a knob's value is such names.
constexpr bool names_experts(std::string_view key) {
  return key == "muted" || key == "frozen" || key == "steered";
}

// Blocks with an MoE layer.
std::vector<std::int32_t> moe_blocks(const Config& config);

// What a knob says of each MoE layer, in order: [N] 1 where it names the expert; `router` where it names the
// router.
struct NamedInLayer {
  std::vector<std::uint8_t> experts;
  bool router = false;
};
// Names of what is not there say nothing: validate() refuses them.
std::vector<NamedInLayer> named_in_layers(std::string_view text, const Config& config);

// Why this configuration cannot have these knobs (muted, frozen, steered); empty: it can.
struct NamesProblem {
  std::string_view key;
  std::string message;
};
std::vector<NamesProblem> problems_of_names(const Config& config);

}  // namespace switchyard
