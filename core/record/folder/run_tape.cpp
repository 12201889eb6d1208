#include "core/record/folder/run_tape.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/version.h"
#include "core/record/files/files.h"
#include "core/record/tape/tape_tail.h"

namespace switchyard {
namespace {

constexpr std::string_view kBudgetKnob = "tape_budget_mb";

std::uint64_t tape_bytes(std::int64_t megabytes) { return static_cast<std::uint64_t>(megabytes) << 20; }

// Nothing of the run is lost, and no later step is taken for one of the run that goes on.
void set_tape_aside(const std::filesystem::path& tape, const std::filesystem::path& folder, const Error& why,
                    TapeCut& cut) {
  const std::filesystem::path aside = folder / fmt::format("tape-damaged-{}.sqlite", random_name(6));
  if (std::rename(tape.c_str(), aside.c_str()) == 0) {
    std::rename((tape.native() + "-wal").c_str(), (aside.native() + "-wal").c_str());
    std::remove((tape.native() + "-shm").c_str());
  }
  cut.missing = fmt::format("{}; it is kept as {}, and a new tape begins", why.message, aside.filename().native());
  cut.events = 0;
}

}  // namespace

void RunTape::begin(const Trainer& trainer, const RunIdentity& run, std::int64_t events) {
  end();
  if (trainer.config().tape_budget_mb == 0) return;
  TapeFacts facts;
  facts.program = std::string(version());
  facts.run = run.id;
  facts.parent = run.parent;
  facts.model_id = trainer.model_id();
  facts.step = trainer.step();
  facts.config = trainer.config();
  facts.data = trainer.data();
  facts.engine = trainer.info();
  TapeWriter::Options options;
  options.file.budget_bytes = tape_bytes(trainer.config().tape_budget_mb);
  tape_ = std::make_unique<TapeWriter>(facts, events, options);
}

void RunTape::end() {
  if (!tape_) return;
  tape_->finish();
  for (RecordingNews& news : tape_->take_news()) news_.push_back(std::move(news));
  tape_.reset();
  folder_.clear();
}

void RunTape::record_in(const std::filesystem::path& folder) {
  // Asked after every write: texts compare sooner than paths.
  if (!tape_ || folder.empty() || folder.native() == folder_) return;
  folder_ = folder.native();
  tape_->record_in(folder);
}

void RunTape::take(const RunEvent& event) {
  for (const RunEvent::Change& change : event.changes) {
    std::int64_t megabytes = 0;
    if (change.key != kBudgetKnob) continue;
    std::from_chars(change.after.data(), change.after.data() + change.after.size(), megabytes);
    if (megabytes == 0) end();
    else if (tape_) tape_->set_budget(tape_bytes(megabytes));
  }
}

std::vector<RecordingNews> RunTape::take_news() {
  std::vector<RecordingNews> news = std::exchange(news_, {});
  if (tape_)
    for (RecordingNews& one : tape_->take_news()) news.push_back(std::move(one));
  return news;
}

TapeCut find_tape_cut(const std::filesystem::path& folder, std::int64_t step, std::int64_t events) {
  TapeCut cut;
  const std::filesystem::path tape = folder / kTapeFile;
  if (!identity_of(tape)) return cut;
  const auto tail = find_tape_tail(tape, step, events);
  if (!tail) return set_tape_aside(tape, folder, tail.error(), cut), cut;
  cut.has_tail = tail->rows > 0;
  cut.last_step = tail->last_step;
  cut.events = tail->events;
  return cut;
}

void cut_tape_into(const std::filesystem::path& folder, std::int64_t step, std::int64_t events,
                   const std::filesystem::path& lost, TapeCut& cut) {
  if (!cut.has_tail) return;
  const std::filesystem::path tape = folder / kTapeFile;
  auto done = copy_tape_tail(tape, step, events, lost / kTapeFile);
  if (done) {
    sync_folder(lost);
    done = cut_tape(tape, step, events);
  }
  if (!done) set_tape_aside(tape, lost, done.error(), cut);
}

}  // namespace switchyard
