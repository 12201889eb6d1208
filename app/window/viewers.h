// The runs that a window looks at without training them, each read by a Viewer of its own (core/session/viewer.h).
//
// Thread safety: window thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/run/live.h"
#include "core/session/viewer.h"

namespace switchyard::app {

class Viewers {
 public:
  // wake: called from their threads when there is something to receive.
  explicit Viewers(void (*wake)()) : wake_(wake) {}

  // A run of the window that lies in this folder is shown; else it is read, and shown once it begins.
  void open(const std::string& folder, Live& live, UiState& ui, double now_s);
  void close(const std::string& run, Live& live, UiState& ui);
  // Once a frame. One that learns here by now is let go of.
  void receive(Live& live, UiState& ui, double now_s);
  bool has_news() const;

 private:
  struct Viewed {
    std::unique_ptr<Viewer> viewer;
    std::string run;      // id, once it is known
    bool failed = false;  // said
  };

  void (*wake_)();
  std::vector<Viewed> all_;
  std::uint32_t numbers_ = 0;
};

}  // namespace switchyard::app
