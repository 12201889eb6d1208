// What learning in step costs: four small runs together in one lab beside the same four one after the other. By
// hand: build/release/bin/lab_bench [--steps 200] [--rounds 9]
//
// Sides are interleaved; told is the median of the rounds' ratios, and their least and largest. Together may cost
// at most 1.1 times the sum.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "core/session/lab.h"
#include "core/train/interface/engine_loader.h"

namespace {

using namespace switchyard;
using Clock = std::chrono::steady_clock;

std::vector<Config> setups() {
  Config text;
  text.layers = 2;
  text.d_model = 64;
  text.d_ff = 64;
  text.context = 64;
  Config points;
  points.task = TaskKind::clusters;
  points.layers = 1;
  points.d_model = 16;
  points.batch_size = 256;
  Config other = text;
  other.top_k = 1;
  Config dense = text;
  dense.ffn = Ffn::dense;
  return {text, points, other, dense};
}

void wait_paused(const std::vector<std::shared_ptr<Link>>& links, std::int64_t step) {
  for (const auto& link : links)
    for (;;) {
      const RunStatus status = link->receive().status;
      if (status.state == RunState::failed) {
        std::fprintf(stderr, "%s\n", status.message.c_str());
        std::exit(1);
      }
      if (status.state == RunState::paused && status.step >= step) break;
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
}

// Seconds in which these runs, in one lab, make so many steps each; their models are there before.
double seconds_of(Engine& engine, const std::vector<Config>& configs, std::int64_t steps) {
  Lab lab;
  std::vector<std::shared_ptr<Link>> links;
  const MakeTrainer make = [&](const Config& config) { return engine.create(config); };
  for (const Config& config : configs) {
    LiveRunOptions options;
    options.playing = false;
    options.catches_up = true;
    links.push_back(*lab.open(config, make, options));
  }
  std::thread thread([&] { lab.run(); });
  wait_paused(links, 0);
  const auto start = Clock::now();
  for (const auto& link : links) link->send(StepSome{steps});
  wait_paused(links, steps);
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  lab.stop();
  thread.join();
  return took;
}

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
  const std::int64_t steps = number(argc, argv, "--steps", 200), rounds = number(argc, argv, "--rounds", 9);
  const std::vector<Config> all = setups();
  std::vector<double> ratios;
  for (std::int64_t round = 0; round < rounds; ++round) {
    double alone = 0;
    for (const Config& one : all) alone += seconds_of(**engine, {one}, steps);
    const double together = seconds_of(**engine, all, steps);
    ratios.push_back(together / alone);
    fmt::print("round {}: alone {:.3f} s, together {:.3f} s, {:.3f}\n", round + 1, alone, together, ratios.back());
  }
  std::sort(ratios.begin(), ratios.end());
  fmt::print("together / alone: {:.3f} [{:.3f} to {:.3f}]\n", ratios[ratios.size() / 2], ratios.front(),
             ratios.back());
}
