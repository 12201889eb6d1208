// One view of every run that is compared, side by side: the loads against one scale, or any view of a look, drawn
// once a run. They share what is chosen, lit and zoomed, and the moment; a plane is turned onto that of the first.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/panels/compare/compared_loads.h"
#include "app/panels/compare/panels.h"
#include "app/panels/curves/panels.h"
#include "app/panels/experts/panels.h"
#include "app/panels/load/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/plane/panels.h"
#include "app/panels/tokens/panels.h"
#include "app/run/compared.h"
#include "app/run/moment.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

// A view that gives no orders, so that one of a run that does not lead may be touched too.
struct SideView {
  const char* name;
  void (*draw)(const PanelInput& in, UiState& ui, Commands& out);  // null: the loads
  float shape;                                                     // width by height that suits it
  bool of_text = true, of_points = true;
  bool needs_experts = true;
  bool of_look = true;  // else of the steps' figures
  // Of one cell, what the end of the scale that all of them share is the largest of; null: a scale of its own
  // does.
  float (*most)(const PanelInput& in, const UiState& ui) = nullptr;
};
constexpr SideView kSideViews[] = {
    {"load", nullptr, 1, true, true, true, false},
    {"load over steps", draw_expert_load_panel, 1.2f, true, true, true, false, most_expert_load},
    {"specialization", draw_specialization_panel, 0.9f, true, true, true, true, most_specialization},
    {"projection", draw_projection_panel, 1.1f},
    {"passage by layers", draw_strips_panel, 4, true, false},
    {"passages", draw_token_panel, 1.6f, true, false},
    {"plane", draw_plane_panel, 1, false, true, false},
    {"confusion", draw_confusion_panel, 1, false, true, false},
    {"co-activation", draw_co_activation_panel, 1, true, true, true, true, most_co_activation},
    {"layer flow", draw_flow_panel, 1.2f},
    {"all layers", draw_layer_load_panel, 1.2f, true, true, true, false},
    {"routing", draw_routing_panel, 1, true, true, true, false},
};

const SideView& chosen_view(const PanelInput& in, UiState& ui) {
  const bool points = learns_points(in.status);
  std::vector<const SideView*> views;
  std::vector<std::string> names;
  int at = 0;
  for (const SideView& view : kSideViews) {
    if (points ? !view.of_points : !view.of_text) continue;
    if (ui.comparing.view == view.name) at = static_cast<int>(views.size());
    views.push_back(&view);
    names.emplace_back(view.name);
  }
  if (panel_header_combo(in, "view", &at, names)) ui.comparing.view = views[static_cast<std::size_t>(at)]->name;
  return *views[static_cast<std::size_t>(at)];
}

// The look of the moment that is shown: of a run that does not lead the kept one nearest to it.
std::shared_ptr<const Snapshot> look_of(const PanelInput& in, const UiState& ui, const RunView& run) {
  if (&run == &in.run) return in.snapshot;
  if (ui.timeline.following() || run.kept.empty()) return run.snapshot;
  return run.kept[run.kept.nearest(static_cast<double>(ui.timeline.shown->step))].snapshot;
}

// What a view shows of a run; empty: it has nothing yet.
std::string moment_text(const UiState& ui, const RunView& run, const Snapshot* look, const SideView& view) {
  if (view.of_look) return look ? fmt::format("step {}", viz::grouped(static_cast<double>(look->step))) : "";
  const Moment moment = moment_of(run, ui);
  return moment.record ? numbered_step(moment) : "";
}

// Columns in which cells come nearest to the shape.
std::size_t columns_for(ImVec2 room, std::size_t cells, float shape) {
  std::size_t best = 1;
  float least = INFINITY;
  for (std::size_t columns = 1; columns <= cells; ++columns) {
    const std::size_t rows = (cells + columns - 1) / columns;
    const float width = room.x / static_cast<float>(columns), height = room.y / static_cast<float>(rows);
    const float off = std::fabs(std::log(width / std::max(1.0f, height) / shape));
    if (off < least) least = off, best = columns;
  }
  return best;
}

// Each cell says whether the mouse lights an expert in it; one it is not in would put the light out.
class OneLight {
 public:
  explicit OneLight(UiState& ui) : ui_(ui), before_(of(ui)), light_(before_) {}
  void begin_cell() { set(before_); }
  void end_cell() {
    if (light_.source == HoverSource::none || is_first_) light_ = of(ui_);
    is_first_ = false;
  }
  ~OneLight() { set(light_); }
  OneLight(const OneLight&) = delete;
  OneLight& operator=(const OneLight&) = delete;

 private:
  struct Light {
    int expert = -1;
    HoverSource source = HoverSource::none;
  };
  static Light of(const UiState& ui) { return {ui.hovered_expert, ui.hover_source}; }
  void set(const Light& light) { ui_.hovered_expert = light.expert, ui_.hover_source = light.source; }

  UiState& ui_;
  Light before_, light_;
  bool is_first_ = true;
};

