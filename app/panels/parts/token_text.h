// Tokens of a snapshot as words and tooltips: how a character is written, what surrounds it, where the
// router sent it.
//
// Thread safety: window thread only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "app/run/panel.h"

namespace switchyard::app {

// A weight, at [token, rank] of its layer, as a strength from 0 to 1; 1 where no weight was recorded.
float shown_weight(const ProbeLayer& layer, std::size_t at);

// 'a', ' ', '\n', '\t': a token in quotes, blanks spelled out.
std::string quoted_token(std::string_view text);
// The UTF-8 characters of a text, as views into it; a stray byte stands alone.
std::vector<std::string_view> characters(std::string_view text);
// Up to `reach` tokens of the same sequence before (or after) a token, line ends as ↵.
std::string context_before(const ProbeTokens& tokens, std::size_t token, std::size_t reach);
std::string context_after(const ProbeTokens& tokens, std::size_t token, std::size_t reach);

// The domains of tokens [begin, end) in the order they appear, "arithmetic, code"; empty where they are unknown.
std::string domains_of(const ProbeTokens& tokens, std::size_t begin, std::size_t end);

// Inside a tooltip: the router's ranking of a probe token (or point) with p, weight and kept or dropped.
void draw_ranking(const PanelInput& in, const ProbeLayer& layer, std::size_t token);

// Tooltip of a probe token in a layer: who it is, the router's ranking with p, weight and kept or dropped,
// its loss, entropy and domain; with_context also the words around it.
void token_tooltip(const PanelInput& in, std::size_t layer, std::size_t token, bool with_context);

}  // namespace switchyard::app
