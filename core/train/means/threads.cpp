#include "core/train/means/threads.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <omp.h>
#include <torch/version.h>

#include <utility>

#include "core/base/limits.h"
#include "core/model/kernels/bf16.h"

namespace switchyard {
namespace {

template <class F>
F* blas_symbol(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_DEFAULT, name));
}

// OpenBLAS: 0 sequential, 1 pthreads, 2 OpenMP. -1: another BLAS.
int blas_threading() {
  const auto get_parallel = blas_symbol<int()>("openblas_get_parallel");
  return get_parallel ? get_parallel() : -1;
}

// As rows.cpp, panels.cpp and bf16.cpp choose.
std::string processor_features() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const Bf16Unit unit = bf16_unit();
  return std::string(avx512 ? "AVX-512" : avx2 ? "AVX2" : "SSE2") +
         (unit == Bf16Unit::amx ? ", AMX" : unit == Bf16Unit::avx512 ? ", BF16" : "");
#elif defined(__aarch64__)
  return "NEON";
#else
  return {};
#endif
}

}  // namespace

std::int32_t set_threads(std::int64_t wanted) {
  const std::int32_t threads = wanted > 0 ? static_cast<std::int32_t>(wanted) : usable_cores();
  if (static thread_local bool set = false; std::exchange(set, true) && at::get_num_threads() == threads &&
                                            omp_get_max_threads() == threads)
    return threads;
  const auto set_blas = blas_symbol<void(int)>("openblas_set_num_threads");
  // Products are spread by us (core/model/kernels/parallel.h); a BLAS with a pool of its own must not add to that.
  if (set_blas && blas_threading() == 1) set_blas(1);
  at::set_num_threads(threads);
  omp_set_num_threads(threads);  // should torch have brought an OpenMP of its own
  return threads;
}

EngineInfo engine_info(std::int32_t threads, const at::Device& device) {
  return {TORCH_VERSION,
          blas_description(),
          device.str(),
          threads,
          device.is_cuda() || has_fast_bf16() ? "bf16" : "fp32",
          processor_features()};
}

std::string blas_description() {
  const auto core_name = blas_symbol<char*()>("openblas_get_corename");
  if (!core_name) return "BLAS";
  constexpr const char* kinds[] = {"sequential", "pthreads", "OpenMP"};
  const int kind = blas_threading();
  return fmt::format("OpenBLAS {}, {}", core_name(), kind >= 0 && kind < 3 ? kinds[kind] : "threads unknown");
}

}  // namespace switchyard
