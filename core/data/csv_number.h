// A field of a table as a number, and what a person is told of one that is none.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace switchyard {

enum class NumberFault { none, empty, no_number, not_finite, too_large };

struct ReadNumber {
  double value = 0;
  NumberFault fault = NumberFault::none;
  bool has_comma = false, has_point = false;
};

// Decimal, with an exponent if need be; `decimal_comma`: a comma may stand for the point.
ReadNumber read_number(std::string_view field, bool decimal_comma);
// "'abc' is no number"
std::string what_of(const ReadNumber& read, std::string_view field);
// Whether a field is or stands for a number (NA, nan, ...): then its row is no header.
bool is_numeric(std::string_view field, bool decimal_comma);

std::string lowered(std::string_view text);    // ASCII
std::string shortened(std::string_view text);  // printable, an ellipsis for what is too long to be told
std::string told(std::string_view field);      // the same in quotes

}  // namespace switchyard
