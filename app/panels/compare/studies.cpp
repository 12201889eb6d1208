#include "app/panels/compare/studies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "app/panels/compare/sweep_plot.h"
#include "app/panels/compare/verdict_plot.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/run/words/study_words.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "core/study/study_list.h"
#include "core/study/study_report.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr float kLeastPlot = 140, kHeadButton = 24;  // of a sweep, and of what can be asked, at scale 1
constexpr std::int64_t kMoreSeeds = 5;

// What can be asked of it, from the right.
struct HeadAsk {
  const char *label, *says;
  std::function<void()> run;
};

StudyState state_shown(const StudyShown& study) { return state_of(study.far, study.runs, study.learns_elsewhere); }

std::string how_far_text(const StudyShown& study) {
  if (study.far.planned == 0) return study.runs ? ": beginning" : study.error.empty() ? ": reading" : "";
  return fmt::format(": {}{}", in_words(study.far), words_of(state_shown(study)));
}

// How far it is, what went wrong, and what can be asked of it.
void draw_head(const PanelInput& in, const Skin& skin, const StudyShown& study, const std::string& called,
               const std::string& name, const std::vector<HeadAsk>& asks) {
  const viz::Theme& t = skin.theme;
  const bool is_figure = for_figure(in);
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  float room = width;
  for (const HeadAsk& ask : is_figure ? std::vector<HeadAsk>() : asks) {
    const std::string button_name = fmt::format("{} {}", ask.label, name);
    ButtonSpec spec{.label = ask.label, .look = ButtonLook::plain, .name = button_name};
    spec.size = {text_size(t.fonts.bold, spec.label).x + skin.px(18), skin.px(kHeadButton)};
    ImGui::SetCursorScreenPos({at.x + room - spec.size.x, at.y});
    ImGui::PushID(name.c_str());
    if (button(skin, spec)) ask.run();
    ImGui::PopID();
    if (mouse_rests(button_name)) tooltip(skin, spec.label, ask.says, printable(study.folder));
    room -= spec.size.x + skin.px(8);
  }
  if (!is_figure) ImGui::SetCursorScreenPos({at.x, at.y + skin.px(3)});
  write_words(in, viz::Font::bold, t.text, called + how_far_text(study), is_figure ? 0 : room);
  if (!is_figure && ImGui::GetCursorScreenPos().y < at.y + skin.px(kHeadButton))
    ImGui::SetCursorScreenPos({at.x, at.y + skin.px(kHeadButton)});
  ImGui::Dummy({0, skin.px(3)});
  if (!study.error.empty()) write_words(in, viz::Font::small, t.bad, study.error);
}

// asked: to go on with it; cancelled: to stop it, or to put it away.
std::vector<HeadAsk> asks_of(const StudyShown& study, std::optional<StudyAsked>& asked, bool& cancelled) {
  std::vector<HeadAsk> asks;
  if (study.runs) {
    asks.push_back({"Stop", "It writes what it has, and can be gone on with.", [&] { cancelled = true; }});
    return asks;
  }
  asks.push_back({"Put away", "It is not shown here any more; its folder stays.", [&] { cancelled = true; }});
  if (can_go_on(state_shown(study)))
    asks.push_back({kGoOnLabel, kGoOnSays, [&] { asked = StudyAsked{study.folder, true, 0, false}; }});
  return asks;
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
  auto asks = asks_of(study, ui.comparing.study_asked, ui.comparing.study_cancelled);
  if (!study.runs && study.far.is_done)
    asks.push_back(
        {"More seeds",
         "Five more behind those there are. Whoever looks again and again finds something by chance more "
         "often; the verdict says when seeds were added.",
         [&] {
           ui.comparing.study_asked = StudyAsked{study.folder, true, study.seeds + kMoreSeeds, false};
         }});
  draw_head(in, skin, study, "Several seeds, each from step 0", "the study", asks);
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
  return sweep.sweep ? "Sweep " + title_of(sweep.sweep->plan()) : std::string("Sweep");
}

void draw_sweep(const PanelInput& in, UiState& ui, const Skin& skin) {
  const StudyShown& sweep = ui.comparing.sweep;
  if (sweep.folder.empty()) return;
  const viz::Theme& t = skin.theme;
  draw_head(in, skin, sweep, sweep_name(sweep), "the sweep",
            asks_of(sweep, ui.comparing.sweep_asked, ui.comparing.sweep_cancelled));
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
