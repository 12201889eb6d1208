// Settings on their way to become the draft of the knobs: a file's, or what was pasted. The file they learn from
// is looked for and read whole to be told from every other, so each is read on a thread of its own; the window
// goes on meanwhile, and what is turned in it until then stays turned.
//
// Thread safety: window thread only; its reader touches files alone.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "app/library/errand.h"
#include "app/run/edits.h"
#include "app/run/ui_state.h"
#include "core/config/config.h"

namespace switchyard::app {

class SettingsOpening {
 public:
  // wake: called from the reader's thread when it is done.
  explicit SettingsOpening(void (*wake)() = nullptr) : wake_(wake) {}

  // Once a frame: takes ui.wants_settings, and goes on with what is on its way. What they say becomes one edit;
  // what is to be known of it, and why nothing comes of it, a toast.
  void frame(UiState& ui, Commands& out, double now_s);
  bool is_busy() const { return reading_.is_under_way() || !waiting_.empty(); }

 private:
  struct Read {
    Config config{};
    std::string problem{"it could not be read"};  // empty: there is none
    std::vector<std::string> notes{};
  };
  static Read read(const WantedSettings& wanted, const Config& draft);
  void take(UiState& ui, Commands& out, const Read& read, double now_s) const;

  void (*wake_)();
  std::deque<WantedSettings> waiting_;
  WantedSettings wanted_;  // that are read
  Config draft_;           // what the file's settings were read over
  Errand<Read> reading_;
};

}  // namespace switchyard::app
