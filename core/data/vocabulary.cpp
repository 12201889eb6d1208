#include <fmt/format.h>

#include <algorithm>

#include "core/base/utf8.h"
#include "core/data/corpus.h"
#include "core/data/text.h"

namespace switchyard {
namespace {

const std::string kUnknownToken = "<unk>";

}  // namespace

Vocabulary Vocabulary::from_text(std::u32string_view training, std::u32string_view everything,
                                 std::int64_t limit) {
  std::vector<std::uint32_t> frequency(kCodePoints);
  for (const char32_t c : training) ++frequency[c];
  std::vector<std::pair<char32_t, std::uint32_t>> ranked;
  for (std::size_t c = 0; c < kCodePoints; ++c)
    if (frequency[c] > 0) ranked.emplace_back(static_cast<char32_t>(c), frequency[c]);
  if (const auto most = static_cast<std::size_t>(limit); limit > 0 && ranked.size() > most) {
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    for (auto left_out = ranked.begin() + static_cast<std::ptrdiff_t>(most); left_out != ranked.end(); ++left_out)
      frequency[left_out->first] = 0;
    ranked.resize(most);
    std::sort(ranked.begin(), ranked.end());
  }

  Vocabulary vocabulary;
  for (const auto& [character, count] : ranked) {
    vocabulary.ids_.emplace_back(character, vocabulary.size());
    vocabulary.tokens_.push_back(encode_utf8(character));
  }
  const bool all_known =
      std::all_of(everything.begin(), everything.end(), [&](char32_t c) { return frequency[c] > 0; });
  if (!all_known) {
    vocabulary.unknown_ = vocabulary.size();
    vocabulary.tokens_.push_back(kUnknownToken);
  }
  return vocabulary;
}

Result<Vocabulary> Vocabulary::from_tokens(const std::vector<std::string>& tokens) {
  Vocabulary vocabulary;
  if (tokens.empty() || tokens.size() > kCodePoints)
    return usage_error(fmt::format("vocabulary: has {} tokens, allowed is 1 to {}", tokens.size(), kCodePoints));
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

Result<Vocabulary::Encoded> Vocabulary::encode(std::string_view bytes) const {
  const auto text = text_from_bytes(bytes);
  if (!text) return usage_error("the text " + text.error().message);
  Encoded encoded;
  encoded.ids.reserve(text->size());
  for (const char32_t c : *text) {
    const std::int32_t token = id(c);
    if (token < 0) {
      ++encoded.left_out;
      continue;
    }
    encoded.unknown += token == unknown_ ? 1 : 0;
    encoded.ids.push_back(token);
  }
  return encoded;
}

}  // namespace switchyard
