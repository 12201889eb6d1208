#include "core/data/text.h"

#include <fmt/format.h>

#include "core/base/utf8.h"

namespace switchyard {
namespace {

Result<void> check_kind(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) return usage_error("is UTF-16, not UTF-8");
  if (const std::size_t zero = bytes.find('\0'); zero != std::string_view::npos)
    return usage_error(fmt::format("is binary, not text: byte {} is zero", zero));
  return {};
}

Error not_utf8(std::string_view bytes, std::size_t at) {
  return usage_error(fmt::format("is not valid UTF-8: bad byte 0x{:02X} at offset {}",
                                 static_cast<unsigned char>(bytes[at]), at));
}

}  // namespace

Result<void> check_text(std::string_view bytes) {
  if (auto kind = check_kind(bytes); !kind) return kind;
  if (const auto bad = bad_utf8(bytes)) return not_utf8(bytes, *bad);
  return {};
}

Result<std::u32string> text_from_bytes(std::string_view bytes) {
  if (auto kind = check_kind(bytes); !kind) return kind.error();
  DecodedText decoded = decode_utf8(bytes);
  if (decoded.bad_byte) return not_utf8(bytes, *decoded.bad_byte);
  std::u32string& text = decoded.text;
  std::size_t kept = 0;
  for (std::size_t i = text.starts_with(U'\uFEFF') ? 1 : 0; i < text.size(); ++i)
    if (!(text[i] == U'\r' && i + 1 < text.size() && text[i + 1] == U'\n')) text[kept++] = text[i];
  text.resize(kept);
  return std::move(text);
}

}  // namespace switchyard
