// The auxiliary losses of routing: their names, in one order for configuration, records, files and window.
// Definitions: core/model/layers/aux_losses.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace switchyard {

enum class AuxLoss : std::uint8_t { switch_balance, gshard, importance, load, mse_prob, mse_load, sequence, z };

inline constexpr std::array kAuxLosses{AuxLoss::switch_balance, AuxLoss::gshard,   AuxLoss::importance, AuxLoss::load,
                                       AuxLoss::mse_prob,       AuxLoss::mse_load, AuxLoss::sequence,   AuxLoss::z};

// As in the columns of metrics.csv.
constexpr std::string_view key_of(AuxLoss loss) {
  constexpr std::array<std::string_view, kAuxLosses.size()> keys{"switch",   "gshard",   "importance", "load",
                                                                 "mse_prob", "mse_load", "sequence",   "z"};
  return keys[static_cast<std::size_t>(loss)];
}

// A value for each of them, indexed by name.
template <class T>
struct PerAuxLoss {
  std::array<T, kAuxLosses.size()> values{};

  static PerAuxLoss filled(T value) {
    PerAuxLoss all;
    all.values.fill(value);
    return all;
  }
  T& operator[](AuxLoss loss) { return values[static_cast<std::size_t>(loss)]; }
  T operator[](AuxLoss loss) const { return values[static_cast<std::size_t>(loss)]; }
  bool operator==(const PerAuxLoss&) const = default;
};

}  // namespace switchyard
