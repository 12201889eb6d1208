#include "app/run_figures.h"

#include <imgui.h>

#include <memory>

#include "app/figure.h"
#include "app/fonts.h"
#include "app/insight_cache.h"
#include "app/panels/panel_table.h"
#include "app/panels/point_text.h"
#include "viz/compat.h"

namespace switchyard::app {
namespace {

// For scale 1. Wide enough for four plots side by side, as in a window.
const ImVec2 kSize{760, 430};
// The screen library needs a frame or two to size what appeared; then one for the wish and one for the panel.
constexpr int kFrames = 5, kAskIn = 3;

struct ContextDelete {
  void operator()(ImGuiContext* context) const { ImGui::DestroyContext(context); }
};

Glyphs glyphs_of(const FinishedRun& run) {
  Glyphs glyphs;
  glyphs.add(run.status.corpus_name);
  glyphs.add(run.prompt);
  if (run.snapshot && run.snapshot->tokens)
    for (const std::string& token : run.snapshot->tokens->text) glyphs.add(token);
  for (const GeneratedToken& token : run.generated) glyphs.add(token.text);
  return glyphs;
}

void draw_frame(const PanelSpec& panel, const PanelInput& in, UiState& ui, Commands& out) {
  ImGui::NewFrame();
  ui.hover.begin_frame();
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(kSize);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(12, 9));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0f);
  ImGui::Begin(panel.id.data(), nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoSavedSettings);
  ImGui::PopStyleVar(2);
  panel.draw(in, ui, out);
  ImGui::End();
  ImGui::Render();
}

}  // namespace

Result<std::vector<std::filesystem::path>> draw_run_figures(const FinishedRun& run, bool light_theme,
                                                            const std::filesystem::path& folder) {
  const std::unique_ptr<ImGuiContext, ContextDelete> context(ImGui::CreateContext());
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.DisplaySize = kSize;
  io.DeltaTime = 1.0f / 60;
  viz::prepare_without_renderer();
  viz::feed_mouse_position(-1e4f, -1e4f);

  PanelExports exports;
  FontLoader fonts;
  viz::Theme theme = light_theme ? viz::light() : viz::dark();
  theme.fonts = fonts.build(glyphs_of(run), 1);
  theme.tap = exports.tap();
  viz::apply_style(theme, 1);
  InsightCache insight;
  const PanelInput in{run.history, run.snapshot, run.status, theme, 1, 0, &exports, &insight};
  UiState ui;
  ui.prompt = ui.generated_from = run.prompt;
  ui.generated = run.generated;
  ui.inspecting.token = 0;  // the panel of one token has to show some
  Commands ignored;

  std::vector<std::filesystem::path> files;
  for (const PanelSpec& panel : panel_table()) {
    if (!suits(panel, learns_points(run.status))) continue;
    for (int frame = 0; frame < kFrames; ++frame) {
      if (frame == kAskIn) exports.ask({}, {.figure = true, .data = true});
      draw_frame(panel, in, ui, ignored);
      for (const PanelExport& handed : exports.end_frame()) {
        if (handed.table && handed.table->empty()) continue;  // it has nothing to show of this run
        const auto written = write_export(handed, run.status, {theme, fonts.typefaces(), 1}, folder);
        if (!written) return written.error();
        files.insert(files.end(), written->begin(), written->end());
      }
    }
  }
  return files;
}

}  // namespace switchyard::app
