// How the texts and blocks of a checkpoint are read without trust, and its numbers written so that they read back
// to the bit.
//
// Thread safety: an object belongs to one thread. Errors are of kind usage and name the file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/record/checkpoint/checkpoint_blocks.h"

namespace switchyard {

// A number, or the 16 hexadecimal digits of the bits of one that is not finite.
Json exact_json(double value);

// Members of an object of unknown origin. The first that is not as it should be is kept.
class Members {
 public:
  // `json` outlives it. where: what messages name.
  Members(const Json& json, std::string where);

  std::int64_t integer(std::string_view key, std::int64_t least = 0);
  std::int32_t index(std::string_view key);  // what is beyond 32 bits is the largest of them
  double number(std::string_view key);
  std::string text(std::string_view key);
  const Json::Array& items(std::string_view key);
  const Json& operator[](std::string_view key) const { return json_[key]; }
  void fail(std::string_view what);
  const std::optional<Error>& error() const { return error_; }
  const std::string& where() const { return where_; }

 private:
  const Json& json_;
  std::string where_;
  std::optional<Error> error_;
};

// Blocks of F64 by name. The first that is not as it should be is kept.
class NamedBlocks {
 public:
  // `all` outlives it.
  NamedBlocks(const DoubleBlocks& all, std::string where);

  // Null: missing, or not of so many dimensions.
  const DoubleBlocks::Entry* find(const std::string& name, std::size_t dimensions);
  std::span<const double> numbers(const DoubleBlocks::Entry& entry) const {
    return std::span(all_.values).subspan(entry.begin, entry.count);
  }
  // Of one dimension.
  std::vector<double> vector(const std::string& name);
  // A step, which is kept as F64.
  std::int64_t step(double value, const std::string& name);
  void fail(const std::string& name, std::string_view what);
  const std::optional<Error>& error() const { return error_; }

 private:
  const DoubleBlocks& all_;
  std::string where_;
  std::map<std::string_view, const DoubleBlocks::Entry*> by_name_;
  std::optional<Error> error_;
};

// "ROOM/LAYER/WHAT".
std::string block_name(std::string_view room, std::size_t layer, std::string_view what = {});
// The text of this key, parsed.
Result<Json> text_json(const Metadata& texts, const std::string& key, const std::string& where);
// The member "layers": no more than a model can have, so that a number alone cannot make work.
std::size_t layers_in(Members& members);

}  // namespace switchyard
