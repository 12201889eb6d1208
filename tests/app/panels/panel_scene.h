// A made-up run for tests and benchmarks of the panels: history, snapshot and status of any shape, the same
// at every call; and Dear ImGui without a window.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/run/panel.h"
#include "app/ui/registry.h"

namespace switchyard::app::scene {

struct Shape {
  std::size_t layers = 4, experts = 8, top_k = 2;
  std::int64_t steps = 50;
  std::size_t passages = 8, passage_tokens = 128;
  bool events = true;
  std::size_t classes = 0, dims = 2;  // classes > 0: points instead of a text
  std::size_t ranks = 3;              // processes that train it; 0: one; without layers nothing is shared out
};

// One step of a run that learns; expert e of every layer has the share (e + 1) of 1 + 2 + ... + N.
StepRecord record(const Shape& shape, std::int64_t step);
// Points of shape.classes: point i is of class i mod C, every eleventh is taken for the next one; the map's left half
// goes to expert 0, its lower half to class 0.
// Token t goes first to expert t mod N with weight 0.75; domain (t / 64) mod 5, one domain a passage of 64.
Snapshot snapshot(const Shape& shape);

// A look that its owner keeps for long enough.
inline std::shared_ptr<const Snapshot> borrowed(const Snapshot& look) { return {std::shared_ptr<void>(), &look}; }

struct Scene {
  explicit Scene(const Shape& shape);
  // Exports, where somebody wants some, are theirs.
  PanelInput input(float scale = 1) const { return input(no_exports, scale); }
  PanelInput input(PanelExports& exports, float scale = 1) const;

  RunView view;
  Snapshot seen;
  bool has_snapshot = true;
  RunStatus status;
  viz::Theme theme;
  mutable PanelExports no_exports{PanelExports::Offers::none};
};
// A run before its first step, in the given state.
Scene empty_scene(RunState state);

// The panel of this id.
void draw(std::string_view id, const PanelInput& in, UiState& ui, Commands& out);

// An ImGui context of its own, without a back end; frames are built and thrown away.
class Headless {
 public:
  explicit Headless(ImVec2 size = {640, 360});
  ~Headless();
  Headless(const Headless&) = delete;
  Headless& operator=(const Headless&) = delete;

  // Draws one frame: `body` runs inside a child window of the size given, as a panel does.
  void frame(const std::function<void()>& body);
  void move(ImVec2 to);
  // Presses and releases the left button over a registered control, frame by frame. False: it is not there.
  bool click(const std::string& name, const std::function<void()>& body);
  bool hover(const std::string& name, const std::function<void()>& body);
  Registry registry;
  ImVec2 size;

 private:
  ImGuiContext* context_;
};

}  // namespace switchyard::app::scene
