#include "core/data/encoding.h"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "core/base/utf8.h"

namespace switchyard {
namespace {

constexpr std::string_view kLittleMark = "\xFF\xFE", kBigMark = "\xFE\xFF";
constexpr std::array kEncodings = {Encoding{"UTF-16LE", "UTF-16, little endian", true},
                                   Encoding{"UTF-16BE", "UTF-16, big endian", true},
                                   Encoding{"WINDOWS-1252", "Windows-1252 (Western)"},
                                   Encoding{"ISO-8859-1", "Latin-1 (ISO 8859-1)"},
                                   Encoding{"ISO-8859-15", "Latin-9 (ISO 8859-15)"},
                                   Encoding{"WINDOWS-1250", "Windows-1250 (Central European)"},
                                   Encoding{"WINDOWS-1251", "Windows-1251 (Cyrillic)"},
                                   Encoding{"KOI8-R", "KOI8-R (Cyrillic)"}};
constexpr std::size_t kBefore = 120, kTelling = 480;  // bytes

class Converter {
 public:
  explicit Converter(const Encoding& from) : handle_(iconv_open("UTF-8", std::string(from.name).c_str())) {}
  ~Converter() {
    if (is_open()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool is_open() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  // What was converted before the first byte that could not be; its offset.
  std::optional<std::size_t> convert(std::string_view bytes, std::string& out) {
    out.resize(bytes.size() + bytes.size() / 8 + 64);
    char* in = const_cast<char*>(bytes.data());
    std::size_t left = bytes.size(), done = 0;
    while (true) {
      char* to = out.data() + done;
      std::size_t room = out.size() - done;
      const std::size_t result = iconv(handle_, &in, &left, &to, &room);
      const int code = errno;
      done = static_cast<std::size_t>(to - out.data());
      if (result == static_cast<std::size_t>(-1) && code == E2BIG) {
        out.resize(2 * out.size());
        continue;
      }
      out.resize(done);
      if (result == static_cast<std::size_t>(-1)) return bytes.size() - left;
      return std::nullopt;
    }
  }

 private:
  iconv_t handle_;
};

std::string_view without_mark(std::string_view bytes, const Encoding& encoding) {
  const bool marked = (encoding.name == "UTF-16LE" && bytes.starts_with(kLittleMark)) ||
                      (encoding.name == "UTF-16BE" && bytes.starts_with(kBigMark));
  return marked ? bytes.substr(2) : bytes;
}

std::size_t first_zero(std::string_view bytes, const Encoding& encoding) {
  if (!encoding.is_utf16) return bytes.find('\0');
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2)
    if (bytes[at] == '\0' && bytes[at + 1] == '\0') return at;
  return bytes.npos;
}

bool is_surrogate(std::string_view bytes, std::size_t at, const Encoding& encoding) {
  const std::size_t high = at + (encoding.name == "UTF-16LE" ? 1 : 0);
  return high < bytes.size() && (static_cast<unsigned char>(bytes[high]) & 0xF8) == 0xD8;
}

// Letters of Western texts, and the blanks of others, have their zeros all on one side.
const Encoding* utf16_by_zeros(std::string_view bytes) {
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < bytes.size(); ++i) zeros[i % 2] += bytes[i] == '\0';
  const std::size_t many = std::max<std::size_t>(4, bytes.size() / 20);
  if (zeros[1] > many && zeros[1] > 16 * zeros[0]) return find_encoding("UTF-16LE");
  if (zeros[0] > many && zeros[0] > 16 * zeros[1]) return find_encoding("UTF-16BE");
  return nullptr;
}

}  // namespace

std::span<const Encoding> encodings() {
  static const std::vector<Encoding> readable = [] {
    std::vector<Encoding> found;
    for (const Encoding& one : kEncodings)
      if (Converter(one).is_open()) found.push_back(one);
    return found;
  }();
  return readable;
}

const Encoding* find_encoding(std::string_view name) {
  for (const Encoding& one : encodings())
    if (one.name == name) return &one;
  return nullptr;
}

TextGuess guess_encoding(std::string_view bytes) {
  TextGuess guess;
  for (const auto& [mark, name] : {std::pair(kLittleMark, "UTF-16LE"), std::pair(kBigMark, "UTF-16BE")})
    if (bytes.starts_with(mark)) {
      guess.encoding = find_encoding(name);
      if (guess.encoding) guess.found = fmt::format("{}, with a byte order mark", guess.encoding->title);
      return guess;
    }
  if (const std::size_t zero = bytes.find('\0'); zero != bytes.npos) {
    guess.at = zero;
    guess.encoding = utf16_by_zeros(bytes);
    guess.found = guess.encoding ? fmt::format("{}, without a byte order mark", guess.encoding->title)
                                 : fmt::format("binary, not text: byte {} is zero", zero);
    return guess;
  }
  const std::optional<std::size_t> bad = bad_utf8(bytes);
  if (!bad) {
    guess.is_utf8 = true;
    guess.found = "UTF-8";
    return guess;
  }
  guess.at = *bad;
  bool own = false, left_out = false;  // bytes that Windows-1252 has where Latin-1 has controls
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    own = own || (byte >= 0x80 && byte <= 0x9F);
    left_out = left_out || byte == 0x81 || byte == 0x8D || byte == 0x8F || byte == 0x90 || byte == 0x9D;
  }
  guess.encoding = find_encoding(own && !left_out ? "WINDOWS-1252" : "ISO-8859-1");
  guess.found = fmt::format("not UTF-8 from byte {} on, 0x{:02X}", *bad, static_cast<unsigned char>(bytes[*bad]));
  return guess;
}

