// A model in closed form that can be tried: what a token loses is its base less what its choices are worth. For
// tests.
#pragma once

#include <cmath>
#include <functional>
#include <memory>

#include "core/causes/trying.h"

namespace switchyard::test {

struct FakeModel {
  std::int32_t layers = 1, experts = 4, top_k = 2, domains = 2, sequences = 8, length = 80;
  std::int32_t characters = 2;
  double base = 5;
  // The router's liking of an expert by a token; the top_k largest are chosen.
  std::function<double(std::size_t layer, std::size_t token, std::int32_t expert)> likes;
  // What a choice takes off the loss of its token.
  std::function<double(std::size_t layer, std::size_t token, std::int32_t expert)> worth;

  std::size_t tokens() const { return static_cast<std::size_t>(sequences * length); }
  std::int32_t domain_of(std::size_t token) const {
    return static_cast<std::int32_t>(token / static_cast<std::size_t>(length)) /
           ((sequences + domains - 1) / domains);
  }

  std::vector<std::int32_t> chosen(std::size_t l, std::size_t t, const LayerIntervention& asked) const {
    std::vector<std::int32_t> order;
    if (!asked.forced.empty())
      return {asked.forced.begin() + static_cast<std::ptrdiff_t>(t) * top_k,
              asked.forced.begin() + static_cast<std::ptrdiff_t>(t + 1) * top_k};
    const auto n = static_cast<std::size_t>(experts);
    for (std::int32_t e = 0; e < experts; ++e) {
      const auto i = static_cast<std::size_t>(e);
      if (!(asked.banned.size() > i && asked.banned[i]) &&
          !(asked.banned_of_token.size() > t * n + i && asked.banned_of_token[t * n + i]))
        order.push_back(e);
    }
    const auto liked = [&](std::int32_t e) {
      return likes(l, t, e) +
             (asked.steer.empty() ? 0.0 : static_cast<double>(asked.steer[static_cast<std::size_t>(e)]));
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int32_t a, std::int32_t b) { return liked(a) > liked(b); });
    order.resize(static_cast<std::size_t>(top_k));
    return order;
  }

  Result<Trial> operator()(const Intervention& asked) const {
    auto text = std::make_shared<ProbeTokens>();
    text->sequence_length = length;
    for (std::int32_t d = 0; d < domains; ++d) text->domain_names.push_back("domain " + std::to_string(d));
    Trial trial;
    trial.layers.resize(static_cast<std::size_t>(layers));
    for (std::size_t t = 0; t < tokens(); ++t) {
      const auto character = static_cast<std::int32_t>(t % static_cast<std::size_t>(characters));
      text->id.push_back(character);
      text->text.push_back(std::string(1, static_cast<char>('A' + character)));
      text->domain.push_back(static_cast<std::uint8_t>(domain_of(t)));
      double loss = base;
      for (std::size_t l = 0; l < trial.layers.size(); ++l) {
        const LayerIntervention edit = l < asked.layers.size() ? asked.layers[l] : LayerIntervention{};
        TrialLayer& layer = trial.layers[l];
        layer.block = static_cast<std::int32_t>(l), layer.experts = experts, layer.top_k = top_k;
        layer.entropy.push_back(0.5F);
        const std::vector<std::int32_t> own = chosen(l, t, edit);
        for (std::size_t j = 0; j < own.size(); ++j) {
          layer.expert.push_back(own[j]);
          layer.weight.push_back(1.0F / static_cast<float>(top_k));
          layer.kept.push_back(1);
          const std::size_t at = t * static_cast<std::size_t>(top_k) + j;
          const auto i = static_cast<std::size_t>(own[j]);
          std::int32_t computes = edit.stand_in.empty() ? own[j] : edit.stand_in[i];
          if (!edit.stand_in_choices.empty() && edit.stand_in_choices[at] >= 0)
            computes = edit.stand_in_choices[at];
          if ((edit.silenced.empty() || !edit.silenced[i]) &&
              (edit.silenced_choices.empty() || !edit.silenced_choices[at]))
            loss -= worth(l, t, computes);
        }
      }
      const bool last = (t + 1) % static_cast<std::size_t>(length) == 0;
      trial.loss.push_back(last ? std::nanf("") : static_cast<float>(loss));
      trial.target.push_back(last ? -1 : 1);
      trial.predicted.push_back(loss < base ? 1 : 0);
    }
    trial.tokens = std::move(text);
    return trial;
  }
};

}  // namespace switchyard::test
