#include "app/cli/headless/rank_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "app/cli/ranks/started_ranks.h"
#include "core/base/printable.h"
#include "core/config/json.h"

namespace switchyard::app {

class RankPart::Started : public StartedRanks {};

RankPart::~RankPart() = default;

Result<std::unique_ptr<RankPart>> RankPart::take(const Options& options) {
  std::unique_ptr<RankPart> part(new RankPart);
  RankPlace place;
  bool starts = false;
  if (options.ranks.place) {
    place = *options.ranks.place;
  } else if (options.ranks.count > 1) {
    place.size = place.local_size = options.ranks.count;
    starts = true;
  } else {
    return part;
  }
  const auto engine = load_engine();
  if (!engine) return engine.error();
  part->engine_ = *engine;
  part->rank_ = place.rank;
  part->size_ = place.size;
  RankTerms terms;
  terms.silence_s = options.ranks.silence_s;
  terms.timeout_s = options.ranks.timeout_s;
  terms.join_s = options.ranks.join_s;
  if (options.ranks.compares_config) terms.config_json = to_json_text(options.config);
  Result<void> started;
  if (starts) {
    part->started_ = std::make_unique<Started>();
    terms.on_listening = [&](std::uint16_t port) {
      place.master_port = port;
      started = part->started_->start(place);
      return static_cast<bool>(started);
    };
  }
  terms.on_news = [rank = place.rank](const std::string& news) {
    inform("switchyard: {}{}\n", rank > 0 ? fmt::format("rank {}: ", rank) : std::string(), printable(news));
  };
  const auto joined = part->engine_->join(place, terms);
  if (!started) return started.error();
  if (!joined) return joined.error();
  const std::int64_t shared_by = options.config.ffn == Ffn::moe ? options.config.expert_parallel : 1;
  if (place.rank == 0 && options.mode == Mode::headless && place.size % shared_by == 0)
    inform("{} processes train one model: {} by data, {} by experts\n", place.size, place.size / shared_by,
           shared_by);
  return part;
}

std::optional<Result<int>> RankPart::follow() {
  if (rank_ == 0) return {};
  Result<int> code = engine_->follow();
  if (code) return code;
  return Result<int>(Error{code.error().kind, fmt::format("rank {}: {}", rank_, code.error().message)});
}

Result<RankPart::Checked> RankPart::self_check() {
  struct Layout {
    std::size_t rows = 0, bad = 0;
    double worst = 0;
  };
  std::map<std::string, Layout> layouts;
  Checked checked;
  const auto done = engine_->self_check([&](const CheckedRow& row) {
    Layout& layout = layouts[row.layout];
    ++layout.rows;
    layout.worst = std::max(layout.worst, row.gradient);
    if (!row.good) ++layout.bad, checked.text += fmt::format("{}: {}\n  {}\n", row.layout, row.name, row.found);
    inform("{}  {}: {}\n", row.layout, row.good ? "as one process" : "NOT as one process", row.found);
    return !EndSignals::asked_to_end();
  });
  if (!done) return done.error();
  for (const auto& [name, layout] : layouts) {
    checked.text += fmt::format(
        "{} (data x expert parallel): {} of {} configurations as one process computes them; gradients within "
        "{:.2f} of the bound\n",
        name, layout.rows - layout.bad, layout.rows, layout.worst);
    checked.good &= layout.bad == 0;
  }
  return checked;
}

void RankPart::leave(int code) {
  if (engine_) engine_->leave(code);
}

}  // namespace switchyard::app
