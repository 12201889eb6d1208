// How much of a proof that could go on for ever is done: a small share in every run of the tests, more where
// tests/soak.sh or a person asks for it through the environment.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace switchyard::test {

inline std::int64_t soak_count(const char* variable, std::int64_t in_every_run) {
  const char* const asked = std::getenv(variable);
  return asked ? std::atoll(asked) : in_every_run;
}

// Where the random choices of a proof begin; the same in every run of the tests.
inline std::uint64_t soak_seed() { return static_cast<std::uint64_t>(soak_count("SWITCHYARD_SOAK_SEED", 1)); }

}  // namespace switchyard::test
