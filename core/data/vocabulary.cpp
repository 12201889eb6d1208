#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "core/data/corpus.h"
#include "core/base/utf8.h"

namespace switchyard {
namespace {

const std::string kUnknownToken = "<unk>";

}  // namespace

Vocabulary Vocabulary::from_text(const std::u32string& training, const std::u32string& everything) {
  std::unordered_map<char32_t, std::size_t> frequency;
  for (char32_t c : training) ++frequency[c];
  std::vector<std::pair<char32_t, std::size_t>> ranked(frequency.begin(), frequency.end());
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (ranked.size() > kMaxCharacters) ranked.resize(kMaxCharacters);
  std::sort(ranked.begin(), ranked.end());

  Vocabulary vocabulary;
  for (const auto& [character, count] : ranked) {
    vocabulary.ids_.emplace_back(character, vocabulary.size());
    vocabulary.tokens_.push_back(encode_utf8(character));
  }
  const bool all_known =
      std::all_of(everything.begin(), everything.end(), [&](char32_t c) { return vocabulary.id(c) >= 0; });
  if (!all_known) {
    vocabulary.unknown_ = vocabulary.size();
    vocabulary.tokens_.push_back(kUnknownToken);
  }
  return vocabulary;
}

Result<Vocabulary> Vocabulary::from_tokens(const std::vector<std::string>& tokens) {
  Vocabulary vocabulary;
  if (tokens.empty() || tokens.size() > kMaxCharacters + 1)
    return usage_error(
        fmt::format("vocabulary: has {} tokens, allowed is 1 to {}", tokens.size(), kMaxCharacters + 1));
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (tokens[i] == kUnknownToken) {
      if (i + 1 != tokens.size()) return usage_error("vocabulary: <unk> must be the last token, once");
      vocabulary.unknown_ = id;
    } else {
      const DecodedText decoded = decode_utf8(tokens[i]);
      if (decoded.bad_byte || decoded.text.size() != 1)
        return usage_error(fmt::format("vocabulary: token {} is not one UTF-8 character", i));
      vocabulary.ids_.emplace_back(decoded.text[0], id);
    }
    vocabulary.tokens_.push_back(tokens[i]);
  }
  std::sort(vocabulary.ids_.begin(), vocabulary.ids_.end());
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  const auto twice = std::adjacent_find(vocabulary.ids_.begin(), vocabulary.ids_.end(), same);
  if (twice != vocabulary.ids_.end())
    return usage_error(
        fmt::format("vocabulary: tokens {} and {} are the same", twice->second, (twice + 1)->second));
  return vocabulary;
}

std::int32_t Vocabulary::id(char32_t character) const {
  const auto at = std::lower_bound(ids_.begin(), ids_.end(), character,
                                   [](const auto& entry, char32_t c) { return entry.first < c; });
  return at != ids_.end() && at->first == character ? at->second : unknown_;
}

Result<std::vector<std::int32_t>> Vocabulary::encode(std::string_view utf8) const {
  const DecodedText decoded = decode_utf8(utf8);
  if (decoded.bad_byte)
    return usage_error(fmt::format("the text is not valid UTF-8 at byte {}", *decoded.bad_byte));
  std::vector<std::int32_t> encoded;
  encoded.reserve(decoded.text.size());
  for (char32_t c : decoded.text)
    if (const std::int32_t token = id(c); token >= 0) encoded.push_back(token);
  return encoded;
}

}  // namespace switchyard
