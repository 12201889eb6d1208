#include "core/record/lines/routing_windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/base/json.h"

namespace switchyard {
namespace {

// Numbers as a JSON array; null where none of them exists.
std::string array_text(const std::vector<double>& numbers) {
  if (std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isnan(number); })) return "null";
  std::string text;
  for (const double number : numbers) text += (text.empty() ? "[" : ",") + json_number(number);
  return text + "]";
}

}  // namespace

void RoutingWindows::add(const StepRecord& record) {
  windows_.resize(record.layers.size());
  for (std::size_t l = 0; l < windows_.size(); ++l) {
    RecordingState::Window& window = windows_[l];
    const LayerRecord& layer = record.layers[l];
    // Another number of experts: counts before and after have no common meaning.
    if (window.counts.size() != layer.counts.size() || window.prob_sum.size() != layer.mean_prob.size() ||
        window.block != layer.block)
      window = {layer.block, std::vector<double>(layer.counts.size()), std::vector<double>(layer.mean_prob.size()),
                0, 0};
    for (std::size_t e = 0; e < layer.counts.size(); ++e) window.counts[e] += layer.counts[e];
    for (std::size_t e = 0; e < window.prob_sum.size(); ++e) window.prob_sum[e] += layer.mean_prob[e];
    window.dropped += layer.dropped;
    ++window.steps;
  }
}

std::string RoutingWindows::end(std::int64_t step) {
  fmt::memory_buffer lines;
  for (RecordingState::Window& window : windows_) {
    if (window.steps == 0) continue;
    for (double& p : window.prob_sum) p /= static_cast<double>(window.steps);
    fmt::format_to(
        std::back_inserter(lines),
        "{{\"step\":{},\"layer\":{},\"counts\":{},\"mean_prob\":{},\"dropped\":{},\"window_steps\":{}}}\n", step,
        window.block, array_text(window.counts), array_text(window.prob_sum), json_number(window.dropped),
        window.steps);
  }
  begin_anew();
  return {lines.data(), lines.size()};
}

void RoutingWindows::begin_anew() {
  for (RecordingState::Window& window : windows_) {
    window.counts.assign(window.counts.size(), 0);
    window.prob_sum.assign(window.prob_sum.size(), 0);
    window.dropped = 0;
    window.steps = 0;
  }
}

}  // namespace switchyard
