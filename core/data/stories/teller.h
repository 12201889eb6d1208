// The pen of the story writers: picks, counts, and fills "$slots" of sentences with what a story
// remembers, so that names, pronouns and objects agree from its first line to its last.
//
//   teller.set("toy", "red kite");  teller.say({"$Hero lost $his $toy.", "One day $his $toy was gone."});
//
// A slot is a $ and letters or digits; a capital first letter capitalises what is filled in.
// Thread safety: one thread a teller.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/random.h"

namespace switchyard::stories {

struct Person {
  std::string_view name;
  bool she;
};

class Teller {
 public:
  explicit Teller(RandomStream stream) : stream_(stream) {}

  // --- chance
  std::int64_t number(std::int64_t least, std::int64_t most);  // both inclusive
  bool chance(double probability) { return stream_.uniform() < probability; }
  template <class T>
  const T& pick(std::span<const T> from) {
    return from[stream_.below(from.size())];
  }
  template <class T, std::size_t N>
  const T& pick(const T (&from)[N]) {
    return from[stream_.below(N)];
  }
  std::string_view pick(std::initializer_list<std::string_view> from);
  // Two different entries of one list; the second excludes the first.
  template <class T, std::size_t N>
  std::pair<T, T> pick_two(const T (&from)[N]) {
    const auto first = stream_.below(N);
    const auto second = stream_.below(N - 1);
    return {from[first], from[second < first ? second : second + 1]};
  }
  // `count` different indices below `bound`, in random order.
  std::vector<std::size_t> sample(std::size_t bound, std::size_t count);

  // --- memory
  void set(std::string_view slot, std::string_view value) { slots_[std::string(slot)] = value; }
  void set(std::string_view slot, std::int64_t value) { set(slot, std::to_string(value)); }
  const std::string& get(std::string_view slot) const;
  // Slots prefix, prefix + "he", "him", "his": for the prefix "pal" $pal $palhe $palhim $palhis.
  void cast(std::string_view prefix, std::string_view name, bool she);

  // --- text
  std::string fill(std::string_view sentence) const;
  // Adds one of these, filled, to the current line, after a space if the line has text.
  void say(std::initializer_list<std::string_view> variants);
  void maybe(double probability, std::initializer_list<std::string_view> variants) {
    if (chance(probability)) say(variants);
  }
  // A whole line of its own, filled and as indented as it is.
  void line(std::string_view text);
  void lines(std::initializer_list<std::string_view> texts) {
    for (std::string_view text : texts) line(text);
  }
  // Ends the current line, if there is text in it.
  void end_line();
  std::string take();

 private:
  RandomStream stream_;
  std::map<std::string, std::string, std::less<>> slots_;
  std::string text_;
};

// "a" or "an", and the noun: all nouns of the grammar follow their first letter.
std::string with_article(std::string_view noun);
std::string capitalised(std::string_view text);
// 0 to 12 in words, digits above.
std::string in_words(std::int64_t number);

}  // namespace switchyard::stories
