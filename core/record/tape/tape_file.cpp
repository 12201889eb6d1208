#include "core/record/tape/tape_file.h"

#include <algorithm>
#include <utility>

namespace switchyard {
namespace {

std::size_t bytes_of_record(const StepRecord& record) {
  std::size_t bytes = sizeof(StepRecord);
  for (const LayerRecord& layer : record.layers)
    bytes += sizeof(LayerRecord) + sizeof(float) * (layer.counts.size() + layer.mean_prob.size());
  for (const RankRecord& rank : record.ranks) bytes += sizeof(RankRecord) + sizeof(float) * rank.rows.size();
  return bytes;
}

}  // namespace

Result<TapeFile> TapeFile::open(const std::filesystem::path& path, const Options& options) {
  auto tape = Database::open(path, Database::For::writing);
  if (!tape) return tape.error();
  if (auto tables = make_tables(*tape); !tables) return tables.error();
  auto budget = TapeBudget::of(*tape, options.budget_bytes, options.full_rate);
  if (!budget) return budget.error();
  auto summary = TapeSummary::of(*tape, options.summary_rows);
  if (!summary) return summary.error();
  TapeFile file(path, std::move(*tape), std::move(*budget), std::move(*summary));
  file.identity_ = identity_of(path);
  const auto last = file.tape_.number("SELECT max(last) FROM tape WHERE kind=1");
  const auto look = file.tape_.number("SELECT coalesce(max(step), -1) FROM tape WHERE kind=3");
  const auto event = file.tape_.number("SELECT max(last) FROM tape WHERE kind=6");
  for (const auto* number : {&last, &look, &event})
    if (!*number) return number->error();
  file.last_step_ = *last, file.last_look_ = *look, file.last_event_ = *event;
  // The steps behind the summary's last chunk.
  TapeNotes notes;
  auto steps = StepReader::of(file.tape_, notes);
  if (!steps) return steps.error();
  while (true) {
    const auto records = steps->after(file.summary_.last());
    if (!records) return records.error();
    if (records->empty()) break;
    for (const StepRecord& record : *records)
      if (auto added = file.summary_.add(file.tape_, record); !added) return added.error();
  }
  if (auto open = file.tape_.run("INSERT OR REPLACE INTO state(name, value) VALUES('ended', 0)"); !open)
    return open.error();
  return file;
}

Result<void> TapeFile::write(const TapeBatch& batch) {
  if (auto begun = tape_.run("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = write_all(batch);
  if (done) done = tape_.run("COMMIT");
  if (!done) (void)tape_.run("ROLLBACK");
  return done;
}

Result<std::int64_t> TapeFile::insert(BlobKind kind, std::int64_t step, std::int64_t last, std::int64_t extent,
                                      const Bytes& content, std::int64_t* stored) {
  auto statement =
      tape_.prepare("INSERT INTO tape(kind, step, last, extent, bytes, blob) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  if (!statement) return statement.error();
  const Bytes blob = seal(kind, content);
  const auto bytes = static_cast<std::int64_t>(blob.size());
  if (stored) *stored = bytes;
  auto done = statement->bind(1, static_cast<std::int64_t>(kind))
                  .bind(2, step)
                  .bind(3, last)
                  .bind(4, extent)
                  .bind(5, bytes)
                  .bind(6, std::span<const std::byte>(blob))
                  .run();
  if (!done) return done.error();
  return tape_.last_row();
}

Result<void> TapeFile::write_all(const TapeBatch& batch) {
  if (batch.facts)
    if (auto row = insert(BlobKind::facts, batch.facts_step, 0, 0, *batch.facts); !row) return row.error();
  for (const TapeBatch::Probe& probe : batch.probes) {
    auto known = tape_.prepare("SELECT count(*) FROM tape WHERE kind=?1 AND last=?2");
    if (!known) return known.error();
    const auto name = static_cast<std::int64_t>(probe.checksum);
    const auto row = known->bind(1, static_cast<std::int64_t>(probe.kind)).bind(2, name).step();
    if (!row) return row.error();
    if (*row && known->integer(0) > 0) continue;
    known->reset();
    if (auto made = insert(probe.kind, 0, name, 0, probe.content); !made) return made.error();
  }
  if (auto written = write_records(batch.records); !written) return written;
  for (const TapeBatch::Look& look : batch.looks) {
    if (look.step < last_look_) continue;
    // One taken out of turn takes the place of that of its step.
    if (look.step == last_look_)
      if (auto gone = budget_.drop_newest_look(tape_, look.step); !gone) return gone;
    std::int64_t stored = 0;
    const auto id = insert(BlobKind::look, look.step, look.step, static_cast<std::int64_t>(look.content.size()),
                           look.content, &stored);
    if (!id) return id.error();
    last_look_ = look.step;
    budget_.add_look(*id, look.step, stored);
  }
  for (const TapeBatch::Event& event : batch.events) {
    if (event.number <= last_event_) continue;
    if (auto row = insert(BlobKind::event, event.step, event.number, 0, event.content); !row) return row.error();
    last_event_ = event.number;
  }
  return budget_.keep(tape_, last_step_);
}

Result<void> TapeFile::write_records(const std::vector<StepRecord>& records) {
  std::size_t fresh = 0;  // of open_, in no row yet
  for (const StepRecord& record : records) {
    if (record.step <= last_step_) continue;
    last_step_ = record.step;
    if (auto added = summary_.add(tape_, record); !added) return added;
    open_.push_back(record);
    open_bytes_ += bytes_of_record(record);
    ++fresh;
    if (open_.size() < kFullRecords && open_bytes_ < kFullBytes) continue;
    auto remove = tape_.prepare("DELETE FROM tape WHERE id=?1");
    if (!remove) return remove.error();
    for (const std::int64_t id : open_ids_)
      if (auto gone = remove->bind(1, id).run(); !gone) return gone;
    if (auto written = write_steps(open_, nullptr); !written) return written;
    open_.clear(), open_ids_.clear(), open_bytes_ = 0, fresh = 0;
  }
  if (fresh == 0) return {};
  return write_steps(std::span<const StepRecord>(open_).last(fresh), &open_ids_);
}

Result<void> TapeFile::write_steps(std::span<const StepRecord> records, std::vector<std::int64_t>* ids) {
  const std::int64_t first = records.front().step, last = records.back().step;
  const auto figures = insert(BlobKind::figures, first, last, 1, encode_figures(records));
  if (!figures) return figures.error();
  const auto counts = insert(BlobKind::counts, first, last, 1, encode(counts_of(records)));
  if (!counts) return counts.error();
  if (ids) ids->insert(ids->end(), {*figures, *counts});
  const RankRows told = ranks_of(records);
  if (told.rows.empty()) return {};
  const auto ranks = insert(BlobKind::ranks, first, last, 1, encode(told));
  if (!ranks) return ranks.error();
  if (ids) ids->push_back(*ranks);
  return {};
}

void TapeFile::end() {
  (void)tape_.run("INSERT OR REPLACE INTO state(name, value) VALUES('ended', 1)");
  tape_.fold();
}

}  // namespace switchyard
