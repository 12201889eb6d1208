// "How sure is that?", asked in the window: the runs that are compared as the arms of a study (core/study),
// learned with several seeds by a process of its own, `switchyard compare --out DIR`, whose folder is read now and
// then. It yields to this one, ends with it, and goes on when that command is given again, here or in a terminal.
// A sweep over one or two knobs likewise, `switchyard sweep --out DIR`. One that is there already is shown as it
// stands, also while another process is at it.
//
// Thread safety: window thread only; its reader touches files alone.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/library/paced_errand.h"
#include "app/run/ui_state.h"
#include "core/base/result.h"
#include "core/study/study_plan.h"

namespace switchyard::app {

enum class HostedStudy { compare, sweep };

class StudyHost {
 public:
  static constexpr double kEvery_s = 2, kEnding_s = 0.2;
  static constexpr double kSeldom_s = 15;  // one that is not done and that nobody here learns: somebody else may

  // program: what is started, with "compare --out DIR" or "sweep --out DIR" behind it. wake: from the reader's
  // thread when there is news.
  StudyHost(HostedStudy kind, std::filesystem::path program, void (*wake)())
      : kind_(kind), program_(std::move(program)), wake_(wake) {}
  // Asks what runs to end, and does not wait for it.
  ~StudyHost() { cancel(); }
  StudyHost(const StudyHost&) = delete;
  StudyHost& operator=(const StudyHost&) = delete;

  // A new study in a new folder; one that runs is asked to end first, and keeps what it has. usage, failure: why
  // not.
  Result<void> begin(const StudyPlan& plan, const std::filesystem::path& folder);
  // One that is there: shown, and gone on with or learned with more seeds where that is asked for. Nothing is read
  // here: what is wrong with it is in what is shown. One that is at work already goes on.
  void take_up(const StudyAsked& asked);
  // Asks the process to end; it writes what it has, which is read once more.
  void cancel();
  // Once a frame: what it has come to, into `shown`.
  void frame(StudyShown& shown, double now_s);
  // Once a frame, in place of all that: what was asked for of its kind, in a new folder of `studies`. To
  // cancel one that has ended is to put it away.
  void serve(UiState& ui, const std::filesystem::path& studies, double now_s);
  // When frame() has something to do though nobody wakes the window: infinity where there is nothing to wait for.
  double next_s() const;
  // What is shown; empty: nothing.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  Result<void> start(const std::filesystem::path& folder, std::int64_t seeds);
  void turn_to(const std::filesystem::path& folder);
  void put_away();
  bool still_ends(const std::filesystem::path& folder) const;
  void leave_process();
  double next_reading_s(const StudyShown& shown) const;
  void tell_what_is_left(UiState& ui, StudyShown& shown, double now_s);
  void reap();
  std::string why_it_ended() const;  // empty: it is done, or was asked to end
  // What was asked for; nothing: nothing was.
  std::optional<Result<StudyPlan>> take_wish(Comparing& comparing) const;
  // curves: as they were read before, of the same study; kept where no run has ended since.
  static StudyShown read(HostedStudy kind, const std::filesystem::path& folder,
                         std::shared_ptr<const StudyCurves> curves, const std::atomic<bool>& cancel);

  HostedStudy kind_;
  std::filesystem::path program_;
  void (*wake_)();
  std::filesystem::path folder_;  // empty: none was begun
  pid_t process_ = -1;            // -1: none is there
  bool is_cancelled_ = false;     // it was asked to end
  bool is_due_ = false;           // it is to be started when those before it have ended: they hold its runs
  std::string not_started_;       // why
  bool is_remembered_ = false;    // and nobody was told yet how far it is
  int ended_with_ = 0;            // what waitpid() said of the last
  struct Ending {
    pid_t process;
    std::filesystem::path folder;
  };
  std::vector<Ending> before_;  // of studies before this one, which still end
  std::int64_t due_seeds_ = 0;  // in all, of what is due
  int seen_elsewhere_ = 0;      // readings to come that may miss whoever learns it, between two runs
  double next_s_ = 0, seen_s_ = 0;
  PacedErrand<StudyShown> reading_;  // its folder says of which study
};

}  // namespace switchyard::app
