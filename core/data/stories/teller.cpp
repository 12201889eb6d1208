#include "core/data/stories/teller.h"

#include <array>
#include <cassert>
#include <numeric>
#include <stdexcept>

namespace switchyard::stories {
namespace {

// Not <cctype>: the locale must not matter.
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_slot_letter(char c) { return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9'); }

}  // namespace

std::int64_t Teller::number(std::int64_t least, std::int64_t most) {
  return least + static_cast<std::int64_t>(stream_.below(static_cast<std::uint64_t>(most - least + 1)));
}

std::string_view Teller::pick(std::initializer_list<std::string_view> from) {
  return from.begin()[stream_.below(from.size())];
}

std::vector<std::size_t> Teller::sample(std::size_t bound, std::size_t count) {
  assert(count <= bound);
  std::vector<std::size_t> all(bound);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[i + stream_.below(bound - i)]);
  all.resize(count);
  return all;
}

const std::string& Teller::get(std::string_view slot) const {
  const auto at = slots_.find(slot);
  if (at == slots_.end()) throw std::logic_error("stories: nothing set for $" + std::string(slot));
  return at->second;
}

void Teller::cast(std::string_view prefix, std::string_view name, bool she) {
  const std::string slot(prefix);
  set(slot, name);
  set(slot + "he", she ? "she" : "he");
  set(slot + "him", she ? "her" : "him");
  set(slot + "his", she ? "her" : "his");
}

std::string Teller::fill(std::string_view sentence) const {
  std::string filled;
  for (std::size_t at = 0; at < sentence.size();) {
    if (sentence[at] != '$') {
      filled += sentence[at++];
      continue;
    }
    std::size_t end = ++at;
    while (end < sentence.size() && is_slot_letter(sentence[end])) ++end;
    std::string slot(sentence.substr(at, end - at));
    const bool capital = is_upper(slot[0]);
    if (capital) slot[0] = static_cast<char>(slot[0] - 'A' + 'a');
    filled += capital ? capitalised(get(slot)) : get(slot);
    at = end;
  }
  return filled;
}

void Teller::say(std::initializer_list<std::string_view> variants) {
  if (!text_.empty() && text_.back() != '\n') text_ += ' ';
  text_ += fill(pick(variants));
}

void Teller::line(std::string_view text) {
  end_line();
  text_ += fill(text);
  text_ += '\n';
}

void Teller::end_line() {
  if (!text_.empty() && text_.back() != '\n') text_ += '\n';
}

std::string Teller::take() {
  while (!text_.empty() && text_.back() == '\n') text_.pop_back();
  return std::move(text_);
}

std::string with_article(std::string_view noun) {
  const bool vowel = std::string_view("aeiouAEIOU").find(noun.front()) != std::string_view::npos;
  return std::string(vowel ? "an " : "a ").append(noun);
}

std::string capitalised(std::string_view text) {
  std::string copy(text);
  if (!copy.empty() && is_lower(copy[0])) copy[0] = static_cast<char>(copy[0] - 'a' + 'A');
  return copy;
}

std::string in_words(std::int64_t number) {
  static constexpr std::array<std::string_view, 13> words{
      "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"};
  return number >= 0 && number <= 12 ? std::string(words[static_cast<std::size_t>(number)])
                                     : std::to_string(number);
}

}  // namespace switchyard::stories
