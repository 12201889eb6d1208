// What ranks did at the moment that is shown, for the panels about them: the mean of some steps, and what follows
// of it.
//
// Thread safety: window thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/run/panel.h"
#include "core/history/rank_history.h"
#include "core/insight/rank_balance.h"

namespace switchyard::app {

struct ShownRanks {
  RankHistory::Row mean;
  RankBalance balance;
  RankTraffic traffic;  // empty where no experts are shared out
};
// Nothing where one process trains.
std::optional<ShownRanks> shown_ranks(const PanelInput& in, const UiState& ui);
// "mean of steps 981 to 1,000".
std::string mean_text(const RankHistory::Row& mean);
// Why there is nothing to see, and what there would be.
void draw_no_ranks(const PanelInput& in, std::string_view what);
// Ranks wear the colours of experts: no panel shows both.
viz::Colour rank_colour(const viz::Theme& theme, std::size_t rank);
// Inside a tooltip.
void rank_tooltip(const PanelInput& in, const ShownRanks& shown, std::size_t rank);

}  // namespace switchyard::app
