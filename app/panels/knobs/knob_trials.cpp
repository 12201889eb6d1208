#include "app/panels/knobs/knob_trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "app/panels/knobs/knob_scale.h"
#include "core/base/printable.h"
#include "core/config/gates.h"

namespace switchyard::app {

std::vector<KnobValue> values_to_try(const Knob& knob, const Config& config) {
  const KnobValue now = knob.get(config);
  std::vector<KnobValue> out;
  switch (knob.type) {
    case KnobType::boolean:
      out.emplace_back(!std::get<bool>(now));
      break;
    case KnobType::choice:
      for (const std::string_view choice : knob.choices)
        if (to_text(now) != choice) out.emplace_back(std::string(choice));
      break;
    case KnobType::integer:
    case KnobType::real:
      for (const double factor : {0.5, 2.0}) {
        const double number = number_of(now) * factor;
        if (number < knob.minimum || number > knob.maximum) continue;
        const KnobValue value = as_value(knob, number);
        if (value != now) out.push_back(value);
      }
      break;
    case KnobType::text:
      break;
  }
  return out;
}

std::string values_to_sweep(const Knob& knob, const Config& config) {
  const KnobValue now = knob.get(config);
  std::vector<KnobValue> values = values_to_try(knob, config);
  if (values.empty() && knob.type != KnobType::text)
    for (const float position : {0.4f, 0.7f}) values.push_back(as_value(knob, slider_value(knob, position)));
  values.push_back(now);
  if (knob.type == KnobType::choice) {
    values.clear();
    for (const std::string_view choice : knob.choices) values.emplace_back(std::string(choice));
  } else {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
  }
  std::string text;
  for (const KnobValue& value : values) {
    // As a sweep takes them: with nothing else changed.
    Config next = config;
    knob.set(next, value);
    if (value != now && !validate(next).empty()) continue;
    text += (text.empty() ? "" : ",") + to_text(value);
  }
  return text;
}

std::string back_to(const Reference& reference, const Knob& knob, bool capital) {
  const char* const back = capital ? "Back" : "back";
  if (reference.preset.empty()) return fmt::format("{} to the default", back);
  return fmt::format("{} to {}, as in {}", back, value_text(knob, reference.value(knob)),
                     printable(reference.preset));
}

Config with_value(const Config& config, const Knob& knob, const KnobValue& value) {
  Config next = config;
  knob.set(next, value);
  return knob.type == KnobType::choice ? without_idle_losses(next) : next;
}

}  // namespace switchyard::app
