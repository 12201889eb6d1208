// How fast the default demo learns and what showing it costs. Run by hand: build/release/bin/train_bench.
//
//   BM_HeadlessStep      optimizer steps of the default preset
//   BM_FirstLight        until validation loss is below the character bigram model's: step, seconds
//   BM_StreamingCpu      thread CPU time of probes and Link calls as a share of training's
//   BM_Look              a look at the probe's tokens on one thread: plain, then with each thing a Watch can ask
//   for BM_Inspect           one token with all its other routes BM_Save, BM_Restore  the state out, into memory
//   used before, and in; 0: the default model, 1: seed-002-switch's BM_StreamingWall     wall time of a segment
//   with streaming over one without, segments interleaved
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/session/driving/driver.h"
#include "core/session/meeting/link.h"
#include "core/train/interface/engine_loader.h"

namespace {

using namespace switchyard;

std::unique_ptr<Trainer> make_trainer(const Config& config = {}) {
  const auto engine = load_engine();
  auto trainer = engine ? (*engine)->create(config) : Result<std::unique_ptr<Trainer>>(engine.error());
  if (!trainer) {
    std::fprintf(stderr, "%s\n", trainer.error().message.c_str());
    std::exit(1);
  }
  return std::move(*trainer);
}

StepRecord step_with(Driver& driver, Link* link) {
  for (;;) {
    auto slice = driver.advance();
    if (!slice) {
      std::fprintf(stderr, "%s\n", slice.error().message.c_str());
      std::exit(1);
    }
    if (!slice->record) continue;
    StepRecord record = *slice->record;
    if (link) {
      const CpuSpan span(driver.cost().streaming);
      link->take_commands();
      link->publish(std::move(*slice->record));
      if (slice->snapshot) link->publish(std::move(slice->snapshot));
    }
    return record;
  }
}

void BM_HeadlessStep(benchmark::State& state) {
  auto trainer = make_trainer();
  Driver driver(*trainer, nullptr, [] { return false; });
  driver.start();
  for (int i = 0; i < 5; ++i) step_with(driver, nullptr);
  std::vector<double> step_ms;
  double tokens = 0;
  for (auto _ : state) {
    const StepRecord record = step_with(driver, nullptr);
    step_ms.push_back(record.step_ms);
    tokens = record.tokens_per_s * record.step_ms / 1e3;
  }
  std::nth_element(step_ms.begin(), step_ms.begin() + step_ms.size() / 2, step_ms.end());
  const double median = step_ms[step_ms.size() / 2];
  state.counters["median_ms"] = median;
  state.counters["tokens_per_s"] = tokens / median * 1e3;
  const EngineInfo info = trainer->info();
  state.SetLabel(info.blas + ", " + std::to_string(info.threads) + " threads");
}
BENCHMARK(BM_HeadlessStep)->Unit(benchmark::kMillisecond)->Iterations(60);

void BM_FirstLight(benchmark::State& state) {
  for (auto _ : state) {
    Config config;
    config.val_interval = 5;
    auto trainer = make_trainer(config);
    Driver driver(*trainer, nullptr, [] { return false; });
    driver.start();
    StepRecord record;
    double training_s = 0;
    do {
      record = step_with(driver, nullptr);
      training_s += record.step_ms / 1e3;
    } while (!(record.val_loss < trainer->data().bigram_loss) && record.step < 1000);
    state.counters["step"] = static_cast<double>(record.step);
    state.counters["training_s"] = training_s;
    state.counters["val_loss"] = record.val_loss;
    state.counters["bigram"] = trainer->data().bigram_loss;
  }
}
BENCHMARK(BM_FirstLight)->Unit(benchmark::kSecond)->Iterations(1);

void BM_StreamingCpu(benchmark::State& state) {
  auto trainer = make_trainer();
  Driver driver(*trainer, nullptr);
  driver.start();
  Link link;
  // One thread, so that thread CPU time is all of the trainer's.
  Config config;
  config.threads = 1;
  if (!driver.apply(config, 1)) std::exit(1);
  for (auto _ : state) {
    step_with(driver, &link);
    link.receive();
  }
  state.counters["share_percent"] = 100 * driver.cost().streaming / driver.cost().training;
}
BENCHMARK(BM_StreamingCpu)->Unit(benchmark::kMillisecond)->Iterations(100);

std::unique_ptr<Trainer> on_one_thread() {
  Config config;
  config.threads = 1;
  auto trainer = make_trainer(config);
  Driver driver(*trainer, nullptr, [] { return false; });
  for (int i = 0; i < 20; ++i) step_with(driver, nullptr);
  return trainer;
}

void BM_Look(benchmark::State& state) {
  auto trainer = on_one_thread();
  Watch watch;
  watch.distributions = state.range(0) == 1;
  watch.gradients = state.range(0) == 2;
  watch.experts = state.range(0) == 3;
  watch.input = state.range(0) == 4 ? 0 : -1;
  if (!trainer->probe(watch)) std::exit(1);  // the first finds its axes from nothing
  for (auto _ : state) benchmark::DoNotOptimize(trainer->probe(watch)->layers.size());
}
BENCHMARK(BM_Look)->DenseRange(0, 4)->ArgName("watch")->Unit(benchmark::kMillisecond)->Iterations(40);

Config of_size(std::int64_t large) {
  Config config;
  if (!large) return config;
  // As the preset seed-002-switch, a micro-batch a step.
  config.layers = 6, config.moe_every = 2, config.d_model = 512, config.d_ff = 2048, config.heads = 8,
  config.context = 256;
  config.experts = 4, config.top_k = 1, config.gate = Gate::softmax, config.expert = ExpertKind::gelu,
  config.batch_size = 1;
  return config;
}

void BM_Save(benchmark::State& state) {
  auto trainer = make_trainer(of_size(state.range(0)));
  Driver driver(*trainer, nullptr, [] { return false; });
  driver.start();
  TrainerState kept;
  std::vector<double> ms;
  double first = 0, step = 0;
  for (auto _ : state) {
    // A step between, so that what is copied is not in the cache by chance.
    step = step_with(driver, nullptr).step_ms;
    const auto start = std::chrono::steady_clock::now();
    if (!trainer->save(kept)) std::exit(1);
    ms.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() * 1e3);
    if (ms.size() == 1) first = ms[0];
  }
  std::sort(ms.begin(), ms.end());
  state.counters["first_ms"] = first;
  state.counters["median_ms"] = ms[ms.size() / 2];
  state.counters["worst_ms"] = ms.back();
  state.counters["MB"] = static_cast<double>(kept.tensors.values.size() * sizeof(float)) / 1e6;
  state.counters["step_ms"] = step;
}
BENCHMARK(BM_Save)->DenseRange(0, 1)->ArgName("large")->Unit(benchmark::kMillisecond)->Iterations(20);

