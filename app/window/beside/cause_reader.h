// Answers that lie in the folder of the run that is shown, read back on a thread of their own: once a run is
// shown, the newest to each question; later whichever is chosen in its panel. What was found out here meanwhile
// stays.
//
// Thread safety: window thread only; its reader touches files alone.
#pragma once

#include <array>
#include <cstddef>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/run/live.h"
#include "app/run/panel.h"

namespace switchyard::app {

class CauseReader {
 public:
  // wake: called from the reader's thread when it is done.
  explicit CauseReader(void (*wake)()) : wake_(wake) {}

  // Once a frame. True: the panels have something else to show by now.
  bool serve(const PanelInput& in, Live& live, UiState& ui);

 private:
  struct Read {
    std::string run, folder;
    bool asked = false;  // for one that was chosen, which takes the place of what is shown
    KeptAnswers kept{};
    CauseReports reports{};
    std::array<std::string, kCauses>
        problems{};  // why the newest could not be read; empty: it could, or is not there
  };
  void begin(const PanelInput& in, UiState& ui);
  bool take(Live& live, UiState& ui);

  void (*wake_)();
  std::set<std::string> read_;  // folders whose newest were read, or are
  std::future<Read> reading_;   // last: its thread ends before what it uses does
};

}  // namespace switchyard::app
