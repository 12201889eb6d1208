#include "core/record/script/load_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "core/config/gates.h"
#include "core/config/knobs.h"
#include "core/record/script/script_lines.h"
#include "core/record/script/script_parts.h"

namespace switchyard {
namespace {

// In the order of the file, each with the condition under which it is in it.
struct PlacedPart {
  std::string_view name, condition;
};
constexpr PlacedPart kPlacedParts[] = {
    {"head", ""},
    {"constants", ""},
    {"safetensors", ""},
    {"top", ""},
    {"norm_layernorm", "norm=layernorm"},
    {"norm_rmsnorm", "norm=rmsnorm"},
    {"attention", "task=language"},
    {"feed_forward", ""},
    {"groups", "groups"},
    {"gate_softmax", "gate=softmax or gate=softmax-renormalised"},
    {"gate_sigmoid", "gate=sigmoid"},
    {"gate_sinkhorn", "gate=sinkhorn or gate=base"},
    {"gate_expert_choice", "gate=expert-choice"},
    {"gate_hash", "gate=hash"},
    {"gate_random", "gate=random"},
    {"capacity", "drops"},
    {"mixture", "moe and not gate=soft"},
    {"mixture_soft", "gate=soft"},
    {"block", ""},
    {"stack", ""},
    {"language_model", "task=language"},
    {"classifier", "task=clusters"},
    {"load", ""},
    {"text", "task=language"},
    {"points", "task=clusters"},
    {"report", ""},
    {"main_language", "task=language"},
    {"main_points", "task=clusters"},
};

// What conditions and constants go by.
class ScriptFacts {
 public:
  ScriptFacts(const Config& config, std::size_t outputs, std::span<const ScriptTensor> tensors)
      : config_(config), outputs_(outputs), tensors_(tensors) {}

  // A knob that acts: "residual" (true, or above 0), "gate=soft"; or one of the words below.
  std::optional<bool> holds(std::string_view word) const {
    if (const auto own = own_word(word)) return own;
    const std::size_t equals = word.find('=');
    const Knob* knob = find_knob(word.substr(0, equals));
    if (!knob) return std::nullopt;
    const bool acts = why_idle(knob->key, config_).empty();
    const KnobValue value = knob->get(config_);
    if (equals != std::string_view::npos) {
      const std::string_view choice = word.substr(equals + 1);
      if (std::find(knob->choices.begin(), knob->choices.end(), choice) == knob->choices.end())
        return std::nullopt;
      return acts && std::get<std::string>(value) == choice;
    }
    if (const bool* on = std::get_if<bool>(&value)) return acts && *on;
    if (const double* real = std::get_if<double>(&value)) return acts && *real > 0;
    if (const std::int64_t* whole = std::get_if<std::int64_t>(&value)) return acts && *whole > 0;
    return std::nullopt;
  }

  // As Python writes it. Nothing: no constant of the configuration.
  std::optional<std::string> value_of(std::string_view key) const {
    if (key == "vocabulary" || key == "classes") return fmt::format("{}", outputs_);
    if (key == "dims") return fmt::format("{}", dims());
    const Knob* knob = find_knob(key);
    // A text may be the name of a file.
    if (!knob || knob->type == KnobType::text) return std::nullopt;
    const KnobValue value = knob->get(config_);
    if (const bool* on = std::get_if<bool>(&value)) return *on ? "True" : "False";
    return knob->type == KnobType::choice ? fmt::format("\"{}\"", to_text(value)) : to_text(value);
  }

 private:
  std::optional<bool> own_word(std::string_view word) const {
    const bool mixes = config_.ffn == Ffn::moe, limited = why_idle("eval_capacity_factor", config_).empty();
    const GateTraits gate = traits(config_.gate);
    if (word == "moe") return mixes;
    if (word == "mixed") return mixes && config_.moe_every > 1;  // with dense feed-forwards
    if (word == "gated") return is_gated(config_.expert);
    if (word == "logits") return mixes && gate.logits;
    if (word == "chooses_k") return mixes && gate.top_k;
    if (word == "groups") return mixes && gate.correction && config_.route_groups > 1;
    if (word == "drops") return mixes && gate.top_k && limited && config_.eval_capacity_factor > 0;
    // What another gate has left, or none has learned yet, is decided by the file.
    if (word == "selection_bias") return has(".e_score_correction_bias");
    if (word == "noise_weights") return has("noise.weight");
    if (word == "token_counts") return has("model.token_counts") || holds("gate=hash").value_or(false);
    if (word == "input_map") return has("model.input_map.weight");
    return std::nullopt;
  }
  const ScriptTensor* find(std::string_view end_of_name) const {
    const auto at = std::find_if(tensors_.begin(), tensors_.end(),
                                 [&](const ScriptTensor& tensor) { return tensor.name.ends_with(end_of_name); });
    return at == tensors_.end() ? nullptr : &*at;
  }
  bool has(std::string_view end_of_name) const { return find(end_of_name) != nullptr; }
  // What the map takes; without one points enter as they are.
  std::int64_t dims() const {
    const ScriptTensor* map = find("model.input_map.weight");
    return map && map->shape.size() == 2 ? map->shape[1] : config_.d_model;
  }

  const Config& config_;
  std::size_t outputs_;
  std::span<const ScriptTensor> tensors_;
};

constexpr std::size_t kRemarksFrom = 36;  // column of what stands behind a constant

// "KEY = example  # remark" with the value that KEY has here.
std::string with_value(std::string_view line, const ScriptFacts& facts) {
  const std::size_t equals = line.find(" = ");
  if (equals == std::string_view::npos) return std::string(line);
  std::string key(line.substr(0, equals));
  std::transform(key.begin(), key.end(), key.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto value = facts.value_of(key);
  if (!value) return std::string(line);
  const std::size_t remark = line.find("  # ");
  const std::string set = fmt::format("{} = {}", line.substr(0, equals), *value);
  return remark == std::string_view::npos ? set
                                          : fmt::format("{:<{}}  {}", set, kRemarksFrom, line.substr(remark + 2));
}

std::string with_values(std::string_view lines, const ScriptFacts& facts) {
  std::string out;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    out += with_value(lines.substr(0, end), facts) + '\n';
    lines.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

Result<std::string> load_script(const Config& config, std::size_t outputs, std::span<const ScriptTensor> tensors) {
  const ScriptFacts facts(config, outputs, tensors);
  const WordHolds holds = [&](std::string_view word) { return facts.holds(word); };
  const auto wrong = [](std::string_view part, std::string_view why) {
    return failure(fmt::format("{}: its part {}: {}", kLoadScript, part, why));
  };
  std::string script;
  for (const PlacedPart& placed : kPlacedParts) {
    const auto parts = script_parts();
    const auto part =
        std::find_if(parts.begin(), parts.end(), [&](const ScriptPart& one) { return one.name == placed.name; });
    if (part == parts.end()) return wrong(placed.name, "is missing");
    if (!placed.condition.empty()) {
      const auto wanted = condition_holds(placed.condition, holds);
      if (!wanted) return wrong(placed.name, wanted.error().message);
      if (!*wanted) continue;
    }
    auto lines = lines_that_hold(part->text, holds);
    if (!lines) return wrong(placed.name, lines.error().message);
    if (!script.empty()) script += placed.name == "constants" ? "\n" : "\n\n";
    script += placed.name == "constants" ? with_values(*lines, facts) : *lines;
  }
  return script;
}

}  // namespace switchyard
