// Another value of a knob, that validate() allows beside the others' where there is one.
#pragma once

#include <string>
#include <vector>

#include "core/config/knobs.h"

namespace switchyard::test {

inline Config with_another(const Knob& knob, const Config& config) {
  std::vector<KnobValue> values;
  switch (knob.type) {
    case KnobType::boolean:
      values = {true, false};
      break;
    case KnobType::integer:
      for (const double x : {knob.soft_minimum, knob.soft_maximum, knob.soft_minimum * 2, knob.minimum})
        values.push_back(static_cast<std::int64_t>(x));
      break;
    case KnobType::real:
      values = {knob.soft_minimum, knob.soft_maximum};
      break;
    case KnobType::choice:
      for (const std::string_view name : knob.choices) values.push_back(std::string(name));
      break;
    case KnobType::text:
      values = {std::string("stories"), std::string("another.txt")};
  }
  for (const KnobValue& value : values) {
    Config other = config;
    knob.set(other, value);
    if (knob.get(other) != knob.get(config) && validate(other).empty()) return other;
  }
  return config;
}

}  // namespace switchyard::test
