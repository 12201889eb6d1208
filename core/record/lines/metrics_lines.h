// Lines of metrics.csv: a header that names the columns, and a row a step. A figure that does not exist is an
// empty field; every other reads back to the same bits. Columns of a layer begin with its block, l0_, l1_, ...;
// l0_tokens_min, …_max, …_std, …_p50, …_p75, …_p90, …_p95 are core/base/load_spread.h of the step's counts.
//
// A run goes on in its folder with the columns its file has: a later version adds some at the end alone.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/records.h"
#include "core/config/config.h"

namespace switchyard {

// The blocks that are MoE layers: those that have columns.
std::vector<std::int32_t> recorded_blocks(const Config& config);

enum class MetricsColumns { without_load_spread, all };
// Which a file has, by its first line; of nothing, all.
MetricsColumns columns_of(std::string_view first_line);

std::string metrics_header(std::span<const std::int32_t> blocks, MetricsColumns columns = MetricsColumns::all);
std::string metrics_row(const StepRecord& record, std::span<const std::int32_t> blocks,
                        MetricsColumns columns = MetricsColumns::all);

}  // namespace switchyard
