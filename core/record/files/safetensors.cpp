#include "core/record/files/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "core/base/json.h"
#include "core/record/files/checksum.h"
#include "core/record/files/files.h"

namespace switchyard {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers are written as they lie in memory");

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxDataBytes = std::uint64_t{1} << 40;  // far below where sums of them would overflow

constexpr std::size_t kLongestName = 200, kMostDimensions = 8;

// Elements of a shape, if that many floats can be in a file.
std::optional<std::uint64_t> elements(std::span<const std::int64_t> shape) {
  std::uint64_t product = 1;
  for (const std::int64_t size : shape) {
    const auto factor = static_cast<std::uint64_t>(size);
    if (factor != 0 && product > kMaxDataBytes / factor) return std::nullopt;
    product *= factor;
  }
  return product;
}

std::optional<std::int64_t> count_in(const Json& value) {
  const std::int64_t* count = value.integer();
  if (!count || *count < 0 || *count > static_cast<std::int64_t>(kMaxDataBytes)) return std::nullopt;
  return *count;
}

// How a header with checksums begins; the digits of the data's sum stand behind the second.
constexpr std::string_view kHeaderSum = "{\"__metadata__\":{\"xxh3_header\":\"";
constexpr std::string_view kDataSum = "\",\"xxh3_data\":\"";

// Of the header as it lies in the file, with zeros in place of this very sum.
std::string header_sum(std::uint64_t length, std::string_view text) {
  Checksum sum;
  const std::string zeros(Checksum::kDigits, '0');
  sum.add(std::as_bytes(std::span(&length, 1)));
  sum.add(std::as_bytes(std::span(text.substr(0, kHeaderSum.size()))));
  sum.add(std::as_bytes(std::span(zeros)));
  sum.add(std::as_bytes(std::span(text.substr(kHeaderSum.size() + Checksum::kDigits))));
  return sum.text();
}

TypedBytes typed(std::span<const float> values) { return {Dtype::f32, std::as_bytes(values)}; }
TypedBytes typed(std::span<const double> values) { return {Dtype::f64, std::as_bytes(values)}; }
TypedBytes typed(const TypedBytes& values) { return values; }

constexpr const char *kHeaderSumKey = "xxh3_header", *kDataSumKey = "xxh3_data";

std::string entry_text(std::string_view name, Dtype dtype, std::span<const std::int64_t> shape,
                       std::uint64_t begin, std::uint64_t end) {
  return fmt::format(",{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                     dump_json(std::string(name)), name_of(dtype), fmt::join(shape, ","), begin, end);
}

// The header without its length. data_sum: of all numbers; empty: a header without checksums. failure: it could
// not be read again.
Result<std::string> header_text(std::string_view entries, const Metadata& metadata, const std::string& data_sum) {
  const bool with_checksums = !data_sum.empty();
  std::string text = "{";
  if (with_checksums) text = fmt::format("{}{:0{}}{}{}\"", kHeaderSum, 0, Checksum::kDigits, kDataSum, data_sum);
  if (!metadata.empty()) {
    Json about;
    for (const auto& [key, value] : metadata) about.member(key) = value;
    const std::string members = dump_json(about);
    text += with_checksums ? "," + members.substr(1) : "\"__metadata__\":" + members;
  } else if (with_checksums) {
    text += "}";
  }
  text += entries.substr(text.size() > 1 || entries.empty() ? 0 : 1);
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > kMaxJsonBytes)
    return failure(fmt::format("its header would have {} bytes, at most {} are read", text.size(), kMaxJsonBytes));
  if (with_checksums) text.replace(kHeaderSum.size(), Checksum::kDigits, header_sum(text.size(), text));
  return text;
}

// Copied in pieces that stay in the processor's cache.
constexpr std::size_t kCopyPiece = std::size_t{1} << 18;

// A name of unknown origin, for a message.
std::string shown(const std::string& name) {
  const std::string text = excerpt(name);
  return text.substr(1, text.size() - 2);
}

}  // namespace

Result<void> write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                               const Metadata& metadata, bool with_checksums) {
  std::vector<std::span<const std::byte>> parts(2);
  Checksum data;
  std::string entries;
  std::uint64_t offset = 0;
  std::set<std::string_view> names;
  for (const TensorView& tensor : tensors) {
    const auto [dtype, bytes] = std::visit([](const auto& values) { return typed(values); }, tensor.values);
    const std::size_t count = bytes.size() / size_of(dtype);
    if (elements(tensor.shape) != count || bytes.size() % size_of(dtype) != 0 || !names.insert(tensor.name).second)
      return failure(fmt::format("{}: tensor '{}' has {} values, which is not its shape, or appears twice", path.string(),
                                 tensor.name, count));
    const std::uint64_t end = offset + bytes.size();
    entries += entry_text(tensor.name, dtype, tensor.shape, offset, end);
    offset = end;
    parts.push_back(bytes);
    if (with_checksums) data.add(bytes);
  }

  auto text = header_text(entries, metadata, with_checksums ? data.text() : std::string());
  if (!text) return failure(fmt::format("{}: {}", path.string(), text.error().message));
  const std::uint64_t length = text->size();
  parts[0] = std::as_bytes(std::span(&length, 1));
  parts[1] = std::as_bytes(std::span(*text));
  return replace_file(path, parts);
}