void BM_Restore(benchmark::State& state) {
  auto trainer = make_trainer(of_size(state.range(0)));
  TrainerState kept;
  if (!trainer->save(kept)) std::exit(1);
  for (auto _ : state)
    if (!trainer->restore(kept)) std::exit(1);
  const auto start = std::chrono::steady_clock::now();
  if (const auto engine = load_engine(); !engine || !(*engine)->create(kept)) std::exit(1);
  state.counters["create_ms"] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() * 1e3;
}
BENCHMARK(BM_Restore)->DenseRange(0, 1)->ArgName("large")->Unit(benchmark::kMillisecond)->Iterations(10);

void BM_Inspect(benchmark::State& state) {
  auto trainer = on_one_thread();
  double sets = 0;
  for (auto _ : state) {
    auto inspection = trainer->inspect(1, 100);
    while (inspection && !inspection->done) (void)trainer->inspect_more(*inspection, 0);
    if (!inspection) std::exit(1);
    sets = static_cast<double>(inspection->sets.size());
  }
  state.counters["sets"] = sets;
}
BENCHMARK(BM_Inspect)->Unit(benchmark::kMillisecond)->Iterations(20);

void BM_StreamingWall(benchmark::State& state) {
  auto trainer = make_trainer();
  bool streaming = false;
  Driver driver(*trainer, nullptr, [&] { return streaming; });
  driver.start();
  Link link;
  const int steps = static_cast<int>(trainer->config().probe_interval);
  const auto segment = [&](bool with) {
    streaming = with;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < steps; ++i) step_with(driver, with ? &link : nullptr);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  segment(true);
  std::vector<double> ratios;
  for (auto _ : state) {
    const bool first = ratios.size() % 2 == 0;  // neither side always goes first
    const double a = segment(first), b = segment(!first);
    ratios.push_back(first ? a / b : b / a);
  }
  std::sort(ratios.begin(), ratios.end());
  const auto at = [&](double q) { return ratios[static_cast<std::size_t>(q * static_cast<double>(ratios.size() - 1))]; };
  state.counters["ratio_median"] = at(0.5);
  state.counters["ratio_p10"] = at(0.1);
  state.counters["ratio_p90"] = at(0.9);
}
BENCHMARK(BM_StreamingWall)->Unit(benchmark::kMillisecond)->Iterations(50);

}  // namespace

int main(int argc, char** argv) {
  switchyard::prepare_process();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
