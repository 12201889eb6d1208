#include "core/recordings/forms/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace switchyard {
namespace {

constexpr std::string_view kGgufMagic = "GGUF";
constexpr std::uint64_t kLongestName = 1'024, kLeastKey = 8 + 4 + 1, kLeastTensor = 8 + 4 + 4 + 8,
                        kMostTensors = 1 << 18, kDefaultAlignment = 32, kMostAlignment = 1 << 20;
constexpr std::size_t kMostKept = 10'000;  // of keys; who has more is no importance matrix
constexpr std::uint32_t kMostDimensions = 4, kText = 8, kList = 9, kTypes = 13;
// Bytes of each type of value; 0: texts and lists, which say themselves.
constexpr std::array<std::uint64_t, kTypes> kSizes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

class GgufHead {
 public:
  explicit GgufHead(InputFile file) : made_{std::move(file), {}, {}, {}} {}

  Result<GgufFile> read() {
    if (auto done = read_counts(); !done) return done.error();
    for (std::uint64_t i = 0; i < keys_; ++i)
      if (auto done = read_key(); !done) return done.error();
    for (std::uint64_t i = 0; i < tensors_; ++i)
      if (auto done = read_tensor(); !done) return done.error();
    if (auto done = place_tensors(); !done) return done.error();
    return std::move(made_);
  }

 private:
  Error wrong(std::string_view what) const {
    return usage_error(fmt::format("{}: {}", made_.file.path().native(), what));
  }
  Error cut_off() const {
    return wrong(fmt::format("its head goes beyond byte {}, where {}", end(),
                             end() < made_.file.size() ? "no head is read further" : "the file ends"));
  }
  std::uint64_t end() const { return std::min(made_.file.size(), kMostGgufHeadBytes); }
  std::uint64_t left() const { return end() - at_; }

  // The next bytes, through a window; at most as long as that is.
  Result<void> take(void* to, std::uint64_t bytes) {
    if (bytes > left()) return cut_off();
    if (at_ < window_at_ || at_ + bytes > window_at_ + window_.size()) {
      window_at_ = at_;
      window_.resize(static_cast<std::size_t>(std::min(left(), std::uint64_t{1} << 16)));
      if (auto read = made_.file.read(at_, std::as_writable_bytes(std::span(window_))); !read) return read.error();
    }
    if (bytes > 0) std::memcpy(to, window_.data() + (at_ - window_at_), static_cast<std::size_t>(bytes));
    at_ += bytes;
    return {};
  }
  template <class T>
  Result<T> number() {
    T value{};
    if (auto taken = take(&value, sizeof(T)); !taken) return taken.error();
    return value;
  }
  Result<std::string> name(std::string_view of) {
    const auto length = number<std::uint64_t>();
    if (!length) return length.error();
    if (*length > left()) return cut_off();
    if (*length > kLongestName)
      return wrong(fmt::format("has {} of {} bytes, at most {} are read", of, *length, kLongestName));
    std::string text(static_cast<std::size_t>(*length), '\0');
    if (auto taken = take(text.data(), *length); !taken) return taken.error();
    return text;
  }

