// Config as JSON and back: one flat object, keyed as the table of knobs, in its order.
//
//   { "experts": 8, "gate": "softmax", "learning_rate": 0.003, "tied_head": true }
//
// Reading takes a partial object (missing keys keep the base's values) and a run's whole config.json,
// whose knobs are under "config". An integer knob takes 8 and 8.0, since JSON has one kind of number and
// many programs write the second; 8.5 is an error. The first key that is no knob ends it. Everything read passes
// validate(). Messages name the file, the key and what is allowed; all errors are of kind usage.
//
// Thread safety: pure functions.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard {

Json to_json(const Config& config);
// Only the knobs in which it differs from `base`: config_from_json(that, base) is `config`.
Json to_json(const Config& config, const Config& base);
// For what is made to be shared (figures, weights, reports): of the corpus its name alone, without where it lies.
Json to_shared_json(const Config& config);
// Indented, with a newline at the end.
std::string to_json_text(const Config& config);

// `where` names the source in messages: a file, usually.
Result<Config> config_from_json(const Json& object, const Config& base, const std::string& where);
Result<Config> read_config_file(const std::filesystem::path& path, const Config& base = {});

// The knob whose key is most like `key`; empty if none is.
std::string_view nearest_knob(std::string_view key);
// "unknown key 'expert' (did you mean 'experts'?)"
Error unknown_knob(std::string_view key);

}  // namespace switchyard
