#include "app/panels/compare/studies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/compare/sweep_plot.h"
#include "app/panels/compare/verdict_plot.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "core/study/study_report.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr float kLeastPlot = 140;  // of a sweep, at scale 1

// How far it is, what went wrong, and what can be asked of it.
void draw_head(const PanelInput& in, const Skin& skin, const StudyShown& study, const std::string& called,
               const char* name, bool& asked) {
  const viz::Theme& t = skin.theme;
  std::string head = called + (study.planned == 0 ? std::string(": beginning")
                                                  : fmt::format(": {} of {} runs", study.ended, study.planned));
  if (!study.runs && study.ended < study.planned) head += ", stopped";
  const bool is_figure = for_figure(in);
  const std::string button_name = fmt::format("{} {}", study.runs ? "Stop" : "Put away", name);
  ButtonSpec spec{.label = study.runs ? "Stop" : "Put away", .look = ButtonLook::plain, .name = button_name};
  spec.size = {text_size(t.fonts.bold, spec.label).x + skin.px(18), skin.px(24)};
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  if (!is_figure) {
    ImGui::SetCursorScreenPos({at.x + width - spec.size.x, at.y});
    if (button(skin, spec)) asked = true;
    if (mouse_rests(button_name))
      tooltip(skin, spec.label,
              study.runs ? "It writes what it has. The command goes on from there whenever you like."
                         : "It is not shown here any more; its folder stays.",
              printable(study.folder));
    ImGui::SetCursorScreenPos({at.x, at.y + skin.px(3)});
  }
  write_words(in, viz::Font::bold, t.text, head, is_figure ? 0 : width - spec.size.x - skin.px(8));
  if (!is_figure && ImGui::GetCursorScreenPos().y < at.y + spec.size.y)
    ImGui::SetCursorScreenPos({at.x, at.y + spec.size.y});
  ImGui::Dummy({0, skin.px(3)});
  if (!study.error.empty()) write_words(in, viz::Font::small, t.bad, study.error);
}

// A figure is made to be shared.
void name_folder(const PanelInput& in, const StudyShown& study) {
  if (!for_figure(in)) write_words(in, viz::Font::small, in.theme.text_dim, printable(study.folder));
}

viz::Rect take_room(ImVec2 size) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy(size);
  return {at.x, at.y, at.x + size.x, at.y + size.y};
}

void register_rect(const std::string& name, const viz::Rect& rect, const std::string& text) {
  register_item(name, {rect.x0, rect.y0}, {rect.x1, rect.y1}, text);
}

void draw_verdict(const PanelInput& in, UiState& ui, const Skin& skin) {
  const StudyShown& study = ui.comparing.study;
  if (study.folder.empty()) return;
  draw_head(in, skin, study, "Several seeds", "the study", ui.comparing.study_cancelled);
  if (!study.verdicts.empty()) {
    const float width = ImGui::GetContentRegionAvail().x;
    const viz::Rect rect = take_room({width, skin.px(verdict_plot_height(study.verdicts))});
    viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), skin.theme);
    draw_verdict_plot(canvas, rect, study.first, study.verdicts, study.unit, skin.theme, skin.scale);
    std::string text;
    for (const Verdict& verdict : study.verdicts)
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", verdict.name, words_of_finding(verdict));
    register_rect("verdict", rect, text);
  }
  if (!study.words.empty()) write_words(in, viz::Font::small, skin.theme.text, study.words);
  name_folder(in, study);
  ImGui::Dummy({0, skin.px(6)});
}

std::string sweep_name(const StudyShown& sweep) {
  std::string keys;
  if (sweep.sweep)
    for (const StudyAxis& axis : sweep.sweep->axes) {
      const Knob* const knob = find_knob(axis.key);
      keys += (keys.empty() ? " over " : " and ") + std::string(knob ? knob->label : std::string_view(axis.key));
    }
  return "Sweep" + keys;
}

void draw_sweep(const PanelInput& in, UiState& ui, const Skin& skin) {
  const StudyShown& sweep = ui.comparing.sweep;
  if (sweep.folder.empty()) return;
  const viz::Theme& t = skin.theme;
  draw_head(in, skin, sweep, sweep_name(sweep), "the sweep", ui.comparing.sweep_cancelled);
  if (sweep.sweep && !sweep.sweep->plan().arms.empty()) {
    const SweepPlot plot(*sweep.sweep);
    viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), t);
    if (plot.is_empty())
      write_words(in, viz::Font::small, t.text_dim,
                  "The figure comes once every combination has learned with the first seed.");
    for (std::size_t i = 0; !plot.is_empty() && i < plot.parts().size(); ++i) {
      const SweepPlot::Part& part = plot.parts()[i];
      write_words(in, viz::Font::small, t.text_dim, fmt::format("{}: {}", part.title, part.what));
      // As much of it as is in sight without scrolling, where that is enough to read.
      const float least = std::max(kLeastPlot, part.height / 2), seen = ImGui::GetContentRegionAvail().y / skin.scale;
      const float height = for_figure(in) ? part.height : std::clamp(seen, least, part.height);
      const viz::Rect rect = take_room({ImGui::GetContentRegionAvail().x, skin.px(height)});
      plot.draw(canvas, i, rect, t, skin.scale);
      register_rect("sweep plot", rect, part.what);
      ImGui::Dummy({0, skin.px(4)});
    }
    // Before any combination has all its seeds its words only say so.
    if (!sweep.words.empty() && (!sweep.runs || !measured_arms(*sweep.sweep).empty()))
      write_words(in, viz::Font::small, t.text, sweep.words);
  }
  name_folder(in, sweep);
  ImGui::Dummy({0, skin.px(6)});
}

}  // namespace

void draw_studies(const PanelInput& in, UiState& ui) {
  const Skin skin{in.theme, in.scale};
  draw_verdict(in, ui, skin);
  draw_sweep(in, ui, skin);
}

void add_verdict_columns(Table& table, const std::vector<std::string>& labels, const StudyShown& study) {
  if (study.verdicts.empty()) return;
  Table with;
  std::vector<std::string> header = table.columns();
  header.insert(header.end(), {"study: finding", "study: difference [nats]", "study: half width [nats]",
                               "study: seeds", "study: provisional", "study: against"});
  const std::size_t before = table.columns().size();
  with.set_header(std::move(header));
  const auto add = [&](std::vector<Cell> cells, const Verdict* verdict) {
    if (verdict) {
      const bool known = has_interval(*verdict);
      cells.emplace_back(std::string(name_of(verdict->finding)));
      cells.emplace_back(known ? verdict->difference : kMissing);
      cells.emplace_back(known ? verdict->half_width : kMissing);
      cells.emplace_back(static_cast<std::int64_t>(verdict->seeds));
      cells.emplace_back(std::string(verdict->is_provisional ? "yes" : "no"));
      cells.emplace_back(study.first);
    }
    cells.resize(before + 6);
    with.add_row(std::move(cells));
  };
  std::vector<const Verdict*> left;
  for (const Verdict& verdict : study.verdicts) left.push_back(&verdict);
  for (std::size_t i = 0; i < table.rows().size(); ++i) {
    const auto found = std::find_if(left.begin(), left.end(), [&](const Verdict* verdict) {
      return i < labels.size() && verdict->name == labels[i];
    });
    add(table.rows()[i], found == left.end() ? nullptr : *found);
    if (found != left.end()) left.erase(found);
  }
  for (const Verdict* verdict : left) {
    std::vector<Cell> cells{Cell(verdict->name)};
    cells.resize(before);
    add(std::move(cells), verdict);
  }
  table = std::move(with);
}

}  // namespace switchyard::app
