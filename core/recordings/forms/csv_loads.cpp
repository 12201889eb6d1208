#include "core/recordings/forms/csv_loads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "core/data/csv_number.h"
#include "core/data/csv_row.h"
#include "core/record/files/line_reader.h"

namespace switchyard {
namespace {

constexpr std::array<std::string_view, 4> kLoadColumns{"step", "layer", "expert", "count"};
constexpr std::array<double, 4> kMostOfColumn{static_cast<double>(kMostRecordedStep), kMostRecordedLayers - 1,
                                              kMostRecordedExperts - 1, 1e12};

constexpr int kRowsToLookAt = 20;

using LoadRow = std::array<std::int64_t, 4>;  // as kLoadColumns

// The rows of a file as numbers; what is no such row is counted.
class LoadRows {
 public:
  static Result<LoadRows> open(const std::filesystem::path& path, bool is_written = false) {
    auto lines = LineReader::open(path, {.links = InputFile::Links::refused, .is_closed = !is_written});
    if (!lines) return lines.error();
    LoadRows rows(std::move(*lines));
    rows.read_header();
    return rows;
  }
  bool has_columns() const { return has_columns_; }
  // Its columns are named, or its first rows have these four and no other: any table of whole numbers begins with
  // four of them.
  bool looks_like_loads() {
    if (!has_columns_ || !ahead_) return has_columns_;
    bool are_four = columns_ == kLoadColumns.size();
    for (int row = 1; row < kRowsToLookAt && are_four; ++row) {
      const auto text = lines_.next();
      if (!text) break;
      if (text->empty() || *text == "\r") continue;
      columns_ = 0;
      const bool is_row = row_of(*text).has_value();
      if (columns_ < 2) continue;  // no row of any table
      are_four = is_row && columns_ == kLoadColumns.size();
    }
    return are_four;
  }
  std::optional<LoadRow> next() {
    if (ahead_) return std::exchange(ahead_, std::nullopt);
    while (const auto text = lines_.next()) {
      ++number_;
      if (text->empty() || *text == "\r") continue;
      const auto row = row_of(*text);
      if (row) return row;
    }
    return std::nullopt;
  }
  std::int64_t bad() const { return bad_ + lines_.too_long(); }
  std::string why() const { return bad_ > 0 ? why_ : too_long_line(LineReader::kLongest); }

 private:
  explicit LoadRows(LineReader lines) : lines_(std::move(lines)) {}

  void read_header() {
    const auto first = lines_.next();
    ++number_;
    if (!first) return;
    std::string_view text = *first;
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    std::size_t count = 0;
    if (split_row(text.substr(0, text.find('\r')), ',', fields_, count)) return;
    const bool has_numbers = count > 0 && is_numeric(fields_[0].text, false);
    for (std::size_t c = 0; c < kLoadColumns.size(); ++c) {
      place_[c] = has_numbers ? c : count;
      for (std::size_t i = 0; !has_numbers && i < count; ++i)
        if (lowered(fields_[i].text) == kLoadColumns[c]) place_[c] = i;
    }
    has_columns_ = std::all_of(place_.begin(), place_.end(), [&](std::size_t place) { return place < count; });
    if (has_numbers && has_columns_) ahead_ = row_of(text);
    if (has_numbers && !ahead_) has_columns_ = false;
  }

  std::optional<LoadRow> row_of(std::string_view text) {
    const auto refuse = [&](std::string what) {
      if (bad_++ == 0) why_ = fmt::format("line {}: {}", number_, what);
      return std::nullopt;
    };
    std::size_t count = 0;
    if (const auto fault = split_row(text.substr(0, text.find('\r')), ',', fields_, count))
      return refuse(fault->what);
    columns_ = count;
    LoadRow row;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (place_[c] >= count) return refuse(fmt::format("has no {}", kLoadColumns[c]));
      const std::string& field = fields_[place_[c]].text;
      const ReadNumber number = read_number(field, false);
      if (number.fault != NumberFault::none)
        return refuse(fmt::format("{}: {}", kLoadColumns[c], what_of(number, field)));
      if (!(number.value >= 0 && number.value <= kMostOfColumn[c]) || number.value != std::floor(number.value))
        return refuse(fmt::format("{} = {}: allowed is a whole number from 0 to {:.0f}", kLoadColumns[c],
                                  shortened(field), kMostOfColumn[c]));
      row[c] = static_cast<std::int64_t>(number.value);
    }
    return row;
  }

  LineReader lines_;
  Fields fields_;
  std::array<std::size_t, 4> place_{};
  std::optional<LoadRow> ahead_;
  bool has_columns_ = false;
  std::size_t columns_ = 0;  // of the last row
  std::int64_t number_ = 0, bad_ = 0;
  std::string why_;
};

class CsvLoadsReader : public RecordingReader {
 public:
  // is_sorted: steps of the file rise.
  CsvLoadsReader(LoadRows rows, RecordingHead head, bool is_sorted)
      : rows_(std::move(rows)), head_(std::move(head)) {
    if (!is_sorted) {
      while (sorted_.size() < kMostSortedRows) {
        const auto row = rows_.next();
        if (!row) break;
        sorted_.push_back(*row);
      }
      std::stable_sort(sorted_.begin(), sorted_.end(),
                       [](const LoadRow& a, const LoadRow& b) { return a[0] < b[0]; });
    }
    ahead_ = fetch();
    for (std::size_t l = 0; l < head_.layers.size(); ++l) places_[head_.layers[l].id] = l;
  }

