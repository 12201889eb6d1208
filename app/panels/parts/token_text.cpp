#include "app/panels/parts/token_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/parts/panel_parts.h"
#include "app/ui/skin.h"
#include "viz/base/format.h"
#include "viz/base/named_text.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {

namespace {

constexpr std::size_t kMostRanks = 6;
constexpr std::size_t kContextReach = 18;

std::size_t sequence_start(const ProbeTokens& tokens, std::size_t token) {
  const auto length = static_cast<std::size_t>(std::max(1, tokens.sequence_length));
  return token / length * length;
}

void append_shown(std::string& out, std::string_view text) {
  std::string named;
  out += text == "\n" ? std::string_view("↵") : viz::named_text(text, named);
}

// Numbers are told apart by a space.
void append_part(std::string& out, const ProbeTokens& tokens, std::size_t token) {
  if (tokens.are_numbers) out += ' ';
  append_shown(out, tokens.text[token]);
  if (tokens.are_numbers) out += ' ';
}

void draw_context(const PanelInput& in, const ProbeTokens& tokens, std::size_t token) {
  const std::string before = context_before(tokens, token, kContextReach), after = context_after(tokens, token, kContextReach);
  std::string middle;
  append_shown(middle, tokens.text[token]);
  const WithFont font(in.theme.fonts.mono);
  const auto part = [](const std::string& text, viz::Colour colour) {
    ImGui::PushStyleColor(ImGuiCol_Text, colour);
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopStyleColor();
  };
  part(before, in.theme.text_dim);
  ImGui::SameLine(0, 0);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = text_size(in.theme.fonts.mono, middle).x;
  ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + width, at.y + ImGui::GetTextLineHeight()},
                                            viz::faded(in.theme.accent, 0.35f));
  part(middle, in.theme.text);
  ImGui::SameLine(0, 0);
  part(after, in.theme.text_dim);
}

}  // namespace

float shown_weight(const ProbeLayer& layer, std::size_t at) {
  return std::isnan(layer.weight[at]) ? 1 : std::clamp(layer.weight[at], 0.0f, 1.0f);
}

// One line an expert: a bar as long as p, then the figures.
void draw_ranking(const PanelInput& in, const ProbeLayer& layer, std::size_t token) {
  const Skin skin{in.theme, in.scale};
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme.fonts);
  const auto ranked = static_cast<std::size_t>(layer.ranked), k = static_cast<std::size_t>(layer.top_k);
  const auto experts = static_cast<std::size_t>(layer.experts);
  const float bar = skin.px(110), line = skin.px(17);
  for (std::size_t r = 0; r < std::min(ranked, std::max(k, kMostRanks)); ++r) {
    const int expert = layer.expert[token * ranked + r];
    const float p = layer.prob[token * ranked + r];
    if (expert < 0) continue;  // not recorded
    std::string figures = expert_name(expert, experts);
    if (std::isfinite(p)) figures += fmt::format("  p {:.2f}", p);
    const bool chosen = r < k;
    const bool kept = chosen && layer.kept[token * k + r] != 0;
    // Experts that choose leave tokens without a weight; capacity leaves them without room.
    const bool taken = chosen && (kept || layer.weight[token * k + r] != 0);
    if (taken && std::isfinite(layer.weight[token * k + r]))
      figures += fmt::format("  w {:.2f}", layer.weight[token * k + r]);
    if (taken && !in.status.recorded) figures += kept ? "  kept" : "  dropped";
    if (chosen && !taken) figures += "  not taken";
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const viz::Colour colour = viz::category_colour(in.theme, static_cast<std::size_t>(std::max(0, expert)));
    const float length = std::max(skin.px(2), std::isfinite(p) ? bar * std::clamp(p, 0.0f, 1.0f) : 0.0f);
    canvas.rect_fill({at.x, at.y + skin.px(3), at.x + length, at.y + line - skin.px(3)},
                     taken ? colour : viz::faded(colour, 0.45f), skin.px(2));
    const viz::Colour ink = !taken ? in.theme.text_dim : kept ? in.theme.text : in.theme.bad;
    canvas.text({at.x + bar + skin.px(8), at.y + line / 2}, figures, ink, viz::Font::mono_small, viz::Align::start,
                viz::Align::middle);
    ImGui::Dummy({bar + skin.px(8) + text_size(in.theme.fonts.mono_small, figures).x, line});
    // Tight lines: the spacing between widgets is for controls.
    ImGui::SetCursorScreenPos({at.x, at.y + line});
  }
  ImGui::Dummy({1, skin.px(2)});
}

