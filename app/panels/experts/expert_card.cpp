#include "app/panels/experts/expert_card.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/parts/panel_parts.h"
#include "app/run/moment.h"

namespace switchyard::app {

namespace {

// By its mean load over the rows, of which some 64 are read.
int busiest_expert(const History& history, std::size_t layer) {
  const std::size_t rows = history.rows(), experts = std::min(history.experts(layer), history.experts_ever(layer));
  if (experts == 0) return 0;
  const std::size_t stride = std::max<std::size_t>(1, rows / 64);
  const float* table = history.utilisation_table(layer);
  std::vector<double> load(experts, 0);
  for (std::size_t row = 0; row < rows; row += stride)
    for (std::size_t e = 0; e < experts; ++e)
      if (const float value = table[row * history.experts_ever(layer) + e]; std::isfinite(value)) load[e] += static_cast<double>(value);
  return static_cast<int>(std::max_element(load.begin(), load.end()) - load.begin());
}

}  // namespace

int shown_expert(const PanelInput& in, const UiState& ui, std::size_t layer) {
  const int shown = ui.card_expert >= 0 ? ui.card_expert : busiest_expert(in.run.history, layer);
  return std::clamp(shown, 0, std::max(0, in.snapshot->layers[layer].experts - 1));
}

void choose_expert(UiState& ui, int expert) {
  ui.card_expert = expert;
  if (ui.pinned_expert >= 0) pin_expert(ui, expert);
}

ExpertCard card_of(const PanelInput& in, const UiState& ui, std::size_t layer, int expert, const ExpertProfile& profile) {
  const ProbeLayer& seen = in.snapshot->layers[layer];
  ExpertCard card{.layer = layer, .experts = static_cast<std::size_t>(seen.experts), .expert = expert, .profile = &profile};
  card.weights = weight_profile(seen.card, expert);
  const StepRecord* last = moment_of(in, ui).record;
  if (!last || layer >= last->layers.size()) return card;
  const std::vector<float>& counts = last->layers[layer].counts;
  double sum = 0;
  for (const float count : counts) sum += static_cast<double>(count);
  if (static_cast<std::size_t>(expert) >= counts.size() || !(sum > 0)) return card;
  const double share = static_cast<double>(counts[static_cast<std::size_t>(expert)]) / sum;
  card.load = share * static_cast<double>(counts.size());
  // Of the tokens rather than the choices: each has as many experts as a token of the probe.
  card.load_share = share * profile.chance * static_cast<double>(seen.experts);
  return card;
}

void fill_card_table(const PanelInput& in, const ExpertCard& card, Table& table) {
  table.set_header({"figure", "of", "value", "count", "out of", "reference", "lift"});
  const ExpertProfile& p = *card.profile;
  const auto add = [&](const char* what, std::string of, Cell value, Cell count, Cell out_of, Cell reference, Cell lift = {}) {
    table.add_row({Cell(std::string(what)), Cell(std::move(of)), std::move(value), std::move(count), std::move(out_of), std::move(reference),
                   std::move(lift)});
  };
  const std::string name = expert_name(card.expert, card.experts);
  add("utilisation, the step shown [fair share 1]", name, card.load, {}, {}, 1.0);
  if (p.tokens > 0) add("share of tokens", name, p.share, p.had, p.tokens, p.chance);
  add("loss of its tokens [nats]", name, p.loss, {}, {}, p.loss_of_all);
  add("weight norm (reference: mean of the others)", name, card.weights.norm,
      card.weights.rank > 0 ? Cell(std::int64_t{card.weights.rank}) : Cell(),
      card.weights.rank > 0 ? Cell(static_cast<std::int64_t>(card.experts)) : Cell(), card.weights.mean_of_others);
  for (const TokenOfExpert& token : p.top)
    add("share of a token", token.text, static_cast<double>(token.count) / static_cast<double>(token.occurrences), token.count,
        token.occurrences, p.share, token.lift);
  for (const ExpertProfile::Label& label : p.labels) add("share of a label", label.name, label.share, label.mine, label.tokens, p.chance, label.lift);
  for (const ExpertProfile::Partner& partner : p.partners)
    add("chosen together: share of its tokens", expert_name(partner.expert, card.experts), partner.share, partner.together, p.had,
        p.partner_chance, partner.lift);
  for (const WeightProfile::Alike& alike : card.weights.alike)
    add("alike in weights: cosine (reference: mean)", expert_name(alike.expert, card.experts), static_cast<double>(alike.cosine), {}, {},
        card.weights.mean_cosine);
  for (std::size_t i = 0; i < p.examples.size(); ++i)
    add("example: combine weight (count: its place in the probe)", name, p.example_weight[i], static_cast<std::int64_t>(p.examples[i]), {}, {});
  const auto x = in.run.history.utilisation_x();
  const auto load = in.run.history.utilisation(card.layer, static_cast<std::size_t>(card.expert));
  for (std::size_t row = 0; row < x.size() && row < load.size(); ++row) add("utilisation at a step (count: step)", name, load[row], x[row], {}, 1.0);
}

}  // namespace switchyard::app