Result<void> write_with_metadata(const std::filesystem::path& path, const SafetensorsFile& file,
                                 const Metadata& metadata) {
  const std::string where = file.path().native();
  const auto recorded = file.metadata().find(kDataSumKey);
  if (recorded == file.metadata().end()) return usage_error(where + ": has no checksums");
  Metadata about = metadata;
  about.erase(kHeaderSumKey);
  about.erase(kDataSumKey);
  std::string entries;
  for (const SafetensorsFile::Entry& entry : file.entries())
    entries += entry_text(entry.name, entry.dtype, entry.shape, entry.begin, entry.end);
  const auto text = header_text(entries, about, recorded->second);
  if (!text) return failure(fmt::format("{}: {}", path.native(), text.error().message));
  std::string head(kLengthBytes, '\0');
  const std::uint64_t length = text->size(), bytes = file.data_bytes();
  std::memcpy(head.data(), &length, kLengthBytes);
  head += *text;

  std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kCopyPiece)));
  Checksum sum;
  std::uint64_t copied = 0;
  bool has_begun = false;
  return replace_file(path, [&]() -> Result<std::span<const std::byte>> {
    if (!std::exchange(has_begun, true)) return std::as_bytes(std::span(head));
    const std::span<std::byte> now =
        std::span(piece).first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes - copied, kCopyPiece)));
    if (now.empty()) {
      if (sum.text() != recorded->second)
        return usage_error(where + ": damaged: the checksum of its numbers does not fit");
      if (auto same = file.check_unchanged(); !same) return same.error();
      return std::span<const std::byte>();
    }
    if (auto done = file.read_data(copied, now); !done) return done.error();
    sum.add(now);
    copied += now.size();
    return std::span<const std::byte>(now);
  });
}

Result<void> write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                               const Metadata& metadata) {
  std::vector<TensorView> views;
  for (const NamedTensor& tensor : tensors)
    views.push_back({tensor.name, tensor.shape, std::span<const float>(tensor.values)});
  return write_safetensors(path, views, metadata, false);
}

Result<SafetensorsFile::Entry> SafetensorsFile::entry_of(const std::string& name, const Json& value,
                                                         std::span<const Dtype> dtypes, const std::string& where) {
  const auto wrong = [&](std::string_view what) {
    return usage_error(fmt::format("{}: tensor '{}': {}", where, shown(name), what));
  };
  // Names and shapes stand in messages.
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!plain || name.empty() || name.size() > kLongestName)
    return wrong(fmt::format("allowed as a name are 1 to {} printable ASCII characters", kLongestName));
  if (!value.members()) return wrong("its header entry is not an object");
  for (const char* key : {"dtype", "shape", "data_offsets"})
    if (!value.contains(key)) return wrong(fmt::format("'{}' is missing", key));
  Entry entry;
  entry.name = name;
  const std::string* type = value["dtype"].text();
  const auto known = type ? dtype_named(*type) : std::nullopt;
  if (!known || std::find(dtypes.begin(), dtypes.end(), *known) == dtypes.end()) {
    std::vector<std::string_view> allowed;
    for (const Dtype dtype : dtypes) allowed.push_back(name_of(dtype));
    return wrong(fmt::format("dtype = {}: allowed {} {}", excerpt(value["dtype"]),
                             allowed.size() == 1 ? "is" : "are",
                             fmt::join(allowed, allowed.size() == 2 ? " and " : ", ")));
  }
  entry.dtype = *known;
  const Json::Array* shape = value["shape"].array_items();
  if (!shape || shape->size() > kMostDimensions)
    return wrong(fmt::format("shape is not a list of at most {} sizes", kMostDimensions));
  for (const Json& size : *shape) {
    const auto count = count_in(size);
    if (!count) return wrong("shape holds something that is not a size");
    entry.shape.push_back(*count);
  }
  const Json& offsets = value["data_offsets"];
  const auto begin = count_in(offsets[0]), end = count_in(offsets[1]);
  if (offsets.size() != 2 || !begin || !end) return wrong("data_offsets are not two offsets");
  entry.begin = static_cast<std::uint64_t>(*begin), entry.end = static_cast<std::uint64_t>(*end);
  const auto count = elements(entry.shape);
  if (!count || entry.begin > entry.end || entry.end - entry.begin != *count * size_of(entry.dtype))
    return wrong(fmt::format("data_offsets {} to {} do not fit its shape", entry.begin, entry.end));
  return entry;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path, const Expected& expected) {
  auto file = InputFile::open(path, expected.links);
  if (!file) return file.error();
  SafetensorsFile found(std::move(*file));
  if (auto read = found.read_header(expected); !read) return read.error();
  return found;
}

