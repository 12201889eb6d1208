#include "app/run/compared.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include "app/run/edits.h"
#include "app/run/labels.h"
#include "core/config/cost.h"
#include "core/study/pairing.h"

namespace switchyard::app {
namespace {

// Smaller comes first, where not all find room.
int compared_rank(const PanelInput& in, const RunView& run) {
  if (&run == &in.run) return 0;
  if (!is_record(status_of(in, run))) return 1;
  return run.beside ? 2 : 3;
}

// But for those that only say how it is recorded.
bool tells_apart(const Knob& knob) { return knob.group != KnobGroup::run || knob.cost == KnobCost::rebuild; }

// Learned with one seed after another they are one setup.
bool differ_by_seed_alone(Config a, const Config& b) {
  a.seed = b.seed;
  a.weight_seed = b.weight_seed;
  const std::vector<const Knob*> changed = changed_knobs(a, b);
  return std::none_of(changed.begin(), changed.end(), [](const Knob* knob) { return tells_apart(*knob); });
}

}  // namespace

std::vector<Compared> compared_runs(const PanelInput& in, const UiState& ui) {
  std::vector<const RunView*> runs = in.others;
  runs.push_back(&in.run);
  std::erase_if(runs, [&](const RunView* run) {
    return run != &in.run && (run->id.empty() || ui.comparing.left_out.contains(run->id));
  });
  std::stable_sort(runs.begin(), runs.end(), [&](const RunView* a, const RunView* b) {
    return compared_rank(in, *a) < compared_rank(in, *b);
  });
  if (runs.size() > kMostCompared) runs.resize(kMostCompared);
  std::sort(runs.begin(), runs.end(), [](const RunView* a, const RunView* b) { return a->place < b->place; });
  RunLabels labels = labels_in(in);
  std::vector<Compared> out;
  for (const RunView* run : runs) {
    const RunStatus& status = status_of(in, *run);
    out.push_back({.run = run,
                   .status = &status,
                   .label = std::move(labels[run]),
                   .style = viz::line_style(out.size()),
                   .colour = viz::curve_colour(in.theme, out.size()),
                   .leads = !is_record(status)});
  }
  return out;
}

RunState doing(const Compared& run) { return run.run->beside.value_or(run.status->state); }

std::vector<const Knob*> compared_knobs(const std::vector<Compared>& runs) {
  std::vector<const Knob*> out;
  const Compared* first = nullptr;
  for (const Compared& run : runs) {
    if (!run.status->config) continue;
    if (!first) {
      first = &run;
      continue;
    }
    for (const Knob* knob : changed_knobs(*first->status->config, *run.status->config))
      if (tells_apart(*knob) && std::find(out.begin(), out.end(), knob) == out.end()) out.push_back(knob);
  }
  std::sort(out.begin(), out.end());  // rows of one table
  return out;
}

bool learn_the_same(const Compared& first, const Compared& run) {
  if (!first.status->config || !run.status->config) return true;  // nobody knows yet
  if (first.status->config->task != run.status->config->task) return false;
  // The bytes decide where both are known, whatever the file is called.
  const Fingerprint &a = first.status->text.source, &b = run.status->text.source;
  return a.bytes > 0 && b.bytes > 0 ? a == b : first.status->corpus_name == run.status->corpus_name;
}

std::vector<const Knob*> unpaired_knobs_of(const Compared& first, const Compared& run) {
  if (!first.status->config || !run.status->config) return {};
  return unpaired_knobs(*first.status->config, *run.status->config);
}

StudyWish study_of(const std::vector<Compared>& runs) {
  constexpr std::int64_t kSeeds = 5, kLeastSteps = 100;
  StudyWish wish{{}, kLeastSteps, kSeeds};
  for (const Compared& run : runs) {
    if (!run.status->config || !learn_the_same(runs[0], run)) continue;
    wish.steps = std::max(wish.steps, run.status->step);
    BesideWish arm{*run.status->config, run.label};
    // Each seed draws its own weights: with a fixed number all of them were one draw.
    arm.config.weight_seed = 0;
    if (std::none_of(wish.arms.begin(), wish.arms.end(),
                     [&](const BesideWish& other) { return differ_by_seed_alone(arm.config, other.config); }))
      wish.arms.push_back(std::move(arm));
  }
  return wish;
}

bool can_begin_study(const StudyWish& wish, const UiState& ui) {
  return wish.arms.size() > 1 && !ui.comparing.study.runs;
}

bool can_begin_beside(const PanelInput& in, const UiState& ui) { return ui.knobs.is_set && !is_record(in.status); }

std::string why_none_beside(const PanelInput& in, const UiState& ui) {
  if (in.run.beside) return "This run learns beside: once it leads, others can begin beside it.";
  if (in.status.state == RunState::followed) return "Another process records this run.";
  if (is_record(in.status)) return "This run is a record: nothing learns in it.";
  return can_begin_beside(in, ui) ? "" : "The settings appear with the model.";
}

bool can_begin_dense_twin(const PanelInput& in, const UiState& ui) {
  return can_begin_beside(in, ui) && ui.knobs.sent.ffn == Ffn::moe && in.status.vocabulary > 0;
}

void begin_dense_twin(const PanelInput& in, UiState& ui) {
  try_beside(ui.knobs, dense_equal(ui.knobs.sent, in.status.vocabulary), "dense twin");
}

void begin_other_weights(const PanelInput& in, UiState& ui) {
  const auto seed_of = [](const Config& config) { return static_cast<std::int64_t>(draw_seed(config)); };
  // One that was begun may not have told its settings yet.
  std::set<std::int64_t> taken = ui.comparing.weights_begun;
  for (const RunView* run : in.others)
    if (const auto& config = status_of(in, *run).config) taken.insert(seed_of(*config));
  if (in.status.config) taken.insert(seed_of(*in.status.config));
  const Config& learned = ui.knobs.sent;
  const auto most = static_cast<std::int64_t>(find_knob("weight_seed")->maximum);
  std::int64_t seed = seed_of(learned);
  do seed = seed < most ? seed + 1 : 1;  // 0 is the seed of the batches
  while (seed != seed_of(learned) && taken.contains(seed));
  Config other = learned;
  other.weight_seed = seed;
  ui.comparing.weights_begun.insert(seed);
  try_beside(ui.knobs, other, fmt::format("weights of seed {}", seed));
}

DifferenceCurve difference_from(const RunView& first, const RunView& run) {
  const History::Curve a = first.history.validation(), b = run.history.validation();
  DifferenceCurve out;
  for (std::size_t i = 0, j = 0; i < a.x.size() && j < b.x.size();) {
    if (a.x[i] < b.x[j]) ++i;
    else if (b.x[j] < a.x[i]) ++j;
    else {
      if (std::isfinite(a.y[i]) && std::isfinite(b.y[j])) {
        out.step.push_back(a.x[i]);
        out.difference.push_back(b.y[j] - a.y[i]);
      }
      ++i, ++j;
    }
  }
  return out;
}

}  // namespace switchyard::app
