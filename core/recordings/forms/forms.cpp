#include "core/recordings/forms/forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>

#include "core/recordings/folder_reader.h"
#include "core/recordings/forms/answers/nemo_routes.h"
#include "core/recordings/forms/answers/sglang_answers.h"
#include "core/recordings/forms/answers/vllm_answers.h"
#include "core/recordings/forms/colibri_trace.h"
#include "core/recordings/forms/csv_loads.h"
#include "core/recordings/forms/imatrix.h"
#include "core/recordings/forms/megatron/megatron_loads.h"
#include "core/recordings/forms/megatron/megatron_trace.h"
#include "core/recordings/forms/torch_file.h"
#include "core/recordings/manifest.h"

namespace switchyard {
namespace {

std::filesystem::path routes_folder(const std::filesystem::path& path) {
  return path.filename() == kManifestName ? path.parent_path() : path;
}

bool is_routes(const std::filesystem::path& path) {
  std::error_code code;
  return std::filesystem::is_regular_file(routes_folder(path) / kManifestName, code);
}

Result<std::unique_ptr<RecordingReader>> open_routes(const std::filesystem::path& path, const RecordingKeys&) {
  return open_routes_folder(routes_folder(path));
}

// Those that are known by their names and heads first; each looks at what it must.
constexpr std::array<RecordingForm, 10> kForms{
    {{"routes", "switchyard-routes/2, as switchyard_log.py writes it", "", is_routes, open_routes},
     {"megatron", "Megatron-LM router trace", "experts, stages, dropped", is_megatron_trace, open_megatron_trace},
     {"megatron-loads", "Megatron-LM tokens per expert", "k, stages, dropped", is_megatron_loads,
      open_megatron_loads},
     {"csv", "loads as CSV: step,layer,expert,count", "experts, k, dropped", is_csv_loads, open_csv_loads},
     {"imatrix", "llama.cpp importance matrix, loads", "k", is_imatrix, open_imatrix},
     {"torch", "what torch.save wrote: no, switchyard_convert.py makes one of it", "", is_torch_file,
      open_torch_file},
     {"vllm", "vLLM answers with routed experts", "experts", is_vllm_answers, open_vllm_answers},
     {"sglang", "SGLang answers with routed experts", "experts, layers, k", is_sglang_answers,
      open_sglang_answers},
     {"nemo", "NeMo routed experts as text", "experts", is_nemo_routes, open_nemo_routes},
     {"colibri", "colibri route trace", "experts", is_colibri_trace, open_colibri_trace}}};

}  // namespace

std::span<const RecordingForm> recording_forms() { return kForms; }

const RecordingForm* form_of(const std::filesystem::path& path) {
  const auto at =
      std::find_if(kForms.begin(), kForms.end(), [&](const RecordingForm& form) { return form.is_it(path); });
  return at == kForms.end() ? nullptr : &*at;
}

Result<std::unique_ptr<RecordingReader>> open_recording(const RecordingForm& form,
                                                        const std::filesystem::path& path,
                                                        const RecordingKeys& keys) {
  const auto takes = [&](std::string_view key) {
    for (std::string_view left = form.keys; !left.empty();) {
      const std::size_t end = std::min(left.find(", "), left.size());
      if (left.substr(0, end) == key) return true;
      left.remove_prefix(std::min(end + 2, left.size()));
    }
    return false;
  };
  for (const std::string& key : keys.given)
    if (!takes(key))
      return usage_error(fmt::format("{}: recordings of the form {} take {}{}, not {}", path.native(), form.name,
                                     form.keys.empty() ? "no key" : "the keys ", form.keys, key));
  try {
    auto reader = form.open(path, keys);
    if (!reader) return reader;
    // What a key says is held by nothing in the files.
    if (const std::int64_t all = experts_in_all((*reader)->head().layers); all > kMostExpertsInAll)
      return usage_error(fmt::format("{}: {} layers have {} experts in all, allowed are up to {}", path.native(),
                                     (*reader)->head().layers.size(), all, kMostExpertsInAll));
    return reader;
  } catch (const std::bad_alloc&) {
    return failure(fmt::format("{}: no memory for what it holds", path.native()));
  }
}

const RecordingForm* form_named(std::string_view name) {
  const auto at =
      std::find_if(kForms.begin(), kForms.end(), [&](const RecordingForm& form) { return form.name == name; });
  return at == kForms.end() ? nullptr : &*at;
}

}  // namespace switchyard
