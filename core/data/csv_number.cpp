#include "core/data/csv_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/base/printable.h"
#include "core/base/utf8.h"

namespace switchyard {
namespace {

constexpr std::size_t kToldBytes = 40;  // of a field, or a name
constexpr double kLargest = 1e100;      // squares of a million such are finite

// Stands for a number that is not there.
bool is_missing(std::string_view field) {
  constexpr std::array<std::string_view, 9> words{"na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-"};
  return std::find(words.begin(), words.end(), lowered(field)) != words.end();
}

}  // namespace

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string shortened(std::string_view text) {
  const std::size_t end = utf8_cut(text, kToldBytes);
  return printable(text.substr(0, end)) + (end < text.size() ? "…" : "");
}

std::string told(std::string_view field) { return "'" + shortened(field) + "'"; }

ReadNumber read_number(std::string_view field, bool decimal_comma) {
  ReadNumber read;
  if (field.empty()) return {.fault = NumberFault::empty};
  std::array<char, 64> buffer;
  const std::size_t comma = field.find(',');
  read.has_point = field.find('.') != field.npos;
  if (field.front() == '+' && field.size() > 1 && field[1] != '-' && field[1] != '+') field.remove_prefix(1);
  if (comma != std::string_view::npos) {
    read.has_comma = true;
    if (!decimal_comma || read.has_point || field.size() > buffer.size()) return {.fault = NumberFault::no_number};
    std::copy(field.begin(), field.end(), buffer.begin());
    const std::string_view copy(buffer.data(), field.size());
    buffer[copy.find(',')] = '.';
    field = copy;
  }
  const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), read.value);
  if (end != field.data() + field.size() || code == std::errc::invalid_argument)
    read.fault = NumberFault::no_number;
  else if (code == std::errc::result_out_of_range) read.fault = NumberFault::too_large;
  else if (!std::isfinite(read.value)) read.fault = NumberFault::not_finite;
  else if (std::abs(read.value) > kLargest) read.fault = NumberFault::too_large;
  return read;
}

std::string what_of(const ReadNumber& read, std::string_view field) {
  switch (read.fault) {
    case NumberFault::empty:
      return "is empty";
    case NumberFault::not_finite:
      return told(field) + " is not finite";
    case NumberFault::too_large:
      return fmt::format("{} is beyond what is read: at most {:g}, at least {:g} that is not 0", told(field),
                         kLargest, 2.3e-308);
    case NumberFault::no_number:
    case NumberFault::none:
      break;
  }
  return told(field) + " is no number";
}

bool is_numeric(std::string_view field, bool decimal_comma) {
  const NumberFault fault = read_number(field, decimal_comma).fault;
  return is_missing(field) || (fault != NumberFault::no_number && fault != NumberFault::empty);
}

}  // namespace switchyard
