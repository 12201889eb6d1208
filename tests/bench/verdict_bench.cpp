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
#include <string_view>
#include <utility>
#include <vector>

#include "core/compare/verdict.h"
#include "core/train/interface/engine_loader.h"
#include "tests/support/same_setup.h"

namespace {

using namespace switchyard;

std::int64_t number(int argc, char** argv, std::string_view name, std::int64_t otherwise) {
  for (int i = 1; i + 1 < argc; ++i)
    if (argv[i] == name) return std::max(std::atoll(argv[i + 1]), 1LL);
  return otherwise;
}

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
    auto twice =
        test::same_setup_twice([&](const Config& config) { return (*engine)->create(config); }, c, seeds, steps);
    if (!twice) return std::fprintf(stderr, "%s\n", twice.error().message.c_str()), 1;
    std::vector<Arm> arms = std::move(*twice);
    const Verdict verdict = judge(arms, static_cast<std::size_t>(seeds))[0];
    false_alarms += test::is_told_apart(verdict);
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
