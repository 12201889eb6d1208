// Values of knobs as people read and type them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/file_name.h"
#include "core/config/knobs.h"

namespace switchyard {
namespace {

constexpr std::size_t kLongestText = 4096;  // no system opens a longer name

std::string number_text(double value, KnobType type) {
  return type == KnobType::integer ? fmt::format("{}", static_cast<std::int64_t>(value)) : fmt::format("{:g}", value);
}

}  // namespace

std::string range_message(const Knob& knob, const std::string& value) {
  return fmt::format("{} = {}: allowed is {}", knob.key, value, allowed_range(knob));
}

std::string to_text(const KnobValue& value) {
  struct Visitor {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string& v) const { return v; }
  };
  return std::visit(Visitor{}, value);
}

std::string shared_text(const Knob& knob, const Config& config) {
  const std::string text = to_text(knob.get(config));
  return knob.type == KnobType::text ? name_of_file(text) : text;
}

std::string allowed_range(const Knob& knob) {
  switch (knob.type) {
    case KnobType::boolean: return "true or false";
    case KnobType::choice: return fmt::format("{}", fmt::join(knob.choices, ", "));
    case KnobType::text:
      return std::string(knob.text_range);
    case KnobType::integer:
    case KnobType::real: break;
  }
  return fmt::format("{} to {}", number_text(knob.minimum, knob.type), number_text(knob.maximum, knob.type));
}

Result<void> set_from_text(Config& config, std::string_view key, std::string_view text) {
  const Knob* knob = find_knob(key);
  if (!knob) return usage_error(fmt::format("unknown knob '{}' (--list-knobs shows them all)", key));
  const std::string shown(text);
  const auto wrong_type = [&] {
    return usage_error(fmt::format("{} = '{}': wants {} {}, allowed is {}", key, shown,
                                   knob->type == KnobType::integer ? "an" : "a", name_of(knob->type),
                                   allowed_range(*knob)));
  };
  KnobValue value;
  switch (knob->type) {
    case KnobType::boolean:
      if (text == "true" || text == "1") value = true;
      else if (text == "false" || text == "0") value = false;
      else return wrong_type();
      break;
    case KnobType::integer: {
      std::int64_t number = 0;
      const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (code == std::errc::result_out_of_range) return usage_error(range_message(*knob, shown));
      if (code != std::errc() || end != text.data() + text.size()) return wrong_type();
      value = number;
      break;
    }
    case KnobType::real: {
      double number = 0;
      const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (code == std::errc::result_out_of_range) return usage_error(range_message(*knob, shown));
      if (code != std::errc() || end != text.data() + text.size()) return wrong_type();
      value = number;
      break;
    }
    case KnobType::choice:
      if (std::find(knob->choices.begin(), knob->choices.end(), text) == knob->choices.end()) return wrong_type();
      value = shown;
      break;
    case KnobType::text:
      if (text.size() > kLongestText)
        return usage_error(fmt::format("{} has {} bytes: allowed are at most {}", key, text.size(), kLongestText));
      value = shown;
      break;
  }
  if (knob->type == KnobType::integer || knob->type == KnobType::real) {
    const double number = knob->type == KnobType::integer ? static_cast<double>(std::get<std::int64_t>(value))
                                                          : std::get<double>(value);
    // Written so that NaN is out of range too.
    if (!(number >= knob->minimum && number <= knob->maximum)) return usage_error(range_message(*knob, shown));
  }
  knob->set(config, value);
  return {};
}

}  // namespace switchyard
