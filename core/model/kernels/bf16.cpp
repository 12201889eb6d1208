#include "core/model/kernels/bf16.h"

#include <algorithm>
#include <atomic>

#include "core/model/kernels/bf16_units.h"

#if SWITCHYARD_BF16_X86
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace switchyard {
namespace {

#if SWITCHYARD_BF16_X86
struct Leaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  Leaf(unsigned leaf, unsigned part) { __get_cpuid_count(leaf, part, &eax, &ebx, &ecx, &edx); }
};

// What the system saves for a thread: XCR0.
std::uint64_t saved_state() {
  if (!(Leaf(1, 0).ecx & (1U << 27))) return 0;
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<std::uint64_t>(high) << 32) | low;
}

bool has_avx512_bf16() {
  constexpr std::uint64_t vectors = 0xE6;
  __builtin_cpu_init();
  return (saved_state() & vectors) == vectors && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && (Leaf(7, 1).eax & (1U << 5));
}

// Linux grants the tiles' 8 KiB of state on request, to all threads of the process.
bool has_amx() {
  constexpr unsigned bf16 = 1U << 22, tile = 1U << 24;
  constexpr std::uint64_t tile_state = 3U << 17;
  constexpr long request_permission = 0x1023, tile_data = 18;
  return (Leaf(7, 0).edx & (bf16 | tile)) == (bf16 | tile) && (saved_state() & tile_state) == tile_state &&
         syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

// A fact of what was measured, not of what a processor says: the pairs' instruction is half as fast as fp32's on Intel's (0.6
// times the BLAS's fp32 in all) and as fast on AMD's (twice as many numbers: panels.h's tile times 1.7 to 2).
bool has_fast_pairs() {
  const Leaf vendor(0, 0);
  constexpr unsigned amd = 0x68747541;  // "Auth"
  return vendor.ebx == amd && has_avx512_bf16();
}

Bf16Unit find_unit() {
  if (has_avx512_bf16() && has_amx()) return Bf16Unit::amx;
  return has_fast_pairs() ? Bf16Unit::avx512 : Bf16Unit::any;
}
#else
Bf16Unit find_unit() { return Bf16Unit::any; }
#endif

std::atomic<Bf16Unit>& unit_in_use() {
  static std::atomic<Bf16Unit> unit{find_unit()};
  return unit;
}

template <class To, class From>
void pack_by_unit(const To& to, const From& from) {
#if SWITCHYARD_BF16_X86
  if (bf16_unit() != Bf16Unit::any) return avx512_bf16::pack(to, from);
#endif
  any_processor::pack(to, from);
}

}  // namespace

Bf16Unit bf16_unit() { return unit_in_use().load(std::memory_order_relaxed); }
Bf16Unit use_bf16_unit(Bf16Unit most) { return unit_in_use() = std::min(most, find_unit()); }

void pack(const Bf16Rows& to, const Matrix& from) { pack_by_unit(to, from); }
void pack(const Bf16Rows& to, const Bf16Matrix& from) { pack_by_unit(to, from); }
void pack(const Bf16Panels& to, const Matrix& from) { pack_by_unit(to, from); }
void pack(const Bf16Panels& to, const Bf16Matrix& from) { pack_by_unit(to, from); }

void multiply(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into) {
  if (a.inner == 0) {
    for (std::int64_t r = 0; into == Into::replace && r < out.rows; ++r) std::fill_n(out.row(r), out.columns, 0.0F);
    return;
  }
  switch (bf16_unit()) {
#if SWITCHYARD_BF16_X86
    case Bf16Unit::amx: return amx::multiply(out, a, b, into);
    case Bf16Unit::avx512: return avx512_bf16::multiply(out, a, b, into);
#endif
    default: return any_processor::multiply(out, a, b, into);
  }
}

}  // namespace switchyard
