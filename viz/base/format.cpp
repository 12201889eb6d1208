#include "viz/base/format.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace viz {
namespace {

std::string printed(const char* format, int digits, double value) {
  char buffer[400];  // 1e308 in full
  std::snprintf(buffer, sizeof buffer, format, std::clamp(digits, 0, 17), value);
  return buffer;
}

// printf obeys the locale's decimal comma and knows a negative zero; plots do not.
std::string with_point(std::string text) {
  for (char& c : text) {
    if (c == ',') c = '.';
  }
  if (text.starts_with('-') && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
  return text;
}

const char* name_of_non_finite(double value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "inf" : "-inf";
}

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos || text.find('e') != std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::string significant(double value, int digits) {
  if (!std::isfinite(value)) return name_of_non_finite(value);
  if (value == 0) return "0";  // never "-0"
  const double size = std::fabs(value);
  if (size >= 1e6 || size < 1e-4) {
    std::string text = with_point(printed("%.*e", digits - 1, value));
    const std::size_t e = text.find('e');
    const int exponent = std::stoi(text.substr(e + 1));
    return without_trailing_zeros(text.substr(0, e)) + "e" + std::to_string(exponent);
  }
  const int before = static_cast<int>(std::floor(std::log10(size))) + 1;
  return without_trailing_zeros(with_point(printed("%.*f", std::max(0, digits - before), value)));
}

std::string fixed_significant(double value, int digits) {
  if (!std::isfinite(value)) return name_of_non_finite(value);
  const double size = std::fabs(value);
  if (size != 0 && (size >= 1e6 || size < 1e-4)) return significant(value, digits);
  if (size == 0) return with_point(printed("%.*f", digits - 1, 0.0));
  // Rounding may carry into a new digit (9.9996 -> 10.00): count the digits of what will be printed.
  const double unit = std::pow(10.0, digits - 1 - std::floor(std::log10(size)));
  const int before = static_cast<int>(std::floor(std::log10(std::round(size * unit) / unit))) + 1;
  return with_point(printed("%.*f", std::max(0, digits - before), value));
}

std::string decimals(double value, int digits) {
  if (!std::isfinite(value)) return name_of_non_finite(value);
  return with_point(printed("%.*f", digits, value));
}

std::string compact(double value, int digits) {
  if (!std::isfinite(value)) return name_of_non_finite(value);
  struct Unit {
    double size;
    const char* name;
  };
  constexpr Unit units[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
  const double size = std::fabs(value);
  for (const Unit& unit : units) {
    // 999,999 is 1M at three digits, not 1000k.
    if (size >= unit.size * (1 - 0.5 * std::pow(10.0, -digits))) {
      return significant(std::strtod(printed("%.*g", digits, value / unit.size).c_str(), nullptr), digits) +
             unit.name;
    }
  }
  return significant(value, digits);
}

std::string grouped(double value) {
  if (!std::isfinite(value)) return name_of_non_finite(value);
  std::string digits = printed("%.*f", 0, std::fabs(value));
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  if (value < 0 && digits != "0") digits.insert(0, 1, '-');
  return digits;
}

std::string times(double value) {
  if (!std::isfinite(value)) return name_of_non_finite(value);
  return with_point(printed("%.*f", std::fabs(value) < 99.995 ? 2 : 0, value)) + "×";
}

std::string percent(double share) {
  if (!std::isfinite(share)) return name_of_non_finite(share);
  return with_point(printed("%.*f", 1, share * 100)) + " %";
}

std::string in_percent(double share) {
  if (!std::isfinite(share)) return name_of_non_finite(share);
  return with_point(printed("%.*f", 0, share * 100));
}

std::string three_digits(double value) { return significant(value, 3); }

}  // namespace viz
