// What a model that learns would report, made up: records, looks, history and a corpus. Instant, the same at every call.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/config/expert_names.h"
#include "core/data/corpus.h"
#include "core/history/history.h"

namespace switchyard::test {

// What a step of such a model reports; every figure defined from the counts is true to them.
StepRecord fake_record(const Config& config, std::int64_t step, std::uint32_t model_id = 1);
Snapshot fake_snapshot(const Config& config, std::int64_t step, std::uint32_t model_id = 1,
                       const Watch& watch = {});
// A passage of each domain, vocabulary from it.
std::shared_ptr<const Corpus> fake_corpus();
// A history of steps 1 to `steps`.
History fake_history(const Config& config, std::int64_t steps, HistoryOptions options = {});
// What such a model writes.
std::string fake_story();

}  // namespace switchyard::test
