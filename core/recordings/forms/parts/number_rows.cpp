#include "core/recordings/forms/parts/number_rows.h"

namespace switchyard {
namespace {

constexpr std::size_t kMostDigits = 9;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class RowScan {
 public:
  RowScan(const char* at, const char* end) : at_(at), end_(end) {}

  const char* at() const { return at_; }
  // Past this character and the spaces around it.
  bool take(char c) {
    skip();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    skip();
    return true;
  }
  // Of one list, how many; 0: it is none.
  std::size_t numbers(std::vector<std::int32_t>& to, bool with_minus) {
    if (!take('[')) return 0;
    std::size_t columns = 0;
    do {
      const bool is_minus = with_minus && at_ != end_ && *at_ == '-';
      if (is_minus) ++at_;
      std::int32_t value = 0;
      if (!number(&value)) return 0;
      to.push_back(is_minus ? -value : value);
      ++columns;
    } while (take(','));
    return take(']') ? columns : 0;
  }
  bool number(std::int32_t* value) {
    const char* const begin = at_;
    std::int32_t made = 0;
    while (at_ != end_ && is_digit(*at_) && static_cast<std::size_t>(at_ - begin) < kMostDigits)
      made = 10 * made + (*at_++ - '0');
    *value = made;
    // No fraction, exponent or further digit, and no zero in front, which JSON does not have.
    const bool is_whole = at_ != end_ && (*at_ == ',' || *at_ == ']' || is_space(*at_));
    return at_ != begin && is_whole && (*begin != '0' || at_ == begin + 1);
  }
  bool row(NumberRows& rows) {
    const std::size_t columns = numbers(rows.numbers, false);
    if (rows.rows++ == 0) rows.columns = columns;
    return columns > 0 && columns == rows.columns;
  }
  // The rows of a token.
  bool token(NumberBlock& block) {
    if (!take('[')) return false;
    std::size_t layers = 0;
    do {
      const std::size_t columns = numbers(block.numbers, true);
      if (block.columns == 0) block.columns = columns;
      if (columns == 0 || columns != block.columns) return false;
      ++layers;
    } while (take(','));
    if (block.tokens++ == 0) block.layers = layers;
    return layers == block.layers && take(']');
  }

 private:
  void skip() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }
  const char *at_, *end_;
};

}  // namespace

std::optional<std::string> take_rows_out(std::string_view line, std::string_view key, NumberRows& rows) {
  rows = {};
  const std::string name = '"' + std::string(key) + '"';
  const std::size_t found = line.find(name);
  if (found == std::string_view::npos) return std::nullopt;
  // Of two the parser is to say which is meant.
  if (line.find(name, found + name.size()) != std::string_view::npos) return std::nullopt;
  // In a text the quote would have a backslash before it.
  std::size_t before = found;
  while (before > 0 && is_space(line[before - 1])) --before;
  if (before == 0 || (line[before - 1] != '{' && line[before - 1] != ',')) return std::nullopt;
  const char* const end = line.data() + line.size();
  RowScan scan(line.data() + found + name.size(), end);
  if (!scan.take(':')) return std::nullopt;
  const char* const begin = scan.at();
  rows.numbers.reserve(static_cast<std::size_t>(end - begin) / 3);
  if (!scan.take('[')) return std::nullopt;
  do {
    if (!scan.row(rows)) return std::nullopt;
  } while (scan.take(','));
  if (!scan.take(']')) return std::nullopt;
  return std::string(line.data(), begin) + "null" + std::string(scan.at(), end);
}

const char* scan_block(const char* begin, const char* end, NumberBlock& block) {
  block = {};
  RowScan scan(begin, end);
  if (!scan.take('[')) return nullptr;
  do {
    if (!scan.token(block)) return nullptr;
  } while (scan.take(','));
  return scan.take(']') ? scan.at() : nullptr;
}

}  // namespace switchyard
