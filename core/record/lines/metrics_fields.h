// A row of metrics.csv, of which few columns are wanted: they are found by their names in the header, and read
// without splitting the rest.
//
// Thread safety: pure functions.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>

namespace switchyard {

inline std::optional<std::size_t> metrics_column(std::string_view header, std::string_view name) {
  for (std::size_t index = 0;; ++index) {
    const std::size_t comma = header.find(',');
    if (header.substr(0, comma) == name) return index;
    if (comma == header.npos) return std::nullopt;
    header.remove_prefix(comma + 1);
  }
}

// Nothing: the row has no such field, or it is no whole number of this kind.
template <class Number>
std::optional<Number> metrics_number(std::string_view row, std::optional<std::size_t> column) {
  if (!column) return std::nullopt;
  for (std::size_t i = 0; i < *column; ++i) {
    const std::size_t comma = row.find(',');
    if (comma == row.npos) return std::nullopt;
    row.remove_prefix(comma + 1);
  }
  row = row.substr(0, row.find(','));
  Number value{};
  const auto [end, code] = std::from_chars(row.data(), row.data() + row.size(), value);
  if (code != std::errc() || end != row.data() + row.size()) return std::nullopt;
  return value;
}

}  // namespace switchyard
