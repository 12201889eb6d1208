#include "core/train/optimizer/surgery.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "core/model/kernels/draws.h"
#include "core/train/ranks/whole.h"

namespace switchyard {
namespace {

using Origin = NewExpert::Origin;

// A router that layers share has no block; its layers change alike.
const LayerPlan* plan_for(const Parameter& parameter, const ExpertPlan& plan) {
  const bool of_router = parameter.part == Parameter::Part::router;
  if (!parameter.per_expert && !of_router) return nullptr;
  for (const LayerPlan& layer : plan.layers)
    if (layer.block == parameter.block || parameter.block < 0) return &layer;
  return nullptr;
}

// The name of one expert's part in a donor: what follows the expert's number, or the layer.
std::string name_in_donor(const Parameter& parameter) {
  const char* before = parameter.part == Parameter::Part::router ? "block_sparse_moe." : "{}.";
  const std::size_t at = parameter.name.find(before);
  return at == std::string::npos ? parameter.name : parameter.name.substr(at + std::string_view(before).size());
}

const NamedTensor* found_in(const std::vector<NamedTensor>& donor, const std::string& name) {
  const auto at =
      std::find_if(donor.begin(), donor.end(), [&](const NamedTensor& one) { return one.name == name; });
  return at == donor.end() ? nullptr : &*at;
}

// What a donor gives to a row of this parameter. Undefined: nothing, and it may.
Result<at::Tensor> donated(const Parameter& parameter, const std::vector<NamedTensor>& donor) {
  const std::string name = name_in_donor(parameter);
  const NamedTensor* given = found_in(donor, name);
  if (!given) {
    if (parameter.part == Parameter::Part::router) return at::Tensor();
    return usage_error(fmt::format("the expert to transplant lacks '{}', which those of this model have", name));
  }
  const std::vector<std::int64_t> shape = parameter.value.sizes().slice(1).vec();
  if (given->shape != shape)
    return usage_error(fmt::format("the expert to transplant has '{}' as [{}], those of this model as [{}]", name,
                                   fmt::join(given->shape, ", "), fmt::join(shape, ", ")));
  return torch::tensor(given->values).view(shape).to(parameter.value.device());
}

class Maker {
 public:
  Maker(const AdamW& optimizer, const Surgery& surgery, RankGroup* ranks)
      : optimizer_(optimizer), surgery_(surgery), ranks_(ranks) {}

  // All of this parameter that is new, made aside. fresh: the same of the model drawn anew; may be null. index:
  // its place among the model's parameters.
  AdamW::Selection made(Parameter& parameter, const LayerPlan& layer, const Parameter* fresh, std::int64_t index) {
    if (!parameter.per_expert) return whole_router_part(parameter, *fresh);
    AdamW::Selection selection = optimizer_.selected(parameter, sources(layer, 0), ranks_);
    if (parameter.part == Parameter::Part::router && layer.new_router) {
      selection.value.detach().copy_(fresh->value.detach());
      forget(selection);
      return selection;
    }
    merge(layer, selection);
    const at::Tensor before = whole(parameter, parameter.value.detach(), ranks_);
    for (std::int64_t row = 0; row < selection.value.size(0); ++row) {
      const std::int64_t expert = selection.first_expert + row;
      const Origin origin = layer.experts[static_cast<std::size_t>(expert)].origin;
      // A router that layers share is no layer's to give.
      if (origin == Origin::donor && parameter.block < 0) continue;
      if (origin == Origin::first_half || origin == Origin::second_half)
        halve(parameter, selection, row, origin == Origin::second_half);
      if (origin == Origin::clone)
        shake(parameter, selection, row, {surgery_.seed, surgery_.step, expert, index}, before);
      if (origin == Origin::fresh || (origin == Origin::donor && !parameter.trained))
        renew(selection, row, parameter.trained ? fresh->value.detach()[row] : before.mean(0));
      if (origin != Origin::donor || !parameter.trained) continue;
      // Checked by whoever called.
      if (const auto given = donated(parameter, *surgery_.donor); given && given->defined())
        renew(selection, row, *given);
    }
    return selection;
  }

 private:
  // What a router has beside a row an expert: drawn anew with it.
  static AdamW::Selection whole_router_part(Parameter& parameter, const Parameter& fresh) {
    const at::Tensor value = fresh.value.detach().clone();
    const auto nothing = [&] { return at::zeros_like(value); };
    return {&parameter, value.clone().requires_grad_(parameter.trained), nothing(), nothing()};
  }

  // The j-th source of every new expert; where there are fewer, the first.
  static std::vector<std::int64_t> sources(const LayerPlan& layer, std::size_t j) {
    std::vector<std::int64_t> rows;
    for (const NewExpert& expert : layer.experts)
      rows.push_back(expert.from[j < expert.from.size() ? j : 0].first);
    return rows;
  }

