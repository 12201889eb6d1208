// Values as bytes and back: little-endian, floating point by its bits, so that whatever was written reads back the
// same, NaN included. Numbers of one kind lie in planes (all first bytes, all second ones, ...), which compresses
// better.
//
// Both sides are called alike, so that a walk over a type's members is written once:
//   template <class Bytes, class Facts> void walk(Bytes& bytes, Facts& facts) { bytes(facts.step),
//   bytes(facts.name); }
//
// A reader trusts nothing: a count is taken only where its bytes are there, and after the first that is not there
// all else is left as it was. Thread safety: an object belongs to one thread.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace switchyard {

using Bytes = std::vector<std::byte>;

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

template <class T>
concept PlainNumber = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

class ByteWriter {
 public:
  static constexpr bool kReads = false;

  template <PlainNumber T>
  void operator()(const T& number) {
    put(&number, sizeof(T));
  }
  void operator()(const bool& flag) { (*this)(static_cast<std::uint8_t>(flag)); }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    put(text.data(), text.size());
  }
  template <PlainNumber T, std::size_t N>
  void operator()(const std::array<T, N>& numbers) {
    for (const T& number : numbers) (*this)(number);
  }
  template <PlainNumber T>
  void operator()(const std::vector<T>& numbers) {
    (*this)(static_cast<std::uint32_t>(numbers.size()));
    planes(std::span(numbers));
  }
  void operator()(const std::vector<std::string>& texts) {
    list(texts, [this](const std::string& text) { (*this)(text); });
  }
  // A list of what is no number: `each` walks one.
  template <class T, class Each>
  void list(const std::vector<T>& items, Each each) {
    (*this)(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) each(item);
  }
  // Numbers whose count both sides know.
  template <PlainNumber T>
  void planes(std::span<const T> numbers) {
    const std::size_t count = numbers.size(), at = bytes_.size();
    bytes_.resize(at + count * sizeof(T));
    const auto* from = reinterpret_cast<const std::byte*>(numbers.data());
    for (std::size_t plane = 0; plane < sizeof(T); ++plane) {
      std::byte* const to = bytes_.data() + at + plane * count;
      for (std::size_t i = 0; i < count; ++i) to[i] = from[i * sizeof(T) + plane];
    }
  }

  Bytes take() { return std::move(bytes_); }
  std::size_t size() const { return bytes_.size(); }

 private:
  void put(const void* from, std::size_t count);

  Bytes bytes_;
};

class ByteReader {
 public:
  static constexpr bool kReads = true;

  explicit ByteReader(std::span<const std::byte> bytes) : left_(bytes) {}

  template <PlainNumber T>
  void operator()(T& number) {
    if (has(1, sizeof(T))) take(&number, sizeof(T));
  }
  void operator()(bool& flag) {
    std::uint8_t byte = 0;
    (*this)(byte);
    flag = byte != 0;
  }
  void operator()(std::string& text) {
    std::uint32_t count = 0;
    (*this)(count);
    if (!has(count, 1)) return;
    text.resize(count);
    take(text.data(), count);
  }
  template <PlainNumber T, std::size_t N>
  void operator()(std::array<T, N>& numbers) {
    for (T& number : numbers) (*this)(number);
  }
  template <PlainNumber T>
  void operator()(std::vector<T>& numbers) {
    std::uint32_t count = 0;
    (*this)(count);
    planes(numbers, count);
  }
  void operator()(std::vector<std::string>& texts) {
    list(texts, [this](std::string& text) { (*this)(text); });
  }
  // Grows with what is read, so that a count alone takes no memory; an item takes a byte at least.
  template <class T, class Each>
  void list(std::vector<T>& items, Each each) {
    std::uint32_t count = 0;
    (*this)(count);
    for (; count > 0 && has(count, 1); --count) each(items.emplace_back());
  }
  template <PlainNumber T>
  void planes(std::vector<T>& numbers, std::size_t count) {
    if (!has(count, sizeof(T))) return;
    numbers.resize(count);
    auto* to = reinterpret_cast<std::byte*>(numbers.data());
    for (std::size_t plane = 0; plane < sizeof(T); ++plane) {
      const std::byte* const from = left_.data() + plane * count;
      for (std::size_t i = 0; i < count; ++i) to[i * sizeof(T) + plane] = from[i];
    }
    left_ = left_.subspan(count * sizeof(T));
  }

  // Whether so many items of so many bytes are left; where they are not, nothing is from here on.
  bool has(std::size_t count, std::size_t bytes);
  void fail() {
    failed_ = true;
    left_ = {};
  }
  bool failed() const { return failed_; }
  std::size_t left() const { return left_.size(); }
  // Whether all of it was read, and there was no more.
  bool is_done() const { return !failed_ && left_.empty(); }

 private:
  void take(void* to, std::size_t count);

  std::span<const std::byte> left_;
  bool failed_ = false;
};

}  // namespace switchyard
