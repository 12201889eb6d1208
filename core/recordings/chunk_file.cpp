#include "core/recordings/chunk_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <span>
#include <unordered_map>
#include <utility>

#include "core/recordings/leave_out.h"

namespace switchyard {
namespace {

using Entry = SafetensorsFile::Entry;

template <class Stored, class T, class Convert>
void convert_all(std::span<const std::byte> bytes, std::vector<T>& to, Convert convert) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    to[i] = convert(stored);
  }
}

// Whole numbers and floats of any stored type, in a file whose types were checked when it was opened.
template <class T>
void decode(Dtype dtype, std::span<const std::byte> bytes, std::vector<T>& to) {
  const auto as_it_is = [](auto stored) { return static_cast<T>(stored); };
  switch (dtype) {
    case Dtype::u8:
      return convert_all<std::uint8_t>(bytes, to, as_it_is);
    case Dtype::i8:
      return convert_all<std::int8_t>(bytes, to, as_it_is);
    case Dtype::u16:
      return convert_all<std::uint16_t>(bytes, to, as_it_is);
    case Dtype::i16:
      return convert_all<std::int16_t>(bytes, to, as_it_is);
    case Dtype::i32:
      return convert_all<std::int32_t>(bytes, to, as_it_is);
    case Dtype::i64:
      return convert_all<std::int64_t>(bytes, to, as_it_is);
    case Dtype::f32:
      return convert_all<float>(bytes, to, as_it_is);
    case Dtype::f64:
      return convert_all<double>(bytes, to, as_it_is);
    case Dtype::f16:
      return convert_all<std::uint16_t>(bytes, to, [](auto b) { return static_cast<T>(float_of_f16(b)); });
    case Dtype::bf16:
      return convert_all<std::uint16_t>(bytes, to, [](auto b) { return static_cast<T>(float_of_bf16(b)); });
  }
}

class ChunkReading {
 public:
  ChunkReading(const SafetensorsFile& file, const ChunkNote& note, const std::vector<RecordedLayer>& layers,
               RowWindow window)
      : file_(file), note_(note), window_(window) {
    chunk_.rank = note.rank, chunk_.wall_s = note.wall_s, chunk_.loss = note.loss, chunk_.layers = layers;
    for (const Entry& entry : file.entries()) entries_.emplace(entry.name, &entry);
  }

  Result<RecordedChunk> read() {
    if (auto done = read_rows(); !done) return done.error();
    for (std::size_t i = 0; i < chunk_.layers.size(); ++i) {
      chunk_.cells.emplace_back();
      if (auto done = read_layer(i); !done) return done.error();
    }
    if (auto same = file_.check_unchanged(); !same) return same.error();
    if (note_.void_from <= note_.last_step) leave_out_from(chunk_, note_.void_from);
    return std::move(chunk_);
  }

