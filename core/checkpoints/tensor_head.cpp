#include "core/checkpoints/tensor_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "core/base/json.h"

namespace switchyard {
namespace {

using HeadJson = nlohmann::json;

constexpr std::uint64_t kHeadLengthBytes = 8;
constexpr std::size_t kHeadAsksEvery = 4096;  // keys
constexpr std::uint64_t kGlance = 1 << 18;    // bytes
constexpr std::size_t kLongestTensorName = 1000, kMostSizes = 8;
constexpr std::uint64_t kMostTensorBits = std::uint64_t{1} << 56;  // far below where sums overflow

// Bits of a tensor of that shape, if they can be counted.
std::optional<std::uint64_t> bits_of(const HeadTensor& tensor) {
  std::uint64_t bits = tensor.type->bits;
  for (const std::int64_t size : tensor.shape) {
    const auto factor = static_cast<std::uint64_t>(size);
    if (factor != 0 && bits > kMostTensorBits / factor) return std::nullopt;
    bits *= factor;
  }
  return bits;
}

// Takes the head as the parser tells of it; false stops the parser.
class HeadBuilder {
 public:
  explicit HeadBuilder(const GoesOn& goes_on) : goes_on_(goes_on) {}
  bool null() { return scalar({}, nullptr); }
  bool boolean(bool) { return scalar({}, nullptr); }
  bool number_integer(std::int64_t) { return scalar({}, nullptr); }  // a negative one
  bool number_unsigned(std::uint64_t value) { return scalar(value, nullptr); }
  bool number_float(double, const std::string&) { return scalar({}, nullptr); }
  bool string(std::string& text) { return scalar({}, &text); }
  bool binary(HeadJson::binary_t&) { return false; }  // not of text
  bool key(std::string& name) {
    was_ended_ = ++keys_ % kHeadAsksEvery == 0 && goes_on_ && !goes_on_();
    if (was_ended_) return false;
    if (skip_ > 0) return true;
    key_ = std::move(name);
    if (at_ == At::metadata) marks_ += key_ == "config" || key_ == "vocabulary" ? 1 : 0;
    if (at_ != At::top) return true;
    if (key_.empty() || key_.size() > kLongestTensorName)
      return stop(
          fmt::format("a tensor's name has {} bytes: allowed are 1 to {}", key_.size(), kLongestTensorName));
    now_ = {};
    has_type_ = has_shape_ = has_offsets_ = false;
    if (key_ != kMetadata) now_.name = key_;
    return true;
  }
  bool start_object(std::size_t) {
    if (skip_ > 0 || (at_ == At::tensor && !is_field())) return ++skip_, true;
    if (at_ == At::before) return go(At::top);
    if (at_ == At::top) return go(key_ == kMetadata ? At::metadata : At::tensor);
    return misplaced();
  }
  bool end_object() {
    if (skip_ > 0) return --skip_, true;
    if (at_ == At::tensor) return finish() && go(At::top);
    return go(at_ == At::metadata ? At::top : At::done);
  }
  bool start_array(std::size_t) {
    if (skip_ > 0 || (at_ == At::tensor && !is_field())) return ++skip_, true;
    if (at_ == At::tensor && key_ == "shape" && !std::exchange(has_shape_, true)) return go(At::shape);
    if (at_ == At::tensor && key_ == "data_offsets" && !std::exchange(has_offsets_, true)) {
      offsets_.clear();
      return go(At::offsets);
    }
    return misplaced();
  }
  bool end_array() {
    if (skip_ > 0) return --skip_, true;
    return go(At::tensor);
  }
  bool parse_error(std::size_t at, const std::string&, const HeadJson::exception&) {
    if (problem_.empty()) problem_ = fmt::format("its header is not valid JSON at byte {}", at);
    return false;
  }

  TensorHead head() { return {std::move(tensors_), marks_ == 2}; }
  bool was_ended() const { return was_ended_; }
  const std::string& problem() const { return problem_; }

