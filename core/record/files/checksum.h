// XXH3 (https://github.com/Cyan4973/xxHash, 64 bits) of bytes that come in parts: tells damage by a disk or a
// cable, not a forgery. As text it is 16 hexadecimal digits, the same on every machine.
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace switchyard {

class Checksum {
 public:
  static constexpr std::size_t kDigits = 16;

  Checksum();
  ~Checksum();
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;

  void add(std::span<const std::byte> bytes);
  std::string text() const;  // of all that was added so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace switchyard
