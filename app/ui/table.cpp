#include "app/ui/table.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "core/base/csv_text.h"
#include "viz/base/named_text.h"

namespace switchyard::app {
namespace {

void put_text(std::string& out, std::string_view text) {
  std::string named;
  put_csv(out, viz::named_text(text, named, viz::ByFonts::no));
}

template <class Number>
std::string shortest(Number number) {
  return std::isfinite(number) ? fmt::format("{}", number) : std::string();
}

}  // namespace

Cell::Cell(std::int64_t number) : text_(fmt::format("{}", number)) {}
Cell::Cell(float number) : text_(shortest(number)) {}
Cell::Cell(double number) : text_(shortest(number)) {}

std::string Table::csv(const std::vector<Constant>& everywhere) const {
  std::string out, behind;
  for (const Constant& column : everywhere) {
    behind += ',';
    put_text(behind, column.second);
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out += ',';
    put_text(out, columns_[i]);
  }
  for (const Constant& column : everywhere) {
    out += ',';
    put_text(out, column.first);
  }
  out += '\n';
  for (const std::vector<Cell>& row : rows_) {
    // A row that ends early is filled up where something stands behind it.
    for (std::size_t i = 0; i < (everywhere.empty() ? row.size() : columns_.size()); ++i) {
      if (i > 0) out += ',';
      if (i < row.size()) put_text(out, row[i].text());
    }
    out += behind + '\n';
  }
  return out;
}

}  // namespace switchyard::app