  std::string form() const override { return "CSV loads"; }
  const RecordingHead& head() const override { return head_; }
  std::optional<std::int64_t> next_step() const override {
    return ahead_ ? std::optional((*ahead_)[0]) : std::nullopt;
  }

  Result<std::optional<RecordedChunk>> next() override {
    if (!ahead_) return std::optional<RecordedChunk>();
    RecordedChunk chunk;
    chunk.layers = head_.layers, chunk.counted_step = {(*ahead_)[0]};
    for (const RecordedLayer& layer : head_.layers) {
      RecordedCells& cells = chunk.cells.emplace_back();
      cells.experts = layer.experts, cells.top_k = layer.top_k;
    }
    std::uint64_t held = 0;
    for (; ahead_ && (*ahead_)[0] == chunk.counted_step.front(); ahead_ = fetch()) {
      // The file may have grown since it was looked through.
      const auto place = places_.find(static_cast<std::int32_t>((*ahead_)[1]));
      if (place == places_.end() || (*ahead_)[2] >= head_.layers[place->second].experts) {
        ++unknown_;
        continue;
      }
      RecordedCells& cells = chunk.cells[place->second];
      const std::uint64_t more = cells.counts.empty() ? static_cast<std::uint64_t>(cells.experts) * 8 : 0;
      if (more > kMostStepBytes - held) {
        ++too_large_;
        continue;
      }
      held += more;
      cells.counts.resize(static_cast<std::size_t>(cells.experts), 0);
      cells.counts[static_cast<std::size_t>((*ahead_)[2])] += (*ahead_)[3];
    }
    return std::optional(std::move(chunk));
  }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes;
    if (rows_.bad() > 0)
      notes.push_back(fmt::format("{} rows are left out; the first: {}", rows_.bad(), rows_.why()));
    if (too_large_ > 0)
      notes.push_back(
          fmt::format("{} rows are left out: their step has more than {} bytes", too_large_, kMostStepBytes));
    if (unknown_ > 0)
      notes.push_back(
          fmt::format("{} rows came while it was read, of other layers or experts, and are left out", unknown_));
    return notes;
  }

 private:
  std::optional<LoadRow> fetch() {
    return next_ < sorted_.size() ? std::optional(sorted_[next_++]) : rows_.next();
  }

  LoadRows rows_;
  RecordingHead head_;
  std::vector<LoadRow> sorted_;  // where the file itself is not
  std::size_t next_ = 0;
  std::map<std::int32_t, std::size_t> places_;
  std::optional<LoadRow> ahead_;
  std::int64_t unknown_ = 0, too_large_ = 0;
};

}  // namespace

bool is_csv_loads(const std::filesystem::path& path) {
  if (path.extension() != ".csv") return false;
  auto rows = LoadRows::open(path);
  return rows && rows->looks_like_loads();
}

Result<std::unique_ptr<RecordingReader>> open_csv_loads(const std::filesystem::path& path,
                                                        const RecordingKeys& keys) {
  auto rows = LoadRows::open(path, keys.is_written);
  if (!rows) return rows.error();
  if (!rows->has_columns())
    return usage_error(fmt::format("{}: has no columns step, layer, expert, count", path.native()));
  std::set<std::int32_t> layers;
  std::int32_t most = -1;
  std::size_t count = 0;
  std::int64_t last = 0;
  bool is_sorted = true;
  while (const auto row = rows->next()) {
    ++count, is_sorted &= (*row)[0] >= last, last = (*row)[0];
    layers.insert(static_cast<std::int32_t>((*row)[1]));
    most = std::max(most, static_cast<std::int32_t>((*row)[2]));
  }
  if (layers.empty())
    return usage_error(fmt::format("{}: has no row of step, layer, expert, count{}", path.native(),
                                   rows->bad() > 0 ? "; " + rows->why() : std::string()));
  // Rows of experts that nobody chose are often not there: of the highest number alone a router that has collapsed
  // would look even.
  if (!keys.experts)
    return usage_error(fmt::format(
        "{}: says nowhere how many experts a layer has: needs experts=N; the highest is number {}, so N "
        "is at least {}",
        path.native(), most, most + 1));
  if (!is_sorted && count > kMostSortedRows)
    return usage_error(
        fmt::format("{}: its steps do not rise, and of {} rows only up to {} are sorted here; sort it by "
                    "step",
                    path.native(), count, kMostSortedRows));
  const std::int32_t n = *keys.experts, k = keys.k.value_or(0);
  if (n <= most) return usage_error(fmt::format("{}: experts={}: has an expert {}", path.native(), n, most));
  if (k > n) return usage_error(fmt::format("{}: k={}: a layer has {} experts", path.native(), k, n));
  RecordingHead head;
  head.after_dropping = keys.dropped.value_or(false);
  for (const std::int32_t layer : layers) head.layers.push_back({layer, {}, n, k});
  auto again = LoadRows::open(path, keys.is_written);
  if (!again) return again.error();
  return std::unique_ptr<RecordingReader>(
      std::make_unique<CsvLoadsReader>(std::move(*again), std::move(head), is_sorted));
}

}  // namespace switchyard
