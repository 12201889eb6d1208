// The end of a tape that lies behind the checkpoint from which its run goes on: copied to a tape of its own, and
// cut.
//
// Thread safety: pure functions of the file system; nobody writes the tape meanwhile. Errors: failure, naming the
// file.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/result.h"

namespace switchyard {

struct TapeTail {
  std::int64_t rows = 0;       // that go
  std::int64_t last_step = 0;  // of a step or look among them; 0: none
  std::int64_t events = 0;     // events that stay
};

// What lies behind the end of `step` and of so many events; -1: events are told apart by their steps.
Result<TapeTail> find_tape_tail(const std::filesystem::path& tape, std::int64_t step, std::int64_t events);
// Those rows, with what it takes to read them, as a tape of this name, which is not there yet. Of a batch of steps
// that begins before, all.
Result<void> copy_tape_tail(const std::filesystem::path& tape, std::int64_t step, std::int64_t events,
                            const std::filesystem::path& to);
// Removes them, and says in the tape that the run went back; whole or not at all.
Result<void> cut_tape(const std::filesystem::path& tape, std::int64_t step, std::int64_t events);

}  // namespace switchyard
