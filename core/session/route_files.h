// A run's own routes, step by step, into a folder in the canonical form (core/recordings/README.md) and out of one
// again, for another run to learn with. Layers' ids there are blocks.
//
// Thread safety: an object belongs to the trainer's thread. What cannot be written is told once, and then nothing
// more is written; the run goes on.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/recordings/folder_writer.h"
#include "core/recordings/reader.h"
#include "core/train/interface/step_routes.h"

namespace switchyard {

class RouteRecorder final : public RouteTap {
 public:
  // A new or empty folder. model: what a list of recordings calls it. usage: the folder is not empty.
  static Result<std::unique_ptr<RouteRecorder>> create(const std::filesystem::path& folder,
                                                       std::optional<std::int64_t> vocabulary, std::string model);
  void take(const StepRoutes& routes) override;
  // Everything is on disk; failure: some of it is not, since when.
  Result<void> finish();

 private:
  RouteRecorder(RoutesWriter writer, RecordingHead head) : writer_(std::move(writer)), head_(std::move(head)) {}

  RoutesWriter writer_;
  RecordingHead head_;
  std::optional<Error> trouble_;
  std::int64_t without_ = 0, first_without_ = 0;  // steps that had no routes to record
};

class RecordedRoutes final : public RouteGuide {
 public:
  // usage: it is no such folder.
  static Result<std::unique_ptr<RecordedRoutes>> open(const std::filesystem::path& folder);
  // Steps are asked for in rising order, each as often as one likes.
  Result<const StepRoutes*> routes_of(std::int64_t step) override;

 private:
  RecordedRoutes(std::filesystem::path folder, std::unique_ptr<RecordingReader> reader)
      : folder_(std::move(folder)), reader_(std::move(reader)) {}
  Result<void> take(const RecordedChunk& chunk);

  std::filesystem::path folder_;
  std::unique_ptr<RecordingReader> reader_;
  std::map<std::int64_t, StepRoutes> steps_;  // read, and not behind yet
  std::optional<std::int64_t> first_, last_;  // of what was read
};

}  // namespace switchyard
