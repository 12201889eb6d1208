// Loads the engine library (model, measure, train: everything that needs torch) at run time, so that a
// window is up before LibTorch's few hundred libraries are. Sets the BLAS kernel first: OpenBLAS takes
// some newer CPUs for very old ones, and a torch and a BLAS with separate thread pools fight.
//
// Thread safety: prepare_process() before any other thread exists; load_engine() from any one thread,
// repeated calls return the same engine.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/train/interface/ranks.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

// What the engine library exports, by plain values only.
struct Engine {
  virtual ~Engine() = default;
  // Builds a model. usage: the config is invalid or its corpus unreadable.
  virtual Result<std::unique_ptr<Trainer>> create(const Config& config) = 0;
  // The same, on the names of the outputs (DataInfo) instead of data: for weights that are loaded, never trained.
  virtual Result<std::unique_ptr<Trainer>> create_for_weights(const Config& config,
                                                              const std::vector<std::string>& outputs) = 0;
  // A trainer that goes on from a state, as Trainer::restore says; no weight is drawn.
  virtual Result<std::unique_ptr<Trainer>> create(const TrainerState& state) = 0;
  virtual EngineInfo info() const = 0;

  // Joins the processes that train one model, which blocks until all are there. From then on rank 0 creates
  // trainers as before, which all of them train, and the others follow() it until it leaves. usage, failure: see
  // RankCrew::gather.
  virtual Result<void> join(const RankPlace& place, const RankTerms& terms) = 0;
  // Not rank 0. The exit code that rank 0 leaves with; failure: a rank is lost.
  virtual Result<int> follow() = 0;
  // Rank 0: whether they do what one process does. See self_check().
  virtual Result<void> self_check(const std::function<bool(const CheckedRow&)>& told) = 0;
  // Rank 0, after its last trainer is gone. Nothing without ranks.
  virtual void leave(int code) = 0;
};

// Chooses the BLAS kernel from CPUID (a user's own OPENBLAS_CORETYPE wins). Main thread, first thing.
void prepare_process();

// Where a BLAS built on OpenMP may lie, so that torch and it share one pool of threads.
std::span<const char* const> openmp_blas_paths();

// failure: the library is missing or does not load; the message says where it was looked for.
Result<Engine*> load_engine();

}  // namespace switchyard
