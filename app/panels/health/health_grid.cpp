#include "app/panels/health/health_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "app/panels/health/health_courses.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/widgets.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr float kNames = 58, kLeastColumn = 66;  // widths, at scale 1
constexpr float kHead = 20, kRangeLine = 15;     // heights
constexpr float kLeastRow = 30, kCourseRow = 42, kHighestRow = 104;

// Places values between the floor and the ceiling of a cell.
struct Scale {
  double low = 0, high = 1;
  bool log = false;
  float at(double value, const viz::Rect& cell) const {
    if (log) value = std::log10(std::max(value, 1e-30));
    const double share = high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 0.5;
    return cell.y1 - static_cast<float>(share) * cell.height();
  }
};

Scale scale_of(const HealthColumn& column, const LayerHealth& health, const HealthCourse& course) {
  if (column.possible) {
    const HealthRange range = column.possible(health);
    return {range.low, range.high, false};
  }
  // At least a power of ten, so that noise looks like noise.
  double low = INFINITY, high = -INFINITY;
  for (const float y : course.y)
    if (y > 0 && std::isfinite(y))
      low = std::min(low, std::log10(static_cast<double>(y))),
      high = std::max(high, std::log10(static_cast<double>(y)));
  if (!(low <= high)) return {0, 1, true};
  const double spare = std::max(0.0, 1 - (high - low)) / 2;
  return {low - spare, high + spare, true};
}

void draw_course(viz::Canvas& canvas, const HealthRun& run, const HealthColumn& column, const LayerHealth& health,
                 std::size_t layer, const viz::Rect& cell, float hover_x) {
  const PanelInput& in = run.in;
  const viz::Theme& t = in.theme;
  const HealthCourse course = course_of(run, column, layer);
  const Scale scale = scale_of(column, health, course);
  canvas.rect_fill(cell, viz::faded(t.raised, 0.45f));
  if (const HealthRange healthy = column.healthy(health); std::isfinite(healthy.low))
    canvas.rect_fill({cell.x0, scale.at(healthy.high, cell), cell.x1, scale.at(healthy.low, cell)},
                     viz::faded(t.good, 0.16f));
  if (column.chance && std::isfinite(health.*column.chance)) {
    const float y = scale.at(health.*column.chance, cell);
    viz::dashed_line(canvas, {cell.x0, y}, {cell.x1, y}, viz::faded(t.text_dim, 0.7f), 1, 3 * in.scale,
                     3 * in.scale);
  }
  const auto at = [&](double x) {
    return cell.x0 + static_cast<float>((x - run.low) / (run.high - run.low)) * cell.width();
  };
  std::vector<viz::Point> line;
  const auto stroke = [&] {
    if (line.size() == 1) canvas.circle_fill(line.front(), 1.5f * in.scale, t.accent);
    if (line.size() > 1) canvas.polyline(line, t.accent, 1.3f * in.scale, viz::Stroke::smooth);
    line.clear();
  };
  for (std::size_t i = 0; i < course.x.size() && i < course.y.size(); ++i) {
    if (course.x[i] < run.low || course.x[i] > run.high || !std::isfinite(course.y[i])) continue;
    line.push_back({at(course.x[i]), scale.at(course.y[i], cell)});
  }
  stroke();
  if (std::isfinite(hover_x) && hover_x >= cell.x0 && hover_x <= cell.x1)
    canvas.line({hover_x, cell.y0}, {hover_x, cell.y1}, viz::faded(t.text, 0.4f), 1);
}

// The value as a share of what it may be, where there is no room for its course.
void draw_bar(viz::Canvas& canvas, const Skin& skin, const HealthColumn& column, const LayerHealth& health,
              const viz::Rect& cell) {
  const double value = health.*column.value;
  if (!column.possible || !std::isfinite(value)) return;
  const HealthRange range = column.possible(health);
  const float thick = std::max(2.0f, skin.px(3)),
              filled = cell.width() *
                       static_cast<float>(std::clamp((value - range.low) / (range.high - range.low), 0.0, 1.0));
  canvas.rect_fill({cell.x0, cell.y0, cell.x1, cell.y0 + thick}, skin.theme.raised_hover, thick / 2);
  if (filled > 0.5f)
    canvas.rect_fill({cell.x0, cell.y0, cell.x0 + std::max(thick, filled), cell.y0 + thick}, skin.theme.accent,
                     thick / 2);
}

std::string chance_of(const HealthColumn& column, const LayerHealth& health) {
  if (column.note != &notes::churn || !std::isfinite(health.churn_chance)) return {};
  return fmt::format("{} here, of two looks that know nothing of each other; these are {} steps apart",
                     viz::percent(health.churn_chance), viz::grouped(static_cast<double>(health.churn_steps)));
}

}  // namespace