Result<void> SafetensorsFile::read_header(const Expected& expected) {
  const std::string where = file_.path().native();
  std::uint64_t length = 0;
  if (file_.size() < kLengthBytes) return usage_error(where + ": too short for a safetensors file");
  if (auto done = file_.read(0, std::as_writable_bytes(std::span(&length, 1))); !done) return done;
  if (length > file_.size() - kLengthBytes)
    return usage_error(fmt::format("{}: not a safetensors file, or cut off: its header claims {} bytes of {}", where, length,
                                   file_.size() - kLengthBytes));
  if (length > kMaxJsonBytes)
    return usage_error(fmt::format("{}: its header claims {} bytes, at most {} are read", where, length, kMaxJsonBytes));
  std::string text(static_cast<std::size_t>(length), '\0');
  if (auto done = file_.read(kLengthBytes, std::as_writable_bytes(std::span(text))); !done) return done;
  data_begin_ = kLengthBytes + length;
  const bool has_sum = text.starts_with(kHeaderSum) && text.size() >= kHeaderSum.size() + Checksum::kDigits;
  if (has_sum && text.substr(kHeaderSum.size(), Checksum::kDigits) != header_sum(length, text))
    return usage_error(where + ": damaged: the checksum of its header does not fit");
  const Result<Json> header = parse_json(text, where + ", header");
  if (!header) return header.error();
  const Json::Object* members = header->members();
  if (!members) return usage_error(where + ": its header is not a JSON object");

  if (header->contains("__metadata__")) {
    const Json::Object* metadata = (*header)["__metadata__"].members();
    if (!metadata) return usage_error(where + ": __metadata__ is not an object");
    for (const auto& [key, item] : *metadata) {
      const std::string* entry = item.text();
      if (!entry) return usage_error(fmt::format("{}: metadata '{}' is not a string", where, shown(key)));
      metadata_[key] = *entry;
    }
  }
  if (expected.check)
    if (auto fits = expected.check(metadata_); !fits) return fits;
  if (expected.checksums && !has_sum) return usage_error(where + ": damaged: its header has no checksum");
  for (const auto& [name, value] : *members) {
    if (name == "__metadata__") continue;
    auto entry = entry_of(name, value, expected.dtypes, where);
    if (!entry) return entry.error();
    entries_.push_back(std::move(*entry));
  }

  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  std::uint64_t reached = 0;
  for (const Entry& entry : entries_) {
    if (entry.end > data_bytes())
      return usage_error(fmt::format("{}: cut off: tensor '{}' ends at byte {} of {}", where, shown(entry.name), entry.end,
                                     data_bytes()));
    if (entry.begin != reached)
      return usage_error(fmt::format("{}: tensor '{}' starts at byte {}, the one before it ends at {}", where,
                                     shown(entry.name), entry.begin, reached));
    reached = entry.end;
  }
  if (reached != data_bytes())
    return usage_error(fmt::format("{}: {} bytes after the last tensor", where, data_bytes() - reached));
  return {};
}

Result<std::vector<NamedTensor>> SafetensorsFile::read() const {
  std::vector<NamedTensor> tensors;
  // Here alone does a file decide how much memory is taken; that there is none is no reason to end.
  try {
    for (const Entry& entry : entries_) {
      if (entry.dtype != Dtype::f32)
        return usage_error(fmt::format("{}: tensor '{}' is {}, no weight", file_.path().native(), entry.name,
                                       name_of(entry.dtype)));
      NamedTensor tensor{entry.name, entry.shape, {}};
      tensor.values.resize(static_cast<std::size_t>(entry.count()));
      const auto bytes = std::as_writable_bytes(std::span(tensor.values));
      if (auto done = read_data(entry.begin, bytes); !done) return done.error();
      tensors.push_back(std::move(tensor));
    }
  } catch (const std::bad_alloc&) {
    return usage_error(fmt::format("{}: no memory for its {} bytes of weights", file_.path().native(), data_bytes()));
  }
  if (auto same = file_.check_unchanged(); !same) return same.error();
  return tensors;
}

}  // namespace switchyard
