#include "core/record/tape/tape_tail.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/record/tape/record_codec.h"
#include "core/record/tape/tape_rows.h"

namespace switchyard {
namespace {

// Rows behind a step: steps and looks, facts of who recorded from a later step on, events by number or step.
std::string rows_behind(std::int64_t step, std::int64_t events) {
  return fmt::format("((kind IN (1, 2, 3, 10) AND last>{0}) OR (kind=7 AND step>{0}) OR (kind=6 AND {1}))", step,
                     events >= 0 ? fmt::format("last>{}", events) : fmt::format("step>{}", step + 1));
}

Result<Database> open_tape(const std::filesystem::path& path) {
  auto tape = Database::open(path, Database::For::writing);
  if (!tape) return tape;
  if (auto checked = make_tables(*tape); !checked) return checked.error();
  return tape;
}

Result<void> write_anew(Database& tape, std::int64_t id, BlobKind kind, std::int64_t last, const Bytes& content) {
  const Bytes blob = seal(kind, content);
  auto update = tape.prepare("UPDATE tape SET last=?1, bytes=?2, blob=?3 WHERE id=?4");
  if (!update) return update.error();
  return update->bind(1, last)
      .bind(2, static_cast<std::int64_t>(blob.size()))
      .bind(3, std::span<const std::byte>(blob))
      .bind(4, id)
      .run();
}

// Batches of steps that begin up to the step and go beyond it.
Result<void> cut_batches(Database& tape, std::int64_t step) {
  struct Batch {
    std::int64_t id = 0;
    BlobKind kind{};
    Bytes content;
  };
  std::vector<Batch> batches;
  {
    auto rows = tape.prepare("SELECT id, kind, blob FROM tape WHERE kind IN (1, 2, 10) AND step<=?1 AND last>?1");
    if (!rows) return rows.error();
    rows->bind(1, step);
    for (;;) {
      const auto row = rows->step();
      if (!row) return row.error();
      if (!*row) break;
      const auto kind = static_cast<BlobKind>(rows->integer(1));
      auto content = unseal_as(kind, rows->blob(2));
      if (!content) return in_tape(tape, content.error());
      batches.push_back({rows->integer(0), kind, std::move(*content)});
    }
  }
  for (const Batch& batch : batches) {
    if (batch.kind == BlobKind::figures) {
      auto records = decode_figures(batch.content);
      if (!records) return in_tape(tape, records.error());
      std::erase_if(*records, [step](const StepRecord& record) { return record.step > step; });
      if (auto done = write_anew(tape, batch.id, batch.kind, step, encode_figures(*records)); !done) return done;
    } else if (batch.kind == BlobKind::ranks) {
      auto ranks = decode_ranks(batch.content);
      if (!ranks) return in_tape(tape, ranks.error());
      cut(*ranks, step);
      if (auto done = write_anew(tape, batch.id, batch.kind, step, encode(*ranks)); !done) return done;
    } else {
      auto counts = decode_counts(batch.content);
      if (!counts) return in_tape(tape, counts.error());
      // A row that has been thinned across the step is what is known of the steps before it.
      std::erase_if(counts->rows, [step](const CountRows::Row& row) { return row.last - row.steps >= step; });
      for (CountRows::Row& row : counts->rows) {
        row.steps -= std::max<std::int64_t>(0, row.last - step);
        row.last = std::min(row.last, step);
      }
      if (auto done = write_anew(tape, batch.id, batch.kind, step, encode(*counts)); !done) return done;
    }
  }
  return {};
}

}  // namespace

Result<TapeTail> find_tape_tail(const std::filesystem::path& path, std::int64_t step, std::int64_t events) {
  auto tape = open_tape(path);
  if (!tape) return tape.error();
  TapeTail tail;
  const std::string behind = rows_behind(step, events);
  const auto rows = tape->number(fmt::format("SELECT count(*) FROM tape WHERE {}", behind).c_str());
  const auto last =
      tape->number(fmt::format("SELECT max(last) FROM tape WHERE kind IN (1, 3) AND {}", behind).c_str());
  const auto stay =
      tape->number(fmt::format("SELECT max(last) FROM tape WHERE kind=6 AND NOT {}", behind).c_str());
  for (const auto* number : {&rows, &last, &stay})
    if (!*number) return number->error();
  tail.rows = *rows, tail.last_step = *last, tail.events = *stay;
  return tail;
}

Result<void> copy_tape_tail(const std::filesystem::path& path, std::int64_t step, std::int64_t events,
                            const std::filesystem::path& to) {
  auto made = Database::open(to, Database::For::writing);
  if (!made) return made.error();
  if (auto tables = make_tables(*made); !tables) return tables;
  auto tape = open_tape(path);
  if (!tape) return tape.error();
  auto rows = tape->prepare(
      fmt::format("SELECT kind, step, last, extent, bytes, blob FROM tape WHERE kind IN (4, 5, 7) OR {} "
                  "ORDER BY id",
                  rows_behind(step, events))
          .c_str());
  if (!rows) return rows.error();
  auto insert =
      made->prepare("INSERT INTO tape(kind, step, last, extent, bytes, blob) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  if (!insert) return insert.error();
  if (auto begun = made->run("BEGIN"); !begun) return begun;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    for (int column = 0; column < 5; ++column) insert->bind(column + 1, rows->integer(column));
    if (auto done = insert->bind(6, rows->blob(5)).run(); !done) return done;
  }
  if (auto done = made->run("COMMIT"); !done) return done;
  made->fold();
  return {};
}

Result<void> cut_tape(const std::filesystem::path& path, std::int64_t step, std::int64_t events) {
  auto tape = open_tape(path);
  if (!tape) return tape.error();
  if (auto begun = tape->run("BEGIN IMMEDIATE"); !begun) return begun;
  const auto cut = [&]() -> Result<void> {
    if (auto done = cut_batches(*tape, step); !done) return done;
    const std::string remove = fmt::format("DELETE FROM tape WHERE {}; DELETE FROM summary WHERE last>{};",
                                           rows_behind(step, events), step);
    if (auto done = tape->run(remove.c_str()); !done) return done;
    const Bytes blob = seal(BlobKind::cut, {});
    auto insert =
        tape->prepare("INSERT INTO tape(kind, step, last, extent, bytes, blob) VALUES(8, ?1, 0, 0, ?2, ?3)");
    if (!insert) return insert.error();
    return insert->bind(1, step)
        .bind(2, static_cast<std::int64_t>(blob.size()))
        .bind(3, std::span<const std::byte>(blob))
        .run();
  };
  auto done = cut();
  if (done) done = tape->run("COMMIT");
  if (!done) (void)tape->run("ROLLBACK");
  return done;
}

}  // namespace switchyard
