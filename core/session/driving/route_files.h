// A run's own routes, step by step, into a folder in the canonical form (core/recordings/README.md) and out of one
// again, for another run to learn with. Layers' ids there are blocks.
//
// Thread safety: an object belongs to the trainer's thread. What cannot be written is told, kept in memory and
// tried again, up to kMostWaiting; where that is not enough, or the folder was removed or replaced, the recording
// ends. The run goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/recordings/folder_writer.h"
#include "core/recordings/manifest.h"
#include "core/train/interface/step_routes.h"

namespace switchyard {

class RouteRecorder final : public RouteTap {
 public:
  // A new or empty folder, which from here on is this one's; where nothing comes to be recorded it is left as it
  // was. model: what a list of recordings calls it. usage: the folder is not empty.
  // What was told is on the disk held_s seconds later, with the next step: a kill costs no more, and a full disk
  // shows then.
  static constexpr double kHeld_s = 10;
  static Result<std::unique_ptr<RouteRecorder>> create(const std::filesystem::path& folder,
                                                       std::optional<std::int64_t> vocabulary, std::string model,
                                                       double held_s = kHeld_s);
  // Never throws.
  void take(const StepRoutes& routes) override;
  // Everything is on disk; failure: some of it is not, since when. Never throws.
  Result<void> finish();
  // What a person should know by now, each once: what cannot be written, steps that had no routes to record.
  struct News {
    std::string message;
    bool trouble = true;
  };
  std::vector<News> take_news() { return std::exchange(news_, {}); }
  bool has_ended() const { return trouble_.has_value(); }  // nothing more is recorded; the news say why
  std::int64_t steps() const { return steps_; }            // recorded
  // Of them on disk, where somebody finds them; the last seconds of it wait in memory.
  std::int64_t written_steps() const { return writer_.in_place() ? writer_.steps() : 0; }
  // What they take on the disk, about.
  std::uint64_t bytes() const { return bytes_; }

  static constexpr std::uint64_t kMostWaiting =
      RoutesWriter::kMostGathered;  // bytes that found no room on the disk

 private:
  RouteRecorder(RoutesWriter writer, RecordingHead head, double held_s)
      : writer_(std::move(writer)), head_(std::move(head)), held_s_(held_s) {}
  Result<void> add(const StepRoutes& routes);
  void end(std::string why);
  std::string from_text() const;

  RoutesWriter writer_;
  RecordingHead head_;
  double held_s_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
  std::optional<Error> trouble_;                  // nothing more is recorded
  std::int64_t waits_from_ = 0;                   // told that steps from here on are not on disk; 0: all well
  std::int64_t without_ = 0, first_without_ = 0;  // steps that had no routes to record
  std::int64_t steps_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<News> news_;
};

class RecordedRoutes final : public RouteGuide {
 public:
  // usage: it is no such folder.
  static Result<std::unique_ptr<RecordedRoutes>> open(const std::filesystem::path& folder);
  // Steps are asked for in rising order, each as often as one likes. Chunks before are not read. Never throws.
  Result<const StepRoutes*> routes_of(std::int64_t step) override;
  // The last call found none: they have ended before that step.
  bool have_ended() const { return ended_; }
  // The last call failed: there may be routes of that step, but they cannot be had.
  bool has_failed() const { return failed_; }

 private:
  RecordedRoutes(std::filesystem::path folder, ManifestReader manifest)
      : folder_(std::move(folder)), manifest_(std::move(manifest)) {}
  Result<void> take(const RecordedChunk& chunk, std::int64_t from);
  Result<const StepRoutes*> find(std::int64_t step);
  // What is to be read from this step on, by the manifest as it is.
  void list(std::int64_t step);
  // Reads what may have it. Chunks that cannot be read are noted.
  Result<void> read_up_to(std::int64_t step);
  Error none_of(std::int64_t step);

  std::filesystem::path folder_;
  ManifestReader manifest_;
  std::int64_t restarts_ = 0, went_back_ = 0;  // of the manifest, when it was listed
  std::deque<ChunkNote> waiting_;              // by their first step
  std::set<std::string> read_;                 // files
  std::map<std::int64_t, StepRoutes> steps_;   // read, and not behind yet
  struct Unreadable {
    std::int64_t first = 0, last = 0;
    std::string why;
  };
  std::vector<Unreadable> unreadable_;
  bool grew_ = false;  // since it was opened
  bool ended_ = false, failed_ = false;
};

}  // namespace switchyard
