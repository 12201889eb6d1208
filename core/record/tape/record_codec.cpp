#include "core/record/tape/record_codec.h"

#include <algorithm>
#include <cstddef>

#include "core/record/tape/columns.h"

namespace switchyard {
namespace {

constexpr double StepRecord::*kStepMembers[] = {
    &StepRecord::wall_s,        &StepRecord::step_ms,        &StepRecord::tokens_per_s, &StepRecord::loss,
    &StepRecord::val_loss,      &StepRecord::train_accuracy, &StepRecord::val_accuracy, &StepRecord::total_loss,
    &StepRecord::learning_rate, &StepRecord::grad_norm};
constexpr float LayerRecord::*kLayerMembers[] = {
    &LayerRecord::dropped,          &LayerRecord::token_entropy,        &LayerRecord::load_entropy,
    &LayerRecord::max_violation,    &LayerRecord::assignment_drop_rate, &LayerRecord::token_drop_rate,
    &LayerRecord::router_grad_norm, &LayerRecord::expert_grad_norm};
// Bytes of a step, and of a layer in a step.
constexpr std::size_t kStepBytes = 2 * sizeof(std::int64_t) + sizeof(std::uint32_t) + sizeof(std::uint64_t) +
                                   sizeof(double) * (std::size(kStepMembers) + kAuxLosses.size());
constexpr std::size_t kLayerBytes = sizeof(float) * (std::size(kLayerMembers) + kAuxLosses.size());

bool has_layers_of(const StepRecord& a, const StepRecord& b) {
  return std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(),
                    [](const LayerRecord& x, const LayerRecord& y) { return x.block == y.block; });
}

bool has_shape_of(const CountRows::Row& a, const CountRows::Row& b) {
  return std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(),
                    [](const CountRows::Layer& x, const CountRows::Layer& y) {
                      return x.counts.size() == y.counts.size() && x.mean_prob.size() == y.mean_prob.size();
                    });
}

template <class Walker, class Records>
void walk_figures(Walker& bytes, Records& records, std::size_t layers) {
  differences(
      bytes, records, [](auto& r) -> auto& { return r.step; });
  differences(
      bytes, records, [](auto& r) -> auto& { return r.tokens; });
  column<std::uint32_t>(
      bytes, records, [](auto& r) -> auto& { return r.model_id; });
  column<std::uint64_t>(
      bytes, records, [](auto& r) -> auto& { return r.revision; });
  for (double StepRecord::*const figure : kStepMembers)
    column<double>(
        bytes, records, [figure](auto& r) -> auto& { return r.*figure; });
  for (std::size_t a = 0; a < kAuxLosses.size(); ++a)
    column<double>(
        bytes, records, [a](auto& r) -> auto& { return r.aux.values[a]; });
  for (std::size_t l = 0; l < layers; ++l) {
    for (float LayerRecord::*const figure : kLayerMembers)
      column<float>(
          bytes, records, [ l, figure ](auto& r) -> auto& { return r.layers[l].*figure; });
    for (std::size_t a = 0; a < kAuxLosses.size(); ++a)
      column<float>(
          bytes, records, [ l, a ](auto& r) -> auto& { return r.layers[l].aux.values[a]; });
  }
}

void write_table(ByteWriter& bytes, std::span<const CountRows::Row> rows, std::size_t layer,
                 std::vector<float> CountRows::Layer::*which) {
  std::vector<float> all;
  for (const CountRows::Row& row : rows) {
    const std::vector<float>& part = row.layers[layer].*which;
    all.insert(all.end(), part.begin(), part.end());
  }
  bytes.planes(std::span<const float>(all));
}

void read_table(ByteReader& bytes, std::span<CountRows::Row> rows, std::size_t layer, std::size_t width,
                std::vector<float> CountRows::Layer::*which) {
  std::vector<float> all;
  bytes.planes(all, rows.size() * width);
  if (bytes.failed()) return;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(r * width);
    (rows[r].layers[layer].*which).assign(begin, begin + static_cast<std::ptrdiff_t>(width));
  }
}

}  // namespace

Bytes encode_figures(std::span<const StepRecord> records) {
  ByteWriter bytes;
  while (!records.empty()) {
    std::size_t count = 1;
    while (count < records.size() && has_layers_of(records[count], records[0])) ++count;
    const auto group = records.first(count);
    const std::size_t layers = group[0].layers.size();
    bytes(static_cast<std::uint32_t>(count));
    bytes(static_cast<std::uint32_t>(layers));
    for (const LayerRecord& layer : group[0].layers) bytes(layer.block);
    walk_figures(bytes, group, layers);
    records = records.subspan(count);
  }
  return bytes.take();
}

Result<std::vector<StepRecord>> decode_figures(std::span<const std::byte> content) {
  ByteReader bytes(content);
  std::vector<StepRecord> records;
  while (bytes.left() > 0) {
    std::uint32_t count = 0, layers = 0;
    bytes(count), bytes(layers);
    // All that the group must have, before memory is taken for it.
    if (count == 0 || !bytes.has(layers, sizeof(std::int32_t) + kLayerBytes) ||
        !bytes.has(count, kStepBytes + layers * kLayerBytes))
      return usage_error("its figures are damaged");
    std::vector<std::int32_t> blocks(layers);
    for (std::int32_t& block : blocks) bytes(block);
    std::vector<StepRecord> group(count);
    for (StepRecord& record : group) {
      record.layers.resize(layers);
      for (std::size_t l = 0; l < layers; ++l) record.layers[l].block = blocks[l];
    }
    walk_figures(bytes, group, layers);
    std::move(group.begin(), group.end(), std::back_inserter(records));
  }
  if (!bytes.is_done()) return usage_error("its figures are damaged");
  return records;
}