 private:
  Error wrong(const Entry& entry, std::string_view what) const {
    return usage_error(fmt::format("{}: tensor '{}': {}", file_.path().native(), entry.name, what));
  }
  Error of_shape(const Entry& entry, std::string_view allowed) const {
    return wrong(entry, fmt::format("has shape [{}], allowed is {}", fmt::join(entry.shape, ", "), allowed));
  }
  const Entry* find(const std::string& name) const {
    const auto at = entries_.find(name);
    return at == entries_.end() ? nullptr : at->second;
  }
  // From this number of the tensor to before that one.
  template <class T>
  Result<std::vector<T>> numbers(const Entry& entry, std::initializer_list<Dtype> allowed, std::uint64_t from,
                                 std::uint64_t to) const {
    if (std::find(allowed.begin(), allowed.end(), entry.dtype) == allowed.end())
      return wrong(entry, fmt::format("is {}, which is no type of such numbers here", name_of(entry.dtype)));
    const std::size_t size = size_of(entry.dtype), count = static_cast<std::size_t>(to - from);
    std::vector<std::byte> bytes(count * size);
    if (auto done = file_.read_data(entry.begin + from * size, bytes); !done) return done.error();
    std::vector<T> numbers(count);
    decode(entry.dtype, bytes, numbers);
    return numbers;
  }
  template <class T>
  Result<std::vector<T>> numbers(const Entry& entry, std::initializer_list<Dtype> allowed) const {
    return numbers<T>(entry, allowed, 0, entry.count());
  }
  // Of a tensor that has a row a token, the rows of the window.
  template <class T>
  Result<std::vector<T>> row_numbers(const Entry& entry, std::initializer_list<Dtype> allowed) const {
    const std::uint64_t columns = rows() > 0 ? entry.count() / static_cast<std::uint64_t>(rows()) : 0;
    return numbers<T>(entry, allowed, window_.begin * columns, window_.end * columns);
  }
  Result<void> check_steps(const Entry& entry, const std::vector<std::int64_t>& steps) const {
    for (const std::int64_t step : steps)
      if (step < note_.first_step || step > note_.last_step)
        return wrong(entry,
                     fmt::format("has step {}, announced were {} to {}", step, note_.first_step, note_.last_step));
    return {};
  }

  // T, and what stands beside each token.
  Result<void> read_rows() {
    std::int64_t tokens = -1;
    if (const Entry* step = find("step")) {
      if (step->shape.size() != 1) return of_shape(*step, "[T]");
      take_rows(step->shape[0]);
      auto read = row_numbers<std::int64_t>(*step, {Dtype::i64});
      if (!read) return read.error();
      if (auto fits = check_steps(*step, *read); !fits) return fits;
      chunk_.step = std::move(*read);
      tokens = rows();
    } else {
      for (const Entry& entry : file_.entries()) {
        const bool has_start = entry.name.starts_with("start.");
        if (!has_start && !entry.name.starts_with("router_logits.") &&
            !(entry.name.starts_with("experts.") && entry.shape.size() == 2))
          continue;
        if (!entry.shape.empty() && tokens < 0) tokens = entry.shape[0] - (has_start ? 1 : 0);
      }
      if (tokens > 0 && note_.first_step != note_.last_step)
        return usage_error(fmt::format("{}: tensor 'step' is missing, and it has steps {} to {}",
                                       file_.path().native(), note_.first_step, note_.last_step));
      // No more than the file itself has bytes: each token has one at least.
      if (tokens > static_cast<std::int64_t>(file_.data_bytes()))
        return usage_error(fmt::format("{}: its tensors claim {} tokens in {} bytes", file_.path().native(),
                                       tokens, file_.data_bytes()));
      take_rows(std::max<std::int64_t>(0, tokens));
      chunk_.step.assign(static_cast<std::size_t>(window_.end - window_.begin), note_.first_step);
    }
    if (tokens > 0 && tokens != note_.tokens)
      return usage_error(
          fmt::format("{}: has {} tokens, announced were {}", file_.path().native(), tokens, note_.tokens));
    for (const auto& [name, to] : {std::pair("tokens", &chunk_.token), std::pair("sequence", &chunk_.sequence)})
      if (const Entry* entry = find(name)) {
        if (entry->shape != std::vector<std::int64_t>{rows()})
          return of_shape(*entry, fmt::format("[{}]", rows()));
        auto read = row_numbers<std::int32_t>(*entry, {Dtype::i32});
        if (!read) return read.error();
        *to = std::move(*read);
      }
    chunk_.counted_step = {note_.last_step};  // whose the loss is that the manifest tells
    if (const Entry* counted = find("counted_steps")) {
      if (counted->shape.size() != 1) return of_shape(*counted, "[S]");
      auto read = numbers<std::int64_t>(*counted, {Dtype::i64});
      if (!read) return read.error();
      if (auto fits = check_steps(*counted, *read); !fits) return fits;
      if (std::adjacent_find(read->begin(), read->end(), std::greater_equal<>()) != read->end())
        return wrong(*counted, "its steps do not rise");
      chunk_.counted_step = std::move(*read);
      if (const Entry* losses = find("losses")) {
        if (losses->shape != counted->shape) return of_shape(*losses, fmt::format("[{}]", counted->shape[0]));
        auto of_steps = numbers<float>(*losses, {Dtype::f32});
        if (!of_steps) return of_steps.error();
        chunk_.step_loss = std::move(*of_steps);
      }
    }
    return {};
  }
  // T of the file, whatever the window.
  std::int64_t rows() const { return rows_; }
  void take_rows(std::int64_t rows) {
    rows_ = rows;
    window_.end = std::min(window_.end, static_cast<std::uint64_t>(rows));
    window_.begin = std::min(window_.begin, window_.end);
  }

