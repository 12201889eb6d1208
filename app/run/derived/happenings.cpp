#include "app/run/derived/happenings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <string_view>

#include "app/run/words/alert_words.h"

namespace switchyard::app {
namespace {

Happening happening_of(const History& history, const History::Event& event) {
  const RunEvent& of = event.event;
  Happening out{.x = event.x,
                .step = of.step,
                .kind = kind_of(of.kind),
                .what = event_title(history, of),
                .alike = std::string(key_of(of.kind))};
  if (of.health) {
    out.detail = of.health->message;
    out.alert = of.kind == EventKind::health_end ? as_it_began(history, of) : *of.health;
    out.alike += fmt::format(" {}", key_of(of.health->kind));
    return out;
  }
  out.detail = of.message;
  if (of.changes.size() == 1) out.change = of.changes.front();
  for (const RunEvent::Change& change : of.changes) out.alike += " " + change.key;
  return out;
}

Happening happening_of(const KeptStep& kept) {
  return {.x = static_cast<double>(kept.step),
          .step = kept.step,
          .kind = HappeningKind::kept,
          .what = kept_title(kept.name, kept.why),
          .file = kept.file,
          .alike = kept.name.empty() ? "kept " + kept.why : "kept as " + kept.name};
}

bool belong_together(const Happening& a, const Happening& b) {
  return a.alike == b.alike && (!a.alert || !b.alert || are_alike(*a.alert, *b.alert));
}

// Of each layer as it was told last.
AlertGroup alerts_of(std::span<const Happening> row) {
  std::map<std::int32_t, const HealthAlert*> layers;
  for (const Happening& one : row)
    if (one.alert) layers[one.alert->layer] = &*one.alert;
  AlertGroup group;
  for (const auto& [layer, alert] : layers) group.push_back(*alert);
  return group;
}

// What all of them did together.
std::string title_of_row(const History& history, std::span<const Happening> row) {
  const Happening &first = row.front(), &last = row.back();
  if (row.size() == 1) return first.what;
  if (first.change && last.change)
    return change_text({first.change->key, first.change->before, last.change->after});
  if (!first.alert) return first.what;
  const AlertGroup alerts = alerts_of(row);
  return first.kind == HappeningKind::alert_end ? end_title_of(history, alerts) : title_of(history, alerts);
}

std::vector<HappeningRow> folded(const History& history, const std::vector<Happening>& all) {
  std::vector<HappeningRow> rows;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!rows.empty() && belong_together(all[rows.back().last], all[i])) rows.back().last = i;
    else rows.push_back({i, i, {}});
  }
  for (HappeningRow& row : rows) row.what = title_of_row(history, std::span(all).subspan(row.first, row.count()));
  return rows;
}

// By step.
void count_alike(std::vector<Happening>& all) {
  std::map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0 && all[i].step != all[i - 1].step) seen.clear();
    all[i].nth = seen[all[i].alike]++;
  }
}

// As far as the list says it: a loss that is missing equals none, not even itself.
bool is_listed_the_same(const KeptStep& a, const KeptStep& b) {
  return a.step == b.step && a.name == b.name && a.why == b.why && a.file == b.file;
}

}  // namespace

HappeningList happenings(const History& history, const std::vector<KeptStep>& kept) {
  HappeningList list;
  for (const History::Event& event : history.events())
    if (event.event.kind != EventKind::keep || kept.empty()) list.all.push_back(happening_of(history, event));
  for (const KeptStep& one : kept) list.all.push_back(happening_of(one));
  std::stable_sort(list.all.begin(), list.all.end(),
                   [](const Happening& a, const Happening& b) { return a.x < b.x; });
  count_alike(list.all);
  list.rows = folded(history, list.all);
  return list;
}

bool HappeningCache::is_of(const History& history, const std::vector<KeptStep>& kept) const {
  const std::vector<History::Event>& events = history.events();
  if (worked_out_ == 0 || events.size() != events_ || history.rows_epoch() != epoch_) return false;
  if (!events.empty() && events.back().x != last_x_) return false;
  if (history.layers() != experts_.size()) return false;
  for (std::size_t layer = 0; layer < experts_.size(); ++layer)
    if (history.experts(layer) != experts_[layer]) return false;
  return std::equal(kept.begin(), kept.end(), kept_.begin(), kept_.end(), is_listed_the_same);
}

const HappeningList& HappeningCache::of(const History& history, const std::vector<KeptStep>& kept) {
  if (is_of(history, kept)) return list_;
  list_ = happenings(history, kept);
  events_ = history.events().size();
  last_x_ = events_ > 0 ? history.events().back().x : kMissing;
  epoch_ = history.rows_epoch();
  experts_.clear();
  for (std::size_t layer = 0; layer < history.layers(); ++layer) experts_.push_back(history.experts(layer));
  kept_ = kept;
  ++worked_out_;
  return list_;
}

std::size_t HappeningCache::bytes() const {
  std::size_t total = list_.all.capacity() * sizeof(Happening) + list_.rows.capacity() * sizeof(HappeningRow) +
                      kept_.capacity() * sizeof(KeptStep);
  for (const Happening& one : list_.all) {
    total += one.what.capacity() + one.detail.capacity() + one.file.capacity() + one.alike.capacity();
    if (one.alert) total += one.alert->message.capacity() + one.alert->advice.capacity();
  }
  for (const HappeningRow& row : list_.rows) total += row.what.capacity();
  for (const KeptStep& kept : kept_) total += kept.file.capacity() + kept.why.capacity();
  return total;
}

}  // namespace switchyard::app
