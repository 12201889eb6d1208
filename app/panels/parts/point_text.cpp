#include "app/panels/parts/point_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/token_text.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/base/named_text.h"

namespace switchyard::app {
namespace {

std::string name_of_class(const ProbePoints& points, std::int32_t label) {
  const auto i = static_cast<std::size_t>(label);
  return i < points.class_names.size() ? viz::named_text(points.class_names[i]) : "?";
}

void dim_line(const PanelInput& in, const std::string& text) {
  const WithFont small(in.theme.fonts.small);
  ImGui::PushStyleColor(ImGuiCol_Text, in.theme.text_dim);
  ImGui::TextUnformatted(viz::named_text(text).c_str());
  ImGui::PopStyleColor();
}

}  // namespace

bool learns_points(const RunStatus& status) { return status.config && status.config->task == TaskKind::clusters; }

viz::Colour class_colour(const viz::Theme& theme, std::size_t index) { return domain_colour(theme, index); }

bool has_own_units(const ProbePoints& points) {
  return points.dims == 2 && points.axis_names.size() == 2 && points.spread.size() == 2;
}

std::string own_number(const ProbePoints& points, std::size_t axis, double at, int digits) {
  const double own = points.own(axis, at), ratio = std::abs(own / points.spread[axis]);
  const int before = ratio > 1 ? static_cast<int>(std::ceil(std::log10(ratio))) : 0;
  return fmt::format("{:.{}g}", own, std::min(digits + before, 17));
}

std::string place_text(const ProbePoints& points, double x, double y) {
  if (!has_own_units(points)) return fmt::format("x {:.2f}, y {:.2f}", x, y);
  return fmt::format("{} {}, {} {}", viz::named_text(points.axis_names[0]), own_number(points, 0, x),
                     viz::named_text(points.axis_names[1]), own_number(points, 1, y));
}

void point_tooltip(const PanelInput& in, std::size_t layer_index, std::size_t point) {
  const Snapshot& snapshot = *in.snapshot;
  const ProbePoints& points = *snapshot.points;
  const ProbeLayer& layer = snapshot.layers[layer_index];
  const std::int32_t truth = points.label[point], predicted = snapshot.view.predicted[point];
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextColored(viz::as_vec4(class_colour(in.theme, static_cast<std::size_t>(truth))), "%s",
                       name_of_class(points, truth).c_str());
  }
  const std::string verdict =
      fmt::format("{}, p {:.2f}", name_of_class(points, predicted), snapshot.view.confidence[point]);
  ImGui::TextColored(
      viz::as_vec4(truth == predicted ? in.theme.good : in.theme.bad), "%s",
      (truth == predicted ? "rightly taken for it, p " + fmt::format("{:.2f}", snapshot.view.confidence[point])
                          : "taken for " + verdict)
          .c_str());
  draw_ranking(in, layer, point);
  std::string foot = fmt::format("layer {} · {}", layer_index,
                                 place_text(points, points.xy[2 * point], points.xy[2 * point + 1]));
  if (point < snapshot.token_loss.size()) foot += fmt::format(" · loss {} nats", viz::decimals(snapshot.token_loss[point], 2));
  if (point < layer.entropy.size() && std::isfinite(layer.entropy[point]))
    foot += fmt::format(" · entropy {:.2f}", layer.entropy[point]);
  if (points.kind[point] < points.kind_names.size() && points.kind_names != points.class_names)
    foot += fmt::format(" · {}", points.kind_names[points.kind[point]]);
  dim_line(in, foot);
  ImGui::EndTooltip();
}

std::ptrdiff_t plane_cell(const PlaneMap& map, double x, double y) {
  if (map.columns <= 0 || map.rows <= 0) return -1;
  const double c = std::floor((x - map.x_min) / (map.x_max - map.x_min) * map.columns);
  const double r = std::floor((y - map.y_min) / (map.y_max - map.y_min) * map.rows);
  if (!(c >= 0 && c < map.columns && r >= 0 && r < map.rows)) return -1;
  return static_cast<std::ptrdiff_t>(r) * map.columns + static_cast<std::ptrdiff_t>(c);
}

void plane_tooltip(const PanelInput& in, std::size_t layer, std::size_t cell, double x, double y) {
  const Snapshot& snapshot = *in.snapshot;
  const PlaneMap& map = snapshot.view.plane;
  const std::int32_t expert = map.first_expert[layer][cell], predicted = map.predicted[cell];
  ImGui::BeginTooltip();
  ImGui::TextColored(viz::as_vec4(viz::category_colour(in.theme, static_cast<std::size_t>(expert))), "%s",
                     expert_name(expert, static_cast<std::size_t>(snapshot.layers[layer].experts)).c_str());
  ImGui::SameLine();
  ImGui::TextUnformatted("decides first here, a point would be taken for");
  ImGui::SameLine();
  ImGui::TextColored(viz::as_vec4(class_colour(in.theme, static_cast<std::size_t>(predicted))), "%s",
                     name_of_class(*snapshot.points, predicted).c_str());
  dim_line(in, fmt::format("layer {} · {}", layer, place_text(*snapshot.points, x, y)));
  ImGui::EndTooltip();
}

}  // namespace switchyard::app
