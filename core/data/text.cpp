#include "core/data/text.h"

#include <fmt/format.h>

#include "core/base/utf8.h"

namespace switchyard {

Result<std::u32string> text_from_bytes(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) return usage_error("is UTF-16, not UTF-8");
  if (const std::size_t zero = bytes.find('\0'); zero != std::string_view::npos)
    return usage_error(fmt::format("is binary, not text: byte {} is zero", zero));
  DecodedText decoded = decode_utf8(bytes);
  if (decoded.bad_byte)
    return usage_error(fmt::format("is not valid UTF-8: bad byte 0x{:02X} at offset {}",
                                   static_cast<unsigned char>(bytes[*decoded.bad_byte]), *decoded.bad_byte));
  std::u32string& text = decoded.text;
  std::size_t kept = 0;
  for (std::size_t i = text.starts_with(U'\uFEFF') ? 1 : 0; i < text.size(); ++i)
    if (!(text[i] == U'\r' && i + 1 < text.size() && text[i + 1] == U'\n')) text[kept++] = text[i];
  text.resize(kept);
  return std::move(text);
}

}  // namespace switchyard
