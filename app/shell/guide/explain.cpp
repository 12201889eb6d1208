#include "app/shell/guide/explain.h"

#include <algorithm>
#include <string>

#include "app/panels/explanations.h"
#include "app/panels/panel_table.h"
#include "app/panels/parts/glossary.h"
#include "app/run/lying_over.h"
#include "app/shell/guide/page.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

constexpr float kCardWidth = 520, kNameColumn = 84;

void heading_line(const Skin& skin, std::string_view text) {
  const WithFont font(skin.theme.fonts.bold);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
}

// A name, and beside it what there is to say; nothing where there is nothing.
void named_text(const Skin& skin, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  const viz::Theme& t = skin.theme;
  ImGui::Dummy({0, skin.px(3)});
  const float x = ImGui::GetCursorPosX();
  {
    const WithFont font(t.fonts.body);
    ImGui::PushStyleColor(ImGuiCol_Text, t.text_dim);
    ImGui::TextUnformatted(name.data(), name.data() + name.size());
    ImGui::PopStyleColor();
  }
  ImGui::SameLine(x + skin.px(kNameColumn));
  wrapped_text(t.fonts.body, t.text, text);
}

void term_card(const Skin& skin, UiState& ui) {
  const Term* const term = find_term(ui.reading.term);
  if (!term) return ui.reading.term.clear();
  const MetricNote& note = *term->note;
  if (begin_page(skin, "##term", kCardWidth)) {
    heading_line(skin, note.name);
    register_item("term", note.name);
    wrapped_text(skin.theme.fonts.body, skin.theme.text, note.what);
    ImGui::Dummy({0, skin.px(4)});
    named_text(skin, "formula", note.formula);
    named_text(skin, "chance", note.chance);
    named_text(skin, "healthy", note.healthy);
    named_text(skin, "source", note.source);
  }
  if (!end_page(skin)) ui.reading.term.clear();
}

void panel_page(const Skin& skin, UiState& ui) {
  const Explanation* const about = explanation_of(ui.reading.panel);
  if (!about) return ui.reading.panel.clear();
  const PanelSpec* const panel = find_panel(ui.reading.panel);
  if (begin_page(skin, "##explanation", kCardWidth)) {
    heading_line(skin, panel ? panel->title : "Knobs");
    register_item("explanation", about->panel);
    wrapped_text(skin.theme.fonts.body, skin.theme.text, about->shows);
    ImGui::Dummy({0, skin.px(4)});
    named_text(skin, "reading", about->reading);
    named_text(skin, "healthy", about->healthy);
    named_text(skin, "try", about->attempt);
    ImGui::Dummy({0, skin.px(6)});
    wrapped_text(skin.theme.fonts.small, skin.theme.text_dim,
                 "Ctrl+F finds what a term means. Where Tab stands on a plot the arrow keys point into it, Home "
                 "and End go to its "
                 "ends, Page Up and Down zoom, Space clicks, Enter fits it again.");
  }
  if (!end_page(skin)) ui.reading.panel.clear();
}

}  // namespace

void draw_explanation(const PanelInput& in, UiState& ui) {
  const Skin skin{in.theme, in.scale};
  if (!ui.reading.term.empty()) term_card(skin, ui);
  else if (!ui.reading.panel.empty()) panel_page(skin, ui);
}

bool is_read(const Reading& reading) {
  return reading.tour >= 0 || !reading.term.empty() || !reading.panel.empty();
}

void end_reading(Reading& reading) {
  reading.tour = -1;
  reading.term.clear();
  reading.panel.clear();
}

void explain(UiState& ui) {
  const bool open = page_is_open(ui) || lies_over(ui, Over::tour);
  ui.show_help = !open && ui.reading.under_mouse.empty();
  ui.show_about = false;
  const std::string panel = ui.reading.under_mouse;
  end_reading(ui.reading);
  if (!open) ui.reading.panel = panel;
}

}  // namespace switchyard::app
