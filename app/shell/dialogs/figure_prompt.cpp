#include "app/shell/dialogs/figure_prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "app/panels/panel_table.h"
#include "app/shell/dialogs/prompt_frame.h"
#include "app/ui/choices.h"
#include "app/ui/widgets.h"
#include "viz/base/compat.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/canvas/scaled_list.h"

namespace switchyard::app {
namespace {

// At scale 1.
constexpr float kFigureWide = 560, kFieldColumn = 84, kFieldWidth = 110, kPreviewHigh = 330, kPreviewEdge = 10;

constexpr std::pair<const char*, bool FigureForm::*> kKinds[] = {
    {"SVG", &FigureForm::svg}, {"PDF", &FigureForm::pdf}, {"PNG", &FigureForm::png}, {"CSV", &FigureForm::csv}};

void field_name(const Skin& skin, const char* text) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_text(ImGui::GetWindowDrawList(), skin.theme.fonts.body, {at.x, at.y + skin.px(2)}, skin.theme.text, text);
  ImGui::SetCursorScreenPos({at.x + skin.px(kFieldColumn), at.y});
}

void draw_fields(const Skin& skin, FigurePrompt& prompt) {
  field_name(skin, "Width");
  text_input(skin, "##figure size", &prompt.size, skin.px(kFieldWidth), "85mm, 85x60mm, 3.3in",
             std::exchange(prompt.just_opened, false));
  register_item("figure/size", prompt.size);
  ImGui::SameLine(0, skin.px(22));
  field_name(skin, "Letters [pt]");
  text_input(skin, "##figure letters", &prompt.font, skin.px(kFieldWidth / 2), "8");
  register_item("figure/letters", prompt.font);

  field_name(skin, "Theme");
  int theme = prompt.form.light_theme ? 0 : 1;
  constexpr std::array<std::string_view, 2> kThemes{"light", "dark"};
  if (segmented(skin, "figure/theme", &theme, kThemes)) prompt.form.light_theme = theme == 0;

  field_name(skin, "Files");
  for (const auto& [name, kind] : kKinds) {
    toggle(skin, name, &(prompt.form.*kind));
    ImGui::SameLine(0, skin.px(6));
    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw_text(ImGui::GetWindowDrawList(), skin.theme.fonts.body, {at.x, at.y + skin.px(1)}, skin.theme.text, name);
    ImGui::Dummy({text_size(skin.theme.fonts.body, name).x, skin.px(18)});
    ImGui::SameLine(0, skin.px(18));
  }
  ImGui::NewLine();
}

// As it will be, as large as there is room for.
void draw_preview(const Skin& skin, const FigurePrompt& prompt, float room_high) {
  const viz::Theme& t = skin.theme;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  ImDrawList* const list = ImGui::GetWindowDrawList();
  list->AddRectFilled(at, {at.x + width, at.y + room_high}, t.ground, skin.px(6));
  const FigurePreview* const preview = prompt.preview.get();
  if (preview && preview->panel.drawing) {
    const viz::Rect& area = preview->panel.area;
    const float edge = skin.px(kPreviewEdge);
    const float scale =
        std::min({(width - 2 * edge) / area.width(), (room_high - 2 * edge) / area.height(), 1.0f});
    const viz::Point corner{at.x + (width - area.width() * scale) / 2,
                            at.y + (room_high - area.height() * scale) / 2};
    viz::draw_scaled(list, area, corner, scale, [&] {
      list->AddRectFilled({area.x0, area.y0}, {area.x1, area.y1},
                          (preview->form.light_theme ? viz::light() : viz::dark()).panel);
      viz::CanvasImGui canvas(list, t.fonts);
      preview->panel.drawing->draw_on(canvas);
    });
  }
  ImGui::Dummy({width, room_high});
  register_item("figure/preview", preview && preview->panel.drawing ? "drawn" : "");
}

std::string says(const Result<FigureForm>& form, const FigurePrompt& prompt) {
  if (!form) return form.error().message;
  const FigurePreview* const preview = prompt.preview.get();
  if (!preview || preview->form != *form) return "…";
  if (!preview->error.empty()) return preview->error;
  const viz::Rect& area = preview->panel.area;
  const double height_mm = form->width_mm * area.height() / area.width();
  std::string text = fmt::format("{:g} × {:.0f} mm on paper", form->width_mm, height_mm);
  if (form->png)
    text += fmt::format(", {:.0f} × {:.0f} pixels as PNG", form->width_mm / kMmPerInch * form->dpi,
                        height_mm / kMmPerInch * form->dpi);
  return text;
}

}  // namespace

void ask_for_figure(UiState& ui, std::string_view panel) {
  ui.figure_prompt.panel = panel;
  ui.figure_prompt.just_opened = true;
  ui.figure_prompt.preview = nullptr;
  ui.figure_prompt.is_wanted = false;
}

Result<FigureForm> form_of(const FigurePrompt& prompt) {
  FigureForm form = prompt.form;
  if (auto read = read_figure_size(prompt.size, form); !read) return usage_error("Width " + read.error().message);
  if (auto read = read_figure_font(prompt.font, form); !read)
    return usage_error("Letters " + read.error().message);
  if (!form.svg && !form.pdf && !form.png && !form.csv)
    return usage_error("No file: switch on at least one of them.");
  return form;
}

void fill_in(FigurePrompt& prompt, const FigureForm& form) {
  prompt.form = form;
  if (form.is_sized()) prompt.size = size_text(form);
  prompt.font = fmt::format("{:g}", form.font_pt);
}

void draw_figure_prompt(const PanelInput& in, UiState& ui) {
  FigurePrompt& prompt = ui.figure_prompt;
  const PanelSpec* const panel = find_panel(prompt.panel);
  if (!panel) return;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = skin.theme;
  std::optional<PromptFrame> frame(std::in_place, skin, "##figure prompt", kFigureWide,
                                   fmt::format("{}: a figure for a page", panel->title));
  draw_fields(skin, prompt);
  const Result<FigureForm> form = form_of(prompt);
  // In a low window the preview is what gives way.
  draw_preview(skin, prompt,
               std::clamp(ImGui::GetIO().DisplaySize.y - skin.px(320), skin.px(80), skin.px(kPreviewHigh)));
  const std::string words = says(form, prompt);
  const bool is_ready = form && prompt.preview && prompt.preview->form == *form && prompt.preview->error.empty();
  wrapped_text(t.fonts.small, form ? t.text_dim : t.bad, words);
  register_item("figure/says", words);
  const bool pressed = button(skin, ButtonSpec{.label = "Save", .look = ButtonLook::primary, .enabled = is_ready});
  ImGui::SameLine();
  const bool left = button(skin, "Cancel");
  frame.reset();
  if (pressed && is_ready) prompt.is_wanted = true;
  if (left || viz::key_pressed(viz::Key::escape)) {
    prompt.panel.clear();
    prompt.preview = nullptr;
    ImGui::SetWindowFocus(nullptr);
  }
}

}  // namespace switchyard::app
