#include "core/recordings/folder_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <utility>

#include "core/base/json.h"
#include "core/record/files/safetensors.h"
#include "core/recordings/manifest.h"

namespace switchyard {
namespace {

constexpr std::uint64_t kGathered = std::uint64_t{32} << 20;
constexpr std::uint64_t kTriedAgain = kGathered / 8;  // after so many more bytes what could not be written is

Json layers_json(const std::vector<RecordedLayer>& layers) {
  Json list = Json::array();
  for (const RecordedLayer& layer : layers) {
    Json one{{"id", layer.id}, {"n_experts", layer.experts}, {"k", layer.top_k}};
    if (!layer.block.empty()) one.member("block") = layer.block;
    list.push_back(std::move(one));
  }
  return list;
}

template <class T>
void append_all(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

template <class T>
void make_room(std::vector<T>& in, const std::vector<T>& more) {
  const std::size_t needed = in.size() + more.size();
  if (needed > in.capacity()) in.reserve(std::max(needed, 2 * in.capacity()));
}

template <class Call>
void with_each(RecordedChunk& to, const RecordedChunk& more, Call call) {
  call(to.step, more.step), call(to.token, more.token), call(to.sequence, more.sequence);
  call(to.counted_step, more.counted_step), call(to.step_loss, more.step_loss);
  for (std::size_t l = 0; l < to.cells.size(); ++l) {
    call(to.cells[l].expert, more.cells[l].expert);
    call(to.cells[l].weight, more.cells[l].weight);
    call(to.cells[l].logits, more.cells[l].logits);
    call(to.cells[l].hidden, more.cells[l].hidden);
    call(to.cells[l].counts, more.cells[l].counts);
  }
}

bool has_same_parts(const RecordedCells& a, const RecordedCells& b) {
  return a.experts == b.experts && a.top_k == b.top_k && a.start.empty() && b.start.empty() &&
         a.expert.empty() == b.expert.empty() && a.weight.empty() == b.weight.empty() &&
         a.logits.empty() == b.logits.empty() && a.hidden.empty() == b.hidden.empty() &&
         a.hidden_width == b.hidden_width && a.counts.empty() == b.counts.empty();
}

// Tensors on their way into a file; what is made for them lives here.
class Tensors {
 public:
  template <class T>
  void add(std::string name, std::vector<std::int64_t> shape, Dtype dtype, std::span<const T> values) {
    place(std::move(name), std::move(shape), dtype, std::as_bytes(values));
  }
  // As the smallest type that holds these experts.
  void add_experts(std::string name, std::vector<std::int64_t> shape, std::int32_t experts,
                   std::span<const std::int32_t> ids) {
    const bool has_holes = std::find(ids.begin(), ids.end(), kNoExpert) != ids.end();
    if (experts <= 256 && !has_holes)
      return add_as<std::uint8_t>(std::move(name), std::move(shape), Dtype::u8, ids);
    if (experts <= 32'768) return add_as<std::int16_t>(std::move(name), std::move(shape), Dtype::i16, ids);
    add(std::move(name), std::move(shape), Dtype::i32, ids);
  }
  // As bfloat16 where that is what they were.
  void add_floats(std::string name, std::vector<std::int64_t> shape, std::span<const float> floats) {
    const bool is_short = std::all_of(floats.begin(), floats.end(), [](float one) {
      return (std::bit_cast<std::uint32_t>(one) & 0xFFFFU) == 0;
    });
    if (!is_short) return add(std::move(name), std::move(shape), Dtype::f32, floats);
    std::vector<std::byte>& bytes = own_.emplace_back(floats.size() * 2);
    for (std::size_t i = 0; i < floats.size(); ++i) {
      const auto bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(floats[i]) >> 16U);
      std::memcpy(bytes.data() + 2 * i, &bits, 2);
    }
    place(std::move(name), std::move(shape), Dtype::bf16, bytes);
  }
  std::vector<TensorView> views() const {
    std::vector<TensorView> views;
    for (const Placed& one : placed_) views.push_back({one.name, one.shape, TypedBytes{one.dtype, one.bytes}});
    return views;
  }

 private:
  struct Placed {
    std::string name;
    std::vector<std::int64_t> shape;
    Dtype dtype;
    std::span<const std::byte> bytes;
  };
  void place(std::string name, std::vector<std::int64_t> shape, Dtype dtype, std::span<const std::byte> bytes) {
    placed_.push_back({std::move(name), std::move(shape), dtype, bytes});
  }
  template <class T>
  void add_as(std::string name, std::vector<std::int64_t> shape, Dtype dtype, std::span<const std::int32_t> ids) {
    std::vector<std::byte>& bytes = own_.emplace_back(ids.size() * sizeof(T));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const T id = static_cast<T>(ids[i]);
      std::memcpy(bytes.data() + i * sizeof(T), &id, sizeof(T));
    }
    place(std::move(name), std::move(shape), dtype, bytes);
  }

  std::deque<std::vector<std::byte>> own_;
  std::vector<Placed> placed_;
};

template <class T>
std::span<const T> rows_of(const std::vector<T>& values, std::size_t begin, std::size_t end, std::size_t columns) {
  return std::span(values).subspan(begin * columns, (end - begin) * columns);
}

}  // namespace

std::uint64_t bytes_of(const RecordedChunk& chunk) {
  std::uint64_t bytes =
      chunk.step.size() * 8 + (chunk.token.size() + chunk.sequence.size()) * 4 + chunk.counted_step.size() * 12;
  for (const RecordedCells& cells : chunk.cells)
    bytes += (cells.start.size() + cells.counts.size()) * 8 +
             (cells.expert.size() + cells.weight.size() + cells.logits.size() + cells.hidden.size()) * 4;
  return bytes;
}

bool append(RecordedChunk& to, const RecordedChunk& more) {
  const bool fits = to.rank == more.rank && to.layers == more.layers && to.cells.size() == more.cells.size() &&
                    to.token.empty() == more.token.empty() && to.sequence.empty() == more.sequence.empty() &&
                    to.step_loss.empty() == more.step_loss.empty() && !to.counted_step.empty() &&
                    !more.counted_step.empty() && more.counted_step.front() > to.counted_step.back() &&
                    std::equal(to.cells.begin(), to.cells.end(), more.cells.begin(), has_same_parts);
  if (!fits) return false;
  // All the memory first: half a chunk added would be none.
  with_each(to, more, [](auto& in, const auto& also) { make_room(in, also); });
  with_each(to, more, [](auto& in, const auto& also) { append_all(in, also); });
  to.wall_s = more.wall_s, to.loss = more.loss;
  return true;
}

Result<RoutesWriter> RoutesWriter::create(const std::filesystem::path& folder) {
  std::error_code code;
  const bool made = std::filesystem::create_directories(folder, code);
  if (code) return failure(fmt::format("{}: cannot be made: {}", folder.native(), code.message()));
  if (!std::filesystem::is_empty(folder, code) || code)
    return usage_error(fmt::format("{}: is not empty; allowed is a new or an empty folder", folder.native()));
  auto manifest = AppendFile::create(folder / kManifestName);
  if (!manifest) {
    if (made) std::filesystem::remove(folder, code);
    return manifest.error();
  }
  return RoutesWriter(folder, std::move(*manifest), made);
}

RoutesWriter::~RoutesWriter() {
  if (begun_ || !manifest_ || !manifest_->is_in_place()) return;
  std::error_code code;
  std::filesystem::remove(folder_ / kManifestName, code);
  if (made_folder_) std::filesystem::remove(folder_, code);  // where it is empty
}

Result<void> RoutesWriter::in_place() const {
  if (manifest_ && manifest_->is_in_place()) return {};
  return failure(
      fmt::format("{}: was removed or replaced while it was written", (folder_ / kManifestName).native()));
}

Result<void> RoutesWriter::announce(const std::string& line) {
  if (auto there = in_place(); !there) return there;
  return manifest_->append(line + '\n');
}

Result<void> RoutesWriter::begin(const RecordingHead& head) {
  if (begun_) return {};
  Json line{{"format", std::string(kRoutesFormat)},
            {"layers", layers_json(head.layers)},
            {"order", head.order == ChoiceOrder::gate ? "gate" : "id"}};
  if (head.vocabulary) line.member("vocabulary") = *head.vocabulary;
  if (!head.model.empty()) line.member("model") = head.model;
  if (head.after_dropping) line.member("after_dropping") = true;
  if (auto told = announce(dump_json(line)); !told) return told;
  layers_ = head.layers;
  begun_ = true;
  return {};
}

Result<void> RoutesWriter::write(const RecordingHead& head, RecordedChunk chunk) {
  const auto begun = begin(head);
  const std::int32_t rank = chunk.rank;
  // The one loss of a chunk is that of its last step, also where other chunks follow in the same file.
  if (chunk.step_loss.empty() && !std::isnan(chunk.loss) && !chunk.counted_step.empty()) {
    chunk.step_loss.assign(chunk.counted_step.size(), std::numeric_limits<float>::quiet_NaN());
    chunk.step_loss.back() = static_cast<float>(chunk.loss);
  }
  const std::uint64_t bytes = bytes_of(chunk);
  const auto at = gathered_.find(rank);
  bool is_due = false;
  if (at == gathered_.end() || bytes_of(at->second) >= kGathered || !append(at->second, chunk)) {
    is_due = at != gathered_.end();
    if (is_due) put_aside(at);
    gathered_.emplace(rank, std::move(chunk));
  }
  held_ += bytes;
  if (!begun) return begun;
  std::uint64_t gathered = held_;
  for (const RecordedChunk& one : waiting_) gathered -= std::min(gathered, bytes_of(one));
  while (gathered > kMostGathered && gathered_.size() > 1) {
    const auto largest = std::max_element(gathered_.begin(), gathered_.end(), [](const auto& a, const auto& b) {
      return bytes_of(a.second) < bytes_of(b.second);
    });
    gathered -= std::min(gathered, bytes_of(largest->second));
    put_aside(largest);
  }
  return is_due || held_ > try_above_ ? flush() : Result<void>();
}

void RoutesWriter::put_aside(std::map<std::int32_t, RecordedChunk>::iterator at) {
  waiting_.push_back(std::move(at->second));
  gathered_.erase(at);
}

Result<void> RoutesWriter::finish(const RecordingHead& head) {
  if (!begun_ && gathered_.empty() && head.layers.empty()) return {};
  if (auto begun = begin(head); !begun) return begun;
  while (!gathered_.empty()) put_aside(gathered_.begin());
  return flush();
}

std::optional<std::int64_t> RoutesWriter::first_waiting() const {
  const RecordedChunk* const first = !waiting_.empty()    ? &waiting_.front()
                                     : !gathered_.empty() ? &gathered_.begin()->second
                                                          : nullptr;
  if (!first) return std::nullopt;
  if (!first->counted_step.empty()) return first->counted_step.front();
  return first->step.empty() ? std::optional<std::int64_t>() : first->step.front();
}

Result<void> RoutesWriter::flush() {
  while (!waiting_.empty()) {
    const RecordedChunk& first = waiting_.front();
    if (auto done = put(first); !done) {
      try_above_ = held_ + kTriedAgain;
      return done;
    }
    piece_ = 0;
    steps_ += static_cast<std::int64_t>(first.counted_step.size());
    held_ -= std::min(held_, bytes_of(first));
    waiting_.pop_front();
  }
  try_above_ = 0;
  return {};
}

Result<void> RoutesWriter::put(const RecordedChunk& chunk) {
  if (chunk.layers != layers_) {
    if (auto done = announce(dump_json(Json{{"layers", layers_json(chunk.layers)}})); !done) return done;
    layers_ = chunk.layers;
  }
  const std::size_t rows = chunk.tokens();
  const std::size_t pieces = std::max<std::size_t>(1, (bytes_of(chunk) + 2 * kGathered - 1) / (2 * kGathered));
  for (; piece_ < pieces; ++piece_)
    if (auto done = put_rows(chunk, rows * piece_ / pieces, rows * (piece_ + 1) / pieces, piece_ == 0); !done)
      return done;
  return {};
}

Result<void> RoutesWriter::put_rows(const RecordedChunk& chunk, std::size_t begin, std::size_t end,
                                    bool with_counts) {
  Tensors tensors;
  const auto rows = static_cast<std::int64_t>(end - begin),
             steps = static_cast<std::int64_t>(chunk.counted_step.size());
  const auto add_rows = [&](const char* name, Dtype dtype, const auto& values) {
    if (!values.empty()) tensors.add(name, {rows}, dtype, rows_of(values, begin, end, 1));
  };
  add_rows("step", Dtype::i64, chunk.step);
  add_rows("tokens", Dtype::i32, chunk.token);
  add_rows("sequence", Dtype::i32, chunk.sequence);
  if (with_counts && steps > 0) {
    tensors.add("counted_steps", {steps}, Dtype::i64, std::span(chunk.counted_step));
    if (!chunk.step_loss.empty()) tensors.add("losses", {steps}, Dtype::f32, std::span(chunk.step_loss));
  }
  std::deque<std::vector<std::int64_t>> starts;
  for (std::size_t l = 0; l < chunk.cells.size(); ++l) {
    const RecordedCells& cells = chunk.cells[l];
    const auto name = [&](const char* of) { return fmt::format("{}.{}", of, l); };
    if (cells.has_choices() || !cells.start.empty()) {
      std::vector<std::int64_t> shape{rows, cells.top_k};
      std::size_t from = begin, to = end, columns = static_cast<std::size_t>(cells.top_k);
      if (!cells.start.empty()) {
        from = static_cast<std::size_t>(cells.start[begin]), to = static_cast<std::size_t>(cells.start[end]),
        columns = 1;
        shape = {static_cast<std::int64_t>(to - from)};
        auto& start = starts.emplace_back(cells.start.begin() + static_cast<std::ptrdiff_t>(begin),
                                          cells.start.begin() + static_cast<std::ptrdiff_t>(end) + 1);
        for (std::int64_t& one : start) one -= static_cast<std::int64_t>(from);
        tensors.add(name("start"), {rows + 1}, Dtype::i64, std::span<const std::int64_t>(start));
      }
      tensors.add_experts(name("experts"), shape, cells.experts, rows_of(cells.expert, from, to, columns));
      if (!cells.weight.empty())
        tensors.add(name("weights"), shape, Dtype::f32, rows_of(cells.weight, from, to, columns));
    }
    if (!cells.logits.empty())
      tensors.add_floats(name("router_logits"), {rows, cells.experts},
                         rows_of(cells.logits, begin, end, static_cast<std::size_t>(cells.experts)));
    if (!cells.hidden.empty())
      tensors.add_floats(name("hidden"), {rows, cells.hidden_width},
                         rows_of(cells.hidden, begin, end, static_cast<std::size_t>(cells.hidden_width)));
    if (with_counts && !cells.counts.empty())
      tensors.add(name("counts"), {steps, cells.experts}, Dtype::i64, std::span(cells.counts));
  }
  std::int64_t first = chunk.counted_step.empty() ? 0 : chunk.counted_step.front(), last = first;
  if (with_counts && steps > 0) last = chunk.counted_step.back();
  for (std::size_t t = begin; t < end; ++t) {
    if (t == begin && !(with_counts && steps > 0)) first = last = chunk.step[t];
    first = std::min(first, chunk.step[t]), last = std::max(last, chunk.step[t]);
  }
  const std::string file = fmt::format("chunk-r{:03}-{:06}.safetensors", chunk.rank, numbers_[chunk.rank] + 1);
  if (auto there = in_place(); !there) return there;  // the folder may be another's by now
  if (auto written = write_safetensors(folder_ / file, tensors.views(), {}, false); !written) return written;
  Json line{{"file", file}, {"rank", chunk.rank}, {"first_step", first}, {"last_step", last}, {"tokens", rows}};
  if (!std::isnan(chunk.wall_s)) line.member("wall_s") = chunk.wall_s;
  // Of its last step, which the piece with all its steps has, or without steps the last piece.
  if (!std::isnan(chunk.loss) && (steps > 0 ? with_counts : end == chunk.tokens()))
    line.member("loss") = chunk.loss;
  if (auto told = announce(dump_json(line)); !told) return told;
  ++numbers_[chunk.rank], ++files_;
  return {};
}

}  // namespace switchyard
