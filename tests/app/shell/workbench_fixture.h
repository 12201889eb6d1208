// The whole workbench in a window without a screen: find a control by its name, scroll to it, click, drag
// and type as a person would, and look at the commands that came out.
#pragma once

#include <functional>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

#include "app/run/live.h"
#include "app/shell/workbench.h"
#include "app/ui/panel_exports.h"
#include "app/ui/registry.h"
#include "tests/viz/headless_imgui.h"

namespace switchyard::test {

class WorkbenchTest : public viz::testing::HeadlessImGui {
 protected:
  explicit WorkbenchTest(float width = 1280, float height = 720);

  void draw(int frames = 1);
  // A frame whose contents are `body`'s; what it is given lives as long as the program's own.
  void draw_frame(const std::function<void(const app::PanelInput&)>& body);
  // Scrolls the item into view and returns it; fails the test if it is not there.
  app::Registry::Item find(const std::string& name);
  bool has(const std::string& name) const { return registry_.find(name) != nullptr; }

  void click(const std::string& name, int button = 0);
  void ctrl_click(const std::string& name);
  // Presses on a slider at `from`, moves to `to` in `steps` frames, releases. Positions are 0 to 1. Returns
  // where the mouse ended: it stands on whole pixels.
  float drag_slider(const std::string& name, float from, float to, int steps = 8);
  void press_key(viz::Key key, bool ctrl = false, bool shift = false);
  void open(app::Workspace workspace);
  // A click at a place rather than on a control.
  void press(ImVec2 at);
  // Into whatever has the keyboard.
  void type(const std::string& text);

  template <class T>
  std::vector<T> sent() const {
    std::vector<T> found;
    for (const Command& command : commands_)
      if (const T* match = std::get_if<T>(&command)) found.push_back(*match);
    return found;
  }
  // The last configuration sent; fails the test if there is none.
  Config last_config();
  // The trainer has taken up everything that was sent.
  void trainer_catches_up();

  std::counting_semaphore<> tsne_woke_{0};
  // A t-SNE runs until it is stopped; what is worked out has a budget without end.
  app::Live live_{.runs = app::Runs([this] { tsne_woke_.release(); }, 1'000'000)};
  app::UiState ui_;
  app::Commands commands_;
  app::Registry registry_;
  app::PanelExports no_exports_{app::PanelExports::Offers::none};
  app::PanelExports* exports_ = &no_exports_;
  double now_s_ = 100;
  float scale_ = 1;
  viz::Theme theme_ = viz::dark();

 private:
  ImVec2 slider_point(const app::Registry::Item& item, float position) const;
};

}  // namespace switchyard::test
