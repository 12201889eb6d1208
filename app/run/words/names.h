// What layers, experts and knobs are called, everywhere.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::app {

std::string layer_name(std::size_t layer);                 // "layer 2"; they count from 0 everywhere
std::string expert_name(int expert, std::size_t experts);  // E00; E000 from 101 experts up
std::vector<std::string> expert_names(std::size_t experts);
// "Top-k"; the key itself where no knob has it.
std::string_view knob_label(std::string_view key);

}  // namespace switchyard::app
