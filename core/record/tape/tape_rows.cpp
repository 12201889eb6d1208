#include "core/record/tape/tape_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace switchyard {
namespace {

constexpr std::int64_t kApplication = 0x53775470;  // "SwTp"

}  // namespace

Error in_tape(const Database& tape, const Error& error) {
  return {error.kind, fmt::format("{}: a blob cannot be read: {}", tape.path().native(), error.message)};
}

Result<void> make_tables(Database& tape) {
  const auto found = tape.number("SELECT count(*) FROM sqlite_schema");
  if (!found) return found.error();
  if (*found > 0) {
    if (auto checked = check_tables(tape); !checked) return checked;
    return tape.run("PRAGMA synchronous=NORMAL");
  }
  static const std::string kMake = fmt::format(
      "BEGIN IMMEDIATE;"
      "CREATE TABLE tape(id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, step INTEGER NOT NULL,"
      " last INTEGER NOT NULL, extent INTEGER NOT NULL, bytes INTEGER NOT NULL, blob BLOB NOT NULL);"
      "CREATE INDEX tape_by_step ON tape(kind, step, last, extent, bytes);"
      "CREATE TABLE summary(last INTEGER PRIMARY KEY, first INTEGER NOT NULL, stride INTEGER NOT NULL,"
      " rows INTEGER NOT NULL, blob BLOB NOT NULL);"
      "CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
      "PRAGMA application_id={}; PRAGMA user_version={};"
      "COMMIT;",
      kApplication, kTapeFormat);
  auto made = tape.run(kMake.c_str());
  if (!made) {
    (void)tape.run("ROLLBACK");
    return made;
  }
  return tape.run("PRAGMA synchronous=NORMAL");
}

Result<void> check_tables(Database& tape) {
  const auto application = tape.number("PRAGMA application_id");
  if (!application) return application.error();
  if (*application != kApplication) return usage_error(tape.path().native() + ": is no tape of a run");
  const auto format = tape.number("PRAGMA user_version");
  if (!format) return format.error();
  if (*format > kTapeFormat)
    return usage_error(fmt::format("{}: written by a newer switchyard: its format is {}, at most {} is read",
                                   tape.path().native(), *format, kTapeFormat));
  const auto tables =
      tape.number("SELECT count(*) FROM sqlite_schema WHERE type='table' AND name IN ('tape','summary','state')");
  if (!tables) return tables.error();
  if (*tables != 3) return usage_error(tape.path().native() + ": is damaged: a table is missing");
  return {};
}

void TapeNotes::add(std::string note) {
  constexpr std::size_t kMost = 8;
  if (notes_.size() < kMost && std::find(notes_.begin(), notes_.end(), note) == notes_.end())
    notes_.push_back(std::move(note));
}

Result<BesideFigures> BesideFigures::of(Database& tape) {
  auto which = tape.prepare("SELECT blob FROM tape WHERE kind=?1 AND step=?2 AND last=?3 LIMIT 1");
  if (!which) return which.error();
  return BesideFigures(tape, std::move(*which));
}

void BesideFigures::reset() { which_.reset(); }

// Empty where there is none.
Result<Bytes> BesideFigures::content(BlobKind kind, std::int64_t first, std::int64_t last) {
  const auto found = which_.bind(1, static_cast<std::int64_t>(kind)).bind(2, first).bind(3, last).step();
  Result<Bytes> made = !found || !*found ? Result<Bytes>(Bytes()) : unseal_as(kind, which_.blob(0));
  which_.reset();
  return made;
}

void BesideFigures::fill(std::vector<StepRecord>& records, std::int64_t first, std::int64_t last,
                         TapeNotes& notes) {
  const auto read = [&](BlobKind kind, auto decode, auto give) {
    const auto bytes = content(kind, first, last);
    const auto rows = bytes ? decode(*bytes) : decltype(decode(*bytes))(bytes.error());
    if (rows) give(records, *rows);
    else notes.add(in_tape(*tape_, rows.error()).message);
  };
  read(BlobKind::counts, decode_counts, fill_counts);
  read(BlobKind::ranks, decode_ranks, fill_ranks);
}

Result<StepReader> StepReader::of(Database& tape, TapeNotes& notes) {
  auto holding =
      tape.prepare("SELECT step, last, blob FROM tape WHERE kind=1 AND step<=?1 ORDER BY step DESC LIMIT 1");
  if (!holding) return holding.error();
  auto behind = tape.prepare("SELECT step, last, blob FROM tape WHERE kind=1 AND step>?1 ORDER BY step LIMIT 1");
  if (!behind) return behind.error();
  auto beside = BesideFigures::of(tape);
  if (!beside) return beside.error();
  return StepReader(tape, notes, std::move(*holding), std::move(*behind), std::move(*beside));
}

Result<std::vector<StepRecord>> StepReader::after(std::int64_t step) {
  for (;;) {
    // Of one moment: figures of a row and what lies beside them are written anew together.
    if (auto begun = tape_->run("BEGIN"); !begun) return begun.error();
    auto row = row_after(step);
    for (Statement* statement : {&holding_, &behind_}) statement->reset();
    beside_.reset();
    (void)tape_->run("COMMIT");
    if (!row) return row.error();
    if (!*row) return std::vector<StepRecord>();
    if (!(*row)->records) {
      notes_->add(in_tape(*tape_, (*row)->records.error()).message);
      step = (*row)->last;
      continue;
    }
    std::vector<StepRecord> made;
    for (StepRecord& record : *(*row)->records) {
      // Whatever a damaged row holds, it is behind this step and before the next row.
      if (record.step <= step || record.step > (*row)->last) continue;
      step = record.step;
      made.push_back(std::move(record));
    }
    step = (*row)->last;
    if (!made.empty()) return made;
  }
}

Result<std::optional<StepReader::Row>> StepReader::row_after(std::int64_t step) {
  // Rows may be joined between two calls: what held the step before may hold the next one too by now.
  for (Statement* which : {&holding_, &behind_}) {
    const auto found = which->bind(1, step).step();
    if (!found) return found.error();
    if (!*found || which->integer(1) <= step) continue;
    Row row{which->integer(1), usage_error("")};
    const std::int64_t first = which->integer(0);
    const auto content = unseal_as(BlobKind::figures, which->blob(2));
    row.records = content ? decode_figures(*content) : Result<std::vector<StepRecord>>(content.error());
    if (row.records) beside_.fill(*row.records, first, row.last, *notes_);
    return std::optional(std::move(row));
  }
  return std::optional<Row>();
}

}  // namespace switchyard
