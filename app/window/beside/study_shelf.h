// The studies and sweeps that are there, listed for the dialog that offers them: read on a thread of its own,
// again now and then while it is open.
//
// Thread safety: window thread only; its reader touches files alone.
#pragma once

#include <filesystem>
#include <vector>

#include "app/library/paced_errand.h"
#include "app/run/ui_state.h"
#include "core/study/study_list.h"

namespace switchyard::app {

class StudyShelf {
 public:
  static constexpr double kEvery_s = 3;

  explicit StudyShelf(void (*wake)()) : wake_(wake) {}
  // Once a frame. True: there is news in the prompt.
  bool serve(StudiesPrompt& prompt, const std::filesystem::path& studies, double now_s);
  // When serve() has something to do though nobody wakes the window.
  double next_s() const;

 private:
  void (*wake_)();
  bool is_open_ = false;
  double next_s_ = 0;
  PacedErrand<std::vector<ListedStudy>> reading_;
};

}  // namespace switchyard::app
