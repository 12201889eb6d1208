// Writes the files of exported panels and pictures on a thread of its own, one after another: drawing pixels and packing them
// takes a hundred milliseconds, which no window should stand still for.
//
// Thread safety: the methods belong to one thread; `wake` is called on the writer's.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "app/export/figure.h"

namespace switchyard::app {

class ExportWriter {
 public:
  // How many may wait, so that memory is bounded: beyond it write() waits for its turn, try_write() refuses.
  static constexpr std::size_t kMostWaiting = 8;

  // What a figure looks like, by value: it must outlast the frame.
  struct Look {
    viz::Theme theme;
    viz::Typefaces typefaces;
    float scale = 1;
    FigureForm form{};
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
  // Whatever makes files; on the writer's thread. False, and nothing is done, where too many wait.
  using Work = std::function<Written()>;
  bool try_write(Job job);
  bool try_write(Work work);
  // Those done since the last call, in the order they were asked for.
  std::vector<Written> take_done();
  // The same once everything is written. Errors: write_export's.
  std::vector<Written> finish();

 private:
  void work();

  void (*wake_)();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  std::vector<Written> done_;
  bool busy_ = false, ends_ = false;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace switchyard::app
