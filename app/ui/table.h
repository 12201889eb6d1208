// Numbers with names, as CSV: what a panel shows, for a file. Columns carry their unit in the header ("loss
// [nats]").
//
// Thread safety: a plain value.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace switchyard::app {

// What stands in a cell. Numbers are the shortest text that reads back as the same float or double, whatever the
// locale; one that is not finite, or does not exist, is empty.
class Cell {
 public:
  Cell() = default;
  Cell(std::int64_t number);
  Cell(float number);
  Cell(double number);
  Cell(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class Table {
 public:
  void set_header(std::vector<std::string> columns) { columns_ = std::move(columns); }
  // To the right of those there are; rows so far have nothing there.
  void add_columns(const std::vector<std::string>& columns) {
    columns_.insert(columns_.end(), columns.begin(), columns.end());
    for (std::vector<Cell>& row : rows_) row.resize(columns_.size());
  }
  void add_row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }

  bool empty() const { return rows_.empty(); }
  const std::vector<std::string>& columns() const { return columns_; }
  const std::vector<std::vector<Cell>>& rows() const { return rows_; }

  // RFC 4180 with plain newlines: a header line, then a line a row; text with commas, quotes or line ends in
  // quotes; what is not printable is named as on the screen, whatever the fonts there. `everywhere`: columns
  // behind the others, by name, that hold the same in every row.
  using Constant = std::pair<std::string, std::string>;
  std::string csv(const std::vector<Constant>& everywhere = {}) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace switchyard::app
