#include "core/train/interface/engine_loader.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "core/base/limits.h"
#include "core/base/version.h"
#include "core/train/interface/allocator.h"

namespace switchyard {
namespace {

constexpr const char* kLibrary = "libswitchyard_engine.so";

// Address space that LibTorch 1.13's libraries take as they are loaded. With less they abort the process, or hang in the BLAS,
// where no error can be had of them.
constexpr double kLibrariesBytes = 0.65e9;

// OpenBLAS names of the best kernel this CPU runs. Null: leave the choice to the library.
const char* best_openblas_core() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return __builtin_cpu_is("amd") ? "Zen" : "Haswell";
#endif
  return nullptr;
}

std::filesystem::path executable_folder() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

// Beside the program where it was built; below the same prefix where it is installed. Nowhere else: of two
// versions on one machine each has its own.
std::array<std::string, 2> engine_paths(const std::filesystem::path& program) {
  return {(program / kLibrary).native(), (program / "../lib/switchyard" / version() / kLibrary).native()};
}

// A program that runs while it is replaced finds the next one's engine, which speaks another language.
Result<Engine*> engine_in(void* library, const std::string& path) {
  const auto made_for = reinterpret_cast<const char* (*)()>(dlsym(library, "switchyard_engine_version"));
  const auto entry = reinterpret_cast<Engine* (*)()>(dlsym(library, "switchyard_engine"));
  if (!made_for || !entry) return failure(fmt::format("{} is not Switchyard's engine", path));
  if (made_for() != version())
    return failure(
        fmt::format("{} is of Switchyard {}, and this is {}: start it again", path, made_for(), version()));
  return entry();
}

// While one lives libraries may be loaded; whatever signal was taken or ignored before is so again in the end.
// UCX, which comes with the MPI of Debian 13's LibTorch, makes SIGHUP its own: a closed terminal would say nothing
// to us any more.
class SignalsKept {
 public:
  SignalsKept() {
    for (std::size_t at = 1; at < before_.size(); ++at)
      if (::sigaction(static_cast<int>(at), nullptr, &before_[at]) != 0) before_[at].sa_handler = SIG_DFL;
  }
  ~SignalsKept() {
    for (std::size_t at = 1; at < before_.size(); ++at)
      if ((before_[at].sa_flags & SA_SIGINFO) || before_[at].sa_handler != SIG_DFL)
        ::sigaction(static_cast<int>(at), &before_[at], nullptr);
  }
  SignalsKept(const SignalsKept&) = delete;
  SignalsKept& operator=(const SignalsKept&) = delete;

 private:
  std::array<struct sigaction, NSIG> before_{};
};

}  // namespace

void prepare_process() {
  prepare_allocator();
  if (const char* core = best_openblas_core()) setenv("OPENBLAS_CORETYPE", core, /*overwrite=*/0);
  // What LibTorch's parts would log of sockets that end is told by us, in words (core/train/ranks).
  setenv("GLOG_minloglevel", "3", /*overwrite=*/0);
  // OpenMP's waiting threads spin for milliseconds by default. Beside anything else that wants the
  // processor, the window's own drawing included, they spin on the core their partner needs: a step was
  // seen to take 10 times as long. A microsecond or so of spinning costs nothing measurable alone.
  if (!std::getenv("OMP_WAIT_POLICY")) setenv("GOMP_SPINCOUNT", "1000", /*overwrite=*/0);
}

std::span<const char* const> openmp_blas_paths() {
#if defined(__aarch64__)
  static constexpr const char* kPaths[] = {"/usr/lib/aarch64-linux-gnu/openblas-openmp/libblas.so.3"};
#else
  static constexpr const char* kPaths[] = {"/usr/lib/x86_64-linux-gnu/openblas-openmp/libblas.so.3"};
#endif
  return kPaths;
}

Result<Engine*> load_engine() {
  static const auto loaded = []() -> Result<Engine*> {
    const double needed = kLibrariesBytes + kBlasWorkspaceBytes * std::max(1U, std::thread::hardware_concurrency());
    if (!can_map(needed))
      return failure(fmt::format("the engine needs {:.0f} MB of address space, and a limit of the shell or the system (ulimit -v) "
                                 "leaves less",
                                 needed / 1e6));
    const SignalsKept kept;
    // torch binds to the BLAS that is there first: one built on OpenMP shares torch's thread pool.
    for (const char* blas : openmp_blas_paths())
      if (dlopen(blas, RTLD_NOW | RTLD_GLOBAL)) break;
    std::string reasons;
    for (const std::string& path : engine_paths(executable_folder())) {
      void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
      if (!library) {
        if (const char* reason = dlerror()) reasons += fmt::format("\n  {}", reason);
        continue;
      }
      return engine_in(library, path);
    }
    return failure(fmt::format("the engine did not load:{}", reasons));
  }();
  return loaded;
}

}  // namespace switchyard
