#include "app/run/words/recording_words.h"

#include <fmt/format.h>

namespace switchyard::app {

std::string why_lacking(const RunStatus& status, RecordedPart part) {
  if (!status.recorded) return {};
  const OtherRecording& has = *status.recorded;
  switch (part) {
    case RecordedPart::losses:
      return has.has_losses ? "" : "this recording has no losses";
    case RecordedPart::gradients:
      return "this recording has no gradients";
    case RecordedPart::choices:
      return has.has_choices ? "" : "this recording has loads alone, no choices of tokens";
    case RecordedPart::order:
      if (!has.has_choices) return why_lacking(status, RecordedPart::choices);
      return has.has_order ? "" : "experts stand by number here: which came first was not recorded";
    case RecordedPart::logits:
      return has.has_logits ? "" : "this recording has no logits";
    case RecordedPart::hidden:
      return "this recording has no hidden states";
    case RecordedPart::drops:
      return "drops were not recorded";
    case RecordedPart::aux_losses:
      return "not recorded";
    case RecordedPart::model:
      return "a recording has no model";
  }
  return {};
}

std::string why_no_training(const RunStatus& status) {
  if (!status.recorded) return {};
  return "Another program's recording: its model is not here, so nothing trains it. What it holds can be looked "
         "at.";
}

std::string sample_so_far(const RunStatus& status) {
  if (!status.recorded || !status.recorded->is_provisional()) return {};
  const double percent = 100 * status.recorded->sampled;
  return fmt::format("a sample of {:.{}f} % so far", percent, percent < 0.95 ? 1 : 0);
}

std::string of_what(const RunStatus& status) {
  if (const std::string sample = sample_so_far(status); !sample.empty()) return "of " + sample;
  return status.recorded && status.recorded->after_dropping ? "of what capacity left" : "";
}

double top_k_of(const RunStatus& status) {
  if (status.config) return static_cast<double>(status.config->top_k);
  return status.recorded ? static_cast<double>(status.recorded->top_k()) : 0;
}

}  // namespace switchyard::app
