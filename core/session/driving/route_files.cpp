#include "core/session/driving/route_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/caught.h"
#include "core/recordings/chunk_file.h"

namespace switchyard {

Result<std::unique_ptr<RouteRecorder>> RouteRecorder::create(const std::filesystem::path& folder,
                                                             std::optional<std::int64_t> vocabulary,
                                                             std::string model, double held_s) {
  auto writer = RoutesWriter::create(folder);
  if (!writer) return writer.error();
  RecordingHead head;
  head.order = ChoiceOrder::gate;
  head.vocabulary = vocabulary;
  head.model = std::move(model);
  return std::unique_ptr<RouteRecorder>(new RouteRecorder(std::move(*writer), std::move(head), held_s));
}

// "the routes from step 120 on"
std::string RouteRecorder::from_text() const {
  return fmt::format("the routes from step {} on", writer_.first_waiting().value_or(0));
}

void RouteRecorder::end(std::string why) {
  trouble_ = failure(std::move(why));
  news_.push_back({trouble_->message});
}

void RouteRecorder::take(const StepRoutes& routes) {
  if (trouble_) return;
  const Result<void> taken = caught("recording", [&] { return add(routes); });
  if (taken) return;
  // Without the memory to say so nothing more is recorded either.
  trouble_ = Error{};
  (void)caught("", [&]() -> Result<void> {
    end(fmt::format("the routes from step {} on are not recorded: {}", routes.step, taken.error().message));
    return {};
  });
}

// Its error: this step is not among what is recorded.
Result<void> RouteRecorder::add(const StepRoutes& routes) {
  if (const auto there = writer_.in_place(); !there) {
    end(fmt::format("the routes from step {} on are not recorded: {}",
                    writer_.first_waiting().value_or(routes.step), there.error().message));
    return {};
  }
  if (routes.layers.empty()) {
    if (without_++ == 0) {
      first_without_ = routes.step;
      news_.push_back(
          {fmt::format("step {} has no routes to record: not every token has top_k experts of its own; "
                       "recorded are the steps that have",
                       routes.step)});
    }
    return {};
  }
  RecordedChunk chunk;
  chunk.loss = routes.loss;
  chunk.step.assign(routes.tokens(), routes.step);
  chunk.token = routes.token;
  if (routes.sequence_length > 0)
    for (std::size_t t = 0; t < routes.tokens(); ++t)
      chunk.sequence.push_back(static_cast<std::int32_t>(t / static_cast<std::size_t>(routes.sequence_length)));
  chunk.counted_step = {routes.step};
  chunk.step_loss = {static_cast<float>(routes.loss)};
  for (const StepRoutes::Layer& layer : routes.layers) {
    chunk.layers.push_back({layer.block, {}, layer.experts, layer.top_k});
    RecordedCells cells;
    cells.experts = layer.experts;
    cells.top_k = layer.top_k;
    cells.expert = layer.expert;
    cells.counts.assign(static_cast<std::size_t>(layer.experts), 0);
    for (const std::int32_t expert : layer.expert) ++cells.counts[static_cast<std::size_t>(expert)];
    chunk.cells.push_back(std::move(cells));
  }
  if (head_.layers.empty()) head_.layers = chunk.layers;
  std::uint64_t bytes = chunk.tokens() * 16;  // step, token, sequence
  for (const RecordedCells& cells : chunk.cells)
    bytes += cells.expert.size() * (cells.experts <= 256 ? 1 : cells.experts <= 32'768 ? 2 : 4);
  auto written = writer_.write(head_, std::move(chunk));
  const auto now = std::chrono::steady_clock::now();
  if (written && std::chrono::duration<double>(now - written_).count() >= held_s_) {
    written = writer_.finish(head_);
    written_ = now;
  }
  ++steps_;
  bytes_ += bytes;
  if (written) {
    // A write that found nothing to try says nothing of the disk.
    if (waits_from_ > 0 && writer_.first_waiting().value_or(waits_from_ + 1) > waits_from_)
      news_.push_back(
          {fmt::format("the routes from step {} on are on disk now", std::exchange(waits_from_, 0)), false});
  } else if (writer_.held_bytes() > kMostWaiting) {
    end(fmt::format("{} are not recorded: {}", from_text(), written.error().message));
  } else if (waits_from_ == 0) {
    waits_from_ = writer_.first_waiting().value_or(routes.step);
    news_.push_back({fmt::format("{} are not on disk yet: {}. They are kept in memory, and tried again",
                                 from_text(), written.error().message)});
  }
  return {};
}

Result<void> RouteRecorder::finish() {
  // Also after a trouble: what could not be written then perhaps can be now.
  const Result<void> written = caught("recording", [&] { return writer_.finish(head_); });
  if (!written)
    return caught("recording", [&]() -> Result<void> {
      return failure(fmt::format("{} are not recorded: {}", from_text(), written.error().message));
    });
  if (without_ > 0)
    return failure(
        fmt::format("{} steps from {} on had no routes to record: not every token had top_k experts of its own",
                    without_, first_without_));
  return {};
}

Result<std::unique_ptr<RecordedRoutes>> RecordedRoutes::open(const std::filesystem::path& folder) {
  ManifestReader manifest(folder);
  if (auto read = manifest.read(); !read) return read.error();
  if (manifest.manifest().head.after_dropping)
    return usage_error(
        fmt::format("{}: holds the choices that capacity left, not all: a token may have any number "
                    "of them",
                    folder.native()));
  std::unique_ptr<RecordedRoutes> opened(new RecordedRoutes(folder, std::move(manifest)));
  opened->list(0);
  return opened;
}

void RecordedRoutes::list(std::int64_t step) {
  const Manifest& manifest = manifest_.manifest();
  const bool other = manifest_.restarts() != restarts_ || manifest.went_back != went_back_;
  restarts_ = manifest_.restarts(), went_back_ = manifest.went_back;
  // What was read before is of another recording, or void.
  if (other) read_.clear(), steps_.clear(), unreadable_.clear();
  waiting_.clear();
  for (const ChunkNote& note : manifest.chunks)
    if (note.last_step >= step && !read_.contains(note.file)) waiting_.push_back(note);
  std::stable_sort(waiting_.begin(), waiting_.end(),
                   [](const ChunkNote& a, const ChunkNote& b) { return a.first_step < b.first_step; });
}

Result<void> RecordedRoutes::take(const RecordedChunk& chunk, std::int64_t from) {
  const auto refused = [&](const std::string& why) {
    return usage_error(fmt::format("{}: {}", folder_.native(), why));
  };
  if (chunk.rank != 0) return refused("has routes of several processes; allowed is one");
  for (std::size_t l = 0; l < chunk.cells.size(); ++l)
    if (!chunk.cells[l].has_choices() || !chunk.cells[l].start.empty() || chunk.cells[l].top_k < 1)
      return refused(
          fmt::format("layer {} has no choices, or not every token as many of them", chunk.layers[l].id));
  for (std::size_t t = 0; t < chunk.tokens(); ++t) {
    const std::int64_t step = chunk.step[t];
    if (step < from) continue;
    StepRoutes& routes = steps_[step];
    if (routes.layers.empty()) {
      routes.step = step;
      for (std::size_t l = 0; l < chunk.cells.size(); ++l)
        routes.layers.push_back({chunk.layers[l].id, chunk.cells[l].experts, chunk.cells[l].top_k, {}});
    }
    if (!chunk.token.empty()) routes.token.push_back(chunk.token[t]);
    // Its first sequence tells how long they are.
    if (!chunk.sequence.empty() && chunk.sequence[t] == 0) ++routes.sequence_length;
    for (std::size_t l = 0; l < chunk.cells.size() && l < routes.layers.size(); ++l) {
      const RecordedCells& cells = chunk.cells[l];
      const auto first =
          cells.expert.begin() + static_cast<std::ptrdiff_t>(t * static_cast<std::size_t>(cells.top_k));
      routes.layers[l].expert.insert(routes.layers[l].expert.end(), first, first + cells.top_k);
    }
  }
  return {};
}

Result<const StepRoutes*> RecordedRoutes::routes_of(std::int64_t step) {
  ended_ = failed_ = false;
  auto found = caught("recorded routes", [&] { return find(step); });
  failed_ = failed_ || (!found && found.error().kind != ErrorKind::usage);
  return found;
}

Result<void> RecordedRoutes::read_up_to(std::int64_t step) {
  while (!waiting_.empty() && waiting_.front().first_step <= step) {
    const ChunkNote note = waiting_.front();
    waiting_.pop_front();
    if (note.last_step < step) continue;
    read_.insert(note.file);
    auto chunk = read_chunk(folder_, note, manifest_.manifest().layers[note.layers]);
    if (!chunk) {
      unreadable_.push_back({note.first_step, note.last_step, chunk.error().message});
    } else if (auto taken = take(*chunk, step); !taken) {
      failed_ = true;
      return taken;
    }
  }
  return {};
}

Result<const StepRoutes*> RecordedRoutes::find(std::int64_t step) {
  steps_.erase(steps_.begin(), steps_.lower_bound(step));
  for (bool again : {true, false}) {
    if (auto read = read_up_to(step); !read) return read.error();
    if (const auto found = steps_.find(step); found != steps_.end())
      return static_cast<const StepRoutes*>(&found->second);
    if (!again) break;
    // Who records them may have come further meanwhile.
    const std::size_t chunks = manifest_.manifest().chunks.size();
    if (auto read = manifest_.read(); !read) {
      failed_ = true;
      return read.error();
    }
    grew_ = grew_ || manifest_.manifest().chunks.size() != chunks;
    list(step);
  }
  return none_of(step);
}

Error RecordedRoutes::none_of(std::int64_t step) {
  const Manifest& manifest = manifest_.manifest();
  std::optional<std::int64_t> first, last;
  for (const ChunkNote& note : manifest.chunks) {
    first = std::min(first.value_or(note.first_step), note.first_step);
    const std::int64_t end = std::min(note.last_step, note.void_from - 1);
    last = std::max(last.value_or(end), end);
  }
  const bool is_written = grew_ || manifest.has_half_line;
  ended_ = last && *last < step && !is_written;
  std::string there = first ? fmt::format("it has those of steps {} to {}", *first, *last) : "it has none yet";
  if (is_written) there += grew_ ? "; it is still being written" : "; it is still being written, or was cut";
  for (const Unreadable& one : unreadable_)
    if (one.first <= step && step <= one.last) {
      failed_ = true;
      there = fmt::format("what should have them cannot be read: {}", one.why);
    }
  return usage_error(fmt::format("{}: has no routes of step {}; {}", folder_.native(), step, there));
}

}  // namespace switchyard
