#include "app/export/offscreen.h"

#include <algorithm>
#include <cmath>

#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

// The screen library needs two frames to size what appeared, and one after each change of height.
constexpr int kFirstFrames = 2, kMostFrames = 12;

// A context of its own that shares the fonts of the current one, and is the current one while alive.
class OwnContext {
 public:
  OwnContext(const viz::Theme& theme, float scale) : before_(ImGui::GetCurrentContext()) {
    own_ = ImGui::CreateContext(ImGui::GetIO().Fonts);
    ImGui::SetCurrentContext(own_);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = io.LogFilename = nullptr;
    io.DeltaTime = 1.0f / 60;
    viz::prepare_without_renderer();
    viz::feed_mouse_position(-1e4f, -1e4f);
    viz::apply_style(theme, scale);
  }
  ~OwnContext() {
    ImGui::DestroyContext(own_);
    ImGui::SetCurrentContext(before_);
  }
  OwnContext(const OwnContext&) = delete;
  OwnContext& operator=(const OwnContext&) = delete;

 private:
  ImGuiContext* before_;
  ImGuiContext* own_;
};

class OffScreen {
 public:
  explicit OffScreen(PanelExports& exports) : exports_(exports) { exports_.set_off_screen(true); }
  ~OffScreen() { exports_.set_off_screen(false); }
  OffScreen(const OffScreen&) = delete;
  OffScreen& operator=(const OffScreen&) = delete;

 private:
  PanelExports& exports_;
};

void draw_frame(const PanelSpec& panel, const PanelInput& in, UiState& ui, Commands& out, ImVec2 size) {
  ImGui::GetIO().DisplaySize = size;
  ImGui::NewFrame();
  ui.hover = {};
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(size);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(12 * in.scale, 9 * in.scale));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0f);
  ImGui::Begin(panel.id.data(), nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoSavedSettings);
  ImGui::PopStyleVar(2);
  draw_panel(panel, in, ui, out);
  ImGui::End();
  ImGui::Render();
}

}  // namespace

std::optional<PanelExport> draw_off_screen(const PanelSpec& panel, const PanelInput& in, UiState& ui,
                                           Commands& out, ImVec2 size, PanelExports::Wish wish) {
  const OffScreen off(in.exports);
  const OwnContext context(in.theme, in.scale);
  const float highest = std::max(size.y, kHighestFigure * in.scale),
              lowest = std::min(size.y, kLowestFigure * in.scale);
  for (int frame = 1; frame <= kMostFrames; ++frame) {
    draw_frame(panel, in, ui, out, size);
    const float hidden = in.exports.facts().hidden;
    const float needed = std::clamp(size.y + hidden, lowest, highest);
    if (frame >= kFirstFrames && std::abs(needed - size.y) < 1) break;
    if (frame > 1) size.y = std::ceil(needed);
  }
  in.exports.ask(panel.id, wish);
  in.exports.end_frame();  // what was asked for before a frame is due in it
  draw_frame(panel, in, ui, out, size);
  std::vector<PanelExport> done = in.exports.end_frame();
  if (done.empty()) return std::nullopt;
  return std::move(done.front());
}

}  // namespace switchyard::app
