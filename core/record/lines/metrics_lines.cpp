#include "core/record/lines/metrics_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <system_error>
#include <type_traits>

#include "core/base/load_spread.h"
#include "core/config/cost.h"

namespace switchyard {
namespace {

constexpr std::size_t kLayerFigures = 7;
constexpr const char* kSpreadFigures[] = {"min", "max", "std", "p50", "p75", "p90", "p95"};

// Shortest text that reads back to the same bits; nothing for a figure that does not exist.
template <class Number>
void field(fmt::memory_buffer& row, Number value) {
  row.push_back(',');
  if constexpr (std::is_floating_point_v<Number>) {
    if (std::isnan(value)) return;
  }
  fmt::format_to(std::back_inserter(row), "{}", value);
}

// By block, so that a column can never hold another layer's figure.
const LayerRecord* layer_of(const StepRecord& record, std::int32_t block) {
  for (const LayerRecord& layer : record.layers)
    if (layer.block == block) return &layer;
  return nullptr;
}

}  // namespace

MetricsColumns columns_of(std::string_view first_line) {
  MetricsColumns columns;
  for (std::string_view rest = first_line; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view name = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    // Every layer has this one.
    if (!name.starts_with('l') || !name.ends_with("_entropy") || name.ends_with("_load_entropy")) continue;
    const std::string_view number = name.substr(1, name.find('_') - 1);
    std::int32_t block = 0;
    const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), block);
    if (code == std::errc() && end == number.data() + number.size()) columns.blocks.push_back(block);
  }
  columns.load_spread = columns.blocks.empty() || first_line.find("_tokens_min") != first_line.npos;
  return columns;
}

std::vector<std::string> headers_of(const std::vector<std::int32_t>& blocks) {
  return {metrics_header({blocks, true}), metrics_header({blocks, false}), metrics_header({})};
}

std::vector<std::int32_t> recorded_blocks(const Config& config) {
  std::vector<std::int32_t> blocks;
  for (std::int64_t b = 0; b < config.layers; ++b)
    if (is_moe_block(config, b)) blocks.push_back(static_cast<std::int32_t>(b));
  return blocks;
}

std::string metrics_header(const MetricsColumns& columns) {
  std::string line =
      "step,tokens,wall_s,loss,val_loss,total_loss,lr,grad_norm,tokens_per_s,step_ms,train_accuracy,val_accuracy";
  for (const AuxLoss loss : kAuxLosses) line += fmt::format(",aux_{}", key_of(loss));
  for (const std::int32_t block : columns.blocks) {
    for (const char* figure : {"entropy", "load_entropy", "max_violation", "drop_rate", "token_drop_rate",
                               "router_grad_norm", "expert_grad_norm"})
      line += fmt::format(",l{}_{}", block, figure);
    for (const AuxLoss loss : kAuxLosses) line += fmt::format(",l{}_{}", block, key_of(loss));
  }
  if (columns.load_spread)
    for (const std::int32_t block : columns.blocks)
      for (const char* figure : kSpreadFigures) line += fmt::format(",l{}_tokens_{}", block, figure);
  return line + "\n";
}

std::string metrics_row(const StepRecord& record, const MetricsColumns& columns) {
  fmt::memory_buffer row;
  fmt::format_to(std::back_inserter(row), "{}", record.step);
  field(row, record.tokens);
  for (const double value :
       {record.wall_s, record.loss, record.val_loss, record.total_loss, record.learning_rate, record.grad_norm,
        record.tokens_per_s, record.step_ms, record.train_accuracy, record.val_accuracy})
    field(row, value);
  for (const double value : record.aux.values) field(row, value);
  for (const std::int32_t block : columns.blocks) {
    const LayerRecord* const layer = layer_of(record, block);
    if (!layer) {
      row.append(std::string(kLayerFigures + kAuxLosses.size(), ','));
      continue;
    }
    for (const float value :
         {layer->token_entropy, layer->load_entropy, layer->max_violation, layer->assignment_drop_rate,
          layer->token_drop_rate, layer->router_grad_norm, layer->expert_grad_norm})
      field(row, value);
    for (const float value : layer->aux.values) field(row, value);
  }
  if (columns.load_spread)
    for (const std::int32_t block : columns.blocks) {
      const LayerRecord* const layer = layer_of(record, block);
      const LoadSpread spread = layer ? load_spread(layer->counts) : LoadSpread{};
      for (const double value : {spread.min, spread.max, spread.std, spread.p50, spread.p75, spread.p90, spread.p95})
        field(row, value);
    }
  row.push_back('\n');
  return {row.data(), row.size()};
}

}  // namespace switchyard
