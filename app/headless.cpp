#include "app/headless.h"

#include <fmt/format.h>
#include <signal.h>

#include <csignal>

#include "app/progress.h"
#include "core/config/cost.h"
#include "core/config/knobs.h"
#include "core/record/run_folder.h"
#include "core/session/driver.h"

namespace switchyard::app {
namespace {

volatile std::sig_atomic_t interrupts = 0;

// The first Ctrl-C ends the run after the slice of work at hand; a second one ends the program at once.
class InterruptGuard {
 public:
  InterruptGuard() {
    interrupts = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupts = 1; };
    action.sa_flags = SA_RESETHAND;
    sigaction(SIGINT, &action, &old_int_);
    sigaction(SIGTERM, &action, &old_term_);
  }
  ~InterruptGuard() {
    sigaction(SIGINT, &old_int_, nullptr);
    sigaction(SIGTERM, &old_term_, nullptr);
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction old_int_ {
  }, old_term_{};
};

void introduce(const Trainer& trainer, const std::filesystem::path& folder, std::int64_t steps) {
  const Corpus& corpus = trainer.corpus();
  const ModelCost cost = model_cost(trainer.config(), corpus.vocabulary.size());
  const EngineInfo engine = trainer.info();
  fmt::print(stderr, "{} steps on {}: {} characters, {} tokens of vocabulary, bigram loss {:.3f}\n", steps,
             corpus.name,
             count_text(static_cast<double>(corpus.train.tokens.size() + corpus.validation.tokens.size())),
             corpus.vocabulary.size(), corpus.bigram_loss);
  fmt::print(stderr, "{} parameters, {} of them active for a token; LibTorch {}, {}, {} threads on {}{}\n",
             count_text(static_cast<double>(cost.parameters)),
             count_text(static_cast<double>(cost.active_parameters)), engine.libtorch, engine.blas, engine.threads,
             engine.device,
             trainer.config().precision == Precision::automatic ? ", precision auto: " + engine.auto_precision : "");
  fmt::print(stderr, "{:.2f} MFLOP a token forward, about {:.0f} MB to train", cost.forward_flops_per_token / 1e6,
             cost.training_bytes / 1e6);
  if (trainer.config().ffn == Ffn::moe) {
    const Config dense = dense_equal(trainer.config(), corpus.vocabulary.size());
    fmt::print(stderr, "; the dense model of as many FLOPs: d_ff {}, {} parameters", dense.d_ff,
               count_text(static_cast<double>(model_cost(dense, corpus.vocabulary.size()).parameters)));
  }
  fmt::print(stderr, "\n");
  for (const ConfigProblem& warning : warnings(trainer.config()))
    fmt::print(stderr, "warning: {}\n", warning.message);
  fmt::print(stderr, "run folder: {}\n", folder.string());
}

}  // namespace

Result<std::filesystem::path> run_headless(const Options& options, const MakeTrainer& make_trainer) {
  const InterruptGuard guard;
  auto trainer = make_trainer(options.config);
  if (!trainer) return trainer.error();
  const std::filesystem::path path = options.out.empty()
                                         ? new_run_folder(default_runs_directory(), options.config.corpus)
                                         : std::filesystem::path(options.out);
  auto folder = RunFolder::create(path);
  if (!folder) return folder.error();

  const std::int64_t steps = options.steps.value_or(kHeadlessSteps);
  introduce(**trainer, path, steps);
  Progress progress(stderr, steps);
  Driver driver(**trainer, folder->get());
  driver.start();
  std::optional<Error> stopped;
  std::optional<StepRecord> last;
  while (!stopped && (*trainer)->step() < steps) {
    if (interrupts) {
      stopped = Error{ErrorKind::interrupted, fmt::format("interrupted after step {}", (*trainer)->step())};
      break;
    }
    auto slice = driver.advance();
    if (!slice) stopped = slice.error();
    else if (driver.observer_error()) stopped = *driver.observer_error();
    else if (slice->record) progress.update(*(last = std::move(slice->record)));
  }
  progress.finish();
  driver.export_weights();
  if (!stopped && driver.observer_error()) stopped = *driver.observer_error();
  if (last)
    fmt::print(stderr, "step {}: loss {:.4g}, {} tokens in {}; run folder: {}\n", last->step, last->loss,
               count_text(static_cast<double>(last->tokens)), duration_text(last->wall_s), path.string());
  if (stopped) return *stopped;
  return path;
}

}  // namespace switchyard::app
