#include "core/record/tape/tape.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/record/tape/look_codec.h"
#include "core/record/tape/tape_summary.h"

namespace switchyard {
namespace {

constexpr int kRowsAPiece = 64;

}  // namespace

Tape::Tape(Database tape, std::optional<FileIdentity> identity)
    : tape_(std::move(tape)), identity_(identity), notes_(std::make_unique<TapeNotes>()) {}

Result<Tape> Tape::open(const std::filesystem::path& path, const std::atomic<bool>* cancel) {
  std::error_code code;
  const std::filesystem::path file = std::filesystem::is_directory(path, code) ? path / kTapeFile : path;
  auto tape = Database::open(file, Database::For::reading, cancel);
  if (!tape) return tape.error();
  if (auto checked = check_tables(*tape); !checked) return checked.error();
  return Tape(std::move(*tape), identity_of(file));
}

void Tape::note(const Error& error) { notes_->add(in_tape(tape_, error).message); }

Result<TapeFacts> Tape::facts() {
  auto rows = tape_.prepare("SELECT blob FROM tape WHERE kind=7 ORDER BY id DESC");
  if (!rows) return rows.error();
  // The newest that can be read.
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return usage_error(tape_.path().native() + ": does not say which run it is of");
    const auto content = unseal_as(BlobKind::facts, rows->blob(0));
    auto facts = content ? decode_facts(*content) : Result<TapeFacts>(content.error());
    if (facts) return facts;
    note(facts.error());
  }
}

Result<Tape::Span> Tape::span() {
  const auto first = tape_.number("SELECT step FROM tape WHERE kind=1 ORDER BY step LIMIT 1");
  const auto last = tape_.number("SELECT last FROM tape WHERE kind=1 ORDER BY step DESC LIMIT 1");
  if (!first) return first.error();
  if (!last) return last.error();
  return Span{*first, *last};
}

Result<std::vector<StepRecord>> Tape::summary() {
  std::vector<StepRecord> records;
  std::int64_t last = 0;
  {
    auto rows = tape_.prepare("SELECT last, blob FROM summary ORDER BY last");
    if (!rows) return rows.error();
    for (;;) {
      const auto row = rows->step();
      if (!row) return row.error();
      if (!*row) break;
      const auto content = unseal_as(BlobKind::summary, rows->blob(1));
      auto chunk = content ? decode_summary(*content) : Result<std::vector<SummaryRow>>(content.error());
      if (!chunk) {
        note(chunk.error());
        continue;
      }
      for (SummaryRow& one : *chunk) {
        if (one.record.step <= last) continue;
        last = one.record.step;
        records.push_back(std::move(one.record));
      }
      if (records.size() > 4 * static_cast<std::size_t>(TapeSummary::kMostRows)) break;
    }
  }
  auto rest = read(last, [&](std::vector<StepRecord>&& piece) {
    std::move(piece.begin(), piece.end(), std::back_inserter(records));
    return records.size() <= 4 * static_cast<std::size_t>(TapeSummary::kMostRows);
  });
  if (!rest) return rest.error();
  return records;
}

Result<void> Tape::read(std::int64_t after, const std::function<bool(std::vector<StepRecord>&&)>& on_piece) {
  auto steps = StepReader::of(tape_, *notes_);
  if (!steps) return steps.error();
  for (;;) {
    auto piece = steps->after(after);
    if (!piece) return piece.error();
    if (piece->empty()) return {};
    after = piece->back().step;
    if (!on_piece(std::move(*piece))) return {};
  }
}

Result<std::vector<RunEvent>> Tape::events() {
  auto rows = tape_.prepare("SELECT blob FROM tape WHERE kind=6 ORDER BY id");
  if (!rows) return rows.error();
  std::vector<RunEvent> events;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return events;
    const auto content = unseal_as(BlobKind::event, rows->blob(0));
    auto event = content ? decode_event(*content) : Result<std::optional<RunEvent>>(content.error());
    if (!event) note(event.error());
    else if (!*event) note(usage_error("an event is of a kind that this program does not know"));
    else events.push_back(std::move(**event));
  }
}

// --- looks

Result<std::vector<Tape::LookPlace>> Tape::looks() {
  auto rows = tape_.prepare("SELECT step, extent FROM tape WHERE kind=3 ORDER BY step");
  if (!rows) return rows.error();
  std::vector<LookPlace> looks;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return looks;
    looks.push_back({rows->integer(0), rows->integer(1)});
  }
}

Result<std::optional<Bytes>> Tape::content_named(BlobKind kind, std::uint64_t checksum) {
  auto rows = tape_.prepare("SELECT blob FROM tape WHERE kind=?1 AND last=?2 LIMIT 1");
  if (!rows) return rows.error();
  const auto row =
      rows->bind(1, static_cast<std::int64_t>(kind)).bind(2, static_cast<std::int64_t>(checksum)).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Bytes>();
  auto content = unseal_as(kind, rows->blob(0));
  if (!content) return content.error();
  return std::optional(std::move(*content));
}

std::shared_ptr<const ProbeTokens> Tape::tokens_named(std::uint64_t checksum) {
  if (const auto known = tokens_.find(checksum); known != tokens_.end()) return known->second;
  const auto content = content_named(BlobKind::tokens, checksum);
  std::shared_ptr<const ProbeTokens> made;
  if (!content) note(content.error());
  else if (*content) {
    if (auto tokens = decode_tokens(**content)) made = std::make_shared<ProbeTokens>(std::move(*tokens));
    else note(tokens.error());
  }
  return tokens_[checksum] = made;
}

