// A group of items as columns: the same figure of all of them stands together. Written and read by the same call.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/record/tape/bytes.h"

namespace switchyard {

// One column of a group, `member` giving each item's number; what is read goes where it is given from.
template <class T, class Items, class Member>
void column(ByteWriter& bytes, const Items& items, Member member) {
  std::vector<T> numbers;
  numbers.reserve(items.size());
  for (const auto& item : items) numbers.push_back(member(item));
  bytes.planes(std::span<const T>(numbers));
}
template <class T, class Items, class Member>
void column(ByteReader& bytes, Items& items, Member member) {
  std::vector<T> numbers;
  bytes.planes(numbers, items.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) member(items[i]) = numbers[i];
}

// Unsigned, so that damage cannot overflow.
template <class Items, class Member>
void differences(ByteWriter& bytes, const Items& items, Member member) {
  std::vector<std::uint64_t> numbers;
  std::uint64_t before = 0;
  for (const auto& item : items) {
    const auto now = static_cast<std::uint64_t>(member(item));
    numbers.push_back(now - std::exchange(before, now));
  }
  bytes.planes(std::span<const std::uint64_t>(numbers));
}
template <class Items, class Member>
void differences(ByteReader& bytes, Items& items, Member member) {
  std::vector<std::uint64_t> numbers;
  bytes.planes(numbers, items.size());
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) member(items[i]) = static_cast<std::int64_t>(sum += numbers[i]);
}

}  // namespace switchyard
