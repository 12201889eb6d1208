// What leaves the window as files: its picture, a panel's figure and data. Written on a thread of their own; a toast says
// what became of each.
//
// Thread safety: window thread only.
#pragma once

#include <filesystem>
#include <string>

#include "app/export/export_writer.h"
#include "app/export/screenshot.h"
#include "app/panels/panel_table.h"
#include "app/run/panel.h"
#include "app/window/appearance.h"

namespace switchyard::app {

// A panel's, and whose figures they are where the panel does not say it: a file is named by it.
std::string title_of_figure(const PanelSpec& panel, const UiState& ui);

class Exporting {
 public:
  // wake: called from the writer's thread when one is done.
  explicit Exporting(void (*wake)()) : writer_(wake) {}

  void save_screenshot(Result<Image> picture, const RunStatus& status, UiState& ui, double now_s);
  // Draws the panel again by itself, where it is as high as its content needs, and has that written.
  void export_panel(const PanelExports::Asked& asked, const PanelInput& in, const Appearance& appearance, UiState& ui);
  // Once a frame: what the dialog of a figure for a page shows, drawn where it changed, and written once it is
  // wanted. True where it is another than before.
  bool serve(FigurePrompt& prompt, const PanelInput& in, const Appearance& appearance, UiState& ui);
  // Says what is done; true where something is.
  bool tell(UiState& ui, double now_s);
  // Waits for those under way.
  std::vector<ExportWriter::Written> finish() { return writer_.finish(); }

 private:
  void say_busy(UiState& ui, double now_s);

  ExportWriter writer_;
};

}  // namespace switchyard::app
