// What the runs of a window are called, and which preset they began from: read from the folder of each, its name
// again now and then, for another window may give it one; and written into the folders of those that learn here,
// on a thread of its own (core/record/folder/run_note.h). What cannot be written is let be: the window goes by
// what it holds.
//
// Thread safety: window thread only; its threads touch files alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/setups/presets.h"
#include "app/library/paced_errand.h"
#include "app/run/live.h"
#include "core/record/folder/run_note.h"

namespace switchyard::app {

class RunNotes {
 public:
  explicit RunNotes(void (*wake)()) : wake_(wake) {}

  // Once a frame, behind the news of it.
  void frame(Live& live, UiState& ui, double now_s);
  // Nothing learns here any more: what is not written yet is, here and now.
  void end(Live& live, UiState& ui);
  // When another window's names are looked for, and what the look before found is taken, though nothing happens here;
  // infinity: no run has a folder.
  double next_s() const;

 private:
  static constexpr double kAgain_s = 2;  // a folder may be made with the first step
  static constexpr double kLookAgain_s = 4;
  struct Job {
    std::string id, folder;
    std::optional<RunNote> written{};  // to be written; nothing: to be read
    std::vector<Preset> own{};
    bool is_ours = false;  // it learns here: its folder may be made yet
    bool is_again = false;    // it was read before: its name alone
    bool keeps_name = false;  // to be written, but for the name, which nobody gave here
    bool is_done = false;  // the folder is of this run
    RunNote read{};        // what the folder has then
  };
  // What the knobs are held against, and what the run that learns says of itself, are one.
  static void settle(Live& live, UiState& ui);
  static std::vector<Job> work(std::vector<Job> jobs);
  // again: those that were read before too. end: nothing more is read of runs that are only looked at.
  enum class When { now, again, end };
  std::vector<Job> jobs(Live& live, UiState& ui, When when) const;
  // Whether the folder of one has another name now.
  bool take(std::vector<Job> done, Live& live, double now_s);
  // Somebody named a run of the window, whoever records it.
  void name_runs(Live& live, UiState& ui);

  void (*wake_)();
  PacedErrand<std::vector<Job>> errand_;
  double next_s_ = 0, again_s_ = 0;
  bool looks_ = false;                        // there are folders to look into
  std::map<std::string, std::string> named_;  // by run: the name in its folder, when that was read or written last
  std::map<std::string, RunNote> kept_;  // by run: what its folder has, or refused
};

}  // namespace switchyard::app