  void merge(const LayerPlan& layer, AdamW::Selection& selection) const {
    std::size_t most = 1;
    for (const NewExpert& expert : layer.experts) most = std::max(most, expert.from.size());
    for (std::size_t j = 0; most > 1 && j < most; ++j) {
      const AdamW::Selection other = optimizer_.selected(*selection.parameter, sources(layer, j), ranks_);
      for (std::int64_t row = 0; row < selection.value.size(0); ++row) {
        const NewExpert& expert = layer.experts[static_cast<std::size_t>(selection.first_expert + row)];
        if (expert.from.size() < 2 || j >= expert.from.size()) continue;
        const double weight = expert.from[j].second;
        const auto mix = [&](const at::Tensor& into, const at::Tensor& from) {
          if (!into.defined()) return;
          if (j == 0) into[row].zero_();
          into[row].add_(from[row], weight);
        };
        mix(selection.value.detach(), other.value.detach());
        mix(selection.first, other.first);
        mix(selection.second, other.second);
      }
    }
  }

  void shake(const Parameter& parameter, AdamW::Selection& selection, std::int64_t row, const Draws& draws,
             const at::Tensor& before) const {
    if (!parameter.trained || surgery_.plan.noise == 0) return;
    const double spread = before.numel() > 1 ? before.std().item<double>() : 0.0;
    at::Tensor copy = selection.value.detach()[row];
    copy.add_(normal_draws(draws, "surgery", 1, copy.numel()).view(copy.sizes()).to(copy.device()),
              surgery_.plan.noise * spread + 1e-12);
  }

  // Of a whole expert's row that half. Of the other one it keeps what it reads, and zeros are what it makes of
  // it: they add nothing, and learn at once, for their gradient is that of the activation. What is scaled by 2 has
  // its first moment halved, the second quartered; what has no gradient for now is pushed by none of before.
  static void halve(const Parameter& parameter, AdamW::Selection& selection, std::int64_t row, bool second) {
    if (parameter.part != Parameter::Part::experts) return;
    const bool is_output = parameter.name.find(".w2.") != std::string::npos;
    if (is_output && selection.value.dim() == 2) return;  // its bias
    const std::int64_t width = is_output ? 2 : 1;         // the dimension that counts the hidden layer
    const std::int64_t all = selection.value.size(width), middle = all / 2;
    const auto clear_other = [&](const at::Tensor& of) {
      of[row].narrow(width - 1, second ? 0 : middle, second ? middle : all - middle).zero_();
    };
    if (is_output) {
      const at::Tensor value = selection.value.detach();
      clear_other(value);
      value[row].mul_(2);
      if (!selection.first.defined()) return;
      selection.first[row].mul_(0.5);
      selection.second[row].mul_(0.25);
    } else if (selection.first.defined()) {
      clear_other(selection.first);
    }
  }

  static void renew(AdamW::Selection& selection, std::int64_t row, const at::Tensor& value) {
    selection.value.detach()[row].copy_(value);
    if (selection.first.defined()) selection.first[row].zero_(), selection.second[row].zero_();
  }

  static void forget(AdamW::Selection& selection) {
    if (selection.first.defined()) selection.first.zero_(), selection.second.zero_();
  }

  const AdamW& optimizer_;
  const Surgery& surgery_;
  RankGroup* ranks_;
};

}  // namespace

Result<std::vector<AdamW::Selection>> operated_experts(Model& model, const AdamW& optimizer,
                                                       const Surgery& surgery, RankGroup* ranks) {
  at::NoGradGuard no_grad;
  // On every rank alike, whoever of them has the expert.
  Result<void> fits;
  model.visit([&](Parameter& parameter) {
    const LayerPlan* layer = plan_for(parameter, surgery.plan);
    if (!layer || !layer->makes(Origin::donor) || !parameter.trained || !fits) return;
    if (const auto given = donated(parameter, *surgery.donor); !given) fits = given.error();
  });
  if (!fits) return fits.error();
  std::vector<const Parameter*> fresh;
  if (surgery.fresh) surgery.fresh->visit([&](Parameter& parameter) { fresh.push_back(&parameter); });
  std::vector<AdamW::Selection> made;
  Maker maker(optimizer, surgery, ranks);
  std::int64_t index = -1;
  model.visit([&](Parameter& parameter) {
    ++index;
    const LayerPlan* layer = plan_for(parameter, surgery.plan);
    if (layer && (parameter.per_expert || layer->new_router))
      made.push_back(
          maker.made(parameter, *layer, fresh.empty() ? nullptr : fresh[static_cast<std::size_t>(index)], index));
  });
  return made;
}

}  // namespace switchyard
