#include "core/recordings/forms/parts/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <string_view>

namespace switchyard {
namespace {

// {'descr': '<u1', 'fortran_order': False, 'shape': (3, 4, 2), } in this order, as numpy writes it.
class NpyHead {
 public:
  explicit NpyHead(std::string_view text) : left_(text) {}

  bool take(std::string_view token) {
    while (!left_.empty() && left_.front() == ' ') left_.remove_prefix(1);
    if (!left_.starts_with(token)) return false;
    left_.remove_prefix(token.size());
    return true;
  }
  std::string_view quoted() {
    if (!take("'")) return {};
    const std::size_t end = std::min(left_.find('\''), left_.size());
    const std::string_view text = left_.substr(0, end);
    left_.remove_prefix(std::min(end + 1, left_.size()));
    return text;
  }
  // (3, 4, 2)
  bool sizes(std::vector<std::int64_t>& to, std::size_t most) {
    if (!take("(")) return false;
    while (!take(")")) {
      std::int64_t size = 0;
      if (to.size() >= most || !number(size)) return false;
      to.push_back(size);
      if (!take(",")) return take(")");
    }
    return true;
  }

 private:
  bool number(std::int64_t& to) {
    take("");
    const auto [end, code] = std::from_chars(left_.data(), left_.data() + left_.size(), to);
    if (code != std::errc() || to < 0) return false;
    left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
    return true;
  }

  std::string_view left_;
};

template <class Stored>
bool copy_numbers(std::span<const std::byte> bytes, std::vector<std::int32_t>& to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    if constexpr (sizeof(Stored) == 8)
      if (stored < std::numeric_limits<std::int32_t>::min() || stored > std::numeric_limits<std::int32_t>::max())
        return false;
    to[i] = static_cast<std::int32_t>(stored);
  }
  return true;
}

}  // namespace

Result<WholeNumbers> numbers_of_npy(std::span<const std::byte> bytes, std::size_t most_dimensions,
                                    const std::string& where) {
  const auto wrong = [&](std::string_view what) { return usage_error(fmt::format("{}: {}", where, what)); };
  constexpr std::string_view kMagic = "\x93NUMPY";
  if (bytes.size() < 12 || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    return wrong("is no .npy");
  const auto version = static_cast<unsigned>(bytes[6]);
  if (version < 1 || version > 3) return wrong(fmt::format("is .npy version {}; read are 1 to 3", version));
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + 8, length_bytes);
  const std::size_t begin = 8 + length_bytes;
  if (length > bytes.size() - begin) return wrong("its head is cut off");
  NpyHead head({reinterpret_cast<const char*>(bytes.data()) + begin, length});
  std::string_view type;
  WholeNumbers made;
  bool fits = head.take("{") && head.take("'descr':");
  if (fits) type = head.quoted();
  fits = fits && head.take(",") && head.take("'fortran_order':");
  if (fits && head.take("True")) return wrong("is in Fortran's order; C's is read");
  fits = fits && head.take("False") && head.take(",") && head.take("'shape':") &&
         head.sizes(made.shape, most_dimensions);
  if (!fits) return wrong("its head is not as numpy writes one");
  const auto known = [&](std::string_view a, std::string_view b) { return type == a || type == b; };
  const std::size_t size = known("|u1", "|i1") || known("<u1", "<i1") ? 1
                           : known("<u2", "<i2")                      ? 2
                           : type == "<i4"                            ? 4
                           : type == "<i8"                            ? 8
                                                                      : 0;
  if (size == 0)
    return wrong(fmt::format("is of type '{}'; read are u1, u2 and i1 to i8, little endian",
                             std::string(type.substr(0, 20))));
  const std::span<const std::byte> data = bytes.subspan(begin + length);
  std::uint64_t count = 1;
  for (const std::int64_t one : made.shape) {
    if (one != 0 && count > data.size() / static_cast<std::uint64_t>(one))
      return wrong("claims more numbers than it has");
    count *= static_cast<std::uint64_t>(one);
  }
  if (count * size != data.size())
    return wrong(fmt::format("has {} bytes of numbers, its shape needs {}", data.size(), count * size));
  made.values.resize(static_cast<std::size_t>(count));
  const bool is_unsigned = type[1] == 'u';
  const bool copied = size == 1   ? is_unsigned ? copy_numbers<std::uint8_t>(data, made.values)
                                                : copy_numbers<std::int8_t>(data, made.values)
                        : size == 2 ? is_unsigned ? copy_numbers<std::uint16_t>(data, made.values)
                                                  : copy_numbers<std::int16_t>(data, made.values)
                        : size == 4 ? copy_numbers<std::int32_t>(data, made.values)
                                  : copy_numbers<std::int64_t>(data, made.values);
  if (!copied) return wrong("holds numbers beyond 32 bits");
  return made;
}

}  // namespace switchyard