std::shared_ptr<const ProbePoints> Tape::points_named(std::uint64_t checksum) {
  if (const auto known = points_.find(checksum); known != points_.end()) return known->second;
  const auto content = content_named(BlobKind::points, checksum);
  std::shared_ptr<const ProbePoints> made;
  if (!content) note(content.error());
  else if (*content) {
    if (auto points = decode_points(**content)) made = std::make_shared<ProbePoints>(std::move(*points));
    else note(points.error());
  }
  return points_[checksum] = made;
}

Result<std::shared_ptr<Snapshot>> Tape::look(std::int64_t step) {
  struct Found {
    std::int64_t step = 0;
    Bytes blob;
  };
  const auto nearest = [&](const char* sql) -> Result<std::optional<Found>> {
    auto rows = tape_.prepare(sql);
    if (!rows) return rows.error();
    const auto row = rows->bind(1, step).step();
    if (!row) return row.error();
    if (!*row) return std::optional<Found>();
    const auto blob = rows->blob(1);
    return std::optional(Found{rows->integer(0), Bytes(blob.begin(), blob.end())});
  };
  auto before = nearest("SELECT step, blob FROM tape WHERE kind=3 AND step<=?1 ORDER BY step DESC LIMIT 1");
  if (!before) return before.error();
  auto behind = nearest("SELECT step, blob FROM tape WHERE kind=3 AND step>?1 ORDER BY step LIMIT 1");
  if (!behind) return behind.error();
  const auto distance = [&](const std::optional<Found>& found) {
    const auto at = static_cast<double>(found->step);
    return std::abs(at - static_cast<double>(step));
  };
  if (*before && *behind && distance(*behind) < distance(*before)) std::swap(before, behind);
  for (const auto* which : {&*before, &*behind}) {
    if (!*which) continue;
    const auto content = unseal_as(BlobKind::look, (*which)->blob);
    auto look = content ? decode_look(*content) : Result<Look>(content.error());
    if (!look) {
      note(look.error());
      continue;
    }
    if (look->probe.checksum != 0) {
      if (look->probe.of_points) look->snapshot.points = points_named(look->probe.checksum);
      else look->snapshot.tokens = tokens_named(look->probe.checksum);
      // Nobody can show what points at nothing.
      if (!look->snapshot.points && !look->snapshot.tokens) continue;
    }
    return std::make_shared<Snapshot>(std::move(look->snapshot));
  }
  return std::shared_ptr<Snapshot>();
}

// --- following

Result<Tape::Place> Tape::end() {
  const auto row = tape_.number("SELECT max(id) FROM tape");
  if (!row) return row.error();
  const auto held = span();
  if (!held) return held.error();
  return Place{*row, held->last};
}

Result<bool> Tape::has_ended() {
  const auto ended = tape_.number("SELECT value FROM state WHERE name='ended'");
  if (!ended) return ended.error();
  return *ended != 0;
}

Result<Tape::News> Tape::follow(Place& place) {
  auto rows = tape_.prepare("SELECT id, kind, step, last, blob FROM tape WHERE id>?1 ORDER BY id LIMIT ?2");
  if (!rows) return rows.error();
  auto beside = BesideFigures::of(tape_);
  if (!beside) return beside.error();
  News news;
  rows->bind(1, place.row).bind(2, kRowsAPiece);
  for (int read = 0;; ++read) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) {
      news.more = read == kRowsAPiece;
      return news;
    }
    place.row = rows->integer(0);
    const std::int64_t kind = rows->integer(1), step = rows->integer(2), last = rows->integer(3);
    if (kind == static_cast<std::int64_t>(BlobKind::counts) ||
        kind == static_cast<std::int64_t>(BlobKind::ranks) ||
        kind == static_cast<std::int64_t>(BlobKind::tokens) || kind == static_cast<std::int64_t>(BlobKind::points))
      continue;
    if (kind == static_cast<std::int64_t>(BlobKind::look)) {
      news.looks.push_back(step);
      continue;
    }
    if (kind == static_cast<std::int64_t>(BlobKind::cut)) {
      const auto behind = [step](const StepRecord& record) { return record.step > step; };
      if (place.step > step) {
        news.went_back_to = std::min(step, news.went_back_to.value_or(step));
        place.step = step;
      }
      std::erase_if(news.records, behind);
      std::erase_if(news.looks, [step](std::int64_t look) { return look > step; });
      continue;
    }
    const auto blob = unseal(rows->blob(4));
    if (!blob) {
      note(blob.error());
      continue;
    }
    if (!blob->is_known || blob->kind != kind) {
      note(usage_error(fmt::format("it is of kind {}, version {}, which this program does not know", blob->kind,
                                   blob->version)));
      continue;
    }
    if (kind == static_cast<std::int64_t>(BlobKind::figures)) {
      if (last <= place.step) continue;
      auto records = decode_figures(blob->content);
      if (!records) {
        note(records.error());
        continue;
      }
      beside->fill(*records, step, last, *notes_);
      for (StepRecord& record : *records)
        if (record.step > place.step) {
          place.step = record.step;
          news.records.push_back(std::move(record));
        }
    } else if (kind == static_cast<std::int64_t>(BlobKind::event)) {
      auto event = decode_event(blob->content);
      if (!event) note(event.error());
      else if (!*event) note(usage_error("an event is of a kind that this program does not know"));
      else news.events.push_back(std::move(**event));
    } else if (kind == static_cast<std::int64_t>(BlobKind::facts)) {
      if (auto facts = decode_facts(blob->content)) news.facts = std::move(*facts);
      else note(facts.error());
    }
  }
}

}  // namespace switchyard
