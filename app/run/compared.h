// Which runs of the window are compared, and how each is told from the others: by the style of its line, and in
// curves by a colour of its own (experts keep theirs).
//
// Thread safety: window thread only.
#pragma once

#include <string>
#include <vector>

#include "app/run/panel.h"
#include "core/config/knobs.h"
#include "viz/canvas/line_style.h"

namespace switchyard::app {

inline constexpr std::size_t kMostCompared = 4;

struct Compared {
  const RunView* run = nullptr;
  const RunStatus* status = nullptr;
  std::string label;
  viz::LineStyle style = viz::LineStyle::solid;
  viz::Colour colour = 0;
  bool leads = false;  // it learns, and the knobs are its
};
// In the order the window came to know them, at most kMostCompared: of more the one that is shown, the one that
// leads and those that learn beside come first. The others are held against the first.
std::vector<Compared> compared_runs(const PanelInput& in, const UiState& ui);
// What a run does: of one beside that, else what its status says.
RunState doing(const Compared& run);

// What can be asked of one that learns beside, for a person.
inline constexpr const char *kSaysLead =
                                "The knobs are this run's from here on; the one that has them now learns beside.",
                            *kSaysDrop = "It ends; its folder, with its weights, stays.",
                            *kSaysAlone = "This run alone, which learns beside the one that has the knobs.";

// Knobs that are not the same in all of them, in the order of the table; without those that only say how it is
// recorded.
std::vector<const Knob*> compared_knobs(const std::vector<Compared>& runs);
// Whether losses of the two are of the same thing: the same task, of the same text or points. Others have no
// difference, and are no arms of one study.
bool learn_the_same(const Compared& first, const Compared& run);
// Knobs that make it no pair of the first: it learns from other batches (core/study/pairing.h).
std::vector<const Knob*> unpaired_knobs_of(const Compared& first, const Compared& run);

// They as arms of a study of several seeds, as long as they have learned. Those that differ by a seed alone are
// one: fewer than two arms are nothing to study.
StudyWish study_of(const std::vector<Compared>& runs);
// The study may be begun: there are two arms, and none is at work.
bool can_begin_study(const StudyWish& wish, const UiState& ui);

// What begins a run beside the one that learns, of the settings it has: the dense model whose tokens cost as many
// FLOPs; the same with other first weights and noise on the same batches, of a seed that no run of the window has.
void begin_dense_twin(const PanelInput& in, UiState& ui);
void begin_other_weights(const PanelInput& in, UiState& ui);
// Whether there is a run to begin one beside, and for the twin one with experts.
bool can_begin_beside(const PanelInput& in, const UiState& ui);
std::string why_none_beside(const PanelInput& in, const UiState& ui);  // empty: it can
bool can_begin_dense_twin(const PanelInput& in, const UiState& ui);

// Validation losses at steps at which both were validated: this one's less the first's.
struct DifferenceCurve {
  std::vector<double> step;
  std::vector<float> difference;
};
DifferenceCurve difference_from(const RunView& first, const RunView& run);

}  // namespace switchyard::app
