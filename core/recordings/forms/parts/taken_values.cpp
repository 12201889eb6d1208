#include "core/recordings/forms/parts/taken_values.h"

#include <algorithm>
#include <utility>

#include "core/recordings/forms/parts/base64.h"

namespace switchyard {
namespace {

std::size_t past_spaces(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

// Where the value behind a key begins; npos: no key stands there. In a text the quote would have a backslash
// before it, and behind a text's end no JSON goes on with letters.
std::size_t value_behind(std::string_view text, std::size_t key, std::size_t length) {
  const std::size_t before = text.find_last_not_of(" \t\r\n", key == 0 ? 0 : key - 1);
  if (key == 0 || before == std::string_view::npos || (text[before] != '{' && text[before] != ','))
    return std::string_view::npos;
  const std::size_t colon = past_spaces(text, key + length);
  return colon < text.size() && text[colon] == ':' ? past_spaces(text, colon + 1) : std::string_view::npos;
}

// The end of the value that begins here, if it can be taken; else npos.
std::size_t take_value(std::string_view text, std::size_t begin, TakenValue& value) {
  if (text[begin] == '"') {
    const std::size_t end = text.find('"', begin + 1);
    if (end == std::string_view::npos) return end;
    value.bytes = bytes_of_plain_base64(text.substr(begin + 1, end - begin - 1));
    return value.bytes ? end + 1 : std::string_view::npos;
  }
  if (text[begin] != '[') return std::string_view::npos;
  const char* const end = scan_block(text.data() + begin, text.data() + text.size(), value.block);
  return end ? static_cast<std::size_t>(end - text.data()) : std::string_view::npos;
}

}  // namespace

std::optional<TakenValues> take_values_out(std::string_view text, std::span<const std::string_view> keys) {
  // A key may be written with escapes and be one of these all the same. A text that is a key has a colon behind
  // it.
  for (std::size_t at = text.find("\\u00"); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find('"', at), text.size() - 1), colon = past_spaces(text, end + 1);
    if (colon < text.size() && text[colon] == ':') return std::nullopt;
    at = text.find("\\u00", end);
  }
  std::vector<std::string> names;
  for (const std::string_view key : keys) names.push_back('"' + std::string(key) + '"');
  // The next of each, from `at` on.
  std::vector<std::size_t> next;
  for (const std::string& name : names) next.push_back(text.find(name));
  TakenValues taken;
  std::size_t copied = 0;
  while (true) {
    const auto lowest = std::min_element(next.begin(), next.end());
    if (lowest == next.end() || *lowest == std::string_view::npos) break;
    const std::string& name = names[static_cast<std::size_t>(lowest - next.begin())];
    const std::size_t begin = value_behind(text, *lowest, name.size());
    std::size_t past = *lowest + name.size();
    if (begin < text.size()) {
      if (text[begin] == '-' || (text[begin] >= '0' && text[begin] <= '9')) return std::nullopt;
      TakenValue value;
      if (const std::size_t end = take_value(text, begin, value); end != std::string_view::npos) {
        taken.rest.append(text, copied, begin - copied);
        taken.rest += std::to_string(taken.values.size()) + ' ';
        taken.values.push_back(std::move(value));
        copied = past = end;
      }
    }
    for (std::size_t k = 0; k < names.size(); ++k)
      if (next[k] != std::string_view::npos && next[k] < past) next[k] = text.find(names[k], past);
  }
  taken.rest.append(text, copied);
  return taken;
}

}  // namespace switchyard
