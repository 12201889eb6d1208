#include "core/record/reading/tape_past.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/record/tape/tape.h"

namespace switchyard {

Result<TapePast> read_tape_past(const std::filesystem::path& folder, std::size_t newest,
                                const std::function<void(std::int64_t first)>& before,
                                const std::function<void(StepRecord&&)>& on_step, std::uint64_t whole) {
  auto tape = Tape::open(folder / kTapeFile);
  if (!tape) return tape.error();
  const auto span = tape->span();
  if (!span) return span.error();
  if (span->last == 0) return usage_error((folder / kTapeFile).native() + ": holds no step");
  auto events = tape->events();
  if (!events) return events.error();
  TapePast past{span->first, std::move(*events)};
  before(past.first);
  std::error_code code;
  std::int64_t after = 0;
  if (std::filesystem::file_size(folder / kTapeFile, code) > whole && !code) {
    auto summary = tape->summary();
    if (!summary) return summary.error();
    const std::int64_t until = span->last - static_cast<std::int64_t>(newest);
    for (StepRecord& record : *summary) {
      if (record.step > until) break;
      after = record.step;
      on_step(std::move(record));
    }
  }
  auto read = tape->read(after, [&](std::vector<StepRecord>&& piece) {
    for (StepRecord& record : piece) on_step(std::move(record));
    return true;
  });
  if (!read) return read.error();
  return past;
}

}  // namespace switchyard