  Result<void> read_counts() {
    std::array<char, 4> magic{};
    if (made_.file.size() < 24) return wrong("is no GGUF file: it has less than a head");
    if (auto taken = take(magic.data(), magic.size()); !taken) return taken;
    if (std::string_view(magic.data(), magic.size()) != kGgufMagic) return wrong("does not begin with GGUF");
    const auto version = number<std::uint32_t>();
    if (!version) return version.error();
    if (*version != 0 && *version % 65'536 == 0)
      return wrong("is GGUF of a machine that is big endian; read are little-endian ones");
    if (*version < 2 || *version > 3) return wrong(fmt::format("is GGUF version {}; read are 2 and 3", *version));
    const auto tensors = number<std::uint64_t>(), keys = number<std::uint64_t>();
    if (!tensors) return tensors.error();
    if (!keys) return keys.error();
    tensors_ = *tensors, keys_ = *keys;
    if (keys_ > left() / kLeastKey || tensors_ > std::min(left() / kLeastTensor, kMostTensors))
      return wrong(fmt::format("claims {} keys and {} tensors in {} bytes", keys_, tensors_, made_.file.size()));
    return {};
  }

  Result<void> read_key() {
    const auto key = name("a key");
    if (!key) return key.error();
    const auto type = number<std::uint32_t>();
    if (!type) return type.error();
    const std::string where = "key " + *key;
    if (*type == kText) {
      const std::uint64_t before = at_;
      const auto length = number<std::uint64_t>();
      if (!length) return length.error();
      if (*length > left()) return cut_off();
      if (*length > kLongestName || made_.texts.size() >= kMostKept) return skip(*length);
      at_ = before;
      auto text = name(where);
      if (!text) return text.error();
      made_.texts[*key] = std::move(*text);
      return {};
    }
    if (*type == kList || *type >= kTypes) return skip_value(*type, where, 0);
    std::array<unsigned char, 8> bytes{};
    if (auto taken = take(bytes.data(), kSizes[*type]); !taken) return taken;
    constexpr std::array<std::uint32_t, 8> kWhole{0, 1, 2, 3, 4, 5, 10, 11};
    if (std::find(kWhole.begin(), kWhole.end(), *type) == kWhole.end()) return {};
    const bool is_signed = *type % 2 == 1;
    if (is_signed && (bytes[kSizes[*type] - 1] & 0x80U) != 0) return {};
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    if (made_.numbers.size() < kMostKept) made_.numbers[*key] = value;
    return {};
  }
  Result<void> skip(std::uint64_t bytes) {
    if (bytes > left()) return cut_off();
    at_ += bytes;
    return {};
  }
  Result<void> skip_value(std::uint32_t type, const std::string& where, int depth) {
    if (type >= kTypes) return wrong(fmt::format("{} is of a type {} that is not known", where, type));
    if (type == kText) {
      const auto length = number<std::uint64_t>();
      if (!length) return length.error();
      return skip(*length);
    }
    if (type != kList) return skip(kSizes[type]);
    if (depth >= kMostGgufNesting)
      return wrong(fmt::format("{} is a list nested more than {} deep", where, kMostGgufNesting));
    const auto of = number<std::uint32_t>();
    const auto count = of ? number<std::uint64_t>() : Result<std::uint64_t>(of.error());
    if (!count) return count.error();
    if (*of >= kTypes) return wrong(fmt::format("{} is a list of a type {} that is not known", where, *of));
    const std::uint64_t least = *of == kText ? 8 : *of == kList ? 12 : kSizes[*of];
    if (*count > left() / least) return wrong(fmt::format("{} claims {} entries", where, *count));
    if (*of != kText && *of != kList) return skip(*count * least);
    for (std::uint64_t i = 0; i < *count; ++i)
      if (auto done = skip_value(*of, where, depth + 1); !done) return done;
    return {};
  }

  Result<void> read_tensor() {
    GgufFile::Tensor tensor;
    auto own = name("a tensor's name");
    if (!own) return own.error();
    tensor.name = std::move(*own);
    const auto dimensions = number<std::uint32_t>();
    if (!dimensions) return dimensions.error();
    if (*dimensions > kMostDimensions)
      return wrong(
          fmt::format("tensor '{}' has {} dimensions, at most {}", tensor.name, *dimensions, kMostDimensions));
    std::uint64_t count = 1;
    for (std::uint32_t d = 0; d < *dimensions; ++d) {
      const auto size = number<std::uint64_t>();
      if (!size) return size.error();
      // What is no F32 may take less than a byte a number.
      if (*size != 0 && count > (made_.file.size() * 64) / *size)
        return wrong(fmt::format("tensor '{}' claims more numbers than the file holds", tensor.name));
      count *= *size;
      tensor.shape.push_back(*size);
    }
    const auto type = number<std::uint32_t>();
    const auto at = type ? number<std::uint64_t>() : Result<std::uint64_t>(type.error());
    if (!at) return at.error();
    tensor.type = *type, tensor.at = *at, tensor.bytes = *type == 0 ? count * 4 : 0;
    made_.tensors.push_back(std::move(tensor));
    return {};
  }

  // Offsets are from where the data begin.
  Result<void> place_tensors() {
    std::uint64_t alignment = kDefaultAlignment;
    if (const auto told = made_.numbers.find("general.alignment"); told != made_.numbers.end())
      alignment = told->second;
    if (alignment == 0 || alignment > kMostAlignment || (alignment & (alignment - 1)) != 0)
      return wrong(
          fmt::format("general.alignment = {}: allowed is a power of two up to {}", alignment, kMostAlignment));
    const std::uint64_t begin = (at_ + alignment - 1) / alignment * alignment, size = made_.file.size();
    std::vector<const GgufFile::Tensor*> by_place;
    for (GgufFile::Tensor& tensor : made_.tensors) {
      if (begin > size || tensor.at > size - begin || tensor.bytes > size - begin - tensor.at)
        return wrong(fmt::format("tensor '{}' lies at byte {} of the data and has {}, the file has {} of them",
                                 tensor.name, tensor.at, tensor.bytes, size - std::min(begin, size)));
      tensor.at += begin;
      if (tensor.bytes > 0) by_place.push_back(&tensor);
    }
    std::sort(by_place.begin(), by_place.end(), [](const auto* a, const auto* b) { return a->at < b->at; });
    for (std::size_t i = 1; i < by_place.size(); ++i)
      if (by_place[i - 1]->at + by_place[i - 1]->bytes > by_place[i]->at)
        return wrong(fmt::format("tensor '{}' lies over '{}'", by_place[i]->name, by_place[i - 1]->name));
    return {};
  }

  GgufFile made_;
  std::uint64_t at_ = 0, keys_ = 0, tensors_ = 0, window_at_ = 0;
  std::vector<char> window_;
};

}  // namespace

Result<GgufFile> open_gguf(const std::filesystem::path& path) {
  auto file = InputFile::open(path, InputFile::Links::refused);
  if (!file) return file.error();
  return GgufHead(std::move(*file)).read();
}

bool is_gguf(const std::filesystem::path& path) {
  const auto file = InputFile::open(path, InputFile::Links::refused);
  std::array<char, 4> magic{};
  return file && file->size() >= magic.size() && file->read(0, std::as_writable_bytes(std::span(magic))) &&
         std::string_view(magic.data(), magic.size()) == kGgufMagic;
}

}  // namespace switchyard
