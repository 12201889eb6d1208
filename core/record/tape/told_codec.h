// What a run tells beside its steps and looks, as bytes: what it is, and what happens to it.
//
// Thread safety: values, pure functions. Errors: usage, without the file's name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/base/run_point.h"
#include "core/config/config.h"
#include "core/record/tape/bytes.h"

namespace switchyard {

// What it takes to show a run without its model, as of the step from which this process recorded it.
struct TapeFacts {
  std::string program;             // version that wrote it
  std::string run;                 // id
  std::optional<RunPoint> parent;  // the checkpoint it began from
  std::uint32_t model_id = 0;      // of the records that follow
  std::int64_t step = 0;           // steps the run had behind it
  Config config;                   // of a text's file the name alone: where it lies config.json alone says
  DataInfo data;                   // without the path
  EngineInfo engine;
};

Bytes encode(const TapeFacts& facts);
Result<TapeFacts> decode_facts(std::span<const std::byte> content);

Bytes encode(const RunEvent& event);
// Nothing: of a kind that is not known here.
Result<std::optional<RunEvent>> decode_event(std::span<const std::byte> content);

}  // namespace switchyard
