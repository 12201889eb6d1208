// A blob: what a run tells, sealed for a disk or a wire. 24 bytes say what it is and whether it is whole:
//
//   u16 kind, u16 version of that kind, u32 flags (1: zstd), u64 bytes before compression, u64 XXH3 of what
//   follows
//
// Compressed where that saves a twentieth at least. What is of another kind or newer version than is known here is
// told apart from what is damaged, for it is passed over and not complained of.
//
// Thread safety: pure functions. Errors: usage; they do not name the file, which whoever reads one does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/result.h"
#include "core/record/tape/bytes.h"

namespace switchyard {

// Numbers are for ever.
enum class BlobKind : std::uint16_t {
  figures = 1,  // of steps
  counts = 2,   // loads and mean probabilities of steps
  look = 3,     // at the probe
  tokens = 4,   // the probe's, once
  points = 5,
  event = 6,
  facts = 7,     // what the run is
  cut = 8,       // the run went back to a step
  summary = 9,   // some rows of it
  ranks = 10,    // of steps that several processes did
  verdict = 16,  // of a claim about the run: none is written yet
};

// The newest version of a kind that is read.
constexpr std::uint16_t version_of(BlobKind kind) { return kind == BlobKind::summary ? 2 : 1; }

// What one may hold before compression; more is damage.
inline constexpr std::uint64_t kMostBlobBytes = std::uint64_t{256} << 20;

// `version`: the oldest that says what the content does, so that it is read by as many programs as can.
Bytes seal(BlobKind kind, std::span<const std::byte> content, std::uint16_t version = 1);

struct Unsealed {
  std::uint16_t kind = 0, version = 0;
  Bytes content;  // empty where it is not known
  bool is_known = false;
};
// usage: damaged.
Result<Unsealed> unseal(std::span<const std::byte> blob);
// Its content where it is of that kind and known. usage: damaged, or something else.
Result<Bytes> unseal_as(BlobKind kind, std::span<const std::byte> blob);

std::uint64_t checksum_of(std::span<const std::byte> bytes);

}  // namespace switchyard
