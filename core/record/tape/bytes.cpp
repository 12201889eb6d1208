#include "core/record/tape/bytes.h"

#include <cstring>

namespace switchyard {

void ByteWriter::put(const void* from, std::size_t count) {
  if (count == 0) return;
  bytes_.resize(bytes_.size() + count);
  std::memcpy(bytes_.data() + bytes_.size() - count, from, count);
}

bool ByteReader::has(std::size_t count, std::size_t bytes) {
  if (!failed_ && count <= left_.size() / bytes) return true;
  fail();
  return false;
}

void ByteReader::take(void* to, std::size_t count) {
  if (count > 0) std::memcpy(to, left_.data(), count);
  left_ = left_.subspan(count);
}

}  // namespace switchyard
