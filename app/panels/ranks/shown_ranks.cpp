#include "app/panels/ranks/shown_ranks.h"

#include <fmt/format.h>

#include <cmath>

#include "app/panels/parts/metric_notes.h"
#include "app/panels/parts/panel_parts.h"
#include "app/run/moment.h"
#include "app/run/words/rank_words.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"

namespace switchyard::app {

std::optional<ShownRanks> shown_ranks(const PanelInput& in, const UiState& ui) {
  const StepRecord* const record = moment_of(in, ui).record;
  if (!record) return std::nullopt;
  auto mean = in.run.history.ranks().up_to(record->step);
  if (!mean) return std::nullopt;
  RankBalance balance = rank_balance(mean->ranks, mean->waits, mean->tokens);
  RankTraffic traffic = rank_traffic(mean->ranks);
  return ShownRanks{std::move(*mean), std::move(balance), std::move(traffic)};
}

std::string mean_text(const RankHistory::Row& mean) {
  const auto step = [](std::int64_t at) { return viz::grouped(static_cast<double>(at)); };
  if (mean.first == mean.last) return "step " + step(mean.first);
  return fmt::format("mean of steps {} to {}", step(mean.first), step(mean.last));
}

void draw_no_ranks(const PanelInput& in, std::string_view what) {
  if (in.run.history.empty()) return draw_not_ready(in, readiness_of_curves(in), what);
  draw_empty(
      in, in.run.history.ranks().empty() ? "one process trains this model" : "one process trained it at this step",
      what);
}

viz::Colour rank_colour(const viz::Theme& theme, std::size_t rank) { return viz::category_colour(theme, rank); }

void rank_tooltip(const PanelInput& in, const ShownRanks& shown, std::size_t rank) {
  const RankShare& share = shown.balance.ranks[rank];
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextColored(viz::as_vec4(rank_colour(in.theme, rank)), "%s", rank_name(rank).c_str());
  }
  const WithFont mono(in.theme.fonts.mono_small);
  const auto row = [&](const char* name, const std::string& value) {
    ImGui::PushStyleColor(ImGuiCol_Text, in.theme.text_dim);
    ImGui::TextUnformatted(name);
    ImGui::PopStyleColor();
    ImGui::SameLine(130 * in.scale);
    ImGui::TextUnformatted(value.c_str());
  };
  row("computing", ms_text(share.compute_ms));
  row("exchanging", ms_text(share.exchange_ms));
  row("summing", ms_text(share.sum_ms));
  row("waiting", fmt::format("{}, {}", ms_text(share.wait_ms), viz::percent(share.wait_ms / share.total_ms())));
  if (std::isfinite(share.tokens_per_s)) row("its own speed", viz::compact(share.tokens_per_s) + " tokens/s");
  if (shown.mean.ranks[rank].exchange_mb > 0)
    row("sent", viz::significant(shown.mean.ranks[rank].exchange_mb, 3) + " MB a step");
}

}  // namespace switchyard::app