  Result<void> read_layer(std::size_t i) {
    RecordedCells& cells = chunk_.cells.back();
    cells.experts = chunk_.layers[i].experts, cells.top_k = chunk_.layers[i].top_k;
    if (const Entry* experts = find(fmt::format("experts.{}", i)))
      if (auto done = read_choices(i, *experts, cells); !done) return done;
    if (const Entry* logits = find(fmt::format("router_logits.{}", i))) {
      if (logits->shape != std::vector<std::int64_t>{rows(), cells.experts})
        return of_shape(*logits, fmt::format("[{}, {}]", rows(), cells.experts));
      auto read = row_numbers<float>(*logits, {Dtype::f32, Dtype::f16, Dtype::bf16});
      if (!read) return read.error();
      cells.logits = std::move(*read);
    }
    if (const Entry* hidden = find(fmt::format("hidden.{}", i))) {
      if (hidden->shape.size() != 2 || hidden->shape[0] != rows() || hidden->shape[1] < 1 ||
          hidden->shape[1] > kMostRecordedWidth)
        return of_shape(*hidden, fmt::format("[{}, 1 to {}]", rows(), kMostRecordedWidth));
      auto read = row_numbers<float>(*hidden, {Dtype::f32, Dtype::f16, Dtype::bf16});
      if (!read) return read.error();
      cells.hidden = std::move(*read), cells.hidden_width = static_cast<std::int32_t>(hidden->shape[1]);
    }
    if (const Entry* counts = find(fmt::format("counts.{}", i))) {
      const auto steps = static_cast<std::int64_t>(chunk_.counted_step.size());
      const bool is_row = steps == 1 && counts->shape == std::vector<std::int64_t>{cells.experts};
      if (!is_row && counts->shape != std::vector<std::int64_t>{steps, cells.experts})
        return of_shape(*counts, fmt::format("[{}, {}]", steps, cells.experts));
      if (steps == 1 && !find("counted_steps") && note_.first_step != note_.last_step)
        return wrong(*counts, "'counted_steps' is missing, and the chunk has several steps");
      auto read = numbers<std::int64_t>(*counts, {Dtype::i64});
      if (!read) return read.error();
      for (const std::int64_t count : *read)
        if (count < -1 || count > kMostRecordedStep)
          return wrong(*counts, fmt::format("has a count of {}", count));
      cells.counts = std::move(*read);
    }
    return {};
  }

