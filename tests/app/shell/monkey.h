// A monkey at the window: keys with any modifiers, text, clicks, drags, the wheel, sizes from a pixel to a wall,
// themes, scales, every action there is, exports, files dropped, over a run that answers and misbehaves
// (monkey_run.h). What the program does in a frame it does too, without a display: take news, draw, send, export.
//
// After each frame: nothing is left on Dear ImGui's stacks, every vertex is a finite place, every command is one
// the trainer takes, and what the window remembers makes sense.
//
// Thread safety: one thread; one monkey at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "app/export/export_writer.h"
#include "app/run/live.h"
#include "app/run/settings_opening.h"
#include "app/run/text_opening.h"
#include "app/run/ui_state.h"
#include "app/ui/fonts.h"
#include "app/ui/panel_exports.h"
#include "app/ui/registry.h"
#include "app/window/auto_writer.h"
#include "tests/app/shell/monkey_run.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"
#include "viz/base/geometry.h"

struct ImGuiContext;

namespace switchyard::test {

class Monkey {
 public:
  explicit Monkey(std::uint64_t seed);
  ~Monkey();
  Monkey(const Monkey&) = delete;
  Monkey& operator=(const Monkey&) = delete;

  // One event and the frames it takes. Returns what is wrong afterwards, empty: nothing.
  std::string event();
  // What it did last, for whoever wants to know after a fault.
  const std::string& doing() const { return doing_; }
  // How often each kind of event came, by name.
  const std::map<std::string, int>& done() const { return done_; }
  std::int64_t frames() const { return frames_; }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  app::PanelInput input();
  void frame(int count = 1);
  void refresh_looks();
  void export_panel(const app::PanelInput& in);
  void check_stacks();
  void check_vertices();
  void check_state();
  void complain(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  viz::Point somewhere();
  void press_key(), type_text(), click(), drag(), turn_wheel(), resize(), run_any_action(), drop_file(), scrub(),
      wait();

  RandomStream random_;
  MonkeyRun run_;
  ImGuiContext* context_;
  app::Live live_{.runs = app::Runs({}, 60)};
  app::UiState ui_;
  app::Registry registry_;
  app::PanelExports exports_;
  app::AutoWriter writer_;
  app::TextOpening texts_;
  app::SettingsOpening opening_;
  app::FontLoader fonts_;
  app::Glyphs glyphs_;
  viz::Theme theme_ = viz::dark();
  float loaded_scale_ = 0;
  TemporaryFolder folder_;
  EnvironmentVariable settings_{"XDG_CONFIG_HOME", folder_.path().string()};  // it saves setups
  EnvironmentVariable home_{"HOME", folder_.path().string()};                 // and looks into folders
  std::vector<std::string> files_;  // to be dropped
  std::vector<std::string> spots_;  // controls seen in the last frame
  std::map<std::string, int> done_;
  std::string doing_ = "nothing yet", wrong_;
  double now_s_ = 100;
  std::int64_t frames_ = 0, exports_written_ = 0;
};

}  // namespace switchyard::test