Result<std::string> to_utf8(std::string_view bytes, const Encoding& encoding) {
  Converter converter(encoding);
  if (!converter.is_open())
    return failure(fmt::format("cannot be converted: this system does not know {}", encoding.name));
  const std::string_view text = without_mark(bytes, encoding);
  const std::size_t skipped = bytes.size() - text.size();
  if (const std::size_t zero = first_zero(text, encoding); zero != text.npos)
    return usage_error(
        fmt::format("is no text in {}: the character at byte {} is zero", encoding.title, zero + skipped));
  std::string out;
  const std::optional<std::size_t> bad = converter.convert(text, out);
  if (!bad) return out;
  const std::size_t at = *bad + skipped;
  if (encoding.is_utf16 && text.size() - *bad < 2)
    return usage_error(fmt::format("is not {}: its last character is cut off, at byte {}", encoding.title, at));
  if (encoding.is_utf16 && is_surrogate(text, *bad, encoding))
    return usage_error(fmt::format("is not {}: the surrogate at byte {} stands alone", encoding.title, at));
  return usage_error(fmt::format("is not {}: byte 0x{:02X} at offset {} stands for nothing there", encoding.title,
                                 static_cast<unsigned char>(text[*bad]), at));
}

std::string glance_as_utf8(std::string_view bytes, const Encoding& encoding) {
  std::string out;
  if (Converter converter(encoding); converter.is_open())
    (void)converter.convert(without_mark(bytes, encoding), out);
  return out;
}

std::string_view telling_part(std::string_view bytes, const TextGuess& guess) {
  if (guess.encoding && guess.encoding->is_utf16) return bytes.substr(0, kTelling);
  std::size_t begin = guess.at > kBefore ? guess.at - kBefore : 0;
  // A line's begin or a word's, where one is near.
  const std::string_view before = bytes.substr(begin, guess.at - begin);
  if (const std::size_t line = before.rfind('\n'); line != before.npos) begin += line + 1;
  else if (const std::size_t word = before.find(' '); begin > 0 && word != before.npos) begin += word + 1;
  return bytes.substr(begin, kTelling);
}

std::string iconv_line(const TextGuess& guess) {
  if (!guess.encoding) return {};
  const bool marked = guess.found.ends_with("with a byte order mark");
  return fmt::format("iconv -f {} -t UTF-8 FILE > COPY", marked ? "UTF-16" : guess.encoding->name);
}

}  // namespace switchyard
