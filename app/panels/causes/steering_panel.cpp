// What becomes of the loss, and of who goes to them, as a number is added to some experts' logits.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/causes/cause_frame.h"
#include "app/panels/causes/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/registry.h"
#include "app/ui/widgets.h"
#include "core/insight/assignments.h"
#include "viz/base/format.h"
#include "viz/plots/line_plot.h"
#include "viz/plots/stacked_area.h"

namespace switchyard::app {
namespace {

constexpr CauseTexts kSteeringTexts{"What if the router liked some experts more, or less?",
                                    "A number α is added to their logits.", "Steer"};

constexpr double kRanges[] = {2, 4, 8, 16};
constexpr std::string_view kRangeNames[] = {"α ±2", "α ±4", "α ±8", "α ±16"};

std::vector<double> alphas_to(double most) {
  std::vector<double> out;
  for (const double share : {-1.0, -0.5, -0.25, -0.125, -0.0625, 0.0, 0.0625, 0.125, 0.25, 0.5, 1.0})
    out.push_back(share * most);
  return out;
}

// Names of the domains or classes of the look that is shown.
std::vector<std::string> label_names(const PanelInput& in) {
  if (!in.snapshot) return {};
  return labels_of(*in.snapshot, in.snapshot->tokens ? LabelKind::domain : LabelKind::point_class).names;
}

void steering_options(const PanelInput& in, UiState& ui, CauseLine& line) {
  const Skin& skin = line.skin();
  SteeringRequest& asked = ui.causes[Cause::steer].asked.steering;
  const std::vector<std::string> labels = label_names(in);
  std::vector<std::string> names;
  for (const std::string& label : labels) names.push_back("experts of " + label);
  const int expert = ui.pinned_expert >= 0 ? ui.pinned_expert : ui.card_expert;
  const std::int32_t layer = ui.layer;
  if (expert >= 0) {
    names.push_back(fmt::format("E{:02} of layer {}", expert, layer));
    names.push_back(fmt::format("E{:02} of all layers", expert));
  }
  if (names.empty()) return;
  int who = 0;
  if (asked.expert >= 0 && expert >= 0) who = static_cast<int>(labels.size()) + (asked.layer < 0 ? 1 : 0);
  else
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (labels[i] == asked.label) who = static_cast<int>(i);
  const std::vector<std::string_view> items(names.begin(), names.end());
  const float width = skin.px(150);
  line.next(width);
  combo(skin, "who", &who, items, width);
  if (mouse_rests("who"))
    tooltip(skin, "Who is steered",
            "In every layer the experts that a domain (class) has most of, or the expert that is lit.");
  if (who < static_cast<int>(labels.size())) {
    asked.label = labels[static_cast<std::size_t>(who)];
    asked.layer = asked.expert = -1;
  } else {
    asked.label.clear();
    asked.expert = expert;
    asked.layer = who == static_cast<int>(labels.size()) ? layer : -1;
  }
  int range = 2;
  for (std::size_t i = 0; i < std::size(kRanges); ++i)
    if (!asked.alphas.empty() && asked.alphas.back() == kRanges[i]) range = static_cast<int>(i);
  const float range_width = skin.px(76);
  line.next(range_width);
  if (combo(skin, "range", &range, kRangeNames, range_width))
    asked.alphas = alphas_to(kRanges[static_cast<std::size_t>(range)]);
}

void fill_steering_table(const SteeringSweep& sweep, Table& table) {
  std::vector<std::string> columns{"alpha", "loss [nats]", "accuracy", "share of choices"};
  for (const TokenGroup& group : sweep.groups.groups)
    if (group.kind != GroupKind::all) columns.push_back(fmt::format("loss of {} [nats]", group.name));
  for (const std::string& label : sweep.groups.labels)
    columns.push_back(fmt::format("share of {} among their tokens", label));
  table.set_header(std::move(columns));
  for (const SteeringPoint& point : sweep.points) {
    std::vector<Cell> cells{point.alpha, point.loss, point.accuracy, point.load};
    for (std::size_t g = 0; g < sweep.groups.groups.size(); ++g)
      if (sweep.groups.groups[g].kind != GroupKind::all) cells.emplace_back(point.loss_by_group[g]);
    for (const double share : point.mix) cells.emplace_back(share);
    table.add_row(std::move(cells));
  }
}

std::string steered_words(const SteeringSweep& sweep, const CauseReport& report) {
  std::string who;
  for (const SteeredExpert& one : sweep.steered)
    who += fmt::format("{}{} of layer {}", who.empty() ? "" : ", ",
                       expert_name(one.expert, static_cast<std::size_t>(report.config.experts)), one.layer);
  const std::string& label = report.asked.steering.label;
  return (label.empty() ? "" : "What " + label + " has most of: ") + who;
}

void draw_steering(const PanelInput& in, UiState& ui, const SteeringSweep& sweep) {
  std::vector<double> alpha;
  std::vector<float> loss;
  for (const SteeringPoint& point : sweep.points)
    alpha.push_back(point.alpha), loss.push_back(static_cast<float>(point.loss));
  std::vector<std::vector<float>> by_group;
  std::vector<viz::Curve> curves{{.label = "all",
                                  .x = alpha,
                                  .y = loss,
                                  .colour = in.theme.text,
                                  .thickness = 2,
                                  .style = viz::LineStyle::dashed,
                                  .marked = true}};
  const std::vector<TokenGroup>& groups = sweep.groups.groups;
  by_group.reserve(groups.size());
  std::size_t label = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].kind == GroupKind::all) continue;
    std::vector<float>& y = by_group.emplace_back();
    for (const SteeringPoint& point : sweep.points) y.push_back(static_cast<float>(point.loss_by_group[g]));
    const auto known = std::find(sweep.groups.labels.begin(), sweep.groups.labels.end(), groups[g].name);
    label = static_cast<std::size_t>(known - sweep.groups.labels.begin());
    curves.push_back(
        {.label = groups[g].name, .x = alpha, .y = y, .colour = domain_colour(in.theme, label), .marked = true});
  }
  const viz::EventMark zero{.x = 0, .label = "as it is", .colour = in.theme.text_dim};
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const bool has_mix = !sweep.groups.labels.empty() && room.y > 150 * in.scale;
  const float caption = 16 * in.scale;
  const float mix_height = has_mix ? std::floor(0.4f * room.y) : 0, loss_height = room.y - mix_height;
  viz::line_plot({.id = "steered loss",
                  .size = {room.x, loss_height},
                  .curves = curves,
                  .events = std::span(&zero, 1),
                  .x_name = "α"},
                 ui.plots["steered loss"], nullptr, in.theme, in.scale);
  register_item("steered loss", fmt::format("{} curves", curves.size()));
  if (!has_mix) return;
  std::vector<std::vector<float>> shares(sweep.groups.labels.size());
  std::vector<viz::StackedLayer> layers;
  for (std::size_t l = 0; l < shares.size(); ++l) {
    for (const SteeringPoint& point : sweep.points)
      shares[l].push_back(l < point.mix.size() ? static_cast<float>(point.mix[l]) : 0);
    layers.push_back({.label = sweep.groups.labels[l], .y = shares[l], .colour = domain_colour(in.theme, l)});
  }
  ImGui::SetCursorScreenPos({at.x, at.y + loss_height});
  write_words(in, viz::Font::small, in.theme.text_dim, "Whom they are given, as shares of their tokens");
  ImGui::SetCursorScreenPos({at.x, at.y + loss_height + caption});
  viz::stacked_area({.id = "steered mix",
                     .size = {room.x, mix_height - caption},
                     .x = alpha,
                     .layers = layers,
                     .show_legend = false},
                    ui.plots["steered loss"], nullptr, in.theme, in.scale);
  register_item("steered mix", fmt::format("{} labels", layers.size()));
}

}  // namespace

void draw_steering_panel(const PanelInput& in, UiState& ui, Commands&) {
  const CauseReport* const found = begin_cause(in, ui, Cause::steer, kSteeringTexts, notes::steering,
                                               [&](CauseLine& line) { steering_options(in, ui, line); });
  if (!found) return panel_end(in);
  const SteeringSweep& sweep = std::get<SteeringSweep>(found->found);
  if (Table* table = wanted_table(in)) fill_steering_table(sweep, *table);
  if (!sweep.points.empty()) {
    const auto now = std::min_element(sweep.points.begin(), sweep.points.end(), [](const auto& a, const auto& b) {
      return std::abs(a.alpha) < std::abs(b.alpha);
    });
    header_text(in, fmt::format("{} of the choices at α = {:g}, {} at {:g}", viz::percent(now->load), now->alpha,
                                viz::percent(sweep.points.back().load), sweep.points.back().alpha));
  }
  const std::string words = steered_words(sweep, *found);
  write_words(in, viz::Font::small, in.theme.text_dim, words);
  register_item("steered", words);
  draw_steering(in, ui, sweep);
  panel_end(in);
}

}  // namespace switchyard::app