  Result<void> read_choices(std::size_t i, const Entry& experts, RecordedCells& cells) {
    const auto k = static_cast<std::uint64_t>(cells.top_k);
    std::uint64_t from = window_.begin * k, to = window_.end * k;
    if (const Entry* start = find(fmt::format("start.{}", i))) {
      if (auto done = read_start(*start, experts, cells, &from); !done) return done;
      to = from + static_cast<std::uint64_t>(cells.start.back());
    } else if (experts.shape != std::vector<std::int64_t>{rows(), cells.top_k}) {
      return of_shape(experts, fmt::format("[{}, {}]", rows(), cells.top_k));
    }
    auto ids = numbers<std::int32_t>(experts, {Dtype::u8, Dtype::u16, Dtype::i16, Dtype::i32}, from, to);
    if (!ids) return ids.error();
    for (const std::int32_t id : *ids)
      if (id < kNoExpert || id >= cells.experts)
        return wrong(experts, fmt::format("names expert {}, the layer has {}", id, cells.experts));
    cells.expert = std::move(*ids);
    if (const Entry* weights = find(fmt::format("weights.{}", i))) {
      if (weights->shape != experts.shape)
        return of_shape(*weights, fmt::format("[{}]", fmt::join(experts.shape, ", ")));
      auto read = numbers<float>(*weights, {Dtype::f32, Dtype::f16}, from, to);
      if (!read) return read.error();
      cells.weight = std::move(*read);
    }
    return {};
  }

  // Of the window, from 0 on; `from`: the choice of the file that it begins at.
  Result<void> read_start(const Entry& start, const Entry& experts, RecordedCells& cells, std::uint64_t* from) {
    if (start.shape != std::vector<std::int64_t>{rows() + 1})
      return of_shape(start, fmt::format("[{}]", rows() + 1));
    auto last = numbers<std::int64_t>(start, {Dtype::i64}, start.count() - 1, start.count());
    if (!last) return last.error();
    auto read = numbers<std::int64_t>(start, {Dtype::i64}, window_.begin, window_.end + 1);
    if (!read) return read.error();
    const bool begins_at_0 = window_.begin > 0 ? read->front() >= 0 : read->front() == 0;
    if (!begins_at_0 || !std::is_sorted(read->begin(), read->end()) || read->back() > last->front())
      return wrong(start, "does not rise from 0");
    if (experts.shape != *last) return of_shape(experts, fmt::format("[{}]", last->front()));
    *from = static_cast<std::uint64_t>(read->front());
    cells.start = std::move(*read);
    std::int64_t most = 0;
    for (std::size_t t = 0; t + 1 < cells.start.size(); ++t)
      most = std::max(most, cells.start[t + 1] - cells.start[t]);
    if (most > cells.experts)
      return wrong(start, fmt::format("gives a token {} of {} experts", most, cells.experts));
    cells.top_k = static_cast<std::int32_t>(most);
    for (std::int64_t& one : cells.start) one -= static_cast<std::int64_t>(*from);
    return {};
  }

  const SafetensorsFile& file_;
  const ChunkNote& note_;
  RowWindow window_;
  std::int64_t rows_ = 0;
  std::unordered_map<std::string_view, const Entry*> entries_;
  RecordedChunk chunk_;
};

}  // namespace

Result<SafetensorsFile> open_chunk(const std::filesystem::path& folder, const ChunkNote& note) {
  SafetensorsFile::Expected expected;
  expected.dtypes = {Dtype::f32, Dtype::f16, Dtype::bf16, Dtype::u8,
                     Dtype::u16, Dtype::i16, Dtype::i32,  Dtype::i64};
  expected.links = InputFile::Links::refused;
  auto file = SafetensorsFile::open(folder / note.file, expected);
  if (file && file->bytes() > kMostChunkBytes)
    return usage_error(fmt::format("{}: has {} bytes, at most {} are read of a chunk", file->path().native(),
                                   file->bytes(), kMostChunkBytes));
  return file;
}

Result<RecordedChunk> read_chunk(const std::filesystem::path& folder, const ChunkNote& note,
                                 const std::vector<RecordedLayer>& layers, RowWindow window) {
  const auto file = open_chunk(folder, note);
  if (!file) return file.error();
  try {
    return ChunkReading(*file, note, layers, window).read();
  } catch (const std::bad_alloc&) {
    return usage_error(fmt::format("{}: no memory for its {} bytes", file->path().native(), file->data_bytes()));
  }
}

}  // namespace switchyard