 private:
  enum class At { before, top, tensor, shape, offsets, metadata, done };
  static constexpr std::string_view kMetadata = "__metadata__";

  bool is_field() const { return key_ == "dtype" || key_ == "shape" || key_ == "data_offsets"; }
  bool go(At where) {
    at_ = where;
    return true;
  }
  bool stop(std::string why) {
    problem_ = std::move(why);
    return false;
  }
  bool wrong(std::string_view what) { return stop(fmt::format("tensor '{}': {}", shown_name(now_.name), what)); }
  bool misplaced() {
    if (at_ == At::before) return stop("its header is not a JSON object");
    if (at_ == At::metadata) return stop(fmt::format("metadata '{}' is not a string", shown_name(key_)));
    if (at_ == At::top)
      return key_ == kMetadata ? stop("__metadata__ is not an object")
                               : wrong("its header entry is not an object");
    return wrong("wants one dtype, one shape (a list of sizes) and one data_offsets (two offsets)");
  }
  bool scalar(std::optional<std::uint64_t> whole, const std::string* text) {
    if (skip_ > 0) return true;
    if (at_ == At::metadata) return text ? true : misplaced();
    if (at_ == At::tensor && !is_field()) return true;
    if (at_ == At::tensor && key_ == "dtype" && text && !std::exchange(has_type_, true)) return take_type(*text);
    const bool is_size = whole && *whole <= kMostTensorBits;
    if (at_ == At::shape && is_size) {
      if (now_.shape.size() == kMostSizes)
        return wrong(fmt::format("its shape has more than {} sizes", kMostSizes));
      now_.shape.push_back(static_cast<std::int64_t>(*whole));
      return true;
    }
    if (at_ == At::offsets && is_size && offsets_.size() < 2) return offsets_.push_back(*whole), true;
    return misplaced();
  }
  bool take_type(const std::string& name) {
    now_.type = tensor_type(name);
    return now_.type ||
           wrong(fmt::format("type '{}' is none of the format's; read are {}", shown_name(name), read_types()));
  }
  bool finish() {
    if (!has_type_ || !has_shape_ || offsets_.size() != 2 || !has_offsets_) return misplaced();
    now_.begin = offsets_[0], now_.end = offsets_[1];
    const auto bits = bits_of(now_);
    if (!bits || *bits % 8 != 0 || now_.begin > now_.end || now_.end - now_.begin != *bits / 8)
      return wrong(fmt::format("data_offsets {} to {} are not the size of its shape [{}] in {}", now_.begin,
                               now_.end, fmt::join(now_.shape, ", "), now_.type->name));
    if (tensors_.size() == kMostTensors)
      return stop(fmt::format("more than {} tensors, the most that are read", kMostTensors));
    tensors_.push_back(std::move(now_));
    return true;
  }

