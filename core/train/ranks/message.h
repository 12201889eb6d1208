// What rank 0 tells the others, as bytes: values in the order in which they were put. Both ends are of one
// program. Thread safety: a value.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "core/model/ranks/rank_group.h"

namespace switchyard {

// What every message is at least: one broadcast. Longer ones take a second.
inline constexpr std::int64_t kMessageBytes = 1024;

class Message {
 public:
  Message& put(std::int64_t number);
  Message& put(double number);
  Message& put(const std::string& text);
  Message& put(const std::vector<float>& numbers);
  template <class Each>
  Message& put(const std::vector<Each>& all) {
    put(static_cast<std::int64_t>(all.size()));
    for (const Each& one : all) put(one);
    return *this;
  }

  // In the same order; a message that ends early gives zeros and empty ones.
  std::int64_t number();
  double real();
  std::string text();
  std::vector<float> floats();
  std::vector<std::string> texts();
  std::vector<std::int64_t> numbers();
  std::vector<double> reals();

  // All of another one behind what this holds.
  void append(const Message& other) { bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end()); }

  // From rank 0 to all, this one or its copy. Collective.
  void share(RankGroup& ranks);

 private:
  void put_bytes(const void* from, std::size_t count);
  bool take_bytes(void* to, std::size_t count);
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

}  // namespace switchyard
