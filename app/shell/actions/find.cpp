#include "app/shell/actions/find.h"

#include <algorithm>
#include <charconv>

#include "app/ui/fuzzy.h"

namespace switchyard::app {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

template <class Label>
void add_groups(std::vector<NamedGroup>& out, std::string_view what, const std::vector<std::string>& names,
                const std::vector<Label>& labels, std::string_view query) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (lower_case(names[i]).find(query) == std::string::npos) continue;
    NamedGroup group{std::string(what), names[i], std::vector<std::uint8_t>(labels.size())};
    for (std::size_t t = 0; t < labels.size(); ++t) group.members[t] = static_cast<std::size_t>(labels[t]) == i;
    out.push_back(std::move(group));
  }
}

}  // namespace

int expert_named(std::string_view query) {
  const std::string all = lower_case(trimmed(query));
  std::string_view text = all;
  for (const std::string_view word : {"expert", "e"}) {
    if (!text.starts_with(word)) continue;
    text = trimmed(text.substr(word.size()));
    break;
  }
  int number = -1;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || number < 0) return -1;
  return number;
}

std::vector<TextPlace> find_text(const ProbeTokens& tokens, std::string_view query) {
  std::vector<TextPlace> out;
  if (query.empty()) return out;
  const bool exact = std::any_of(query.begin(), query.end(), [](unsigned char c) { return std::isupper(c); });
  const std::string wanted = exact ? std::string(query) : lower_case(query);
  const auto length = static_cast<std::size_t>(std::max(1, tokens.sequence_length));
  for (std::size_t start = 0; start < tokens.text.size(); start += length) {
    const std::size_t stop = std::min(tokens.text.size(), start + length);
    std::string passage;
    std::vector<std::size_t> token_at;  // of every byte
    for (std::size_t t = start; t < stop; ++t) {
      passage += exact ? tokens.text[t] : lower_case(tokens.text[t]);
      token_at.resize(passage.size(), t);
    }
    for (std::size_t at = passage.find(wanted); at != std::string::npos; at = passage.find(wanted, at + wanted.size()))
      out.push_back({token_at[at], token_at[at + wanted.size() - 1] + 1});
  }
  return out;
}

std::vector<NamedGroup> find_groups(const Snapshot& snapshot, std::string_view query) {
  std::vector<NamedGroup> out;
  const std::string wanted = lower_case(trimmed(query));
  if (wanted.empty()) return out;
  if (snapshot.tokens) add_groups(out, "domain", snapshot.tokens->domain_names, snapshot.tokens->domain, wanted);
  if (snapshot.points) {
    add_groups(out, "class", snapshot.points->class_names, snapshot.points->label, wanted);
    add_groups(out, "kind", snapshot.points->kind_names, snapshot.points->kind, wanted);
  }
  return out;
}

}  // namespace switchyard::app
