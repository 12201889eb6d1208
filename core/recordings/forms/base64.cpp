#include "core/recordings/forms/base64.h"

#include <nettle/base64.h>

#include <cstdint>

namespace switchyard {

std::optional<std::vector<std::byte>> bytes_of_base64(std::string_view text) {
  base64_decode_ctx context;
  base64_decode_init(&context);
  std::vector<std::byte> bytes(BASE64_DECODE_LENGTH(text.size()));
  std::size_t length = bytes.size();
  if (!base64_decode_update(&context, &length, reinterpret_cast<std::uint8_t*>(bytes.data()), text.size(),
                            text.data()) ||
      !base64_decode_final(&context))
    return std::nullopt;
  bytes.resize(length);
  return bytes;
}

}  // namespace switchyard
