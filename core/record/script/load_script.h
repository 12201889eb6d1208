// load.py: a model in plain PyTorch, for beside its model.safetensors. It is put together from the parts in
// assets/load, and has only what its configuration uses.
//
// Nothing that comes from a file goes into it, no vocabulary, no name: numbers and choices of knobs alone. The
// rest it reads from the metadata of the weights when it runs.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard {

inline constexpr std::string_view kLoadScript = "load.py";

// A tensor of the weights file.
struct ScriptTensor {
  std::string_view name;
  std::span<const std::int64_t> shape;
};

// `config` and `tensors` as in the file, `outputs` characters or classes. failure: a part or a word in one is
// missing.
Result<std::string> load_script(const Config& config, std::size_t outputs, std::span<const ScriptTensor> tensors);

}  // namespace switchyard
