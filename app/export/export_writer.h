// Writes the files of exported panels on a thread of its own, one after another: drawing pixels and packing them
// takes a hundred milliseconds, which no window should stand still for.
//
// Thread safety: the methods belong to one thread; `wake` is called on the writer's.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "app/export/figure.h"

namespace switchyard::app {

class ExportWriter {
 public:
  // How many may wait: write() waits for its turn beyond it, so that memory is bounded.
  static constexpr std::size_t kMostWaiting = 8;

  // What a figure looks like, by value: it must outlast the frame.
  struct Look {
    viz::Theme theme;
    viz::Typefaces typefaces;
    float scale = 1;
  };
  struct Job {
    PanelExport panel;
    RunStatus status;
    Look look;
    std::filesystem::path folder;
  };
  using Written = Result<std::vector<std::filesystem::path>>;

  // wake: called after each export is done; null: nobody waits.
  explicit ExportWriter(void (*wake)() = nullptr);
  // Writes what still waits.
  ~ExportWriter();
  ExportWriter(const ExportWriter&) = delete;
  ExportWriter& operator=(const ExportWriter&) = delete;

  void write(Job job);
  // Those done since the last call, in the order they were asked for.
  std::vector<Written> take_done();
  // The same once everything is written. Errors: write_export's.
  std::vector<Written> finish();

 private:
  void work();

  void (*wake_)();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  std::vector<Written> done_;
  bool busy_ = false, ends_ = false;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace switchyard::app
