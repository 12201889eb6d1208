// Timing sides against each other: every round runs each side once, in an order that turns from round to round, and a
// ratio is the median of the rounds' ratios with the stretch from its 10th to its 90th percentile: only what ran side
// by side is compared, since a machine's speed changes from one minute to the next.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/train/interface/engine_loader.h"

namespace switchyard {

// A program linked to torch has its BLAS before main begins: it starts again on the one the engine gets.
inline void restart_on_the_engines_blas(char** argv) {
  prepare_process();
  if (std::getenv("SWITCHYARD_BENCH")) return;
  setenv("SWITCHYARD_BENCH", "1", 1);
  setenv("LD_PRELOAD", openmp_blas_paths().front(), 0);
  execv("/proc/self/exe", argv);
}

struct Spread {
  double low, median, high;
};
inline Spread spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double q) {
    return values[static_cast<std::size_t>(std::lround(q * static_cast<double>(values.size() - 1)))];
  };
  return {at(0.1), at(0.5), at(0.9)};
}

class Sides {
 public:
  void add(std::string name, std::function<void()> run) { sides_.push_back({std::move(name), std::move(run), {}}); }

  // Only this one of them.
  void keep(const std::string& name) {
    std::erase_if(sides_, [&](const Side& side) { return side.name != name; });
  }

  // Once each unmeasured, then `rounds` times.
  void run(int rounds) {
    for (Side& side : sides_) side.run();
    for (int round = 0; round < rounds; ++round)
      for (std::size_t i = 0; i < sides_.size(); ++i) {
        Side& side = sides_[(i + static_cast<std::size_t>(round)) % sides_.size()];
        const auto start = std::chrono::steady_clock::now();
        side.run();
        side.seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      }
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Side& side : sides_) all.push_back(side.name);
    return all;
  }
  Spread seconds(const std::string& name) const { return spread(times(name)); }

  // Of every round: f(the seconds of a side in it).
  Spread figure(const std::function<double(const std::function<double(const std::string&)>&)>& f) const {
    std::vector<double> values;
    for (std::size_t round = 0; round < sides_.front().seconds.size(); ++round)
      values.push_back(f([&](const std::string& name) { return times(name)[round]; }));
    return spread(values);
  }
  // How much faster `own` is than the fastest of `others`.
  Spread ratio(const std::vector<std::string>& others, const std::string& own) const {
    return figure([&](const auto& of) {
      double best = INFINITY;
      for (const std::string& other : others) best = std::min(best, of(other));
      return best / of(own);
    });
  }

 private:
  struct Side {
    std::string name;
    std::function<void()> run;
    std::vector<double> seconds;
  };
  const std::vector<double>& times(const std::string& name) const {
    return std::find_if(sides_.begin(), sides_.end(), [&](const Side& side) { return side.name == name; })->seconds;
  }
  std::vector<Side> sides_;
};

}  // namespace switchyard
