#include "viz/base/named_text.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bitset>
#include <cstdio>
#include <memory>
#include <utility>

namespace viz {
namespace {

constexpr std::size_t kPlane = 0x10000;

struct Classes {
  std::bitset<kPlane> shown, combining;  // by code point
};

bool is_format(char32_t c) {
  return c == 0xad || c == 0x061c || c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
         (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb);
}

// By the columns glibc's own table gives a character: below 1, it has no place of its own, or is none.
const Classes& classes() {
  static const auto known = [] {
    auto out = std::make_unique<Classes>();
    const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    const locale_t before = utf8 ? uselocale(utf8) : nullptr;
    for (char32_t c = 0x20; c < kPlane; ++c) {
      const bool no_text = (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c <= 0xf8ff) || is_format(c) || (c >= 0xfdd0 && c <= 0xfdef) || c >= 0xfffe;
      const int columns = utf8 ? wcwidth(static_cast<wchar_t>(c)) : 1;
      out->shown[c] = !no_text && columns >= 1;
      out->combining[c] = !no_text && columns == 0;
    }
    if (utf8) {
      uselocale(before);
      freelocale(utf8);
    }
    return out;
  }();
  return *known;
}

using Points = std::bitset<kPlane>;

std::atomic<std::shared_ptr<const Points>>& unshown() {
  static std::atomic<std::shared_ptr<const Points>> points;
  return points;
}

// Printable ASCII, newline and tab.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t'; });
}

}  // namespace

std::size_t character_length(std::string_view text, std::size_t at, char32_t& point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  point = first;
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || first >= 0xf5 || at + length > text.size()) return 0;
  point = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
    point = (point << 6) | (byte(at + i) & 0x3fu);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  return point < kLeast[length] || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff ? 0 : length;
}

void name_unshown(const std::set<char32_t>& points) {
  auto lacking = std::make_shared<Points>();
  for (const char32_t c : points)
    if (c >= 0x7f && c < kPlane) lacking->set(c);
  unshown().store(lacking->none() ? nullptr : std::move(lacking));
}

std::string_view named_text(std::string_view text, std::string& storage, ByFonts fonts) {
  if (is_plain(text)) return text;
  const Classes& known = classes();
  const std::shared_ptr<const Points> lacking = fonts == ByFonts::yes ? unshown().load() : nullptr;
  storage.clear();
  bool changed = false, after_letter = false;
  for (std::size_t at = 0; at < text.size();) {
    char32_t point = 0;
    const std::size_t length = character_length(text, at, point);
    char name[16];
    if (length == 0) {
      std::snprintf(name, sizeof(name), "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(text[at])));
      storage += name;
      changed = true;
      after_letter = false;
      ++at;
      continue;
    }
    const bool blank = point == '\n' || point == '\t';
    const bool is_lacking = lacking && point < kPlane && lacking->test(point);
    if (blank ||
        (point < kPlane && !is_lacking && (known.shown[point] || (after_letter && known.combining[point])))) {
      storage.append(text, at, length);
      after_letter = !blank;
    } else {
      std::snprintf(name, sizeof(name), "U+%04X", static_cast<unsigned>(point));
      storage += name;
      changed = true;
      after_letter = false;
    }
    at += length;
  }
  return changed ? std::string_view(storage) : text;
}

}  // namespace viz
