#include "app/panels/plane/projection_colours.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "app/panels/parts/label_choice.h"
#include "app/panels/parts/panel_parts.h"
#include "app/run/selection.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/widgets/colour_bar.h"

namespace switchyard::app {
namespace {

// Points are small: the end of the map that comes near the panel's own colour is left out.
struct Stretch {
  float begin, end;
};
Stretch stretch_of(const viz::Theme& theme) { return theme.is_dark ? Stretch{0.22f, 1} : Stretch{0, 0.85f}; }

std::optional<LabelKind> label_kind(ColourBy by, bool points) {
  switch (by) {
    case ColourBy::domain: return points ? LabelKind::point_class : LabelKind::domain;
    case ColourBy::character: return LabelKind::character;
    case ColourBy::kind: return LabelKind::point_kind;
    default: return {};
  }
}

ColourBy colour_of(LabelKind kind) {
  switch (kind) {
    case LabelKind::domain:
    case LabelKind::point_class: return ColourBy::domain;
    case LabelKind::character: return ColourBy::character;
    case LabelKind::point_kind: return ColourBy::kind;
  }
  return ColourBy::domain;
}

void colour_labels(const Snapshot& look, LabelKind kind, const viz::Theme& theme, Colouring& out) {
  const Labels labels = labels_of(look, kind);
  std::vector<std::uint8_t> seen(labels.names.size());
  for (std::size_t t = 0; t < std::min(out.colours.size(), labels.of.size()); ++t) {
    if (labels.of[t] == Labels::kNone) continue;
    const auto label = static_cast<std::size_t>(labels.of[t]);
    out.colours[t] = label_colour(theme, kind, label);
    seen[label] = 1;
  }
  for (std::size_t i = 0; i < labels.names.size(); ++i)
    if (seen[i]) out.entries.push_back({labels.names[i], label_colour(theme, kind, i)});
}

// The value that `percent` of 100 do not exceed.
double quantile(std::vector<float>& values, std::size_t percent) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) * percent / 100);
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

void colour_amounts(std::span<const float> amounts, const viz::Theme& theme, const char* lack, Colouring& out) {
  std::vector<float> known;
  double sum = 0;
  for (const float amount : amounts)
    if (std::isfinite(amount)) {
      known.push_back(amount);
      sum += static_cast<double>(amount);
    }
  if (known.size() < out.colours.size()) out.caption += lack;
  if (known.empty()) return;
  out.mean = sum / static_cast<double>(known.size());
  // A few outliers do not take the colours from all others.
  if (out.by == ColourBy::loss) {
    out.high = std::max(0.5, 0.5 * std::ceil(2 * quantile(known, 98)));
  } else {
    out.low = std::clamp(0.1 * std::floor(10 * quantile(known, 2)), 0.0, 0.9);
    out.high = std::clamp(0.1 * std::ceil(10 * quantile(known, 98)), out.low + 0.1, 1.0);
  }
  const auto [least, most] = std::minmax_element(known.begin(), known.end());
  out.is_clipped_low = static_cast<double>(*least) < out.low - 1e-3;
  out.is_clipped = static_cast<double>(*most) > out.high + 1e-3;
  const Stretch stretch = stretch_of(theme);
  const double span = out.high - out.low;
  for (std::size_t t = 0; t < std::min(out.colours.size(), amounts.size()); ++t) {
    if (!std::isfinite(amounts[t])) continue;
    const auto share = static_cast<float>(std::clamp((static_cast<double>(amounts[t]) - out.low) / span, 0.0, 1.0));
    out.colours[t] = viz::map_colour(viz::ColourMap::viridis, stretch.begin + (stretch.end - stretch.begin) * share);
  }
}

}  // namespace

std::vector<ColourBy> colourings_of(const Snapshot& look) {
  std::vector<ColourBy> out{ColourBy::expert};
  for (const LabelKind kind : label_kinds(look)) out.push_back(colour_of(kind));
  if (look.points) out.push_back(ColourBy::correct);
  out.push_back(ColourBy::entropy);
  out.push_back(ColourBy::loss);
  return out;
}

