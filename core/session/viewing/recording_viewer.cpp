#include "core/session/viewing/recording_viewer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/recordings/looks.h"

namespace switchyard {
namespace {

using namespace std::chrono_literals;

constexpr auto kStillGrows = 5s;  // without news it counts as growing for so long, at least

}  // namespace

RecordingViewer::RecordingViewer(RecordingWish wish, std::uint32_t model_id, void (*wake)(), double most_unsampled)
    : wish_(std::move(wish)), model_id_(model_id), most_unsampled_(most_unsampled) {
  link_->set_wake(wake);
  thread_ = std::thread([this] { read(); });
}

RecordingViewer::~RecordingViewer() {
  stopping_ = true;
  bell_->ring();
  if (thread_.joinable()) thread_.join();
}

void RecordingViewer::take_facts() {
  if (figures_) {
    OtherRecording facts = figures_->facts();
    facts.notes = notes_;
    const bool facts_are_whole = !facts.is_provisional();
    if (!status_.recorded || *status_.recorded != facts)
      status_.recorded = std::make_shared<const OtherRecording>(std::move(facts));
    // Of a recording that is being read again nobody knows which go on.
    status_.alerts = facts_are_whole ? figures_->alerts() : std::vector<HealthAlert>();
  }
}

void RecordingViewer::say(RunState state) {
  status_.state = state;
  take_facts();
  link_->publish(status_);
}

void RecordingViewer::read() {
  const Result<void> told = caught("the recording could not be read", [&] { return tell(); });
  if (!told && !stopping_)
    (void)caught("", [&]() -> Result<void> {
      status_.message = told.error().message;
      say(RunState::failed);
      return {};
    });
  told_all_ = true;
}

void RecordingViewer::wait_until_taken() {
  while (link_->has_news() && !stopping_) bell_->wait(5ms);
  published_ = 0;
}

Result<const RecordingForm*> RecordingViewer::find_form() {
  const auto find = [&] { return wish_.form.empty() ? form_of(wish_.path) : form_named(wish_.form); };
  std::error_code code;
  while (!stopping_) {
    const bool is_there = std::filesystem::exists(wish_.path, code);
    if (const RecordingForm* form = is_there ? find() : nullptr) return form;
    if (!wish_.waits)
      return usage_error(fmt::format(
          "{}: {}", wish_.path.native(),
          is_there ? "is no recording of a form that is known here" : "there is no such file or folder"));
    say_trouble(is_there ? fmt::format("{}: is no recording of a form that is known here yet", wish_.path.native())
                         : fmt::format("Waiting for {}", wish_.path.native()));
    // Each form reads something of what is there.
    bell_->wait(is_there ? 5 * kLookForMore : kLookForMore);
  }
  return nullptr;
}

Result<void> RecordingViewer::tell() {
  status_.model_id = model_id_;
  auto keys = keys_from(wish_.keys);
  if (!keys) return keys.error();
  keys->hints = &hints_;
  // Who waits is told for what.
  if (wish_.waits) begin_run();
  else say(RunState::loading);
  const auto form = find_form();
  if (!form) return form.error();
  if (!*form) return {};
  form_ = *form;
  status_.corpus_name = std::string((*form)->title);
  return (*form)->name == "routes" ? tell_folder(**form) : tell_files(**form, *keys);
}

void RecordingViewer::begin_run() {
  wait_until_taken();
  if (runs_ > 0) {
    // The one before is over, and what is known of it is not of the new one.
    status_.message.clear();
    say(RunState::opened);
    wait_until_taken();
    figures_.reset();
    status_.alerts.clear();
  }
  // A link hands out its newest look until there is another; that would be one of the run before.
  link_->publish(std::shared_ptr<const Snapshot>());
  const std::string name = wish_.path.native();
  // A run that is shown is a recording from its begin on, whatever can be read of it.
  status_.recorded = std::make_shared<const OtherRecording>();
  status_.message = fmt::format("{} {}", wish_.waits && runs_ == 0 ? "Waiting for" : "Reading", name);
  status_.run = run_of_recording(wish_.path, static_cast<int>(runs_) + 1);
  ++runs_;
  status_.step = 0;
  ranks_.clear();
  next_look_ = 0, newest_look_ = -1;
  unreadable_ = 0;
  notes_.clear();
  // Before the begin: whoever takes that looks here for whose it is.
  say(wish_.waits ? RunState::followed : RunState::loading);
  link_->publish(RunBegin{status_.run, model_id_, 0, std::make_shared<const RunPast>()});
}

void RecordingViewer::begin_figures(const RecordingForm& form) {
  figures_ = std::make_unique<RecordingFigures>(model_id_, std::string(form.name), std::string(form.title));
  status_.message.clear();
}

void RecordingViewer::publish_step(StepRecord&& record, std::vector<RunEvent>&& events) {
  status_.step = record.step;
  link_->publish(std::move(record));
  for (RunEvent& event : events) link_->publish(std::move(event));
  if (++published_ < kMostUntaken) return;
  say(status_.state);
  wait_until_taken();
}

std::shared_ptr<Snapshot> RecordingViewer::look(const RecordedChunk& chunk, const RecordingHead& head,
                                                std::int64_t step, std::int64_t beside) {
  std::shared_ptr<Snapshot> made = look_at(chunk, step, head.order);
  if (!made) return made;
  // A piece of a step is not the step.
  const bool is_piece = beside > 0;
  const auto shown = made->tokens->text.size();
  if (is_piece) made->of_tokens = beside + std::max(made->of_tokens, static_cast<std::int64_t>(shown));
  made->model_id = model_id_;
  std::string sample;
  if (made->of_tokens > 0)
    sample = fmt::format("Looks show {} of {} tokens of a step, {}", shown, made->of_tokens,
                         is_head_of_sequence(chunk, step, shown) ? "the first of its first sequence"
                         : is_piece                              ? "out of the last of its chunks"
                                                                 : "taken evenly");
  if (figures_->facts().ranks > 1)
    sample += fmt::format("{}Looks show tokens of rank {}", sample.empty() ? "" : "; ", chunk.rank);
  figures_->facts().sample = std::move(sample);
  return made;
}

void RecordingViewer::wish_look(std::int64_t step) {
  wished_ = step;
  bell_->ring();
}

void RecordingViewer::read_wished_look() {
  const std::int64_t wished = wished_.exchange(-1);
  if (wished < 0 || !at_any_place_ || !figures_) return;
  GrowingFolder& folder = *at_any_place_;
  const auto away = [&](std::int64_t first, std::int64_t last) {
    return std::max<std::int64_t>({0, first - wished, wished - last});
  };
  // Of a step in several chunks the last, as elsewhere.
  const ChunkNote* nearest = nullptr;
  std::int64_t least = kMostRecordedStep;
  for (const ChunkNote& note : folder.manifest().chunks) {
    const std::int64_t last = std::min(note.last_step, note.void_from - 1), by = away(note.first_step, last);
    if (note.rank != figures_->lowest_rank() || note.tokens == 0 || last < note.first_step || by > least) continue;
    nearest = &note, least = by;
  }
  if (!nearest) return;
  // What was kept of files that have grown ends before they do.
  const bool is_copy = copy_ && at_any_place_ == &*copy_;
  if (is_copy && wished > std::min(nearest->last_step, nearest->void_from - 1)) return;
  const ChunkNote note = *nearest;
  const auto steps = folder.steps().steps(note);
  // Where its steps do not rise it is read whole for each look: too long for somebody who moves on.
  if (!steps || !*steps || (*steps)->empty()) return;
  const auto at = std::min_element((*steps)->begin(), (*steps)->end(), [&](const StepRows& a, const StepRows& b) {
    return away(a.step, a.step) < away(b.step, b.step);
  });
  const std::int64_t step = at->step;
  const auto chunk = folder.read_step(note, step);
  if (!chunk) return;
  // The sentence of what looks show is of the newest.
  const std::string of_newest = figures_->facts().sample;
  if (auto made = look(*chunk, folder.head(), step, folder.tokens_beside(note, step)))
    link_->publish_past(std::move(made));
  figures_->facts().sample = of_newest;
}

void RecordingViewer::say_growth(bool has_grown) {
  const auto now = Clock::now();
  const bool has_grown_before = grown_ != Clock::time_point{};
  // Ranks come in bursts, the time between two of which counts.
  if (has_grown && has_grown_before)
    interval_ = std::max<Clock::duration>(now - grown_, interval_ - interval_ / 4);
  if (has_grown) grown_ = now;
  // Who writes every half a minute goes on writing between two of them.
  const auto still = std::max<Clock::duration>(kStillGrows, 3 * interval_);
  const bool grows = wish_.waits || (grown_ != Clock::time_point{} && now - grown_ < still);
  const RunState state = grows ? RunState::followed : RunState::opened;
  if (has_grown || state != status_.state) say(state);
}

void RecordingViewer::say_trouble(std::string message) {
  if (status_.message == message) return;
  status_.message = std::move(message);
  say(status_.state);
}

}  // namespace switchyard
