// How a table of points is laid out: told by its first rows.
//
// Thread safety: pure functions.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace switchyard {

inline constexpr std::size_t kMaxPointDims = 64;

struct Delimiter {
  char character;
  std::string_view name;
};

struct TableForm {
  Delimiter delimiter{};
  std::size_t columns = 0;
  bool trailing = false;  // every row ends with a delimiter
  bool has_header = false;
  std::vector<std::string> names;     // [columns] of the header
  std::vector<std::size_t> axes;      // columns
  std::size_t label = 0;              // column
  std::vector<std::size_t> left_out;  // columns
  bool decimal_comma() const { return delimiter.character != ','; }
  // "column 2 (y)"
  std::string column(std::size_t i) const {
    const bool named = i < names.size() && !names[i].empty();
    return named ? fmt::format("column {} ({})", i + 1, names[i]) : fmt::format("column {}", i + 1);
  }
};

// usage, as a sentence without its subject: no rows, no delimiter, too few columns.
Result<TableForm> form_of(std::string_view text);

}  // namespace switchyard
