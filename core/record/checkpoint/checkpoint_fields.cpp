#include "core/record/checkpoint/checkpoint_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace switchyard {
namespace {

constexpr std::size_t kBitDigits = 16;
constexpr std::int64_t kMostLayers = 100'000;  // beyond any model's

std::optional<double> exact_number(const Json& json) {
  const std::string* text = json.text();
  if (!text) return json.number();
  std::uint64_t bits = 0;
  const char* end = text->data() + text->size();
  const auto [reached, code] = std::from_chars(text->data(), end, bits, 16);
  if (text->size() != kBitDigits || code != std::errc() || reached != end) return std::nullopt;
  return std::bit_cast<double>(bits);
}

}  // namespace

Json exact_json(double value) {
  if (std::isfinite(value)) return value;
  return fmt::format("{:0{}x}", std::bit_cast<std::uint64_t>(value), kBitDigits);
}

Members::Members(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
  if (!json.members()) fail("is not an object");
}

std::int64_t Members::integer(std::string_view key, std::int64_t least) {
  const std::int64_t* value = json_[key].integer();
  if (value && *value >= least) return *value;
  fail(fmt::format("'{}' is not a whole number of at least {}", key, least));
  return least;
}

std::int32_t Members::index(std::string_view key) {
  return static_cast<std::int32_t>(std::min<std::int64_t>(integer(key), std::numeric_limits<std::int32_t>::max()));
}

double Members::number(std::string_view key) {
  const auto value = exact_number(json_[key]);
  if (!value) fail(fmt::format("'{}' is not a number", key));
  return value.value_or(0);
}

std::string Members::text(std::string_view key) {
  const std::string* value = json_[key].text();
  if (!value) fail(fmt::format("'{}' is not a text", key));
  return value ? *value : std::string();
}

const Json::Array& Members::items(std::string_view key) {
  static const Json::Array none;
  const Json::Array* value = json_[key].array_items();
  if (!value) fail(fmt::format("'{}' is not a list", key));
  return value ? *value : none;
}

void Members::fail(std::string_view what) {
  if (!error_) error_ = usage_error(fmt::format("{}: {}", where_, what));
}

NamedBlocks::NamedBlocks(const DoubleBlocks& all, std::string where) : all_(all), where_(std::move(where)) {
  for (const DoubleBlocks::Entry& entry : all.entries) by_name_[entry.name] = &entry;
}

const DoubleBlocks::Entry* NamedBlocks::find(const std::string& name, std::size_t dimensions) {
  const auto at = by_name_.find(name);
  if (at != by_name_.end() && at->second->shape.size() == dimensions) return at->second;
  fail(name, "is missing or has another shape");
  return nullptr;
}

std::vector<double> NamedBlocks::vector(const std::string& name) {
  const auto* entry = find(name, 1);
  if (!entry) return {};
  const auto values = numbers(*entry);
  return {values.begin(), values.end()};
}

std::int64_t NamedBlocks::step(double value, const std::string& name) {
  constexpr double most = 9007199254740992.0;
  if (value >= 0 && value <= most && value == std::floor(value)) return static_cast<std::int64_t>(value);
  fail(name, "holds something that is not a step");
  return 0;
}

void NamedBlocks::fail(const std::string& name, std::string_view what) {
  if (!error_) error_ = usage_error(fmt::format("{}: tensor '{}' {}", where_, name, what));
}

std::string block_name(std::string_view room, std::size_t layer, std::string_view what) {
  return what.empty() ? fmt::format("{}/{}", room, layer) : fmt::format("{}/{}/{}", room, layer, what);
}

Result<Json> text_json(const Metadata& texts, const std::string& key, const std::string& where) {
  const auto at = texts.find(key);
  if (at == texts.end()) return usage_error(fmt::format("{}: its metadata holds no '{}'", where, key));
  return parse_json(at->second, fmt::format("{}, metadata '{}'", where, key));
}

std::size_t layers_in(Members& members) {
  const std::int64_t layers = members.integer("layers");
  if (layers > kMostLayers) members.fail("'layers' is more than a model can have");
  return static_cast<std::size_t>(std::min(layers, kMostLayers));
}

}  // namespace switchyard
