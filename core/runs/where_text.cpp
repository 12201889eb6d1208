#include "core/runs/where_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/base/utf8.h"

namespace switchyard {

std::size_t character_at(std::string_view text, std::size_t byte) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  const std::string_view before = text.substr(0, byte);
  return static_cast<std::size_t>(std::count_if(before.begin(), before.end(), begins)) + 1;
}

Result<void> check_where(std::string_view text) {
  if (text.size() > kMostFilterBytes)
    return usage_error(fmt::format("is {} bytes long: allowed are {}", text.size(), kMostFilterBytes));
  const auto refuse = [&](std::string_view why, std::size_t byte) {
    return usage_error(fmt::format("{}, at character {}", why, character_at(text, byte)));
  };
  if (const auto bad = bad_utf8(text)) return refuse("is no UTF-8", *bad);
  if (const std::size_t zero = text.find('\0'); zero != text.npos) return refuse("a zero byte", zero);
  std::vector<std::size_t> open;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const std::string_view pair = text.substr(at, 2);
    if (c == '\'' || c == '"' || c == '`' || c == '[') {
      // A doubled quote within quotes is two strings side by side here, which comes to the same.
      const std::size_t end = text.find(c == '[' ? ']' : c, at + 1);
      if (end == text.npos) return refuse("a quote that does not end", at);
      at = end;
    } else if (c == ';') {
      return refuse("a semicolon: a filter is one expression", at);
    } else if (pair == "--" || pair == "/*") {
      return refuse("a comment: a filter is one expression", at);
    } else if (std::string_view("?:@$#").find(c) != std::string_view::npos) {
      // Tcl's $name(...) may hold quotes and parentheses of its own.
      return refuse(fmt::format("'{}', which stands for a parameter: there is none", c), at);
    } else if (c == '(') {
      open.push_back(at);
    } else if (c == ')') {
      if (open.empty()) return refuse("a parenthesis that closes none", at);
      open.pop_back();
    }
  }
  if (!open.empty()) return refuse("a parenthesis that is not closed", open.back());
  return {};
}

}  // namespace switchyard
