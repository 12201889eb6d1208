#include "core/record/files/checksum.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <new>

namespace switchyard {

struct Checksum::State {
  XXH3_state_t* state = XXH3_createState();
  ~State() { XXH3_freeState(state); }
};

Checksum::Checksum() : state_(std::make_unique<State>()) {
  if (!state_->state) throw std::bad_alloc();
  XXH3_64bits_reset(state_->state);
}

Checksum::~Checksum() = default;

void Checksum::add(std::span<const std::byte> bytes) {
  XXH3_64bits_update(state_->state, bytes.data(), bytes.size());
}

std::string Checksum::text() const { return fmt::format("{:016x}", XXH3_64bits_digest(state_->state)); }

}  // namespace switchyard