  const GoesOn& goes_on_;
  std::size_t keys_ = 0;
  bool was_ended_ = false;
  At at_ = At::before;
  std::size_t skip_ = 0;  // depth within what nobody asked for
  std::string key_;
  HeadTensor now_;
  std::vector<std::uint64_t> offsets_;
  bool has_type_ = false, has_shape_ = false, has_offsets_ = false;
  int marks_ = 0;
  std::vector<HeadTensor> tensors_;
  std::string problem_;
};

// Tensors lie one behind the other and fill the file; offsets become those of the file.
Result<void> settle(std::vector<HeadTensor>& tensors, const InputFile& file, std::uint64_t data_begin) {
  const std::string where = file.path().native();
  std::vector<std::uint32_t> order(tensors.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(tensors[a].begin, tensors[a].end) < std::pair(tensors[b].begin, tensors[b].end);
  });
  const std::uint64_t bytes = file.size() - data_begin;
  std::uint64_t reached = 0;
  for (const std::uint32_t i : order) {
    HeadTensor& tensor = tensors[i];
    if (tensor.end > bytes)
      return usage_error(fmt::format("{}: cut off: tensor '{}' ends at byte {} of {}", where,
                                     shown_name(tensor.name), tensor.end, bytes));
    if (tensor.begin != reached)
      return usage_error(
          fmt::format("{}: tensor '{}' begins at byte {}, the one before it ends at {}: they may neither "
                      "overlap nor leave a gap",
                      where, shown_name(tensor.name), tensor.begin, reached));
    reached = tensor.end;
    tensor.begin += data_begin, tensor.end += data_begin;
  }
  if (reached != bytes)
    return usage_error(
        fmt::format("{}: {} bytes behind the last tensor; a file ends with it", where, bytes - reached));
  return {};
}

Result<std::uint64_t> head_length(const InputFile& file) {
  const std::string where = file.path().native();
  std::uint64_t length = 0;
  if (file.size() < kHeadLengthBytes) return usage_error(where + ": too short for a safetensors file");
  if (auto done = file.read(0, std::as_writable_bytes(std::span(&length, 1))); !done) return done.error();
  if (length > file.size() - kHeadLengthBytes)
    return usage_error(fmt::format("{}: not a safetensors file, or cut off: its header claims {} bytes of {}",
                                   where, length, file.size() - kHeadLengthBytes));
  if (length > kMostHeadBytes)
    return usage_error(
        fmt::format("{}: its header claims {} bytes, at most {} are read", where, length, kMostHeadBytes));
  return length;
}

}  // namespace

std::string shown_name(const std::string& name) {
  const std::string text = excerpt(name);
  return text.substr(1, text.size() - 2);
}

Result<TensorHead> read_tensor_head(const InputFile& file, const GoesOn& goes_on) {
  const std::string where = file.path().native();
  const auto found = head_length(file);
  if (!found) return found.error();
  const std::uint64_t length = *found;
  HeadBuilder builder(goes_on);
  {
    std::string text(static_cast<std::size_t>(length), '\0');
    if (auto done = file.read(kHeadLengthBytes, std::as_writable_bytes(std::span(text))); !done)
      return done.error();
    // The parser would take a zero byte for the end.
    if (text.empty() || text.front() != '{' || text.find('\0') != std::string::npos)
      return usage_error(where + ": not a safetensors file: its header is not a JSON object");
    const bool is_whole = HeadJson::sax_parse(text.data(), text.data() + text.size(), &builder);
    if (builder.was_ended()) return Error{ErrorKind::interrupted, "ended between two tensors"};
    if (!is_whole) return usage_error(fmt::format("{}: {}", where, builder.problem()));
  }
  TensorHead head = builder.head();
  if (auto settled = settle(head.tensors, file, kHeadLengthBytes + length); !settled) return settled.error();
  std::sort(head.tensors.begin(), head.tensors.end(),
            [](const HeadTensor& a, const HeadTensor& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(head.tensors.begin(), head.tensors.end(),
                                        [](const HeadTensor& a, const HeadTensor& b) { return a.name == b.name; });
  if (twice != head.tensors.end())
    return usage_error(fmt::format("{}: tensor '{}' appears twice", where, shown_name(twice->name)));
  return head;
}

Result<TensorHead> glance_at_head(const InputFile& file) {
  const auto length = head_length(file);
  if (!length) return length.error();
  std::string text(static_cast<std::size_t>(std::min(*length, kGlance)), '\0');
  if (auto done = file.read(kHeadLengthBytes, std::as_writable_bytes(std::span(text))); !done) return done.error();
  const GoesOn always;
  HeadBuilder builder(always);
  const bool is_whole = HeadJson::sax_parse(text.data(), text.data() + text.size(), &builder);
  if (!is_whole && text.size() == *length) return usage_error(file.path().native() + ": " + builder.problem());
  TensorHead head = builder.head();
  head.goes_on = text.size() < *length;
  return head;
}

}  // namespace switchyard