ColourBy colouring_shown(const std::vector<ColourBy>& offered, ColourBy wished) {
  const auto has = [&](ColourBy by) { return std::find(offered.begin(), offered.end(), by) != offered.end(); };
  if (has(wished)) return wished;
  for (const ColourBy label : {ColourBy::domain, ColourBy::character})
    if (has(label)) return label;
  return ColourBy::expert;
}

std::string name_of(ColourBy by, bool points) {
  switch (by) {
    case ColourBy::expert: return "by expert";
    case ColourBy::domain: return points ? "by class" : "by domain";
    case ColourBy::character: return "by character";
    case ColourBy::kind: return "by shape";
    case ColourBy::correct: return "by correctness";
    case ColourBy::entropy: return "by entropy";
    case ColourBy::loss: return "by loss";
  }
  return {};
}

Colouring colouring_of(const Snapshot& look, std::size_t layer_index, ColourBy by, const viz::Theme& theme) {
  const ProbeLayer& layer = look.layers[layer_index];
  const viz::Colour grey = viz::faded(theme.text_dim, 0.45f);
  Colouring out;
  out.by = by;
  out.colours.assign(probe_size(&look), grey);
  switch (by) {
    case ColourBy::expert: {
      for (std::size_t t = 0; t < out.colours.size(); ++t)
        if (const std::int32_t expert = first_choice(layer, t); expert >= 0)
          out.colours[t] = viz::category_colour(theme, static_cast<std::size_t>(expert));
      for (std::string& name : expert_names(static_cast<std::size_t>(std::max(0, layer.experts))))
        out.entries.push_back({std::move(name), viz::category_colour(theme, out.entries.size())});
      break;
    }
    case ColourBy::domain:
    case ColourBy::character:
    case ColourBy::kind:
      colour_labels(look, *label_kind(by, look.points != nullptr), theme, out);
      break;
    case ColourBy::correct:
      for (std::size_t t = 0; t < out.colours.size(); ++t)
        out.colours[t] = look.points->label[t] == look.view.predicted[t] ? viz::faded(theme.text_dim, 0.7f) : theme.bad;
      out.entries = {{"right", theme.text_dim}, {"wrong", theme.bad}};
      break;
    case ColourBy::entropy:
      out.caption = "entropy, H(p) / ln N";
      colour_amounts(layer.entropy, theme, " · grey: this gate gives no probabilities", out);
      break;
    case ColourBy::loss:
      out.caption = look.points ? "loss, nats" : "loss of the next token, nats";
      colour_amounts(look.token_loss, theme, look.points ? " · grey: none" : " · grey: no next one here", out);
      break;
  }
  return out;
}

void draw_amount_bar(const PanelInput& in, const Colouring& colouring, float width) {
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = viz::colour_bar_height(canvas, in.scale);
  const std::string low = fmt::format("{}{:.3g}", colouring.is_clipped_low ? "≤ " : "", colouring.low);
  const std::string high = fmt::format("{}{:.3g}", colouring.is_clipped ? "≥ " : "", colouring.high);
  const std::string mean = std::isfinite(colouring.mean) ? fmt::format("mean {:.2f}", colouring.mean) : std::string();
  const Stretch stretch = stretch_of(in.theme);
  viz::draw_colour_bar(canvas, {at.x, at.y, at.x + width, at.y + height},
                       {.map = viz::ColourMap::viridis,
                        .low = low,
                        .high = high,
                        .caption = colouring.caption,
                        .mark = static_cast<float>((colouring.mean - colouring.low) / (colouring.high - colouring.low)),
                        .mark_label = mean,
                        .begin = stretch.begin,
                        .end = stretch.end},
                       in.theme, in.scale);
  ImGui::Dummy({width, height});
}

}  // namespace switchyard::app
