// A text as a field of CSV (RFC 4180). Thread safety: pure function.
#pragma once

#include <string>
#include <string_view>

namespace switchyard {

// Behind `out`; in quotes where it holds a comma, a quote or an end of line.
inline void put_csv(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace switchyard
