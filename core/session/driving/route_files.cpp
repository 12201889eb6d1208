#include "core/session/driving/route_files.h"

#include <fmt/format.h>

#include <utility>

#include "core/recordings/folder_reader.h"

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

void RouteRecorder::take(const StepRoutes& routes) {
  if (trouble_) return;
  if (routes.layers.empty()) {
    if (without_++ == 0) {
      first_without_ = routes.step;
      news_.push_back(
          {fmt::format("step {} has no routes to record: not every token has top_k experts of its own; "
                       "recorded are the steps that have",
                       routes.step)});
    }
    return;
  }
  if (steps_ == 0) first_held_ = routes.step;
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
  if (!written)
    return lose(fmt::format("the routes from about step {} on are not recorded: {}", first_held_,
                            written.error().message));
  if (writer_.held_bytes() == 0) first_held_ = routes.step + 1;
  ++steps_;
  bytes_ += bytes;
}

void RouteRecorder::lose(std::string why) {
  trouble_ = failure(std::move(why));
  news_.push_back({trouble_->message, true});
}

Result<void> RouteRecorder::finish() {
  if (!trouble_)
    if (auto written = writer_.finish(head_); !written)
      lose(fmt::format("the routes from about step {} on are not recorded: {}", first_held_,
                       written.error().message));
  if (!trouble_ && without_ > 0)
    return failure(
        fmt::format("{} steps from {} on had no routes to record: not every token had top_k experts of its own",
                    without_, first_without_));
  return trouble_ ? Result<void>(*trouble_) : Result<void>();
}

Result<std::unique_ptr<RecordedRoutes>> RecordedRoutes::open(const std::filesystem::path& folder) {
  auto reader = open_routes_folder(folder);
  if (!reader) return reader.error();
  if ((*reader)->head().after_dropping)
    return usage_error(
        fmt::format("{}: holds the choices that capacity left, not all: a token may have any number "
                    "of them",
                    folder.native()));
  return std::unique_ptr<RecordedRoutes>(new RecordedRoutes(folder, std::move(*reader)));
}

Result<void> RecordedRoutes::take(const RecordedChunk& chunk) {
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
    StepRoutes& routes = steps_[step];
    if (routes.layers.empty()) {
      routes.step = step;
      first_ = std::min(first_.value_or(step), step), last_ = std::max(last_.value_or(step), step);
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
  ended_ = false;
  auto found = find(step);
  failed_ = !found;
  return found;
}

Result<const StepRoutes*> RecordedRoutes::find(std::int64_t step) {
  steps_.erase(steps_.begin(), steps_.lower_bound(step));
  while (reader_->next_step() && *reader_->next_step() <= step) {
    auto chunk = reader_->next();
    if (!chunk) return chunk.error();
    if (!*chunk) break;
    if (auto taken = take(**chunk); !taken) return taken.error();
    steps_.erase(steps_.begin(), steps_.lower_bound(step));
  }
  const auto found = steps_.find(step);
  if (found != steps_.end()) return static_cast<const StepRoutes*>(&found->second);
  ended_ = !reader_->next_step() && last_ && *last_ < step;
  std::string there = first_ ? fmt::format("those read so far are of steps {} to {}", *first_, *last_)
                             : std::string("there are none up to there");
  for (const std::string& note : reader_->notes()) there += "; " + note;
  return usage_error(fmt::format("{}: has no routes of step {}; {}", folder_.native(), step, there));
}

}  // namespace switchyard
