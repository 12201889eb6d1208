// Texts and points on their way to be learned: each is read first, on a thread of its own; what is UTF-8 is
// opened, of anything else a converted copy is offered (app/files/text_offer.h). Points that are none are told,
// and nothing of the run that learns is touched.
//
// Thread safety: window thread only; its reader touches files alone.
#pragma once

#include <deque>
#include <filesystem>
#include <future>
#include <optional>
#include <string>

#include "app/run/edits.h"
#include "app/run/live.h"
#include "app/run/ui_state.h"
#include "core/base/result.h"

namespace switchyard::app {

class TextOpening {
 public:
  // wake: called from the reader's thread when it is done.
  explicit TextOpening(void (*wake)() = nullptr) : wake_(wake) {}

  // Once a frame: takes ui.wants_text, and goes on with what is on its way.
  void frame(UiState& ui, Commands& out, double now_s);
  bool is_busy() const { return reading_.valid() || converting_.valid(); }

 private:
  struct FileRead {
    std::optional<TextOffer> offer{};
    std::optional<PointsShape> points{};
  };
  using Examined = Result<FileRead>;
  using Converted = Result<std::filesystem::path>;

  static Examined examine(const std::string& path);

  void (*wake_)();
  std::deque<std::string> waiting_;
  std::string path_;  // that is read
  // Of which that is a copy: the next choice begins beside it. Empty: of none.
  std::filesystem::path original_;
  std::future<Examined> reading_;
  std::future<Converted> converting_;
};

}  // namespace switchyard::app
