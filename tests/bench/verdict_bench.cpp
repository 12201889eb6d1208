// Whether a verdict means something: the test that `compare` makes of runs, on runs whose truth is known. By hand:
//   build/release/bin/verdict_bench [--comparisons 200] [--steps 100] [--seeds 5]
//
// A/A: both arms are the same setup on the same data in the same batches, with weights and noise of their own
// (weight_seed), so whatever is called different is a false alarm: at 95 % one in twenty comparisons, by chance
// between 3 and 18 of 200. The planted difference: on half of those very runs, twice the mean half-width is taken
// off the second arm's losses; a test that is worth its runs finds it in nine of ten.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/compare/verdict.h"
#include "core/train/interface/engine_loader.h"

namespace {

using namespace switchyard;

Config setup() {
  Config config;
  config.task = TaskKind::clusters;
  config.d_model = 2;
  config.d_ff = 32;
  config.layers = 1;
  config.experts = 4;
  config.top_k = 2;
  config.noise_std = 0.5;
  config.cluster_classes = 3;
  config.batch_size = 64;
  config.learning_rate = 0.01;
  config.threads = 1;
  config.val_interval = 1'000'000;
  return config;
}

double loss_of(Engine& engine, std::int64_t seed, std::int64_t weight_seed, std::int64_t steps) {
  Config config = setup();
  config.seed = seed;
  config.weight_seed = weight_seed;
  auto trainer = engine.create(config);
  while (trainer && (*trainer)->step() < steps)
    if (const auto advanced = (*trainer)->advance(); !advanced) return kMissing;
  const auto measured = trainer ? (*trainer)->validate() : Result<Evaluation>(trainer.error());
  if (!measured) {
    std::fprintf(stderr, "%s\n", measured.error().message.c_str());
    std::exit(1);
  }
  return measured->loss;
}

std::int64_t number(int argc, char** argv, std::string_view name, std::int64_t otherwise) {
  for (int i = 1; i + 1 < argc; ++i)
    if (argv[i] == name) return std::max(std::atoll(argv[i + 1]), 1LL);
  return otherwise;
}

bool is_told_apart(const Verdict& v) { return v.finding == Finding::better || v.finding == Finding::worse; }

}  // namespace

int main(int argc, char** argv) {
  prepare_process();
  const auto engine = load_engine();
  if (!engine) return std::fprintf(stderr, "%s\n", engine.error().message.c_str()), 1;
  const std::int64_t comparisons = number(argc, argv, "--comparisons", 200),
                     steps = number(argc, argv, "--steps", 100), seeds = number(argc, argv, "--seeds", 5);
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::vector<Arm>> made;
  std::vector<double> p;
  double half_widths = 0, deviation = 0;
  std::int64_t false_alarms = 0;
  for (std::int64_t c = 0; c < comparisons; ++c) {
    std::vector<Arm> arms{{.name = "A"}, {.name = "A again"}};
    for (std::int64_t s = 0; s < seeds; ++s) {
      const std::int64_t seed = c * seeds + s + 1;
      for (int arm = 0; arm < 2; ++arm)
        arms[static_cast<std::size_t>(arm)].by_seed.push_back(
            loss_of(**engine, seed, 1'000'000 * (arm + 1) + seed, steps));
    }
    const Verdict verdict = judge(arms, static_cast<std::size_t>(seeds))[0];
    false_alarms += is_told_apart(verdict);
    half_widths += verdict.half_width / static_cast<double>(comparisons);
    deviation += std::fabs(verdict.difference) / static_cast<double>(comparisons);
    p.push_back(verdict.p);
    made.push_back(std::move(arms));
  }
  std::sort(p.begin(), p.end());
  double apart = 0;  // Kolmogorov-Smirnov's distance of the p values from uniform ones
  for (std::size_t i = 0; i < p.size(); ++i)
    apart = std::max({apart, std::fabs(p[i] - static_cast<double>(i) / static_cast<double>(p.size())),
                      std::fabs(p[i] - static_cast<double>(i + 1) / static_cast<double>(p.size()))});
  fmt::print(
      "A/A: {} of {} comparisons of {} seeds called different at 95 %; mean |difference| {:.4f}, mean half-width "
      "{:.4f} nats; p values are {:.3f} from uniform (5 % limit {:.3f})\n",
      false_alarms, comparisons, seeds, deviation, half_widths, apart,
      1.358 / std::sqrt(static_cast<double>(comparisons)));

  const double planted = 2 * half_widths;
  std::int64_t found = 0, tried = 0;
  for (std::size_t c = 0; c < made.size(); c += 2, ++tried) {
    std::vector<Arm> arms = made[c];
    for (double& loss : arms[1].by_seed) loss -= planted;
    found += judge(arms, static_cast<std::size_t>(seeds))[0].finding == Finding::better;
  }
  fmt::print("planted: {:.4f} nats, found in {} of {}\n", planted, found, tried);
  fmt::print("{} runs of {} steps in {:.0f} s\n", 2 * comparisons * seeds, steps,
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}
