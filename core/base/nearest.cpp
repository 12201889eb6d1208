#include "core/base/nearest.h"

#include <algorithm>
#include <utility>

namespace switchyard {
namespace {

constexpr std::size_t kLongestWord = 64;  // what is longer was no slip of the hand

std::size_t farthest(std::string_view word) { return std::max<std::size_t>(2, word.size() / 3); }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string_view nearest_name(std::string_view word, std::span<const std::string_view> names) {
  std::string_view best;
  if (word.size() > kLongestWord) return best;
  std::size_t least = farthest(word) + 1;
  for (const std::string_view name : names)
    if (const std::size_t d = edit_distance(word, name); d < least) least = d, best = name;
  return best;
}

std::vector<std::string_view> near_names(std::string_view word, std::span<const std::string_view> names,
                                         std::size_t most) {
  std::vector<std::string_view> near;
  if (word.empty() || word.size() > kLongestWord) return near;
  std::vector<std::pair<std::size_t, std::string_view>> found;
  for (const std::string_view name : names)
    if (const std::size_t d = edit_distance(word, name); d <= farthest(word)) found.emplace_back(d, name);
    else if (name.find(word) != name.npos) found.emplace_back(kLongestWord + name.size(), name);
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [distance, name] : found)
    if (near.size() < most) near.push_back(name);
  return near;
}

}  // namespace switchyard
