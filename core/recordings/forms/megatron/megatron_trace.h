// Megatron-LM's --moe-routing-trace-path: a folder of router_trace_rank{r}.jsonl, a line a layer and (micro-)batch
//   {"step", "stage": "pre_dispatch", "block": "decoder" | "mtp", "layer", "rank", "num_tokens", "topk",
//   "top_indices": [T][k],
//    "mtp_idx"?, "logit_offset"?, "logit_bytes"?, "logit_shape"?: [T, N], "hs_offset"?, "hs_bytes"?, "hs_shape"?:
//    [T, d]}
// and beside it logits_rank{r}.bin and hidden_states_rank{r}.bin, bfloat16 as it lies. Of hidden states at most a
// quarter of kMostStepBytes is read of a step of a rank.
//
// Experts of a token stand by their number: the first choice is known where there are logits, which are those
// before a bias and noise, so they say weights and order of the listed experts, not who would be chosen. With a
// capacity factor the experts were read after dropping, so unless key dropped=no says there was none the recording
// counts as such. Where a layer's line comes twice in a step (recomputation) the second is left out; lines of
// fewer than 32 tokens may be the same by chance and stay. Needs the keys experts, where there are no logits, and
// stages, where there are several ranks.
#pragma once

#include <filesystem>
#include <memory>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

bool is_megatron_trace(const std::filesystem::path& path);
Result<std::unique_ptr<RecordingReader>> open_megatron_trace(const std::filesystem::path& path,
                                                             const RecordingKeys& keys);

}  // namespace switchyard
