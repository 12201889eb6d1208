#include "app/run/checkpoint_shown.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/console/progress.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

constexpr double kLeastSeconds = 1;  // before a rate is told

}  // namespace

std::size_t CheckpointShown::experts() const {
  std::size_t most = 0;
  for (const ExpertLayer& one : facts().model.layers) most = std::max(most, one.experts.size());
  return most;
}

void choose_expert(CheckpointShown& shown, ExpertPlace place) {
  shown.layer = place.layer;
  shown.expert = place;
  shown.cancel_expert_wanted = false;
  shown.expert_wanted = place;
}

std::string bytes_words(std::uint64_t bytes) {
  const auto count = static_cast<double>(bytes);
  if (count >= 1e9) return fmt::format("{:.1f} GB", count / 1e9);
  if (count >= 1e6) return fmt::format("{:.1f} MB", count / 1e6);
  return count >= 1e4 ? fmt::format("{:.0f} kB", count / 1e3) : fmt::format("{} bytes", bytes);
}

std::string layer_words(const CheckpointFacts& facts, std::size_t place) {
  const ExpertLayer& layer = facts.model.layers[place];
  const bool is_one = facts.model.layers.front().prefix == facts.model.layers.back().prefix;
  return is_one ? fmt::format("{}", layer.layer) : fmt::format("{}{}", printable(layer.prefix), layer.layer);
}

std::string progress_words(const CheckpointWork& work) {
  if (work.planned == 0) return "begins…";
  std::string text = fmt::format("{} of {}", bytes_words(work.done), bytes_words(work.planned));
  if (work.seconds < kLeastSeconds || work.done == 0) return text;
  const double rate = static_cast<double>(work.done) / work.seconds;
  const double left = static_cast<double>(work.planned - std::min(work.done, work.planned)) / rate;
  return fmt::format("{} · {}/s · {} left", text, bytes_words(static_cast<std::uint64_t>(rate)),
                     duration_text(left));
}

}  // namespace switchyard::app
