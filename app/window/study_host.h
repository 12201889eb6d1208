// "How sure is that?", asked in the window: the runs that are compared as the arms of a study (core/study),
// learned with several seeds by a process of its own, `switchyard compare --out DIR`, whose folder is read now and
// then. It yields to this one, ends with it, and goes on when that command is given again.
//
// Thread safety: window thread only; its reader touches files alone.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <future>
#include <string>

#include "app/run/ui_state.h"
#include "core/base/result.h"
#include "core/study/study_plan.h"

namespace switchyard::app {

class StudyHost {
 public:
  static constexpr double kEvery_s = 2, kEnding_s = 0.2;

  // program: what is started, with "compare --out DIR" behind it. wake: from the reader's thread when there is
  // news.
  StudyHost(std::filesystem::path program, void (*wake)()) : program_(std::move(program)), wake_(wake) {}
  ~StudyHost() { cancel(); }
  StudyHost(const StudyHost&) = delete;
  StudyHost& operator=(const StudyHost&) = delete;

  // A new study in a new folder; one that runs ends first, and keeps what it has. usage, failure: why not.
  Result<void> begin(const StudyPlan& plan, const std::filesystem::path& folder);
  // Asks the process to end; what it has learned stays.
  void cancel();
  // Once a frame: what it has come to, into `shown`.
  void frame(StudyShown& shown, double now_s);
  // When frame() has something to do though nobody wakes the window: infinity without a process or a reading.
  double next_s() const;

 private:
  void reap();
  static StudyShown read(const std::filesystem::path& folder);

  std::filesystem::path program_;
  void (*wake_)();
  std::filesystem::path folder_;  // empty: none was begun
  pid_t process_ = -1;            // -1: none runs
  int ended_with_ = 0;            // exit code of the last
  double next_s_ = 0, seen_s_ = 0;
  std::future<StudyShown> reading_;
};

}  // namespace switchyard::app
