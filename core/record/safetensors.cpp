#include "core/record/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>

#include "core/config/json.h"
#include "core/record/files.h"

namespace switchyard {
namespace {

using Sorted = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the numbers are written as they lie in memory");

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxHeaderBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxFileBytes = std::size_t{16} << 30;

// Elements of a shape, if that many floats can be in a file.
std::optional<std::uint64_t> elements(const std::vector<std::int64_t>& shape) {
  std::uint64_t product = 1;
  for (const std::int64_t size : shape) {
    const auto factor = static_cast<std::uint64_t>(size);
    if (factor != 0 && product > kMaxFileBytes / factor) return std::nullopt;
    product *= factor;
  }
  return product;
}

bool is_count(const Sorted& value) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() <= kMaxFileBytes;
}

struct Entry {
  std::string name;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

Result<Entry> entry_of(const std::string& name, const Sorted& value, const std::string& where) {
  const auto wrong = [&](std::string_view what) {
    return usage_error(fmt::format("{}: tensor '{}': {}", where, name, what));
  };
  if (!value.is_object()) return wrong("its header entry is not an object");
  for (const char* key : {"dtype", "shape", "data_offsets"})
    if (!value.contains(key)) return wrong(fmt::format("'{}' is missing", key));
  const Sorted& dtype = value["dtype"];
  if (!dtype.is_string() || dtype.get<std::string>() != "F32")
    return wrong(
        fmt::format("dtype = {}: allowed is F32", dtype.dump(-1, ' ', false, Sorted::error_handler_t::replace)));
  Entry entry;
  entry.name = name;
  if (!value["shape"].is_array()) return wrong("shape is not a list");
  for (const Sorted& size : value["shape"]) {
    if (!is_count(size)) return wrong("shape holds something that is not a size");
    entry.shape.push_back(size.get<std::int64_t>());
  }
  const Sorted& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !is_count(offsets[0]) || !is_count(offsets[1]))
    return wrong("data_offsets are not two offsets");
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  const auto count = elements(entry.shape);
  if (!count || entry.begin > entry.end || entry.end - entry.begin != *count * sizeof(float))
    return wrong(fmt::format("data_offsets {} to {} do not fit its shape", entry.begin, entry.end));
  return entry;
}

}  // namespace

Result<void> write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  const auto quoted = [](const std::string& name) {
    return Sorted(name).dump(-1, ' ', false, Sorted::error_handler_t::replace);
  };
  std::string text = "{";
  if (!metadata.empty())
    text += "\"__metadata__\":" + Sorted(metadata).dump(-1, ' ', false, Sorted::error_handler_t::replace);
  std::uint64_t offset = 0;
  std::set<std::string_view> names;
  for (const NamedTensor& tensor : tensors) {
    const std::uint64_t end = offset + tensor.values.size() * sizeof(float);
    if (elements(tensor.shape) != tensor.values.size() || !names.insert(tensor.name).second)
      return failure(fmt::format("{}: tensor '{}' has {} values, which is not its shape, or appears twice",
                                 path.string(), tensor.name, tensor.values.size()));
    text +=
        fmt::format("{}{}:{{\"dtype\":\"F32\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                    text.size() > 1 ? "," : "", quoted(tensor.name), fmt::join(tensor.shape, ","), offset, end);
    offset = end;
  }
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();

  std::vector<std::span<const std::byte>> parts;
  parts.push_back(std::as_bytes(std::span(&length, 1)));
  parts.push_back(std::as_bytes(std::span(text)));
  for (const NamedTensor& tensor : tensors) parts.push_back(std::as_bytes(std::span(tensor.values)));
  return replace_file(path, parts);
}

Result<Safetensors> read_safetensors(const std::filesystem::path& path) {
  const std::string where = path.string();
  auto read = read_file(path, kMaxFileBytes);
  if (!read) return read.error();
  const std::span<const std::byte> bytes(*read);

  std::uint64_t length = 0;
  if (bytes.size() < kLengthBytes) return usage_error(where + ": too short for a safetensors file");
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kMaxHeaderBytes || length > bytes.size() - kLengthBytes)
    return usage_error(fmt::format("{}: not a safetensors file, or cut off: its header claims {} bytes of {}",
                                   where, length, bytes.size() - kLengthBytes));
  const auto header_bytes = bytes.subspan(kLengthBytes, static_cast<std::size_t>(length));
  const auto data = bytes.subspan(kLengthBytes + static_cast<std::size_t>(length));
  const std::string_view text(reinterpret_cast<const char*>(header_bytes.data()), header_bytes.size());
  const Result<Sorted> header = parse_sorted_json(text, where + ", header");
  if (!header) return header.error();
  if (!header->is_object()) return usage_error(where + ": its header is not a JSON object");

  Safetensors found;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header->items()) {
    if (name == "__metadata__") {
      if (!value.is_object()) return usage_error(where + ": __metadata__ is not an object");
      for (const auto& [key, item] : value.items()) {
        if (!item.is_string()) return usage_error(fmt::format("{}: metadata '{}' is not a string", where, key));
        found.metadata[key] = item.get<std::string>();
      }
      continue;
    }
    auto entry = entry_of(name, value, where);
    if (!entry) return entry.error();
    entries.push_back(std::move(*entry));
  }

  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  std::uint64_t expected = 0;
  for (Entry& entry : entries) {
    if (entry.end > data.size())
      return usage_error(fmt::format("{}: cut off: tensor '{}' ends at byte {} of {}", where, entry.name,
                                     entry.end, data.size()));
    if (entry.begin != expected)
      return usage_error(fmt::format("{}: tensor '{}' starts at byte {}, the one before it ends at {}", where,
                                     entry.name, entry.begin, expected));
    expected = entry.end;
    NamedTensor tensor{std::move(entry.name), std::move(entry.shape), {}};
    tensor.values.resize(static_cast<std::size_t>(entry.end - entry.begin) / sizeof(float));
    if (!tensor.values.empty())
      std::memcpy(tensor.values.data(), data.data() + entry.begin, tensor.values.size() * sizeof(float));
    found.tensors.push_back(std::move(tensor));
  }
  if (expected != data.size())
    return usage_error(fmt::format("{}: {} bytes after the last tensor", where, data.size() - expected));
  return found;
}

}  // namespace switchyard
