// The runs that a window looks at without training them, each read by a Viewer of its own
// (core/session/viewing/viewer.h), or, where another program recorded it, by a RecordingViewer.
//
// Thread safety: window thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/run/live.h"
#include "core/session/viewing/recording_viewer.h"
#include "core/session/viewing/viewer.h"

namespace switchyard::app {

class Viewers {
 public:
  // wake: called from their threads when there is something to receive.
  explicit Viewers(void (*wake)()) : wake_(wake) {}

  // A run of the window that lies in this folder is shown; else it is read, and shown once it begins.
  void open(const std::string& folder, Live& live, UiState& ui, double now_s);
  // The same for a recording of another program's.
  void open(const RecordingWish& wish, Live& live, UiState& ui, double now_s);
  void close(const std::string& run, Live& live, UiState& ui);
  // Asks for the keys of this recording; of one whose form takes none a message.
  void ask_keys(const std::string& run, UiState& ui, double now_s) const;
  // Once a frame. One that learns here by now is let go of.
  void receive(Live& live, UiState& ui, double now_s);
  // Of the recording that is shown the look one pointed at is wished for, and shown once it has come. After a
  // frame too: nobody may draw another until it has.
  void scrub(Live& live, UiState& ui);
  bool has_news() const;

 private:
  struct Viewed {
    std::unique_ptr<Viewer> viewer;  // or
    std::unique_ptr<RecordingViewer> recording;
    std::string run;      // id, once it is known
    bool failed = false;  // said
    std::int64_t wished = -1;  // step whose look was wished for last
    Link& link() const { return recording ? *recording->link() : *viewer->link(); }
  };
  std::uint32_t next_number();

  void (*wake_)();
  std::vector<Viewed> all_;
  std::uint32_t numbers_ = 0;
};

}  // namespace switchyard::app
