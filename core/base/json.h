// JSON (RFC 8259) as a plain value; the one way from text to such values, and back.
//
// Reading is strict: nothing that the standard does not know (comments, NaN, trailing commas, bytes that are no UTF-8,
// zero bytes), no key twice in an object, nothing after the value. It is bounded: the limits below hold while the text is
// read, so that what a text of N bytes costs is a small multiple of N, whatever it holds.
//
// Writing never fails and always reads back: a number that is not finite is null, bytes that are no UTF-8 are U+FFFD.
//
// Thread safety: plain values, pure functions; read_json_file reads a file. Errors are of kind usage.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"

namespace switchyard {

inline constexpr std::size_t kMaxJsonBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxJsonDepth = 64;             // arrays and objects within each other
inline constexpr std::size_t kMaxJsonValues = 1'000'000;     // in all

class Json {
 public:
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;  // in the order of the text

  Json() {}  // null
  Json(std::nullptr_t) {}
  template <std::same_as<bool> Bool>
  Json(Bool value) : value_(value) {}
  template <std::integral Whole>
    requires(!std::same_as<Whole, bool>)
  Json(Whole value) : value_(static_cast<std::int64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : Json(std::string(value)) {}
  Json(const char* value) : Json(std::string(value)) {}
  Json(Array items);
  Json(std::initializer_list<Member> members);
  template <class T>
  Json(const std::vector<T>& items) : Json(Array(items.begin(), items.end())) {}

  static Json array();
  static Json object();

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  // What it holds, or null.
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* text() const { return boxed<std::string>(); }
  const Array* array_items() const { return boxed<Array>(); }
  const Object* members() const { return boxed<Object>(); }
  // Of a whole number or any other. A whole one beyond 64 bits is read as the nearest double.
  std::optional<double> number() const;
  std::string_view type_name() const;  // "object", "array", "string", ...

  // Members of an object, items of an array; 0 of anything else.
  std::size_t size() const;
  // What is not there is null.
  const Json& operator[](std::string_view key) const;
  const Json& operator[](std::size_t index) const;
  bool contains(std::string_view key) const;

  // For writing, by other names than for reading: what was read is never changed by being asked for something. What is
  // no object (no array) becomes one.
  Json& member(std::string_view key);
  void push_back(Json item);
  // Behind the others, without a look whether there is one of that name.
  void add_member(std::string key, Json value);

  bool operator==(const Json&) const = default;

 private:
  // A value elsewhere, so that a number takes no more room than it must.
  template <class T>
  class Box {
   public:
    Box(T value) : at_(std::make_unique<T>(std::move(value))) {}
    Box(const Box& other) : at_(std::make_unique<T>(*other.at_)) {}
    Box(Box&&) noexcept = default;
    Box& operator=(Box other) noexcept {
      at_.swap(other.at_);
      return *this;
    }
    ~Box() = default;
    T& operator*() const { return *at_; }
    bool operator==(const Box& other) const { return *at_ == *other.at_; }

   private:
    std::unique_ptr<T> at_;
  };
  template <class T>
  T* boxed() const {
    const Box<T>* box = std::get_if<Box<T>>(&value_);
    return box ? &**box : nullptr;
  }

  std::variant<std::nullptr_t, bool, std::int64_t, double, Box<std::string>, Box<Array>, Box<Object>> value_;
};

struct Json::Member {
  std::string key;
  Json value;
  bool operator==(const Member&) const = default;
};

// `where` names the source in messages, a file usually: "WHERE: line 2, column 15: NaN is not a finite number at key 'k'".
// usage: not JSON as above, or beyond a limit.
Result<Json> parse_json(std::string_view text, const std::string& where);
// usage: as parse_json and InputFile.
Result<Json> read_json_file(const std::filesystem::path& path);

// `indent` spaces a level; below 0: all in one line. `ascii`: every other character escaped.
std::string dump_json(const Json& value, int indent = -1, bool ascii = false);
// The start of a value of unknown origin, for a message: ASCII, without control characters, at most 60 of them.
std::string excerpt(const Json& value);
// The shortest text that reads back as the same number; null if it is not finite.
std::string json_number(float value);
std::string json_number(double value);

}  // namespace switchyard
