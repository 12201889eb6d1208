// Base64 (RFC 4648) as servers put arrays into JSON. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace switchyard {

// Nothing of what is not base64, whole with its padding; line breaks may stand between.
std::optional<std::vector<std::byte>> bytes_of_base64(std::string_view text);
// The same of letters alone.
std::optional<std::vector<std::byte>> bytes_of_plain_base64(std::string_view text);

}  // namespace switchyard
