// CRC-32C (Castagnoli; RFC 3720, appendix B.4), and as event files hold it: a sum of bytes that themselves hold
// such sums would say little, so it is turned and shifted.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace switchyard {

std::uint32_t crc32c(std::string_view bytes);
// ((crc >> 15) | (crc << 17)) + 0xa282ead8, modulo 2^32.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace switchyard
