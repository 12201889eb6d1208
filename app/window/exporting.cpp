#include "app/window/exporting.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "app/export/offscreen.h"
#include "app/export/png.h"
#include "app/panels/panel_table.h"
#include "app/run/notices.h"
#include "core/base/caught.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

// In the run's folder, or beside the runs where nothing is recorded.
std::filesystem::path folder_for(const RunStatus& status, const char* what) {
  return (status.run_folder.empty() ? default_runs_directory().parent_path() : std::filesystem::path(status.run_folder)) / what;
}

}  // namespace

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

void Exporting::export_panel(const PanelExports::Asked& asked, const PanelInput& in, const Appearance& appearance, UiState& ui) {
  const PanelSpec* const panel = find_panel(asked.panel);
  if (!panel) return;
  UiState own = ui;
  Commands ignored;
  in.run.insight.begin_frame(nullptr);  // a figure waits for every number it shows
  const ImVec2 size = asked.size.x > 0 ? asked.size : ImVec2(kFigureSize.x * ui.scale, kFigureSize.y * ui.scale);
  // A figure that cannot be made is told, and ends nothing.
  using Drawn = std::optional<PanelExport>;
  auto made = caught(fmt::format("{}: the figure could not be made", panel->title),
                     [&]() -> Result<Drawn> { return draw_off_screen(*panel, in, own, ignored, size, asked.wish); });
  if (!made) return add_toast(ui, Notice::Level::error, made.error().message, in.now_s);
  if (Drawn& drawn = *made)
    if (!writer_.try_write({std::move(*drawn), in.status, {appearance.theme(), appearance.typefaces(), ui.scale}, folder_for(in.status, "figures")}))
      say_busy(ui, in.now_s);
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
