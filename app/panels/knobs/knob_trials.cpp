#include "app/panels/knobs/knob_trials.h"

#include <string>

#include "app/panels/knobs/knob_scale.h"
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

Config with_value(const Config& config, const Knob& knob, const KnobValue& value) {
  Config next = config;
  knob.set(next, value);
  return knob.type == KnobType::choice ? without_idle_losses(next) : next;
}

}  // namespace switchyard::app
