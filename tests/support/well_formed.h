// Whether a text is well-formed XML as far as our figures use it: tags that close in order, attributes in double
// quotes and once each, only the five entities that need no declaration, no bare "<" or "&".
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::test {

// Empty: it is; else what is wrong and where.
inline std::string xml_problem(std::string_view text) {
  const auto at = [&](std::size_t i, std::string what) { return what + " at byte " + std::to_string(i); };
  const auto bad_text = [&](std::string_view part) {
    for (std::size_t i = 0; (i = part.find('&', i)) != std::string_view::npos; ++i) {
      const std::string_view name = part.substr(i + 1, std::min(part.find(';', i), part.size()) - i - 1);
      if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "apos") return true;
    }
    return part.find('<') != std::string_view::npos;
  };
  std::vector<std::string_view> open;
  std::size_t i = 0, roots = 0;
  if (text.starts_with("<?xml")) i = text.find("?>") + 2;
  while (i < text.size()) {
    const std::size_t tag = std::min(text.find('<', i), text.size());
    const std::string_view between = text.substr(i, tag - i);
    if (bad_text(between)) return at(i, "a stray & or an unknown entity");
    if (open.empty() && between.find_first_not_of(" \n\t") != std::string_view::npos)
      return at(i, "text outside the root");
    if (tag == text.size()) break;
    const std::size_t end = text.find('>', tag);
    if (end == std::string_view::npos) return at(tag, "a tag that does not end");
    std::string_view inside = text.substr(tag + 1, end - tag - 1);
    i = end + 1;
    if (inside.starts_with('/')) {
      if (open.empty() || open.back() != inside.substr(1)) return at(tag, "a tag that closes another");
      open.pop_back();
      continue;
    }
    const bool closes_itself = inside.ends_with('/');
    if (closes_itself) inside.remove_suffix(1);
    const std::size_t name_end = std::min(inside.find_first_of(" \n"), inside.size());
    const std::string_view name = inside.substr(0, name_end);
    if (name.empty()) return at(tag, "a tag without a name");
    if (open.empty() && ++roots > 1) return at(tag, "a second root");
    if (!closes_itself) open.push_back(name);
    std::vector<std::string_view> seen;
    for (std::string_view rest = inside.substr(name_end);;) {
      rest.remove_prefix(std::min(rest.find_first_not_of(" \n"), rest.size()));
      if (rest.empty()) break;
      const std::size_t equals = rest.find("=\"");
      if (equals == std::string_view::npos) return at(tag, "an attribute without a value");
      const std::string_view key = rest.substr(0, equals);
      const std::size_t quote = rest.find('"', equals + 2);
      if (quote == std::string_view::npos || bad_text(rest.substr(equals + 2, quote - equals - 2)))
        return at(tag, "a bad attribute");
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) return at(tag, "an attribute twice");
      seen.push_back(key);
      rest.remove_prefix(quote + 1);
    }
  }
  if (!open.empty()) return "an open tag at the end: " + std::string(open.back());
  return roots == 1 ? "" : "no root";
}

}  // namespace switchyard::test
