// `switchyard route`: a trained model's every routing decision on a text, for people as a table, for
// programs as one JSON object (app/README.md describes it).
//
// Thread safety: main thread.
#pragma once

#include <string>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/config/config.h"
#include "core/data/corpus.h"
#include "core/record/reading/stored_run.h"
#include "core/train/interface/engine_loader.h"

namespace switchyard::app {

struct RouteReport {
  Config config;          // the run's, its own precision included
  std::string precision;  // "fp32" or "bf16": what the numbers here were computed in
  Vocabulary vocabulary;
  RouteTrace trace;
};

// usage: the run is missing, unreadable, damaged, or of points. Needs no engine.
Result<StoredRun> open_routable(const std::string& run);
// Loads its weights and routes, in `precision` whatever the run was trained in. usage: the weights are not the model's, the
// text is longer than the context, no text (core/data/text.h), or has no character of the vocabulary.
Result<RouteReport> route_text(Engine& engine, const StoredRun& run, const std::string& text, Precision precision,
                               bool with_router_inputs);

std::string route_json(const RouteReport& report);
// Position, character, and in each MoE layer the chosen experts with their weights; dropped ones in brackets. Every column
// has one width in a terminal, which nothing of the text controls: characters without a place of their own are escaped.
std::string route_table(const RouteReport& report);

}  // namespace switchyard::app
