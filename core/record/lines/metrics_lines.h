// Lines of metrics.csv: a header that names the columns, and a row a step. A figure that does not exist is an
// empty field; every other reads back to the same bits. Columns of a layer begin with its block, l0_, l1_, ...;
// l0_tokens_min, …_max, …_std, …_p50, …_p75, …_p90, …_p95 are core/base/load_spread.h of the step's counts.
//
// A file has the columns that its header names, to its end: of the layers of the model of then, whatever an
// operation makes of it (a dense one that was upcycled has no layer's), and in the folder of an earlier version
// those of then; a later one adds some at the end alone.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/records.h"
#include "core/config/config.h"

namespace switchyard {

// The blocks that are MoE layers: those that have columns.
std::vector<std::int32_t> recorded_blocks(const Config& config);

struct MetricsColumns {
  std::vector<std::int32_t> blocks{};  // whose figures it has
  bool load_spread = true;             // false: as an earlier version wrote it
};
// Which a file has, by its first line.
MetricsColumns columns_of(std::string_view first_line);

std::string metrics_header(const MetricsColumns& columns);
std::string metrics_row(const StepRecord& record, const MetricsColumns& columns);

// The first lines of a file in which a model with these blocks goes on: its own, an earlier version's, and that of
// the dense model which it was made of.
std::vector<std::string> headers_of(const std::vector<std::int32_t>& blocks);

}  // namespace switchyard
