#include "core/recordings/route_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <thread>
#include <utility>

#include "core/base/caught.h"
#include "core/recordings/chunk_file.h"

namespace switchyard {
namespace {

constexpr std::uint64_t kRowsAtOnce = 32'768;  // of 16 layers and 8 choices: 17 MB

// A token's experts; those that were not recorded are below 0.
struct TokenRows {
  explicit TokenRows(const RecordedCells& cells) : cells_(cells), k_(static_cast<std::size_t>(cells.top_k)) {}
  std::pair<const std::int32_t*, const std::int32_t*> of(std::size_t t) const {
    const std::size_t begin = cells_.start.empty() ? t * k_ : static_cast<std::size_t>(cells_.start[t]);
    const std::size_t end = cells_.start.empty() ? begin + k_ : static_cast<std::size_t>(cells_.start[t + 1]);
    return {cells_.expert.data() + begin, cells_.expert.data() + end};
  }

 private:
  const RecordedCells& cells_;
  std::size_t k_;
};

// With two threads they take five times their bytes.
constexpr std::uint64_t kManyPlaces = std::uint64_t{4} << 20;

Result<void> pairs_fit(const std::vector<RecordedLayer>& layers, const std::string& where) {
  if (const std::uint64_t places = pair_places(layers); places > kMostPairPlaces)
    return usage_error(fmt::format(
        "{}: who is chosen together, and who follows whom, takes tables of {} numbers in all for its {} "
        "layers, allowed are up to {}; without --full there are its loads",
        where, places, layers.size(), kMostPairPlaces));
  return {};
}

bool is_paired(const RecordedCells& cells) { return cells.has_choices() && cells.experts <= kMostPairedExperts; }

}  // namespace

std::uint64_t pair_places(const std::vector<RecordedLayer>& layers) {
  std::uint64_t places = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto n = static_cast<std::uint64_t>(layers[l].experts);
    if (layers[l].experts > kMostPairedExperts) continue;
    places += n * n;
    if (l + 1 < layers.size() && layers[l + 1].experts <= kMostPairedExperts)
      places += n * static_cast<std::uint64_t>(layers[l + 1].experts);
  }
  return places;
}

void PairCounter::fit(Table& table, std::size_t rows, std::size_t columns) {
  if (rows <= table.rows && columns <= table.columns) return;
  settle(table);
  Table wider;
  wider.rows = std::max(rows, table.rows), wider.columns = std::max(columns, table.columns);
  wider.tokens = table.tokens;
  wider.counts.assign(wider.rows * wider.columns, 0);
  wider.lately.assign(wider.rows * wider.columns, 0);
  for (std::size_t r = 0; r < table.rows; ++r)
    for (std::size_t c = 0; c < table.columns; ++c)
      wider.counts[r * wider.columns + c] = table.counts[r * table.columns + c];
  table = std::move(wider);
}

void PairCounter::settle(Table& table) {
  for (std::size_t i = 0; i < table.counts.size(); ++i) table.counts[i] += std::exchange(table.lately[i], 0U);
}

