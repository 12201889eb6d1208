#include "core/train/interface/allocator.h"

#if defined(SWITCHYARD_JEMALLOC)
#include <fmt/format.h>
#include <jemalloc/jemalloc.h>

#include <cstddef>
#include <string>
#else
#include <malloc.h>
#endif

#if defined(SWITCHYARD_JEMALLOC)
// Read by jemalloc at its first call. Freed pages are kept (decay -1), large blocks are in the thread's own arena
// too (oversize_threshold 0), and there are more arenas than threads, so that no two share one. Kept pages serve
// blocks of every size: by itself jemalloc cuts none from what is more than 2^6 times as large, and takes fresh
// pages for ever where the old ones are never given back.
extern "C" {
const char* malloc_conf =
    "narenas:64,dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0,lg_extent_max_active_fit:48";
}
#endif

namespace switchyard {

#if defined(SWITCHYARD_JEMALLOC)

// The first arena is the one that every new thread takes its own cache from.
void prepare_allocator() {
  unsigned own = 0;
  std::size_t size = sizeof own;
  if (mallctl("arenas.create", &own, &size, nullptr, 0) == 0)
    (void)mallctl("thread.arena", nullptr, nullptr, &own, sizeof own);
}

void return_unused_memory() {
  const std::string all = fmt::format("arena.{}.purge", MALLCTL_ARENAS_ALL);
  (void)mallctl(all.c_str(), nullptr, nullptr, nullptr, 0);
}

std::string allocator_name() {
  return fmt::format("jemalloc {}.{}.{}", JEMALLOC_VERSION_MAJOR, JEMALLOC_VERSION_MINOR, JEMALLOC_VERSION_BUGFIX);
}

#elif defined(__GLIBC__)

void prepare_allocator() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_ARENA_MAX, 1);  // other arenas go in pieces of 64 MiB, too small for a stack of experts
}

void return_unused_memory() { (void)malloc_trim(0); }

std::string allocator_name() { return "the system's"; }

#else

void prepare_allocator() {}
void return_unused_memory() {}
std::string allocator_name() { return "the system's"; }

#endif

}  // namespace switchyard
