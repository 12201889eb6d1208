// Reads the runs of a directory, and works out what a person asks of them (library_view.h), on threads of its own.
// A disk that does not answer keeps nobody waiting: its thread is let go of.
//
// They are read when the table comes into sight, when somebody says that they changed, and while it is in sight
// now and then: often where runs came or went, or some learn; a reading takes no more than its share of the time
// (paced_errand.h).
//
// Thread safety: window thread only. `wake` is called from its threads when there is news.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "app/library/errand.h"
#include "app/library/library_view.h"
#include "app/library/paced_errand.h"
#include "app/library/run_curve.h"
#include "app/library/run_listing.h"

namespace switchyard::app {

class RunLibrary {
 public:
  static constexpr double kEvery_s = 3, kOldest_s = 60;

  explicit RunLibrary(void (*wake)() = nullptr);
  ~RunLibrary();  // waits a moment for what is under way
  RunLibrary(const RunLibrary&) = delete;
  RunLibrary& operator=(const RunLibrary&) = delete;

  // Once a frame, when it is drawn. Clears in_sight and wanted_curves, and reads_again once it is about to. True:
  // there is more to draw.
  bool frame(LibraryView& view, double now_s);
  // When it wants to be called next though nothing happens; infinity: it does not.
  double next_s() const { return next_s_; }

 private:
  struct Reading {
    std::shared_ptr<const ReadRuns> runs;               // null: nothing has changed
    std::unordered_map<std::string, std::size_t> rows;  // by folder
  };
  struct Listed {
    std::shared_ptr<const ReadRuns> of;
    ListingQuery query;
    std::shared_ptr<const RunListing> listing;  // null: `problem`
    std::string problem;
  };
  using Curves = std::vector<std::pair<std::filesystem::path, RunCurve>>;

  // Each takes what has come, which it says, and begins what is missing.
  bool read(LibraryView& view, double now_s);
  bool list(LibraryView& view);
  bool read_curves(LibraryView& view, double now_s);

  void (*wake_)();
  std::shared_ptr<const ReadRuns> runs_;
  std::unordered_map<std::string, std::size_t> rows_;  // by folder
  PacedErrand<Reading> reading_;
  Errand<Listed> listing_;
  PacedErrand<Curves> curves_;
  ListingQuery asked_, answered_;  // being worked out; worked out last
  std::shared_ptr<const ReadRuns> answered_of_;
  std::filesystem::path directory_;                            // being read, or read last
  std::map<std::filesystem::path, std::string> known_curves_;  // as of which last row
  double due_s_ = 0, next_s_ = 0, read_s_ = 0, curves_due_s_ = 0;
};

}  // namespace switchyard::app
