#include "core/record/reading/tape_steps.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/record/folder/run_place.h"
#include "core/record/tape/tape.h"

namespace switchyard {
namespace {

static_assert(std::string_view(kRunMarks[1]) == kTapeFile);

// A tape is written a second after its steps; a slow disk and a copied folder are given more.
constexpr std::int64_t kLater_s = 60;
constexpr std::int64_t kNewest = 256;  // steps in which a validation is looked for first

// Below 0: there is no such file.
std::int64_t written_unix_s(const std::filesystem::path& file) {
  struct stat at {};
  return ::stat(file.c_str(), &at) == 0 ? static_cast<std::int64_t>(at.st_mtim.tv_sec) : -1;
}

void note_validation(const StepRecord& record, TapeEnd& end) {
  if (!std::isnan(record.val_loss)) end.val_loss = record.val_loss, end.val_accuracy = record.val_accuracy;
}

}  // namespace

bool are_steps_on_tape(const std::filesystem::path& folder) {
  const std::int64_t rows = written_unix_s(folder / kMetricsFile);
  if (rows < 0) return true;
  std::filesystem::path log = folder / kTapeFile;
  log += "-wal";
  return std::max(written_unix_s(folder / kTapeFile), written_unix_s(log)) > rows + kLater_s;
}

Result<void> read_tape_steps(const std::filesystem::path& folder,
                             const std::function<bool(StepRecord&&)>& on_step) {
  auto tape = Tape::open(folder / kTapeFile);
  if (!tape) return tape.error();
  return tape->read(0, [&](std::vector<StepRecord>&& piece) {
    return std::all_of(piece.begin(), piece.end(), [&](StepRecord& record) { return on_step(std::move(record)); });
  });
}

std::vector<StepRecord> read_tape_rows(const std::filesystem::path& folder) {
  auto tape = Tape::open(folder / kTapeFile);
  if (!tape) return {};
  auto rows = tape->summary();
  return rows ? std::move(*rows) : std::vector<StepRecord>();
}

std::optional<TapeEnd> read_tape_end(const std::filesystem::path& folder) {
  auto tape = Tape::open(folder / kTapeFile);
  if (!tape) return std::nullopt;
  const auto span = tape->span();
  if (!span || span->last == 0) return std::nullopt;
  TapeEnd end;
  const auto read =
      tape->read(std::max<std::int64_t>(0, span->last - kNewest), [&](std::vector<StepRecord>&& piece) {
        for (const StepRecord& record : piece) note_validation(record, end);
        end.newest = std::move(piece.back());
        return true;
      });
  if (!read || end.newest.step == 0) return std::nullopt;
  if (std::isnan(end.val_loss))
    if (const auto rows = tape->summary())
      for (const StepRecord& record : *rows) note_validation(record, end);
  return end;
}

}  // namespace switchyard