void PairCounter::add(const RecordedChunk& chunk) {
  together_.resize(std::max(together_.size(), chunk.cells.size()));
  next_.resize(std::max(next_.size(), chunk.cells.empty() ? 0 : chunk.cells.size() - 1));
  tokens_ += static_cast<std::int64_t>(chunk.tokens());
  for (std::size_t l = 0; l < chunk.cells.size(); ++l) {
    const RecordedCells& cells = chunk.cells[l];
    if (!is_paired(cells)) continue;
    const auto n = static_cast<std::size_t>(cells.experts);
    const TokenRows here(cells);
    Table& table = together_[l];
    fit(table, n, n);
    table.tokens += static_cast<std::int64_t>(chunk.tokens());
    std::uint32_t* const counts = table.lately.data();
    const std::size_t width = table.columns;
    for (std::size_t t = 0; t < chunk.tokens(); ++t) {
      const auto [begin, end] = here.of(t);
      // Each pair once, at the place of whoever stands first; the diagonal has each by itself.
      for (const std::int32_t* a = begin; a != end; ++a) {
        if (*a < 0) continue;
        std::uint32_t* const row = counts + static_cast<std::size_t>(*a) * width;
        for (const std::int32_t* b = a; b != end; ++b)
          if (*b >= 0) ++row[*b];
      }
    }
    settle(table);
    if (l + 1 == chunk.cells.size() || !is_paired(chunk.cells[l + 1])) continue;
    const TokenRows there(chunk.cells[l + 1]);
    Table& flow = next_[l];
    fit(flow, n, static_cast<std::size_t>(chunk.cells[l + 1].experts));
    flow.tokens += static_cast<std::int64_t>(chunk.tokens());
    for (std::size_t t = 0; t < chunk.tokens(); ++t) {
      const auto [begin, end] = here.of(t);
      const auto [first, last] = there.of(t);
      for (const std::int32_t* a = begin; a != end; ++a) {
        if (*a < 0) continue;
        std::uint32_t* const row = flow.lately.data() + static_cast<std::size_t>(*a) * flow.columns;
        for (const std::int32_t* b = first; b != last; ++b)
          if (*b >= 0) ++row[*b];
      }
    }
    settle(flow);
  }
}

void PairCounter::add(const PairCounter& other) {
  const auto add_tables = [](std::vector<Table>& to, const std::vector<Table>& from) {
    to.resize(std::max(to.size(), from.size()));
    for (std::size_t l = 0; l < from.size(); ++l) {
      fit(to[l], from[l].rows, from[l].columns);
      to[l].tokens += from[l].tokens;
      for (std::size_t r = 0; r < from[l].rows; ++r)
        for (std::size_t c = 0; c < from[l].columns; ++c)
          to[l].counts[r * to[l].columns + c] += from[l].counts[r * from[l].columns + c];
    }
  };
  add_tables(together_, other.together_);
  add_tables(next_, other.next_);
  tokens_ += other.tokens_;
}

RoutePairs PairCounter::pairs() const {
  RoutePairs made;
  made.tokens = tokens_;
  for (const Table& table : together_) {
    RoutePairs::Layer& layer = made.layers.emplace_back();
    layer.experts = static_cast<std::int32_t>(table.rows);
    layer.tokens = table.tokens, layer.pairs = table.counts;
    for (std::size_t i = 0; i < table.rows; ++i)
      for (std::size_t j = i + 1; j < table.rows; ++j)
        layer.pairs[i * table.rows + j] = layer.pairs[j * table.rows + i] =
            table.counts[i * table.rows + j] + table.counts[j * table.rows + i];
  }
  for (std::size_t l = 0; l < next_.size(); ++l) {
    LayerFlow& flow = made.flows.emplace_back();
    flow.from = static_cast<std::int32_t>(next_[l].rows), flow.to = static_cast<std::int32_t>(next_[l].columns);
    flow.counts = next_[l].counts, flow.tokens = next_[l].tokens;
  }
  return made;
}

double lift_of(const RoutePairs::Layer& layer, std::int32_t i, std::int32_t j) {
  double given = 0;
  for (std::int32_t e = 0; e < layer.experts; ++e) given += static_cast<double>(layer.count(e, e));
  const double k = given / static_cast<double>(layer.tokens), own = static_cast<double>(layer.count(i, i)),
               other = static_cast<double>(layer.count(j, j));
  if (i == j || !(k > 1) || own == 0 || other == 0) return kMissing;
  return static_cast<double>(layer.count(i, j)) / own * (given - own) / ((k - 1) * other);
}

double lift_of(const LayerFlow& flow, std::int32_t e, std::int32_t next) {
  double all = 0, row = 0, column = 0;
  for (std::int32_t a = 0; a < flow.from; ++a)
    for (std::int32_t b = 0; b < flow.to; ++b) {
      const auto count = static_cast<double>(flow.count(a, b));
      all += count, row += a == e ? count : 0, column += b == next ? count : 0;
    }
  return row > 0 && column > 0 ? static_cast<double>(flow.count(e, next)) * all / (row * column) : kMissing;
}

