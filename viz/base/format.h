// Numbers as people read them on a plot. All return plain text without locale.
#pragma once

#include <string>

namespace viz {

// At most `digits` significant digits, no trailing zeros, scientific only outside 1e-4 .. 1e6:
// 1.043, 0.0003, 1e-05. NaN is "NaN", infinities "inf" and "-inf".
std::string significant(double value, int digits = 4);
// significant(value, 3), as a function of one number.
std::string three_digits(double value);
// Exactly `digits` significant digits where the number is not whole: for read-outs that must not jump in
// width: 1.040, 2.310.
std::string fixed_significant(double value, int digits = 4);
// So many digits behind the point, and never "-0.00".
std::string decimals(double value, int digits);
// 950, 1.5k, 20k, 8.6M, 1.2G: for steps, tokens and rates. `digits` significant at most.
std::string compact(double value, int digits = 3);
// 12,345,678. Rounded to a whole number.
std::string grouped(double value);
// 1.37×: utilisation against a fair share of 1.
std::string times(double value);
// 25.0 %: a share given in [0, 1].
std::string percent(double share);
// 25: the same where the unit stands elsewhere.
std::string in_percent(double share);

}  // namespace viz
