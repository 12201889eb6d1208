// Lines of metrics.csv: a header that names the columns, and a row a step. A figure that does not exist is an
// empty field; every other reads back to the same bits. Columns of a layer begin with its block, l0_, l1_, ...
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/config/config.h"

namespace switchyard {

// The blocks that are MoE layers: those that have columns.
std::vector<std::int32_t> recorded_blocks(const Config& config);

std::string metrics_header(std::span<const std::int32_t> blocks);
std::string metrics_row(const StepRecord& record, std::span<const std::int32_t> blocks);

}  // namespace switchyard