Result<RoutePairs> pairs_of_folder(const std::filesystem::path& folder,
                                   const std::function<void(double)>& on_progress) {
  ManifestReader reader(folder);
  if (auto read = reader.read(); !read) return read.error();
  const Manifest& manifest = reader.manifest();
  // A table is as wide as the widest that any of the lists has in its place.
  std::vector<RecordedLayer> widest;
  for (const std::vector<RecordedLayer>& layers : manifest.layers) {
    widest.resize(std::max(widest.size(), layers.size()));
    for (std::size_t l = 0; l < layers.size(); ++l)
      if (layers[l].experts <= kMostPairedExperts && layers[l].experts > widest[l].experts) widest[l] = layers[l];
  }
  if (auto small = pairs_fit(widest, folder.native()); !small) return small.error();
  const std::uint64_t places = pair_places(widest);
  std::atomic<std::size_t> next = 0;
  std::atomic<std::int64_t> done = 0;
  std::mutex mutex;
  PairCounter all;
  std::int64_t left_out = 0, tokens = 0;
  std::string why;
  for (const ChunkNote& note : manifest.chunks) tokens += note.tokens;
  const auto count = [&] {
    PairCounter own;
    for (std::size_t i = next++; i < manifest.chunks.size(); i = next++) {
      const ChunkNote& note = manifest.chunks[i];
      // Counted apart, so that a chunk is in the sum whole or not at all.
      PairCounter of_chunk;
      const auto taken = [&]() -> Result<void> {
        for (std::uint64_t at = 0; at < static_cast<std::uint64_t>(note.tokens); at += kRowsAtOnce) {
          const auto rows = read_chunk(folder, note, manifest.layers[note.layers], {at, at + kRowsAtOnce});
          if (!rows) return rows.error();
          // Counts alone, whatever number of tokens is announced.
          if (rows->tokens() == 0 && note.void_from > note.last_step) break;
          of_chunk.add(*rows);
          done += static_cast<std::int64_t>(
              std::min<std::uint64_t>(kRowsAtOnce, static_cast<std::uint64_t>(note.tokens) - at));
        }
        return {};
      }();
      if (taken) {
        own.add(of_chunk);
        continue;
      }
      const std::lock_guard lock(mutex);
      if (left_out++ == 0) why = taken.error().message;
    }
    const std::lock_guard lock(mutex);
    all.add(own);
  };
  const int wanted = std::thread::hardware_concurrency() > 1 && places <= kManyPlaces ? 2 : 1;
  std::atomic<int> working = wanted;
  Result<void> counted;
  std::vector<std::thread> threads;
  for (int i = 0; i < wanted; ++i)
    threads.emplace_back([&] {
      const auto ended = caught("the pairs could not be counted", [&]() -> Result<void> {
        count();
        return {};
      });
      if (!ended) {
        const std::lock_guard lock(mutex);
        counted = ended;
      }
      --working;
    });
  while (working > 0) {
    if (on_progress && tokens > 0) on_progress(static_cast<double>(done) / static_cast<double>(tokens));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  for (std::thread& thread : threads) thread.join();
  if (!counted) return counted.error();
  RoutePairs made = all.pairs();
  made.left_out = left_out, made.why_left_out = std::move(why);
  return made;
}

Result<RoutePairs> pairs_of(RecordingReader& reader, const std::function<void(double)>& on_progress) {
  PairCounter counter;
  if (auto small = pairs_fit(reader.head().layers, reader.form()); !small) return small.error();
  while (true) {
    const auto chunk = reader.next();
    if (!chunk) return chunk.error();
    if (!*chunk) break;
    counter.add(**chunk);
    if (on_progress && !std::isnan(reader.read_share())) on_progress(reader.read_share());
  }
  return counter.pairs();
}

}  // namespace switchyard
