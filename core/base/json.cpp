#include "core/base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "core/base/input_file.h"

namespace switchyard {
namespace {

using Library = nlohmann::ordered_json;

// The text as the parser reads it, a byte at a time; `reached` follows, since most of its news come without a place.
class Reading {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Reading(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  Reading& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  Reading operator++(int) {
    const Reading before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Reading& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.'; }

// The bare word around an offset, NaN, -Infinity, 007, if it is one that means no number.
std::string_view not_a_number_at(std::string_view text, std::size_t offset) {
  std::size_t begin = std::min(offset, text.size()), end = begin;
  while (begin > 0 && offset - begin < 16 && in_word(text[begin - 1])) --begin;
  while (end < text.size() && end - offset < 16 && in_word(text[end])) ++end;
  const std::string_view word = text.substr(begin, end - begin);
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!lower.empty() && (lower[0] == '-' || lower[0] == '+')) lower.erase(0, 1);
  return lower == "nan" || lower == "inf" || lower == "infinity" ? word : std::string_view();
}

std::string quoted_excerpt(const std::string& key) {
  const std::string shown = excerpt(key);
  return fmt::format("'{}'", std::string_view(shown).substr(1, shown.size() - 2));
}

// A key that the object holds twice. By sorting: no choice of keys makes it slow.
const std::string* duplicate_in(const Json::Object& object) {
  std::vector<std::uint32_t> order(object.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return object[a].key < object[b].key; });
  const auto twice = std::adjacent_find(order.begin(), order.end(), [&](auto a, auto b) { return object[a].key == object[b].key; });
  return twice == order.end() ? nullptr : &object[*twice].key;
}

// Builds the value as the parser tells of it; false stops the parser.
class Builder {
 public:
  Builder(std::string_view text, const char* const& reached) : text_(text), reached_(reached) {}

  bool null() { return add({}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return add(value <= most ? Json(value) : Json(static_cast<double>(value)));
  }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Library::binary_t&) { return false; }  // not of text
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool key(std::string& name) {
    last_key_ = name;
    open_.back().key = std::move(name);
    return true;
  }
  bool end_object() {
    if (const std::string* twice = duplicate_in(*open_.back().value.members()))
      return stop(fmt::format("key {} appears twice", quoted_excerpt(*twice)));
    return close();
  }
  bool end_array() { return close(); }
  bool parse_error(std::size_t position, const std::string&, const Library::exception& error) {
    constexpr int too_large = 406;
    const std::size_t offset = position > 0 ? position - 1 : 0;
    if (error.id == too_large) return stop("a number is too large" + at_key());
    if (const auto word = not_a_number_at(text_, offset); !word.empty())
      return stop(fmt::format("{} is not a finite number{}", word, at_key()), offset);
    return stop((offset >= text_.size() ? "the JSON ends too early" : "not valid JSON") + at_key(), offset);
  }

  Json take() { return std::move(root_); }
  // Why it stopped, with the place.
  const std::string& problem() const { return problem_; }

 private:
  struct Open {
    std::string key;  // of the member that comes next
    Json value;
  };

  std::string at_key() const { return last_key_.empty() ? "" : " at key " + quoted_excerpt(last_key_); }

  bool stop(const std::string& why) { return stop(why, static_cast<std::size_t>(reached_ - text_.data()) - 1); }
  bool stop(const std::string& why, std::size_t offset) {
    const std::string_view before = text_.substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    problem_ = fmt::format("line {}, column {}: {}", line,
                           1 + offset - (newline == std::string_view::npos ? 0 : newline + 1), why);
    return false;
  }
  bool count() {
    return ++values_ <= kMaxJsonValues || stop(fmt::format("more than {} values in one text", kMaxJsonValues));
  }
  bool add(Json value) {
    if (!count()) return false;
    place(std::move(value));
    return true;
  }
  bool open(Json container) {
    if (!count()) return false;
    if (open_.size() == kMaxJsonDepth)
      return stop(fmt::format("nested more than {} deep{}", kMaxJsonDepth, at_key()));
    open_.push_back({{}, std::move(container)});
    return true;
  }
  bool close() {
    Json done = std::move(open_.back().value);
    open_.pop_back();
    place(std::move(done));
    return true;
  }
  void place(Json value) {
    if (open_.empty()) root_ = std::move(value);
    else if (open_.back().value.members()) open_.back().value.add_member(std::move(open_.back().key), std::move(value));
    else open_.back().value.push_back(std::move(value));
  }

