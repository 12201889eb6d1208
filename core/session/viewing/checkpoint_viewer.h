// A checkpoint that another program trained (core/checkpoints), read while a window goes on: its heads and routers
// at once, its experts in one pass where somebody asks for it, an expert's singular values on demand. What is
// known so far is told as values that nobody changes any more.
//
// Two threads: one opens and passes, one finds singular values, so that neither waits for the other; both read the
// same open files. Of files that change meanwhile nothing stands. Memory: figures of at most kMostPairs pairs, of
// router rows and of experts (expert_model.h); a piece of a file, sketches of one layer; and what spectrum.h says.
//
// Thread safety: made, asked for singular values and destroyed on one thread; the rest from any.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/checkpoints/layer_figures.h"
#include "core/checkpoints/spectrum.h"

namespace switchyard {

// What its heads tell.
struct CheckpointFacts {
  ExpertModel model;
  std::string router_name, expert_name;  // "model.layers.L.mlp.gate.weight"; of the first layer, empty: none
  std::vector<std::pair<std::string, std::uint64_t>> shards;  // file names without a folder, and bytes
  std::uint64_t bytes = 0, expert_bytes = 0, tensors = 0;
};

// Of an expert, by the place of its layer in the model.
struct ExpertPlace {
  std::size_t layer = 0, expert = 0;
  auto operator<=>(const ExpertPlace&) const = default;
};
using ExpertSpectra = std::array<std::optional<Spectrum>, 3>;  // of gate, up, down, those it has

// Something that is done in the background.
struct CheckpointWork {
  bool runs = false;
  std::uint64_t done = 0, planned = 0;  // bytes
  double seconds = 0;                   // since it began
  std::string why_not;                  // the last one came to nothing: why; empty: it did not, or was cancelled
  bool cancelled = false;               // the last one was
};

struct CheckpointNews {
  std::filesystem::path path;
  std::string why_not;                                        // it cannot be shown
  std::string
      changed;  // files are others by now, and nothing that was read of them stands: which; empty: they are not
  std::shared_ptr<const CheckpointFacts> facts;               // null: not read yet
  std::vector<std::shared_ptr<const RouterFigures>> routers;  // by layer; null: not yet
  std::vector<std::shared_ptr<const ExpertFigures>> experts;  // so
  CheckpointWork routing, pass, decomposing;
  ExpertPlace decomposed;  // what `decomposing` is about
  std::map<ExpertPlace, std::shared_ptr<const ExpertSpectra>> spectra;
};

class CheckpointViewer {
 public:
  static constexpr std::size_t kMostSpectra = 64;  // older ones are let go of

  // path: as WeightFiles::found_at() takes it. wake: from its threads, when there is something new, at most ten
  // times a second and when something ends; null: nobody.
  CheckpointViewer(std::filesystem::path path, void (*wake)());
  // Ends what is under way, and waits for its piece or column.
  ~CheckpointViewer();
  CheckpointViewer(const CheckpointViewer&) = delete;
  CheckpointViewer& operator=(const CheckpointViewer&) = delete;

  // As the destructor, without waiting: once it has ended there is nothing left to wait for.
  void end();
  bool has_ended() const;

  const std::filesystem::path& path() const { return path_; }

  // The newest; the same object until there is something newer.
  std::shared_ptr<const CheckpointNews> news() const;
  // Whether somebody was woken since news() was called last.
  bool has_news() const;
  // Whether what lies at its path is still what is open; false before facts are there.
  bool is_in_place() const;
  // The pass over all experts, or what is left of it. Nothing, while it is under way or before facts are there.
  void read_all();
  void cancel_pass();
  // In the place of what is decomposed now; nothing, where it is known already or under way.
  void decompose(ExpertPlace place);
  void cancel_decomposing();

 private:
  using Clock = std::chrono::steady_clock;
  // Changes what is known; wakes whoever shows it, at once or when it is time again.
  template <class Change>
  void tell(const Change& change, bool at_once);
  bool ends() const;
  void leave();
  void open_and_pass();
  Result<void> open();
  Result<void> read_routers();
  Result<void> pass();
  // Of files that are others by now nothing stands.
  Result<void> check_files();
  void decompose_what_is_asked();
  Result<void> find_spectra(ExpertPlace place);

  const std::filesystem::path path_;
  void (*const wake_)();
  std::optional<WeightFiles> files_;  // written before facts are told, and never again

  mutable std::mutex mutex_;  // of all below
  std::condition_variable asked_;
  CheckpointNews known_;
  mutable std::shared_ptr<const CheckpointNews> told_;  // null: what is known is newer
  mutable bool has_news_ = false;
  Clock::time_point woke_{};
  bool ends_ = false, pass_asked_ = false, pass_cancelled_ = false;
  bool decomposing_cancelled_ = false, decomposes_ = false;
  std::optional<ExpertPlace> to_decompose_;
  int at_work_ = 1;                 // of its threads
  std::vector<ExpertPlace> spectra_;  // whose matrices are all known, the oldest first

  std::thread passing_, decomposing_;  // last: they use all of it
};

}  // namespace switchyard