// The rows of each under those of the ones before, with the run in front.
void append_table(Table& all, const Table& of_run, const std::string& label) {
  std::vector<std::string> header{"run"};
  header.insert(header.end(), of_run.columns().begin(), of_run.columns().end());
  if (all.columns().empty()) all.set_header(std::move(header));
  else
    for (std::size_t c = all.columns().size(); c < header.size(); ++c) all.add_columns({header[c]});
  for (const std::vector<Cell>& row : of_run.rows()) {
    std::vector<Cell> cells{Cell(label)};
    cells.insert(cells.end(), row.begin(), row.end());
    cells.resize(all.columns().size());
    all.add_row(std::move(cells));
  }
}

// The others are named in a line.
std::vector<Compared> those_that_have_it(const PanelInput& in, const SideView& view,
                                         const std::vector<Compared>& runs) {
  std::vector<Compared> out;
  std::string without;
  for (const Compared& one : runs) {
    if (!view.needs_experts || !one.status->config || one.status->config->ffn == Ffn::moe) out.push_back(one);
    else without += (without.empty() ? "" : ", ") + one.label;
  }
  if (!without.empty()) write_words(in, viz::Font::small, in.theme.text_dim, without + ": no experts");
  return out;
}

void draw_cells(const PanelInput& in, UiState& ui, Commands& out, const SideView& view,
                const std::vector<Compared>& runs) {
  const Skin skin{in.theme, in.scale};
  std::vector<std::shared_ptr<const Snapshot>> looks;
  std::vector<std::uint64_t> probes;
  std::vector<const RunView*> views;
  for (const Compared& one : runs) {
    views.push_back(one.run);
    looks.push_back(look_of(in, ui, *one.run));
    probes.push_back(probe_stamp(looks.back().get()));
  }
  const auto input_of = [&](std::size_t i, PanelExports& exports) {
    PanelInput of_run{*runs[i].run, looks[i], *runs[i].status, in.theme, exports};
    of_run.scale = in.scale;
    of_run.now_s = in.now_s;
    of_run.panel = {runs[i].run->id, runs[i].label};
    return of_run;
  };
  float most = 0;
  for (std::size_t i = 0; view.most && i < runs.size(); ++i)
    most = std::max(most, view.most(input_of(i, in.exports), ui));
  const ImVec2 room = ImGui::GetContentRegionAvail(), at = ImGui::GetCursorScreenPos();
  const float gap = skin.px(8);
  const std::size_t columns = columns_for(room, runs.size(), view.shape),
                    rows = (runs.size() + columns - 1) / columns;
  const ImVec2 size{(room.x - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns),
                    (room.y - gap * static_cast<float>(rows - 1)) / static_cast<float>(rows)};
  if (size.x < skin.px(40) || size.y < skin.px(40)) return;
  OneLight light(ui);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Compared& one = runs[i];
    Several several{i, {}, views, moment_text(ui, *one.run, looks[i].get(), view), most};
    for (std::size_t j = 0; j < runs.size(); ++j)
      if (looks[j] && probes[j] == probes[i]) several.looks.push_back(looks[j]);
    // What it hands over goes to this panel, which is the one that is exported.
    PanelExports exports;
    exports.set_off_screen(for_figure(in));
    if (wanted_table(in)) exports.ask({}, {.figure = false, .data = true}), (void)exports.end_frame();
    PanelInput of_run = input_of(i, exports);
    of_run.several = &several;
    ImGui::SetCursorScreenPos({at.x + (size.x + gap) * static_cast<float>(i % columns),
                               at.y + (size.y + gap) * static_cast<float>(i / columns)});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(10), skin.px(7)});
    viz::begin_child(one.run->id.c_str(), size, false,
                     ImGuiWindowFlags_AlwaysUseWindowPadding | ImGuiWindowFlags_NoScrollbar |
                         ImGuiWindowFlags_NoScrollWithMouse | ImGuiWindowFlags_NoBackground);
    ImGui::PopStyleVar();
    light.begin_cell();
    // A token is looked into in the run that is shown, where it is the same one.
    const Inspecting inspecting = ui.inspecting;
    Commands nobody;
    view.draw(of_run, ui, one.run == &in.run ? out : nobody);
    if (one.run != &in.run) ui.inspecting = inspecting;
    light.end_cell();
    ImGui::EndChild();
    if (Table* const table = wanted_table(in))
      for (const PanelExport& handed : exports.end_frame())
        if (handed.table) append_table(*table, *handed.table, one.label);
  }
}

}  // namespace

void draw_side_by_side_panel(const PanelInput& in, UiState& ui, Commands& out) {
  open_panel(in, ui.timeline.following() ? "newest step of each" : "the moment that is shown");
  const std::vector<Compared> runs = compared_runs(in, ui);
  const SideView& view = chosen_view(in, ui);
  if (view.draw) draw_cells(in, ui, out, view, those_that_have_it(in, view, runs));
  else draw_compared_loads(in, ui, runs);
  panel_end(in);
}

}  // namespace switchyard::app
