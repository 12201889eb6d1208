#include "core/operate/plan_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/expert_label.h"
#include "core/operate/after_plan.h"

namespace switchyard {
namespace {

std::string list_of(const std::vector<std::int32_t>& experts, std::int64_t all) {
  std::string names;
  for (const std::int32_t expert : experts)
    names += (names.empty() ? "" : " and ") + expert_label(expert, static_cast<std::size_t>(all));
  return names;
}

// Old experts of a layer that have no place of their own by now.
std::vector<std::int32_t> gone_from(const LayerPlan& plan, std::int64_t before) {
  std::vector<std::int32_t> gone;
  for (std::int32_t e = 0; e < before; ++e)
    if (place_after(plan, e) < 0) gone.push_back(e);
  return gone;
}

}  // namespace

std::string sentence_of(const Operation& operation, const ExpertPlan& plan) {
  const auto named = [&](std::int32_t block) {
    return std::any_of(operation.experts.begin(), operation.experts.end(), [&](const ExpertName& name) {
      return name.block == block || name.block == ExpertName::every_block;
    });
  };
  std::string own, others;
  const auto add = [&](std::int32_t block, const std::string& what) {
    std::string& text = named(block) ? own : others;
    text += fmt::format("{}{} of layer {}", text.empty() ? "" : ", ", what, block);
  };
  std::string_view done;
  switch (operation.kind) {
    case OperationKind::clone:
      if (operation.onto)
        return fmt::format("{} is a copy of {} by now", text_of(*operation.onto),
                           text_of(operation.experts.front()));
      done = "cloned";
      for (const LayerPlan& layer : plan.layers)
        add(layer.block,
            expert_label(layer.experts.back().from.front().first, static_cast<std::size_t>(plan.before)));
      break;
    case OperationKind::remove:
      done = "removed";
      for (const LayerPlan& layer : plan.layers)
        add(layer.block, list_of(gone_from(layer, plan.before), plan.before));
      break;
    case OperationKind::merge:
      done = "merged";
      for (const LayerPlan& layer : plan.layers)
        for (const NewExpert& expert : layer.experts)
          if (expert.origin == NewExpert::Origin::merged) {
            std::vector<std::int32_t> from;
            for (const auto& [old, weight] : expert.from) from.push_back(old);
            add(layer.block, list_of(from, plan.before));
          }
      break;
    case OperationKind::split:
      done = "split";
      for (const LayerPlan& layer : plan.layers)
        add(layer.block,
            expert_label(layer.experts.back().from.front().first, static_cast<std::size_t>(plan.before)));
      break;
    case OperationKind::upcycle:
      return text_of(operation);
    case OperationKind::reinitialise: {
      std::string names;
      for (const ExpertName& name : operation.experts) names += (names.empty() ? "" : ", ") + text_of(name);
      return fmt::format("{} drawn anew", names);
    }
    case OperationKind::reinitialise_router:
      return fmt::format("router of layer {} drawn anew", fmt::join(operation.routers, ", "));
    case OperationKind::transplant:
      return fmt::format("{} is {} of {} by now", text_of(*operation.onto), text_of(operation.experts.front()),
                         operation.source);
  }
  if (others.empty()) return fmt::format("{} {}", done, own);
  return fmt::format("{} {} and, for layers have equally many, {}", done, own, others);
}

std::string resize_note(const Config& config, std::int64_t experts) {
  if (config.ffn != Ffn::moe || experts == config.experts) return {};
  if (experts < config.experts) {
    const auto label = [&](std::int64_t e) {
      return expert_label(static_cast<std::int32_t>(e), static_cast<std::size_t>(config.experts));
    };
    return config.experts - experts == 1
               ? fmt::format("{} goes, and what it learned with it: the loss rises at once.", label(experts))
               : fmt::format("{} to {} go, and what they learned with them: the loss rises at once.",
                             label(experts), label(config.experts - 1));
  }
  const std::int64_t more = experts - config.experts;
  const std::string copies = more == 1 ? "The new expert begins as a copy of the busiest"
                                       : fmt::format("The {} new experts begin as copies of the busiest", more);
  if (config.gate == Gate::softmax)
    return fmt::format(
        "{} and share{} probability with what was copied. This gate weighs experts by it: weights fall to about "
        "{:.0f} %, and the loss rises at once, until they part.{}",
        copies, more == 1 ? "s" : "", 100.0 * static_cast<double>(config.experts) / static_cast<double>(experts),
        config.top_k == 1 ? " With softmax-renormalised weights stay." : "");
  const bool chooses = config.gate == Gate::softmax_renormalised || config.gate == Gate::sigmoid;
  if (chooses && config.top_k > 1)
    return copies +
           ": a token may go to one and its copy in place of two that differ, and the loss rises at once, until "
           "they part.";
  return {};
}

}  // namespace switchyard
