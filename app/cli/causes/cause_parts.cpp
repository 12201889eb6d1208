#include "app/cli/causes/cause_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/printable.h"
#include "core/base/utf8.h"

namespace switchyard::app {
namespace {

std::size_t columns_in(const std::string& cell) { return decode_utf8(cell).text.size(); }

}  // namespace

std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t left) {
  std::vector<std::vector<std::string>> cells = rows;
  std::vector<std::size_t> width;
  for (auto& row : cells)
    for (std::size_t c = 0; c < row.size(); ++c) {
      row[c] = printable(row[c]);
      if (width.size() <= c) width.push_back(0);
      width[c] = std::max(width[c], columns_in(row[c]));
    }
  std::string text;
  for (const auto& row : cells) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string pad(width[c] - columns_in(row[c]), ' ');
      line += (c > 0 ? "  " : "") + (c < left ? row[c] + pad : pad + row[c]);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string signed_figure(double value) {
  return std::isnan(value) ? std::string("-") : fmt::format("{:+.4f}", value);
}

std::string figure(double value, int digits) {
  return std::isnan(value) ? std::string("-") : fmt::format("{:.{}f}", value, digits);
}

std::string share_text(double share) {
  return std::isnan(share) ? std::string("-") : fmt::format("{:.1f} %", 100 * share);
}

std::string expert_text(std::int32_t expert, std::int32_t count) {
  return fmt::format("E{:0{}}", expert, std::max<std::size_t>(2, fmt::formatted_size("{}", count - 1)));
}

Json json_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json mean_json(const HalvedMean& mean) {
  Json json;
  json.member("all") = json_or_null(mean.all);
  json.member("halves") = Json(Json::Array{json_or_null(mean.half[0]), json_or_null(mean.half[1])});
  return json;
}

Json group_json(const TokenGroup& group) {
  Json json;
  json.member("kind") = name_of(group.kind);
  json.member("name") = group.name;
  json.member("tokens") = static_cast<std::int64_t>(group.tokens.size());
  return json;
}

}  // namespace switchyard::app
