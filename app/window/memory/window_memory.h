// A window's hold on what it leaves for the next one (window_state.h): what earlier ones left, and what is added
// while it runs and at its end. A folder that runs are recorded in is written down as the run begins, and what is
// opened as it is, on a thread of its own, so that they are offered after a kill too.
//
// Thread safety: window thread only.
#pragma once

#include <filesystem>
#include <future>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/run/live.h"
#include "app/window/memory/window_state.h"

namespace switchyard::app {

class WindowMemory {
 public:
  // Not `remembers`: nothing was left, and nothing is.
  explicit WindowMemory(bool remembers)
      : remembers_(remembers), left_(remembers ? read_window_state() : WindowState{}), used_(left_.used) {}

  // Where runs were recorded, beside the usual directory.
  const std::vector<std::filesystem::path>& folders() const { return left_.folders; }
  const UsedPaths& used() const { return used_; }
  // The study and the sweep that were shown last; empty: none.
  const std::filesystem::path& study() const { return left_.study; }
  const std::filesystem::path& sweep() const { return left_.sweep; }
  // What was chosen in runs, for those that come back.
  void give(Runs& runs) const;

  // RunStatus::run_folder of now, of each run that learns here. Cheap for one that was told before.
  void recorded_in(const std::string& run_folder);
  // What was opened last, as of now. Cheap while it stays the same.
  void opened(const UsedPaths& used);
  // What is shown of several seeds, as of now. Cheap while it stays the same.
  void shows_studies(const std::filesystem::path& study, const std::filesystem::path& sweep);
  // These were not there any more.
  void are_gone(std::vector<std::filesystem::path> folders) { gone_ = std::move(folders); }
  // The window ends: what is chosen in its runs.
  void end(const Live& live, const UiState& ui);

 private:
  void write();
  WindowNews news() const;

  bool remembers_;
  WindowState left_;
  std::set<std::string> told_;                             // folders
  UsedPaths used_;
  std::optional<std::filesystem::path> study_, sweep_;
  std::vector<std::filesystem::path> recorded_in_, gone_;  // the newest first
  std::future<void> writing_;
};

}  // namespace switchyard::app
