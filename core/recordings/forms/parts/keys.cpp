#include "core/recordings/forms/parts/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <utility>

#include "core/recordings/recording.h"

namespace switchyard {
namespace {

constexpr std::array<RecordingKey, 5> kKeys{
    {{"experts", "N", "experts of each layer", "1 to 65536"},
     {"k", "N", "experts a token is given", "1 to 1024"},
     {"layers", "N", "mixture-of-experts layers", "1 to 4096"},
     {"stages", "S,S,…", "pipeline stage of each rank, from 0; all 0 where there is no pipeline",
      "0 to 4096, one a rank"},
     {"dropped", "yes|no", "whether capacity had dropped choices before they were recorded", "yes or no"}}};

std::optional<std::int32_t> number_in(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int32_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || number < least || number > most)
    return std::nullopt;
  return number;
}

}  // namespace

std::span<const RecordingKey> recording_keys() { return kKeys; }

void hint(const RecordingKeys& keys, std::string_view key, std::string suggested, std::string why) {
  if (keys.hints) keys.hints->push_back({std::string(key), std::move(suggested), std::move(why)});
}

// Nearly every model has a power of two of them.
void hint_experts(const RecordingKeys& keys, std::int32_t most, std::string_view in) {
  const auto least = static_cast<std::uint32_t>(std::max(0, most)) + 1;
  hint(keys, "experts", std::to_string(std::bit_ceil(least)),
       fmt::format("{} the highest is number {}", in, most));
}

Result<RecordingKeys> keys_from(std::span<const std::string> pairs) {
  RecordingKeys keys;
  for (const std::string& pair : pairs) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view key = std::string_view(pair).substr(0, equals),
                           value = std::string_view(pair).substr(std::min(equals + 1, pair.size()));
    const auto whole = [&](std::optional<std::int32_t>& to, std::int64_t most) -> Result<void> {
      to = number_in(value, 1, most);
      if (!to) return usage_error(fmt::format("{}: allowed is a whole number from 1 to {}", pair, most));
      return {};
    };
    Result<void> done;
    if (key == "experts") done = whole(keys.experts, kMostRecordedExperts);
    else if (key == "k") done = whole(keys.k, kMostRecordedChoices);
    else if (key == "layers") done = whole(keys.layers, kMostRecordedLayers);
    else if (key == "dropped") {
      if (value != "yes" && value != "no") return usage_error(fmt::format("{}: allowed is yes or no", pair));
      keys.dropped = value == "yes";
    } else if (key == "stages") {
      for (std::size_t from = 0; from <= value.size();) {
        const std::size_t to = std::min(value.find(',', from), value.size());
        const auto stage = number_in(value.substr(from, to - from), 0, kMostRecordedLayers);
        if (!stage)
          return usage_error(
              fmt::format("{}: allowed are stages from 0 on with commas between, one a rank", pair));
        keys.stages.push_back(*stage);
        from = to + 1;
      }
    } else {
      std::string names;
      for (const RecordingKey& known : kKeys) names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
      return usage_error(
          fmt::format("{}: allowed is KEY=VALUE with one of {}", pair.empty() ? "''" : pair, names));
    }
    if (!done) return done.error();
    keys.given.emplace_back(key);
  }
  return keys;
}

}  // namespace switchyard
