#include "core/recordings/forms/csv_loads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
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
constexpr std::uint64_t kBegin = std::uint64_t{16} << 20;  // bytes

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
      if (const auto row = plain_row_of(*text)) return row;
      if (const auto row = row_of(*text)) return row;
    }
    return std::nullopt;
  }
  std::uint64_t at() const { return lines_.at(); }
  bool go_on() { return lines_.go_on(); }
  void let_go() { lines_.close(); }
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

  // Of digits and commas alone, as nearly all rows are; nothing: it is to be looked at as a row of any table.
  std::optional<LoadRow> plain_row_of(std::string_view text) const {
    constexpr std::size_t most_digits = 15;
    std::array<std::int64_t, 8> numbers{};
    std::size_t count = 0;
    const char* at = text.data();
    const char* const end = at + text.size() - (text.back() == '\r' ? 1 : 0);
    while (true) {
      const char* const begin = at;
      std::int64_t number = 0;
      for (; at != end && *at >= '0' && *at <= '9'; ++at)
        if (static_cast<std::size_t>(at - begin) < most_digits) number = 10 * number + (*at - '0');
      if (at == begin || static_cast<std::size_t>(at - begin) > most_digits || count == numbers.size())
        return std::nullopt;
      numbers[count++] = number;
      if (at == end) break;
      if (*at++ != ',') return std::nullopt;
    }
    LoadRow row;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (place_[c] >= count || static_cast<double>(numbers[place_[c]]) > kMostOfColumn[c]) return std::nullopt;
      row[c] = numbers[place_[c]];
    }
    return row;
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
  CsvLoadsReader(LoadRows rows, RecordingHead head, bool is_sorted, bool is_written)
      : rows_(std::move(rows)), head_(std::move(head)), is_sorted_(is_sorted), is_written_(is_written) {
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
    places_.fill(-1);
    for (std::size_t l = 0; l < head_.layers.size(); ++l)
      places_[static_cast<std::size_t>(head_.layers[l].id)] = static_cast<std::int32_t>(l);
  }

  std::string form() const override { return "CSV loads"; }
  const RecordingHead& head() const override { return head_; }
  std::optional<std::int64_t> next_step() const override {
    return chunk_   ? std::optional(chunk_->counted_step.front())
           : ahead_ ? std::optional((*ahead_)[0])
                    : std::nullopt;
  }

  Result<std::optional<RecordedChunk>> next() override {
    if (!chunk_) {
      if (!ahead_) return std::optional<RecordedChunk>();
      begin_step();
    }
    const std::int64_t step = chunk_->counted_step.front();
    for (; ahead_ && (*ahead_)[0] == step; ahead_ = fetch()) add_row(*ahead_);
    if (!ahead_ && is_written_) return std::optional<RecordedChunk>();
    last_ = step, was_let_go_ = !ahead_;
    return std::optional(*std::exchange(chunk_, std::nullopt));
  }

  // What is not sorted is read as a whole.
  bool go_on() override {
    if (!is_sorted_ || !rows_.go_on()) return false;
    is_written_ = true;
    if (!ahead_) ahead_ = fetch();
    return true;
  }
  void let_go() override {
    is_written_ = false;
    rows_.let_go();
    if (!ahead_) ahead_ = fetch();
  }
  bool is_outgrown() const override { return is_outgrown_; }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes;
    if (rows_.bad() > 0)
      notes.push_back(fmt::format("{} rows are left out; the first: {}", rows_.bad(), rows_.why()));
    if (unknown_ > 0)
      notes.push_back(
          fmt::format("{} rows came while it was read, of other layers or experts, and are left out", unknown_));
    return notes;
  }

 private:
  std::optional<LoadRow> fetch() {
    if (next_ < sorted_.size()) return sorted_[next_++];
    const auto row = rows_.next();
    // Behind a step that was given, or begun.
    const std::int64_t here = chunk_ ? chunk_->counted_step.front() : last_;
    if (row && is_sorted_) is_outgrown_ |= (*row)[0] < here || (!chunk_ && was_let_go_ && (*row)[0] == last_);
    return row;
  }
  void begin_step() {
    chunk_.emplace();
    chunk_->layers = head_.layers, chunk_->counted_step = {(*ahead_)[0]};
    for (const RecordedLayer& layer : head_.layers) {
      RecordedCells& cells = chunk_->cells.emplace_back();
      cells.experts = layer.experts, cells.top_k = layer.top_k;
    }
  }
  void add_row(const LoadRow& row) {
    // The file may have grown since it was looked through.
    const std::int32_t place = places_[static_cast<std::size_t>(row[1])];
    if (place < 0 || row[2] >= head_.layers[static_cast<std::size_t>(place)].experts) {
      ++unknown_, is_outgrown_ = true;
      return;
    }
    RecordedCells& cells = chunk_->cells[static_cast<std::size_t>(place)];
    cells.counts.resize(static_cast<std::size_t>(cells.experts), 0);
    cells.counts[static_cast<std::size_t>(row[2])] += row[3];
  }

  LoadRows rows_;
  RecordingHead head_;
  std::vector<LoadRow> sorted_;  // where the file itself is not
  std::size_t next_ = 0;
  bool is_sorted_, is_written_, is_outgrown_ = false, was_let_go_ = false;
  std::array<std::int32_t, static_cast<std::size_t>(kMostRecordedLayers)>
      places_{};  // of a layer's number; -1: none
  std::optional<LoadRow> ahead_;
  std::optional<RecordedChunk> chunk_;  // of the step that is gathered
  std::int64_t last_ = -1;              // step that was given
  std::int64_t unknown_ = 0;
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
  std::int32_t most = -1, newest = -1;
  std::size_t count = 0;
  std::int64_t last = 0;
  bool is_sorted = true;
  while (const auto row = rows->next()) {
    if (keys.by_its_begin && is_sorted && rows->at() > kBegin) break;
    ++count, is_sorted &= (*row)[0] >= last, last = (*row)[0];
    if (const auto layer = static_cast<std::int32_t>((*row)[1]); layers.empty() || layer != newest)
      layers.insert(newest = layer);
    most = std::max(most, static_cast<std::int32_t>((*row)[2]));
  }
  if (layers.empty())
    return usage_error(fmt::format("{}: has no row of step, layer, expert, count{}", path.native(),
                                   rows->bad() > 0 ? "; " + rows->why() : std::string()));
  // Rows of experts that nobody chose are often not there: of the highest number alone a router that has collapsed
  // would look even.
  if (keys.experts.value_or(0) <= most) hint_experts(keys, most, "In all of it");
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
      std::make_unique<CsvLoadsReader>(std::move(*again), std::move(head), is_sorted, keys.is_written));
}

}  // namespace switchyard