void draw_health_grid(const PanelInput& in, UiState& ui, const std::vector<LayerHealth>& layers, float height) {
  if (layers.empty() || in.run.history.empty()) return;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, names = skin.px(kNames);
  const auto fits = static_cast<std::size_t>(std::max(3.0f, (width - names) / skin.px(kLeastColumn)));
  const std::span<const HealthColumn> all = health_columns();
  const std::size_t columns = std::min(fits, all.size());
  const float column_width = (width - names) / static_cast<float>(columns),
              cell_width = column_width - skin.px(10);
  const float head = skin.px(kHead);
  const float wanted = (height - head - skin.px(kRangeLine)) / static_cast<float>(layers.size());
  const bool courses = wanted >= skin.px(kCourseRow);
  const float top = head + (courses ? skin.px(kRangeLine) : 0);
  const float row = std::floor(std::clamp(wanted, skin.px(kLeastRow), skin.px(kHighestRow)));

  for (std::size_t c = 0; c < columns; ++c) {
    const float x = at.x + names + column_width * static_cast<float>(c);
    const std::string title(all[c].title);
    ImGui::SetCursorScreenPos({x, at.y});
    ImGui::InvisibleButton(title.c_str(), {column_width, head});
    register_item(title);
    canvas.text({x, at.y + skin.px(2)},
                viz::ellipsized(canvas, title, column_width - skin.px(4), viz::Font::small),
                ImGui::IsItemHovered() ? t.text : t.text_dim, viz::Font::small);
    if (mouse_rests(title)) note_tooltip(*all[c].note, {}, t, in.scale);
    if (courses)
      canvas.text({x, at.y + skin.px(2 + kRangeLine)},
                  viz::ellipsized(canvas, all[c].words(layers.front()), column_width - skin.px(4),
                                  viz::Font::mono_small),
                  t.text_dim, viz::Font::mono_small);
  }
  if (courses)
    canvas.text({at.x + skin.px(6), at.y + skin.px(2 + kRangeLine)}, "healthy", t.text_dim,
                viz::Font::mono_small);

  const HealthRun run = health_run(in, ui, cell_width);
  const float hover_share = ui.hover.active ? static_cast<float>((ui.hover.x - run.low) / (run.high - run.low))
                                            : std::numeric_limits<float>::quiet_NaN();
  const int shown = shown_layer(ui, layers.size());
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const float y = at.y + top + row * static_cast<float>(l);
    const std::string label = layer_name(l);
    ImGui::SetCursorScreenPos({at.x, y});
    if (press_area(label, {names, row}).pressed) ui.layer = static_cast<int>(l);
    register_item(label, static_cast<int>(l) == shown ? "chosen" : "");
    const bool chosen = static_cast<int>(l) == shown && !for_figure(in);
    const viz::Colour ink = chosen || ImGui::IsItemHovered() ? t.text : t.text_dim;
    if (chosen)
      canvas.rect_fill({at.x, y, at.x + width, y + row - skin.px(3)}, viz::faded(t.raised, 0.7f), skin.px(4));
    canvas.text({at.x + skin.px(6), y + skin.px(4)}, label, ink, viz::Font::small);
    for (std::size_t c = 0; c < columns; ++c) {
      const HealthColumn& column = all[c];
      const LayerHealth& health = layers[l];
      const float x = at.x + names + column_width * static_cast<float>(c);
      const std::string text = column.text(health.*column.value);
      const std::string cell = fmt::format("{}/{}", label, column.title);
      ImGui::SetCursorScreenPos({x, y});
      ImGui::InvisibleButton(cell.c_str(), {column_width, row});
      register_item(cell, text);
      const viz::Rect plot{x, y + skin.px(20), x + cell_width, y + row - skin.px(6)};
      if (courses && ImGui::IsItemHovered()) {
        ui.hover.next_active = true;
        ui.hover.next_x =
            run.low +
            (run.high - run.low) *
                std::clamp(static_cast<double>((ImGui::GetMousePos().x - plot.x0) / plot.width()), 0.0, 1.0);
      }
      if (mouse_rests(cell)) note_tooltip(*column.note, text, t, in.scale, chance_of(column, health));
      canvas.text({x, y + skin.px(4)}, text, is_well(column, health) ? t.text : t.warn, viz::Font::mono_small);
      if (courses) draw_course(canvas, run, column, health, l, plot, plot.x0 + hover_share * plot.width());
      else draw_bar(canvas, skin, column, health, plot);
    }
  }
  ImGui::SetCursorScreenPos({at.x, at.y + top + row * static_cast<float>(layers.size())});
  ImGui::Dummy({width, 1});
}

void fill_health_table(const std::vector<LayerHealth>& layers, Table& table) {
  table.set_header({"layer", "experts", "max violation", "load entropy [of ln N]", "token entropy [of ln N]",
                    "effective experts", "decisiveness [nats]", "churn [share]", "churn by chance [share]",
                    "saturation [share]", "saturation by chance [share]", "dropped [share]",
                    "router gradient norm", "expert gradient norm"});
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const LayerHealth& h = layers[l];
    table.add_row({static_cast<std::int64_t>(l), static_cast<std::int64_t>(h.experts), h.max_violation,
                   h.load_entropy, h.token_entropy, h.effective, h.decisiveness, h.churn, h.churn_chance,
                   h.saturation, h.saturation_chance, h.dropped, h.router_grad, h.expert_grad});
  }
}

}  // namespace switchyard::app
