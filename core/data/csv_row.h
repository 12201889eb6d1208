// Rows of a table in text and their fields: any delimiter, quotes as in RFC 4180 within a row.
//
// Thread safety: pure functions; a RowReader belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard {

struct CsvField {
  std::string text;  // without quotes and spaces around it
  bool quoted = false;
};

using Fields = std::vector<CsvField>;

// What is wrong in a row; column 0: with the row.
struct Fault {
  std::int64_t row = 0;
  std::size_t column = 0;
  std::string what;
};

std::string_view trimmed(std::string_view text);  // spaces and tabs

// The rows of a text, one after the other.
class RowReader {
 public:
  explicit RowReader(std::string_view text) : left_(text) {}
  // The next that is not empty; its number is number().
  std::optional<std::string_view> next();
  std::int64_t number() const { return number_; }

 private:
  std::string_view left_;
  std::int64_t number_ = 0;
};

// More columns than any table of points has: what lies behind them is not read.
inline constexpr std::size_t kMostColumns = 1024;

// Into the first `count` of `fields`, whose memory is used again. One more than
// kMostColumns: there are more. What is wrong with the row's quotes, by column.
std::optional<Fault> split_row(std::string_view row, char delimiter, Fields& fields, std::size_t& count);

}  // namespace switchyard
