// Keeps a run: checkpoints by itself at intervals and at the best validation, and on demand. The state is copied on the
// thread that trains, into one buffer that is used again; a thread of its own writes it, so that training stalls for the
// copy alone. At most one write is under way; what is due meanwhile waits for the next step.
//
// Keeping only informs: what goes wrong with it ends nothing and is said once. What is kept on demand is written before
// the call returns, or is an error.
//
// Thread safety: one thread, the trainer's.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/record/checkpoint/checkpoint.h"

namespace switchyard {

class Keeper {
 public:
  // Copies the run as it is at the end of a step into a checkpoint, and says where its folder is.
  using Fill = std::function<Result<std::filesystem::path>(Checkpoint& into)>;
  struct Options {
    std::function<double()> now_s = {};  // a clock that only goes on; empty: the system's
  };
  Keeper(Fill fill, Options options);
  explicit Keeper(Fill fill) : Keeper(std::move(fill), Options{}) {}
  // Waits for the write under way.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // Another model from here on: its best validation is yet to come.
  void begin(double best_val_loss = kMissing);
  // The end of a step: keeps it where something is due and nothing is under way. A young run changes fastest: it is kept
  // after 5, 10, 20, 40 seconds, and so on, until its interval is shorter than that.
  static constexpr double kYoungest_s = 5;
  void after_step(const StepRecord& record, const Config& config);
  // Keeps the step of now, whatever is due. pin: not thinned while it is among the last kPins pinned so. failure: it is not
  // kept. `config` says how much all may take.
  Result<CheckpointHeader> keep(const Config& config, std::string name, std::string why, bool pin);
  // Waits for the write under way; from here on to the next after_step() nobody writes.
  void finish_write();
  // What undo may go back to: so many checkpoints are pinned by the program.
  static constexpr std::size_t kPins = 20;

  // What a person should know, each once: that keeping fails, that it works again, that what must stay is too much.
  std::vector<std::string> take_news();
  // Bytes of this run's checkpoints, as of its last write; 0 of a run that another has followed, or that is not
  // kept yet.
  std::uint64_t kept_bytes(const std::string& run);

 private:
  struct Work {
    std::filesystem::path run_folder;
    std::uint64_t budget_bytes = 0, total_bytes = 0;
    std::string run;
    std::vector<std::int64_t> pinned;
  };
  struct Pin {
    std::filesystem::path run_folder;
    std::int64_t step = 0;
  };

  Result<Work> copy(const Config& config, std::string name, std::string why);
  struct Written {
    Result<CheckpointHeader> checkpoint = failure("the checkpoint was not written");
    std::string run;
    std::uint64_t kept_bytes = 0;
    std::string warning;
    double cpu_s = 0;
  };
  Written write(const Work& work);
  static std::string thin_all_runs(const Work& work);
  // Takes what a write came to; under the lock.
  void note(const Written& written);
  void run();
  void wait_for_write(std::unique_lock<std::mutex>& lock);

  Fill fill_;
  Options options_;
  double began_s_ = 0, last_s_ = 0, last_best_s_ = 0, best_ = kMissing;
  std::vector<Pin> pins_;
  Checkpoint buffer_;  // of whoever has the work: this thread while there is none

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Work> work_;
  bool ends_ = false, failing_ = false;
  double last_write_cpu_s_ = 0;
  std::string kept_run_;
  std::uint64_t kept_bytes_ = 0;  // of kept_run_
  int writes_ = 0;
  std::string last_warning_;
  std::vector<std::string> news_;
  std::thread thread_;  // from the first write by itself on
};

}  // namespace switchyard
