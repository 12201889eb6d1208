#include "core/base/printable.h"

#include <fmt/format.h>

#include "core/base/utf8.h"

namespace switchyard {
namespace {

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

bool moves_others(char32_t c) {
  return c == 0x061C || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

void append_escaped(std::string& out, char32_t c) {
  if (c == U'\n') out += "\\n";
  else if (c == U'\r') out += "\\r";
  else if (c == U'\t') out += "\\t";
  else if (c < 0x100) out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
  else out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
}

}  // namespace

std::string printable(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (true) {
    const DecodedText decoded = decode_utf8(bytes);
    for (const char32_t c : decoded.text) {
      if (is_control(c) || moves_others(c)) append_escaped(out, c);
      else out += encode_utf8(c);
    }
    if (!decoded.bad_byte) return out;
    append_escaped(out, static_cast<unsigned char>(bytes[*decoded.bad_byte]));
    bytes.remove_prefix(*decoded.bad_byte + 1);
  }
}

bool is_printable(std::string_view bytes) { return printable(bytes) == bytes; }

}  // namespace switchyard
