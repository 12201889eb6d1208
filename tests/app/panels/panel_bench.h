// One panel on a run, in a headless window: drawn, clicked by label, asked for its table.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/ui/panel_exports.h"
#include "tests/app/panels/library_scene.h"
#include "tests/app/panels/panel_scene.h"

namespace switchyard::app {

// A panel on a run, in a headless window.
struct Bench {
  explicit Bench(std::string_view panel, const scene::Shape& shape = {}, ImVec2 size = {640, 360})
      : run(shape), window(size), id(panel) {
    scene::show_made_runs(ui.library, 8);
  }
  std::function<void()> body() {
    return [this] { scene::draw(id, run.input(exports, scale), ui, out); };
  }
  bool click(const std::string& name) { return window.click(name, body()); }
  bool hover(const std::string& name) { return window.hover(name, body()); }
  void frame() { window.frame(body()); }
  // The sentence in the place of what the panel shows; empty: it shows it.
  const std::string& why_not() const { return exports.facts().why_not; }
  // The table behind it, as somebody would export it now.
  Table table() {
    exports.ask("", {.data = true});
    exports.end_frame();
    frame();
    std::vector<PanelExport> done = exports.end_frame();
    return done.size() == 1 && done[0].table ? std::move(*done[0].table) : Table();
  }
  scene::Scene run;
  scene::Headless window;
  std::string_view id;
  UiState ui;
  Commands out;
  PanelExports exports;
  float scale = 1;
};

}  // namespace switchyard::app
