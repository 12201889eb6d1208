// What the reports on causes are made of: columns of text, and figures as JSON. Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/causes/token_groups.h"

namespace switchyard::app {

// Rows of cells in columns, two spaces between; the first `left` columns to the left, the others to the right. No
// cell of text moves what is beside it: what is not printable is escaped.
std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t left);

// "+0.0123", "-"; of what does not exist.
std::string signed_figure(double value);
std::string figure(double value, int digits = 4);
std::string share_text(double share);  // "12.3 %"
// "E07", so wide as the largest of `count` needs.
std::string expert_text(std::int32_t expert, std::int32_t count);

Json json_or_null(double value);
Json mean_json(const HalvedMean& mean);  // {"all", "halves"}
// {"kind", "name", "tokens"}
Json group_json(const TokenGroup& group);

}  // namespace switchyard::app