std::string quoted_token(std::string_view text) {
  if (text == "\n") return "'\\n'";
  if (text == "\t") return "'\\t'";
  if (text == "\r") return "'\\r'";
  return fmt::format("'{}'", viz::named_text(text));
}

std::string domains_of(const ProbeTokens& tokens, std::size_t begin, std::size_t end) {
  std::string out;
  if (tokens.domain.size() < end) return out;
  std::vector<std::uint8_t> seen;
  for (std::size_t t = begin; t < end; ++t) {
    const std::uint8_t domain = tokens.domain[t];
    if (domain >= tokens.domain_names.size() || std::find(seen.begin(), seen.end(), domain) != seen.end()) continue;
    seen.push_back(domain);
    out += (out.empty() ? "" : ", ") + tokens.domain_names[domain];
  }
  return out;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) ++end;
    out.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return out;
}

std::string context_before(const ProbeTokens& tokens, std::size_t token, std::size_t reach) {
  const std::size_t start = sequence_start(tokens, token);
  const std::size_t from = token - start > reach ? token - reach : start;
  std::string out = from > start ? "…" : "";
  for (std::size_t i = from; i < token; ++i) append_part(out, tokens, i);
  return out;
}

std::string context_after(const ProbeTokens& tokens, std::size_t token, std::size_t reach) {
  const auto length = static_cast<std::size_t>(std::max(1, tokens.sequence_length));
  const std::size_t end = std::min(sequence_start(tokens, token) + length, tokens.text.size());
  const std::size_t to = std::min(end, token + 1 + reach);
  std::string out;
  for (std::size_t i = token + 1; i < to; ++i) append_part(out, tokens, i);
  if (to < end) out += "…";
  return out;
}

void token_tooltip(const PanelInput& in, std::size_t layer_index, std::size_t token, bool with_context) {
  const Snapshot& snapshot = *in.snapshot;
  const ProbeTokens& tokens = *snapshot.tokens;
  const ProbeLayer& layer = snapshot.layers[layer_index];
  const auto length = static_cast<std::size_t>(std::max(1, tokens.sequence_length));
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextUnformatted(
        fmt::format("{}  position {}", quoted_token(tokens.text[token]), token % length).c_str());
  }
  if (with_context) draw_context(in, tokens, token);
  draw_ranking(in, layer, token);
  std::string foot = fmt::format("layer {}", layer_index);
  if (token < snapshot.token_loss.size() && std::isfinite(snapshot.token_loss[token])) {
    foot += fmt::format(" · loss of the next token {} nats", viz::decimals(snapshot.token_loss[token], 2));
  }
  if (token < layer.entropy.size() && std::isfinite(layer.entropy[token])) {
    foot += fmt::format(" · entropy {:.2f}", layer.entropy[token]);
  }
  if (token < tokens.domain.size() && tokens.domain[token] < tokens.domain_names.size()) {
    foot += fmt::format(" · {}", tokens.domain_names[tokens.domain[token]]);
  }
  {
    const WithFont small(in.theme.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, in.theme.text_dim);
    ImGui::TextUnformatted(foot.c_str());
    ImGui::PopStyleColor();
  }
  ImGui::EndTooltip();
}

}  // namespace switchyard::app
