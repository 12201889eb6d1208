// A run's own routes, step by step, into a folder in the canonical form (core/recordings/README.md) and out of one
// again, for another run to learn with. Layers' ids there are blocks.
//
// Thread safety: an object belongs to the trainer's thread. What cannot be written is told once, and then nothing
// more is written; the run goes on.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/recordings/folder_writer.h"
#include "core/recordings/reader.h"
#include "core/train/interface/step_routes.h"

namespace switchyard {

class RouteRecorder final : public RouteTap {
 public:
  // A new or empty folder. model: what a list of recordings calls it. usage: the folder is not empty.
  // What was told is on the disk this many seconds later, with the next step: a kill costs no more, and a full
  // disk shows then.
  static constexpr double kHeld_s = 10;
  static Result<std::unique_ptr<RouteRecorder>> create(const std::filesystem::path& folder,
                                                       std::optional<std::int64_t> vocabulary, std::string model,
                                                       double held_s = kHeld_s);
  void take(const StepRoutes& routes) override;
  // Everything is on disk; failure: some of it is not, since when.
  Result<void> finish();
  // What a person should know by now, each once: what cannot be written, steps that had no routes to record.
  struct News {
    std::string message;
    bool ends = false;  // nothing more is written
  };
  std::vector<News> take_news() { return std::exchange(news_, {}); }
  std::int64_t steps() const { return steps_; }
  std::uint64_t bytes() const {
    return bytes_;
  }  // what they take on the disk, about; the last seconds of it wait in memory

 private:
  RouteRecorder(RoutesWriter writer, RecordingHead head, double held_s)
      : writer_(std::move(writer)), head_(std::move(head)), held_s_(held_s) {}
  void lose(std::string why);

  RoutesWriter writer_;
  RecordingHead head_;
  double held_s_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
  std::optional<Error> trouble_;
  std::int64_t without_ = 0, first_without_ = 0;  // steps that had no routes to record
  std::int64_t steps_ = 0, first_held_ = 0;       // of those that are not on the disk yet
  std::uint64_t bytes_ = 0;
  std::vector<News> news_;
};

class RecordedRoutes final : public RouteGuide {
 public:
  // usage: it is no such folder.
  static Result<std::unique_ptr<RecordedRoutes>> open(const std::filesystem::path& folder);
  // Steps are asked for in rising order, each as often as one likes.
  Result<const StepRoutes*> routes_of(std::int64_t step) override;
  // The last call found none: they have ended before that step.
  bool have_ended() const { return ended_; }
  // The last call failed.
  bool has_failed() const { return failed_; }

 private:
  RecordedRoutes(std::filesystem::path folder, std::unique_ptr<RecordingReader> reader)
      : folder_(std::move(folder)), reader_(std::move(reader)) {}
  Result<void> take(const RecordedChunk& chunk);
  Result<const StepRoutes*> find(std::int64_t step);

  std::filesystem::path folder_;
  std::unique_ptr<RecordingReader> reader_;
  std::map<std::int64_t, StepRoutes> steps_;  // read, and not behind yet
  std::optional<std::int64_t> first_, last_;  // of what was read
  bool ended_ = false, failed_ = false;
};

}  // namespace switchyard
