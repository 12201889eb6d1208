#include "core/config/expert_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>

#include "core/config/gates.h"
#include "core/config/shape.h"

namespace switchyard {
namespace {

constexpr std::string_view kRouter = "router";

std::optional<std::int32_t> index_in(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = code == std::errc() && end == text.data() + text.size() && value >= 0;
  return good ? std::optional(value) : std::nullopt;
}

std::optional<ExpertName> name_in(std::string_view text, bool routers) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view block = text.substr(0, dot), rest = text.substr(dot + 1);
  const auto number = block == "*" ? std::optional(ExpertName::every_block) : index_in(block);
  const auto expert = routers && rest == kRouter ? std::optional(ExpertName::router) : index_in(rest);
  if (!number || !expert) return std::nullopt;
  return ExpertName{*number, *expert};
}

// The fewest experts that a token can choose among where `muted` are not to be had: with groups the worst of those
// that may be kept.
std::int64_t fewest_left(const Config& config, const std::vector<std::uint8_t>& muted) {
  const bool grouped = traits(config.gate).correction && config.route_groups > 1;
  const std::int64_t groups = grouped && config.experts % config.route_groups == 0 ? config.route_groups : 1,
                     size = config.experts / groups;
  std::vector<std::int64_t> left;
  for (std::int64_t g = 0; g < groups; ++g)
    left.push_back(std::count(muted.begin() + g * size, muted.begin() + (g + 1) * size, 0));
  std::sort(left.begin(), left.end());
  std::int64_t sum = 0;
  for (std::int64_t g = 0; g < (grouped ? std::min(config.route_groups_kept, groups) : 1); ++g)
    sum += left[static_cast<std::size_t>(g)];
  return sum;
}

}  // namespace

std::string text_of(const ExpertName& name) {
  const std::string block = name.block == ExpertName::every_block ? "*" : fmt::format("{}", name.block);
  return name.expert == ExpertName::router ? fmt::format("{}.{}", block, kRouter)
                                           : fmt::format("{}.{}", block, name.expert);
}

Result<ExpertName> expert_named(std::string_view text) {
  if (const auto name = name_in(text, false)) return *name;
  return usage_error(
      fmt::format("'{}' names no expert: 0.3 is expert 3 of layer 0, *.3 that of every layer", text));
}

std::string text_of(const std::vector<ExpertName>& names) {
  std::string text;
  for (const ExpertName& name : names) text += (text.empty() ? "" : " ") + text_of(name);
  return text.empty() ? std::string(kNobody) : text;
}

Result<std::vector<ExpertName>> experts_named(std::string_view text) {
  std::vector<ExpertName> names;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (word == kNobody && names.empty()) continue;
    const auto name = name_in(word, true);
    if (!name)
      return usage_error(fmt::format(
          "'{}' names no expert: 0.3 is expert 3 of layer 0, *.3 that of every layer, 0.router a router", word));
    names.push_back(*name);
  }
  return names;
}

std::vector<std::int32_t> moe_blocks(const Config& config) {
  std::vector<std::int32_t> blocks;
  if (config.ffn != Ffn::moe) return blocks;
  for (std::int64_t b = 0; b < config.layers; ++b)
    if (is_moe_block(config, b)) blocks.push_back(static_cast<std::int32_t>(b));
  return blocks;
}

std::vector<NamedInLayer> named_in_layers(std::string_view text, const Config& config) {
  const std::vector<std::int32_t> blocks = moe_blocks(config);
  std::vector<NamedInLayer> layers(blocks.size());
  for (NamedInLayer& layer : layers) layer.experts.assign(static_cast<std::size_t>(config.experts), 0);
  const auto names = experts_named(text);
  if (!names) return layers;
  for (const ExpertName& name : *names)
    for (std::size_t l = 0; l < blocks.size(); ++l) {
      if (name.block != ExpertName::every_block && name.block != blocks[l]) continue;
      if (name.expert == ExpertName::router) layers[l].router = true;
      else if (name.expert < config.experts) layers[l].experts[static_cast<std::size_t>(name.expert)] = 1;
    }
  return layers;
}

std::vector<NamesProblem> problems_of_names(const Config& config) {
  std::vector<NamesProblem> problems;
  // Asked in every frame.
  if (config.ffn != Ffn::moe || (config.muted == kNobody && config.frozen == kNobody && config.steered == kNobody))
    return problems;
  const auto report = [&](std::string_view key, std::string_view text, std::string why) {
    problems.push_back({key, fmt::format("{} = {}: {}", key, text, why)});
  };
  const std::vector<std::int32_t> blocks = moe_blocks(config);
  const auto check = [&](std::string_view key, const std::string& text, bool routers) {
    const auto names = experts_named(text);
    if (!names) return report(key, text, names.error().message);
    for (const ExpertName& name : *names) {
      if (name.expert == ExpertName::router && !routers) return report(key, text, "names experts, not routers");
      if (name.expert >= config.experts)
        return report(key, text, fmt::format("a layer has experts 0 to {}", config.experts - 1));
      if (name.block != ExpertName::every_block &&
          std::find(blocks.begin(), blocks.end(), name.block) == blocks.end())
        return report(key, text,
                      fmt::format("block {} has no experts; allowed are {}", name.block, fmt::join(blocks, ", ")));
    }
  };
  check("muted", config.muted, false);
  check("frozen", config.frozen, true);
  check("steered", config.steered, false);
  if (!problems.empty()) return problems;
  const std::vector<NamedInLayer> muted = named_in_layers(config.muted, config);
  for (std::size_t l = 0; l < muted.size(); ++l) {
    if (std::count(muted[l].experts.begin(), muted[l].experts.end(), 1) == 0) continue;
    if (config.gate == Gate::soft) {
      report("muted", config.muted,
             "gate = soft gives every expert a part of every token: nobody can be left out");
      break;
    }
    const std::int64_t left = fewest_left(config, muted[l].experts),
                       needed = traits(config.gate).top_k ? config.top_k : 1;
    if (left >= needed) continue;
    report("muted", config.muted,
           fmt::format("leaves {} expert{} of layer {} to choose among, top_k = {} are needed{}", left,
                       left == 1 ? "" : "s", blocks[l], needed,
                       config.route_groups > 1 ? " in any of the groups that are kept" : ""));
    break;
  }
  if (config.steered != kNobody && config.steer != 0 && !traits(config.gate).logits)
    report("steered", config.steered, "this gate has no logits to steer by; allowed is none, or steer = 0");
  return problems;
}

}  // namespace switchyard
