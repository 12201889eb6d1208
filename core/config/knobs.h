// THE table of knobs. Command line, config file, widgets, documentation, validation and the event log
// are visits to it; a second list of settings anywhere is a defect.
//
// To add a knob: a member in Config, a row in knobs.cpp. Thread safety: the table is immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard {

enum class KnobGroup { routing, balance, training, model, data, run };
// What a change costs: nothing; it starts with the next batch; a new model.
enum class KnobCost { live, next_batch, rebuild };
enum class KnobScale { linear, log };
// Whom a knob is for: those one meets first, or all.
enum class KnobLevel { essential, all };

// A choice travels as its name.
using KnobValue = std::variant<bool, std::int64_t, double, std::string>;

enum class KnobType { boolean, integer, real, choice, text };

struct Knob {
  std::string_view key;    // flat snake_case, the field's term
  std::string_view label;  // for the window
  KnobGroup group;
  KnobType type;
  KnobCost cost;
  // Numbers: hard limits, inclusive. Outside is an error.
  double minimum = 0, maximum = 0;
  // Numbers: the stretch a slider covers; typing may go beyond, up to the hard limits.
  double soft_minimum = 0, soft_maximum = 0;
  KnobScale scale = KnobScale::linear;  // log: zero, where allowed, sits at the left end
  std::string_view unit;                // "" if none
  std::span<const std::string_view> choices;  // in the order of the enum
  std::string_view help;                // one or two sentences: what it does, formula, source
  KnobValue (*get)(const Config&);
  void (*set)(Config&, const KnobValue&);  // the value must hold this knob's type
  // Values that a drag only passes through would cost learned weights: a slider sends the one it is left at.
  bool on_release = false;
  // Tasks whose data depend on it: they are loaded or drawn anew with it.
  bool of_text = false, of_points = false;
  KnobLevel level = KnobLevel::all;
  // Says what is kept and written of a run, and nothing of how it learns: whatever it is, the setup is the same.
  bool only_recorded = false;
  std::string_view text_range = "";  // of a text: what is allowed
};

std::span<const Knob> knobs();
// nullptr if there is none.
const Knob* find_knob(std::string_view key);
std::string_view name_of(KnobGroup group);  // "Routing"
std::string_view name_of(KnobCost cost);    // "live", "next batch", "rebuilds the model"
std::string_view name_of(KnobType type);
std::string_view name_of(KnobLevel level);  // "essential", "all"

// The value as a person reads and types it: 0.003, drop-late, true.
std::string to_text(const KnobValue& value);
// The same for what is made to be shared: of a file its name alone.
std::string shared_text(const Knob& knob, const Config& config);
// "1 to 256", "dropless, drop-late", "true or false".
std::string allowed_range(const Knob& knob);
// The sentence that refuses a value: "top_k = 0: allowed is 1 to 256".
std::string range_message(const Knob& knob, const std::string& value);

// Sets one knob from text ("key=value" halves). Checks type and range, not the other knobs.
Result<void> set_from_text(Config& config, std::string_view key, std::string_view text);

struct ConfigProblem {
  std::string key;
  std::string message;  // names the key, its value and what is allowed
  // The knob's own range is left; false: what the other knobs leave of it.
  bool out_of_range = false;
};
// Ranges of every knob and the rules between knobs (top_k <= experts, ...). Empty: valid.
std::vector<ConfigProblem> validate(const Config& config);
// Choices that are allowed but known to fail: shown, never refused.
std::vector<ConfigProblem> warnings(const Config& config);

// Knobs whose values differ, and the dearest cost among them.
std::vector<const Knob*> changed_knobs(const Config& before, const Config& after);
// Of those the ones that make another setup of it.
std::vector<const Knob*> changed_setup(const Config& before, const Config& after);
KnobCost change_cost(const Config& before, const Config& after);

}  // namespace switchyard
