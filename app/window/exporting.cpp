#include "app/window/exporting.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "app/export/figure.h"
#include "app/export/offscreen.h"
#include "app/export/png.h"
#include "app/panels/panel_table.h"
#include "app/run/checkpoint_shown.h"
#include "app/run/notices.h"
#include "app/shell/dialogs/figure_prompt.h"
#include "core/base/caught.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

// In the run's folder, or beside the runs where nothing is recorded.
std::filesystem::path folder_for(const RunStatus& status, const char* what) {
  return (status.run_folder.empty() ? default_runs_directory().parent_path() : std::filesystem::path(status.run_folder)) / what;
}

// A checkpoint's figures are of no run: they tell its name and no settings, and lie beside the runs.
RunStatus status_for(const PanelSpec& panel, const PanelInput& in, const UiState& ui) {
  if (!panel.of_checkpoint) return in.status;
  RunStatus status;
  status.step = kNoStep;
  if (ui.checkpoint) status.corpus_name = ui.checkpoint->name;
  return status;
}

}  // namespace

std::string title_of_figure(const PanelSpec& panel, const UiState& ui) {
  const std::string title(panel.title);
  if (panel.id != std::string_view("expert-spectrum") || !ui.checkpoint) return title;
  const ExpertPlace place = ui.checkpoint->expert.value_or(ExpertPlace{ui.checkpoint->layer, 0});
  return fmt::format("{}, {}", title, expert_words(ui.checkpoint->facts(), place));
}

void Exporting::say_busy(UiState& ui, double now_s) {
  add_toast(ui, Notice::Level::warning, "Several exports are still being written: try again in a moment.", now_s);
}

void Exporting::save_screenshot(Result<Image> picture, const RunStatus& status, UiState& ui, double now_s) {
  if (!picture) return add_toast(ui, Notice::Level::error, picture.error().message, now_s);
  const std::string path = (folder_for(status, "screenshots") / screenshot_name(status.step)).string();
  const bool taken = writer_.try_write(
      [path, image = std::make_shared<const Image>(std::move(*picture)), text = picture_text(status)]() -> ExportWriter::Written {
        const Result<void> saved = write_png(path, *image, text);
        if (!saved) return saved.error();
        return std::vector<std::filesystem::path>{path};
      });
  if (!taken) say_busy(ui, now_s);
}

namespace {

// The panel by itself, or why there is none: a figure that cannot be made ends nothing.
Result<std::optional<PanelExport>> draw_by_itself(const PanelSpec& panel, const PanelInput& in, const UiState& ui,
                                                  ImVec2 size, PanelExports::Wish wish) {
  UiState own = ui;
  Commands ignored;
  in.run.insight.begin_frame(nullptr);  // a figure waits for every number it shows
  using Drawn = std::optional<PanelExport>;
  return caught(fmt::format("{}: the figure could not be made", panel.title), [&]() -> Result<Drawn> {
    Drawn drawn = draw_off_screen(panel, in, own, ignored, size, wish);
    if (drawn) drawn->title = title_of_figure(panel, ui);
    return drawn;
  });
}

ImVec2 usual_size(const UiState& ui) { return {kFigureSize.x * ui.scale, kFigureSize.y * ui.scale}; }

// In the theme of the form, with the fonts of the window.
viz::Theme theme_of(const FigureForm& form, const viz::Theme& window) {
  viz::Theme theme = form.light_theme ? viz::light() : viz::dark();
  theme.fonts = window.fonts;
  theme.tap = window.tap;
  return theme;
}

FigurePreview draw_preview(const PanelSpec& panel, const FigureForm& form, const PanelInput& in,
                           const Appearance& appearance, const UiState& ui) {
  const viz::Theme theme = theme_of(form, in.theme);
  const PanelInput themed{.run = in.run,
                          .snapshot = in.snapshot,
                          .status = in.status,
                          .theme = theme,
                          .exports = in.exports,
                          .others = in.others,
                          .scale = in.scale,
                          .now_s = in.now_s};
  const viz::Point asked = panel_size(form, appearance.typefaces());
  auto made = draw_by_itself(panel, themed, ui, {asked.x, asked.y}, {.figure = true, .data = true});
  FigurePreview preview{form, {}, status_for(panel, in, ui), {}};
  if (!made) preview.error = made.error().message;
  else if (!*made) preview.error = fmt::format("{} shows nothing yet.", panel.title);
  else preview.panel = std::move(**made);
  return preview;
}

}  // namespace

void Exporting::export_panel(const PanelExports::Asked& asked, const PanelInput& in, const Appearance& appearance,
                             UiState& ui) {
  const PanelSpec* const panel = find_panel(asked.panel);
  if (!panel) return;
  auto made = draw_by_itself(*panel, in, ui, asked.size.x > 0 ? asked.size : usual_size(ui), asked.wish);
  if (!made) return add_toast(ui, Notice::Level::error, made.error().message, in.now_s);
  const RunStatus status = status_for(*panel, in, ui);
  if (*made)
    if (!writer_.try_write({std::move(**made),
                            status,
                            {appearance.theme(), appearance.typefaces(), ui.scale},
                            folder_for(status, "figures")}))
      say_busy(ui, in.now_s);
}

bool Exporting::serve(FigurePrompt& prompt, const PanelInput& in, const Appearance& appearance, UiState& ui) {
  const PanelSpec* const panel = find_panel(prompt.panel);
  if (!panel) return false;
  if (std::exchange(prompt.is_wanted, false) && prompt.preview && prompt.preview->error.empty()) {
    const FigurePreview& shown = *prompt.preview;
    const ExportWriter::Look look{theme_of(shown.form, in.theme), appearance.typefaces(), ui.scale, shown.form};
    if (!writer_.try_write({shown.panel, shown.status, look, folder_for(shown.status, "figures")}))
      say_busy(ui, in.now_s);
    prompt.panel.clear();
    prompt.preview = nullptr;
    return true;
  }
  const auto form = form_of(prompt);
  if (!form || (prompt.preview && prompt.preview->form == *form)) return false;
  prompt.preview = std::make_shared<const FigurePreview>(draw_preview(*panel, *form, in, appearance, ui));
  return true;
}

bool Exporting::tell(UiState& ui, double now_s) {
  bool told = false;
  for (const ExportWriter::Written& files : writer_.take_done()) {
    std::string message;
    if (files)
      for (const std::filesystem::path& file : *files)
        message += message.empty() ? "Written: " + file.string() : " and " + file.filename().string();
    add_toast(ui, files ? Notice::Level::info : Notice::Level::error, files ? message : files.error().message, now_s);
    told = true;
  }
  return told;
}

}  // namespace switchyard::app
