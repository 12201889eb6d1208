#include "core/recordings/forms/answers/nemo_routes.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

#include "core/base/json.h"
#include "core/record/files/line_reader.h"
#include "core/recordings/forms/parts/base64.h"
#include "core/recordings/forms/parts/block_reader.h"

namespace switchyard {
namespace {

constexpr std::string_view kNemoMark = "nrlre1:";
constexpr std::int64_t kMostNemoSize = std::int64_t{1} << 28;

Result<RouteBlock> block_of_nemo(std::string_view text, const std::string& where) {
  const auto wrong = [&](std::string_view what) { return usage_error(fmt::format("{}: {}", where, what)); };
  if (!text.starts_with(kNemoMark)) return wrong("does not begin with nrlre1:");
  text.remove_prefix(kNemoMark.size());
  constexpr std::string_view kInt16 = "int16:";
  if (!text.starts_with(kInt16)) return wrong("is of another type than int16");
  text.remove_prefix(kInt16.size());
  RouteBlock block;
  for (const auto& [to, end] :
       {std::pair(&block.tokens, 'x'), std::pair(&block.layers, 'x'), std::pair(&block.k, ':')}) {
    const auto [at, code] = std::from_chars(text.data(), text.data() + text.size(), *to);
    if (code != std::errc() || at == text.data() + text.size() || *at != end || *to < 0 || *to > kMostNemoSize)
      return wrong("its shape is not TxLxk");
    text.remove_prefix(static_cast<std::size_t>(at - text.data()) + 1);
  }
  const auto bytes = bytes_of_base64(text);
  if (!bytes) return wrong("is no base64");
  const std::uint64_t count = bytes->size() / 2;
  // Each factor is at most 2^28: two of them fit, and the third is held against what is there.
  const auto rows = static_cast<std::uint64_t>(block.tokens * block.layers);
  if (bytes->size() % 2 != 0 || (block.k != 0 && rows > count / static_cast<std::uint64_t>(block.k)) ||
      rows * static_cast<std::uint64_t>(block.k) != count)
    return wrong(fmt::format("has {} bytes, which is not {}x{}x{} of int16", bytes->size(), block.tokens,
                             block.layers, block.k));
  block.experts.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::int16_t id = 0;
    std::memcpy(&id, bytes->data() + 2 * i, 2);
    block.experts[i] = id;
  }
  return block;
}

class NemoBlocks : public BlockSource {
 public:
  NemoBlocks(LineReader lines, std::string name) : lines_(std::move(lines)), name_(std::move(name)) {}

  Result<std::optional<RouteBlock>> next() override {
    const auto line = lines_.next();
    if (!line) {
      if (too_long_ == lines_.too_long()) return std::optional<RouteBlock>();
      ++too_long_;
      return usage_error(fmt::format("{}: {}", name_, too_long_line(kMaxJsonBytes)));
    }
    auto block = block_of_nemo(*line, fmt::format("{}, line {}", name_, ++number_));
    if (!block) return block.error();
    return std::optional(std::move(*block));
  }
  bool go_on() override { return lines_.go_on(); }
  void let_go() override { lines_.close(); }

 private:
  LineReader lines_;
  std::string name_;
  std::int64_t number_ = 0, too_long_ = 0;
};

}  // namespace

bool is_nemo_routes(const std::filesystem::path& path) {
  const auto file = InputFile::open(path, InputFile::Links::refused);
  std::string begin(kNemoMark.size(), '\0');
  return file && file->size() > begin.size() && file->read(0, std::as_writable_bytes(std::span(begin))) &&
         begin == kNemoMark;
}

Result<std::unique_ptr<RecordingReader>> open_nemo_routes(const std::filesystem::path& path,
                                                          const RecordingKeys& keys) {
  auto lines = LineReader::open(
      path, {.longest = kMaxJsonBytes, .links = InputFile::Links::refused, .is_closed = !keys.is_written});
  if (!lines) return lines.error();
  return read_blocks("NeMo routed experts", path.native(), keys,
                     std::make_unique<NemoBlocks>(std::move(*lines), path.native()));
}

}  // namespace switchyard