  std::string_view text_;
  const char* const& reached_;
  Json root_;
  std::vector<Open> open_;  // the arrays and objects around what comes next
  std::size_t values_ = 0;
  std::string last_key_, problem_;
};

Library to_library(const Json& value) {
  if (const auto* boolean = value.boolean()) return *boolean;
  if (const auto* integer = value.integer()) return *integer;
  if (const auto number = value.number()) return *number;
  if (const auto* text = value.text()) return *text;
  if (const auto* items = value.array_items()) {
    Library::array_t out;
    for (const Json& item : *items) out.push_back(to_library(item));
    return out;
  }
  if (const auto* members = value.members()) {
    // Past the library's own insertion, which looks for the key each time.
    Library::object_t out;
    for (const auto& [key, item] : *members) static_cast<Library::object_t::Container&>(out).emplace_back(key, to_library(item));
    return out;
  }
  return nullptr;
}

template <class Number>
std::string number_text(Number value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

}  // namespace

Json::Json(Array items) : value_(std::move(items)) {}
Json::Json(std::initializer_list<Member> members) : value_(Object(members)) {}

Json Json::array() { return Json(Array()); }
Json Json::object() { return Json(std::initializer_list<Member>()); }

std::optional<double> Json::number() const {
  if (const auto* whole = integer()) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value_)) return *real;
  return std::nullopt;
}

std::string_view Json::type_name() const {
  static constexpr std::string_view names[] = {"null", "boolean", "number", "number", "string", "array", "object"};
  return names[value_.index()];
}

std::size_t Json::size() const {
  if (const auto* items = array_items()) return items->size();
  if (const auto* all = members()) return all->size();
  return 0;
}

const Json& Json::operator[](std::string_view key) const {
  static const Json null;
  if (const auto* all = members())
    for (const Member& member : *all)
      if (member.key == key) return member.value;
  return null;
}

const Json& Json::operator[](std::size_t index) const {
  static const Json null;
  const auto* items = array_items();
  return items && index < items->size() ? (*items)[index] : null;
}

bool Json::contains(std::string_view key) const {
  const auto* all = members();
  return all && std::any_of(all->begin(), all->end(), [&](const Member& member) { return member.key == key; });
}

Json& Json::member(std::string_view key) {
  if (!members()) *this = object();
  auto* all = boxed<Object>();
  for (Member& member : *all)
    if (member.key == key) return member.value;
  return all->emplace_back(Member{std::string(key), {}}).value;
}

void Json::push_back(Json item) {
  if (!array_items()) *this = array();
  boxed<Array>()->push_back(std::move(item));
}

void Json::add_member(std::string key, Json value) {
  if (!members()) *this = object();
  boxed<Object>()->push_back({std::move(key), std::move(value)});
}

Result<Json> parse_json(std::string_view text, const std::string& where) {
  if (text.size() > kMaxJsonBytes)
    return usage_error(fmt::format("{}: larger than {} MB, the most a JSON text may have", where, kMaxJsonBytes >> 20));
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return usage_error(where + ": is empty; wants JSON");
  // The parser would take it for the end.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    return usage_error(fmt::format("{}: not valid JSON: byte {} is zero", where, zero));
  const char* reached = text.data();
  Builder builder(text, reached);
  const Reading begin(text.data(), &reached), end(text.data() + text.size(), &reached);
  if (Library::sax_parse(begin, end, &builder)) return builder.take();
  return usage_error(fmt::format("{}: {}", where, builder.problem()));
}

Result<Json> read_json_file(const std::filesystem::path& path) {
  const auto file = InputFile::open(path);
  if (!file) return file.error();
  const auto text = file->read_all(kMaxJsonBytes);
  if (!text) return text.error();
  return parse_json(*text, path.native());
}

std::string dump_json(const Json& value, int indent, bool ascii) {
  return to_library(value).dump(indent, ' ', ascii, Library::error_handler_t::replace);
}

std::string excerpt(const Json& value) {
  constexpr std::size_t most = 60;
  // A cut short text first: what is left out need not be written.
  const std::string* text = value.text();
  std::string shown = text ? dump_json(text->substr(0, most), -1, true)
                      : value.size() > most ? fmt::format("{} of {}", value.type_name(), value.size())
                                            : dump_json(value, -1, true);
  if (shown.size() > most || (text && text->size() > most)) {
    shown.resize(std::min(shown.size(), most) - 4);
    shown += text ? "...\"" : "...";
  }
  return shown;
}

std::string json_number(float value) { return number_text(value); }
std::string json_number(double value) { return number_text(value); }

}  // namespace switchyard
