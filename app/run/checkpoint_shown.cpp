#include "app/run/checkpoint_shown.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/console/progress.h"
#include "app/run/words/names.h"
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

const std::vector<std::string>& CheckpointShown::layer_names() {
  for (std::size_t l = layer_names_.size(); l < facts().model.layers.size(); ++l)
    layer_names_.push_back("layer " + layer_words(facts(), l));
  return layer_names_;
}

const std::vector<std::string>& CheckpointShown::names_of(std::size_t experts) {
  std::vector<std::string>& names = names_[experts];
  if (names.empty()) names = expert_names(experts);
  return names;
}

const TensorType* unread_type(const CheckpointShown& shown, ExpertPlace place) {
  for (const auto& one : shown.layer_at(place.layer).experts[place.expert])
    if (one && !one->type->reads) return one->type;
  return nullptr;
}

void choose_expert(CheckpointShown& shown, ExpertPlace place) {
  if (unread_type(shown, place)) return;
  shown.layer = place.layer;
  shown.expert = place;
  // One that is known is shown, and what is under way, or being cancelled, is not touched.
  if (!shown.news->spectra.contains(place)) shown.cancel_expert_wanted = false;
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

std::string expert_words(const CheckpointFacts& facts, ExpertPlace place) {
  return fmt::format("layer {} {}", layer_words(facts, place.layer),
                     expert_name(static_cast<int>(place.expert), facts.model.layers[place.layer].experts.size()));
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