CountRows counts_of(std::span<const StepRecord> records) {
  CountRows counts;
  counts.rows.reserve(records.size());
  for (const StepRecord& record : records) {
    CountRows::Row& row = counts.rows.emplace_back();
    row.last = record.step;
    row.layers.reserve(record.layers.size());
    for (const LayerRecord& layer : record.layers) row.layers.push_back({layer.counts, layer.mean_prob});
  }
  return counts;
}

Bytes encode(const CountRows& counts) {
  ByteWriter bytes;
  for (std::span<const CountRows::Row> rows = counts.rows; !rows.empty();) {
    std::size_t count = 1;
    while (count < rows.size() && has_shape_of(rows[count], rows[0])) ++count;
    const auto group = rows.first(count);
    bytes(static_cast<std::uint32_t>(count));
    bytes(static_cast<std::uint32_t>(group[0].layers.size()));
    for (const CountRows::Layer& layer : group[0].layers) {
      bytes(static_cast<std::uint32_t>(layer.counts.size()));
      bytes(static_cast<std::uint32_t>(layer.mean_prob.size()));
    }
    differences(bytes, group, [](const CountRows::Row& row) { return row.last; });
    column<std::int64_t>(bytes, group, [](const CountRows::Row& row) { return row.steps; });
    for (std::size_t l = 0; l < group[0].layers.size(); ++l) {
      write_table(bytes, group, l, &CountRows::Layer::counts);
      write_table(bytes, group, l, &CountRows::Layer::mean_prob);
    }
    rows = rows.subspan(count);
  }
  return bytes.take();
}

Result<CountRows> decode_counts(std::span<const std::byte> content) {
  ByteReader bytes(content);
  CountRows counts;
  while (bytes.left() > 0) {
    std::uint32_t count = 0, layers = 0;
    bytes(count), bytes(layers);
    if (count == 0 || !bytes.has(layers, 2 * sizeof(std::uint32_t))) return usage_error("its counts are damaged");
    std::vector<std::pair<std::uint32_t, std::uint32_t>> widths(layers);
    std::uint64_t row_bytes = 2 * sizeof(std::int64_t);
    for (auto& [width, means] : widths) {
      bytes(width), bytes(means);
      row_bytes += sizeof(float) * (std::uint64_t{width} + means);
    }
    // Without experts a layer takes no bytes, but memory: at most what is there could be.
    if (!bytes.has(count, row_bytes) || std::uint64_t{count} * layers > content.size())
      return usage_error("its counts are damaged");
    const std::size_t begin = counts.rows.size();
    counts.rows.resize(begin + count);
    const auto rows = std::span(counts.rows).subspan(begin);
    for (CountRows::Row& row : rows) row.layers.resize(layers);
    differences(
        bytes, rows, [](auto& row) -> auto& { return row.last; });
    column<std::int64_t>(
        bytes, rows, [](auto& row) -> auto& { return row.steps; });
    for (std::size_t l = 0; l < layers; ++l) {
      read_table(bytes, rows, l, widths[l].first, &CountRows::Layer::counts);
      read_table(bytes, rows, l, widths[l].second, &CountRows::Layer::mean_prob);
    }
  }
  if (!bytes.is_done()) return usage_error("its counts are damaged");
  return counts;
}

void take_mean(CountRows::Layer& into, double weight, const CountRows::Layer& other, double other_weight) {
  const auto mean = [&](std::vector<float>& a, const std::vector<float>& b) {
    if (a.size() != b.size()) a = b;
    else
      for (std::size_t i = 0; i < a.size(); ++i)
        a[i] = static_cast<float>((weight * a[i] + other_weight * b[i]) / (weight + other_weight));
  };
  mean(into.counts, other.counts);
  mean(into.mean_prob, other.mean_prob);
}

CountRows thinned(const CountRows& counts, std::int64_t steps) {
  CountRows thin;
  const auto stretch = [steps](std::int64_t last) { return (last - 1) / steps; };
  for (const CountRows::Row& row : counts.rows) {
    if (thin.rows.empty() || stretch(thin.rows.back().last) != stretch(row.last)) {
      thin.rows.push_back(row);
      continue;
    }
    CountRows::Row& into = thin.rows.back();
    if (into.layers.size() != row.layers.size()) into.layers = row.layers;
    else
      for (std::size_t l = 0; l < row.layers.size(); ++l)
        take_mean(into.layers[l], static_cast<double>(into.steps), row.layers[l], static_cast<double>(row.steps));
    into.last = row.last;
    into.steps += row.steps;
  }
  return thin;
}

void fill_counts(std::vector<StepRecord>& records, const CountRows& counts) {
  std::size_t at = 0;
  for (StepRecord& record : records) {
    while (at < counts.rows.size() && counts.rows[at].last < record.step) ++at;
    if (at == counts.rows.size()) return;
    const CountRows::Row& row = counts.rows[at];
    for (std::size_t l = 0; l < std::min(record.layers.size(), row.layers.size()); ++l) {
      record.layers[l].counts = row.layers[l].counts;
      record.layers[l].mean_prob = row.layers[l].mean_prob;
    }
  }
}

}  // namespace switchyard
