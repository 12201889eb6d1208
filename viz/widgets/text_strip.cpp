#include "viz/widgets/text_strip.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "viz/base/compat.h"
#include "viz/base/named_text.h"
#include "viz/base/text_wrap.h"
#include "viz/canvas/canvas_imgui.h"

namespace viz {
namespace {

// Marks for what cannot be seen, as far as the font has them.
struct Marks {
  std::string_view space = " ", newline = " ", tab = " ";
};

Marks marks_in(ImFont* font, bool wanted) {
  Marks marks;
  if (!wanted) return marks;
  if (has_glyph(font, 0xb7)) marks.space = "\u00b7";
  if (has_glyph(font, 0x23ce)) marks.newline = "\u23ce";
  else if (has_glyph(font, 0x21b5)) marks.newline = "\u21b5";
  else if (has_glyph(font, 0xb6)) marks.newline = "\u00b6";
  if (has_glyph(font, 0x2192)) marks.tab = "\u2192";
  return marks;
}

bool is_blank(std::string_view text) {
  return !text.empty() && text.find_first_not_of(" \t") == std::string_view::npos;
}

// What is written for a token, and whether it is a mark rather than the text itself.
struct Letter {
  std::string_view text;
  bool is_mark = false;
};

Letter face_of(std::string_view text, const Marks& marks) {
  if (text == " ") return {marks.space, true};
  if (text == "\n" || text == "\r\n") return {marks.newline, true};
  if (text == "\t") return {marks.tab, true};
  // A newline inside a token cannot be drawn on one line; what stands before it can.
  return {text.substr(0, text.find('\n')), false};
}

}  // namespace

TextStripResult text_strip(const TextStripSpec& spec, const Theme& theme, float scale) {
  TextStripResult result;
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const ImVec2 size{std::max(spec.size.x > 0 ? spec.size.x : room.x, 1.0f),
                    std::max(spec.size.y > 0 ? spec.size.y : room.y, 1.0f)};
  ImFont* const font = theme.fonts.mono ? theme.fonts.mono : ImGui::GetFont();
  const float px = font_px(font);
  const float line_height = std::round(px * 1.5f);

  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  begin_child(spec.id, size, false, ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoNav |
                                      (spec.scroll_bar ? 0 : ImGuiWindowFlags_NoScrollbar));
  ImGui::PopStyleVar();
  const float width = std::max(ImGui::GetContentRegionAvail().x - 2 * scale, px);
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  const float scroll = ImGui::GetScrollY();
  const bool at_end = scroll >= ImGui::GetScrollMaxY() - 1;
  CanvasImGui screen(ImGui::GetWindowDrawList(), theme);
  Canvas& canvas = screen;

  if (spec.tokens.empty()) {
    canvas.text({origin.x, origin.y + line_height * 0.2f}, ellipsized(canvas, spec.empty_text, width, Font::small),
                theme.text_dim, Font::small);
  }

  // Widths: ASCII in a monospaced font needs no measuring.
  const Marks marks = marks_in(font, spec.show_marks);
  const float advance = text_width(font, px, "M", nullptr);
  const bool monospaced = std::fabs(text_width(font, px, "i", nullptr) - advance) < 0.01f;
  const auto width_of = [&](std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
    if (monospaced && plain) return advance * static_cast<float>(text.size());
    std::string named;
    text = named_text(text, named);
    return text_width(font, px, text.data(), text.data() + text.size());
  };
  std::vector<WrapToken> widths(spec.tokens.size());
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string_view text = spec.tokens[i].text;
    const Letter face = face_of(text, marks);
    // A token without a face (empty, a lone control character) still takes room, so that it can be pointed at.
    const float wanted =
        face.is_mark && text != "\t" ? std::max(advance, width_of(face.text)) : width_of(face.text);
    widths[i] = {wanted > 0 ? wanted : advance * 0.5f, is_blank(text), text.find('\n') != std::string_view::npos};
  }
  const std::vector<PlacedToken> places = wrap_tokens(widths, width);
  const std::size_t lines = places.empty() ? 0 : places.back().line + 1;

  // Only the lines in sight.
  const auto first_line = static_cast<std::size_t>(std::max(0.0f, std::floor(scroll / line_height)));
  const auto last_line = static_cast<std::size_t>(std::max(0.0f, std::ceil((scroll + size.y) / line_height)));
  const auto line_starts = [&](std::size_t line) {
    return static_cast<std::size_t>(
        std::lower_bound(places.begin(), places.end(), line,
                         [](const PlacedToken& place, std::size_t wanted) { return place.line < wanted; }) -
        places.begin());
  };
  const std::size_t first = line_starts(first_line), last = line_starts(last_line + 1);
  const auto box_of = [&](std::size_t i) {
    const float x = origin.x + places[i].x, y = origin.y + static_cast<float>(places[i].line) * line_height;
    const float right = std::min(x + widths[i].width, origin.x + width);
    return Rect{x, y + std::round(line_height * 0.08f), std::max(right, x), y + std::round(line_height * 0.92f)};
  };

  // Backgrounds: neighbours of one colour share a rectangle.
  for (std::size_t i = first; i < last;) {
    const StripToken& token = spec.tokens[i];
    Rect box = box_of(i);
    std::size_t end = i + 1;
    while (end < last && places[end].line == places[i].line && spec.tokens[end].background == token.background &&
           spec.tokens[end].emphasised == token.emphasised) {
      box.x1 = box_of(end++).x1;
    }
    if (token.background != 0) canvas.rect_fill(box, faded(token.background, token.emphasised ? 1 : spec.opacity));
    i = end;
  }
  const Point mouse = ImGui::GetIO().MousePos;
  const bool window_hovered = ImGui::IsWindowHovered();
  for (std::size_t i = first; i < last; ++i) {
    const StripToken& token = spec.tokens[i];
    const Rect box = box_of(i);
    const Letter face = face_of(token.text, marks);
    const Colour ink = token.emphasised && token.background != 0 ? text_on(token.background)
                       : token.faint                             ? theme.text_dim
                                                                 : theme.text;
    canvas.text({box.x0, (box.y0 + box.y1) / 2}, face.text, face.is_mark ? faded(ink, 0.28f) : ink, Font::mono,
                Align::start, Align::middle);
    if (token.emphasised || static_cast<int>(i) == spec.highlighted) {
      canvas.rect_outline(box, theme.text, std::max(1.0f, std::floor(scale)), 2 * scale);
    }
    // Reach across the leading, so that moving down the text has no dead stripes.
    const float line_y = origin.y + static_cast<float>(places[i].line) * line_height;
    const Rect reach{box.x0, line_y, box.x1, line_y + line_height};
    if (window_hovered && reach.contains(mouse)) {
      result.hovered = static_cast<int>(i);
      result.token_area = box;
    }
  }
  if (result.hovered >= 0) {
    canvas.rect_outline(result.token_area, theme.text, std::max(1.0f, std::floor(scale)), 2 * scale);
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) result.clicked = result.hovered;
  }

  ImGui::Dummy({1, static_cast<float>(lines) * line_height});
  result.hidden_height = static_cast<float>(std::max<std::size_t>(lines, 1)) * line_height - size.y;
  if (spec.follow_end && at_end) ImGui::SetScrollHereY(1);
  ImGui::EndChild();
  return result;
}

}  // namespace viz
