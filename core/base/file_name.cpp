#include "core/base/file_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

#include "core/base/printable.h"
#include "core/base/utf8.h"

namespace switchyard {
namespace {

constexpr std::string_view kScheme = "file:";

// What RFC 3986 lets stand in a path as it is.
bool stands_for_itself(char c) {
  constexpr std::string_view marks = "-._~/!$&'()*+,;=:@";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || marks.find(c) != marks.npos;
}

// A percent sign that is not followed by two hexadecimal digits is one.
std::string percent_decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const char* first = text.data() + i + 1;
      const auto [end, code] = std::from_chars(first, first + 2, value, 16);
      if (code == std::errc() && end == first + 2) {
        bytes += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    bytes += text[i];
  }
  return bytes;
}

}  // namespace

std::string text_of_path(std::string_view path) {
  if (is_printable(path)) return std::string(path);
  std::string text(kScheme);
  for (const char c : path) {
    if (stands_for_itself(c)) text += c;
    else text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

std::filesystem::path path_of_text(std::string_view text) {
  if (!text.starts_with(kScheme)) return text;
  text.remove_prefix(kScheme.size());
  if (text.starts_with("//")) {  // with an authority, which is empty or this machine
    text.remove_prefix(2);
    if (text.starts_with("localhost/")) text.remove_prefix(std::string_view("localhost").size());
  }
  return percent_decoded(text);
}

std::string absolute_text(std::string_view text) {
  std::error_code code;
  const std::filesystem::path path = std::filesystem::absolute(path_of_text(text), code);
  if (code) return std::string(text);
  // Above a link ".." leads elsewhere than its name does.
  const bool goes_up = std::find(path.begin(), path.end(), "..") != path.end();
  return text_of_path(goes_up ? path.native() : path.lexically_normal().native());
}

std::string name_of_file(std::string_view text) { return printable(path_of_text(text).filename().native()); }

std::string safe_file_name(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  // What is no text, or moves what stands beside it, is escaped in ASCII here.
  std::string name = printable(text);
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && !std::isalnum(byte) && c != '.' && c != '-' && c != '_') c = '-';
  }
  name.erase(0, std::min(name.find_first_not_of(".-"), name.size()));
  return name.substr(0, utf8_cut(name, kLongest));
}

}  // namespace switchyard
