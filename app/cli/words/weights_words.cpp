#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>

#include "app/cli/words/words.h"
#include "core/base/file_name.h"
#include "core/checkpoints/expert_model.h"
#include "core/record/folder/run_description.h"

namespace switchyard::app {
namespace {

bool ask_for_weights(const Words& words) { return words.part || words.weights_layer || words.weights_expert; }

}  // namespace

void add_weights_words(CLI::App& open, Words& words) {
  open.add_option("--part", words.part,
                  "Of a checkpoint: head, what its names, shapes and routers tell (default); or all, a pass over "
                  "every expert's weights for their norms and cosines")
      ->type_name("head|all");
  open.add_option("--layer", words.weights_layer, "Of a checkpoint: this layer alone, expert by expert")
      ->type_name("L");
  open.add_option("--expert", words.weights_expert,
                  "Of a checkpoint: the singular values of this expert's matrices, expert E of layer L")
      ->type_name("L.E");
}

bool names_weights(const Words& words) {
  if (!words.open || words.recording_form || !words.recording_keys.empty()) return false;
  if (ask_for_weights(words)) return true;
  const std::filesystem::path path = path_of_text(*words.open);
  if (!WeightFiles::found_at(path) || read_run_description(path)) return false;
  // Forms of recordings look for a line; in a file of 90 GB there may be none.
  return path.extension() == ".safetensors" || !names_recording(words);
}

Result<void> read_weights_words(const Words& words, Options& options) {
  if (speak_of_training(words) || words.screenshot || words.figures || words.report)
    return usage_error(
        "open: looks at a checkpoint and trains nothing; allowed beside it are --part, --layer, --expert, --json, "
        "--headless, --size, --scale, --theme and --workspace");
  WeightsRequest request;
  request.path = path_of_text(*words.open);
  if (words.part && *words.part != "head" && *words.part != "all")
    return bad_argument("--part", *words.part, "head or all");
  request.all = words.part == "all";
  if (words.weights_layer) {
    const auto layer = to_integer(*words.weights_layer);
    if (!layer || *layer < 0 || *layer > std::numeric_limits<std::int32_t>::max())
      return bad_argument("--layer", *words.weights_layer, "the number of a layer");
    request.layer = static_cast<std::int32_t>(*layer);
  }
  if (words.weights_expert) {
    if (words.part || words.weights_layer)
      return usage_error("--expert: names its layer itself, and needs no --part");
    const auto expert = expert_named(*words.weights_expert);
    if (!expert || expert->block == ExpertName::every_block)
      return bad_argument("--expert", *words.weights_expert, "L.E, expert E of layer L, such as 0.3");
    request.expert = *expert;
  }
  options.mode = Mode::weights;
  options.shows = !words.headless && !words.json && !ask_for_weights(words);
  // What cannot be opened is said here, not in a window.
  if (options.shows) {
    const auto files = WeightFiles::open(request.path);
    if (!files) return files.error();
    if (const auto model = expert_model(*files); !model) return model.error();
  }
  options.weights = std::move(request);
  return {};
}

}  // namespace switchyard::app
