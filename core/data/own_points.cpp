#include "core/data/own_points.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/base/file_name.h"
#include "core/base/input_file.h"
#include "core/data/data_file.h"
#include "core/data/points_form.h"
#include "core/data/points_table.h"

namespace switchyard {
namespace {

// In spreads: a test point that lies beyond any that are learned from is as far off as this, and no infinity.
constexpr double kFarthest = 1e6;
constexpr double kTestShareOfFile = 0.3;
constexpr std::size_t kFirstBytes = 256 << 10;  // many times as long as the rows by which a table's form is told
// A coordinate that changes by less, of its size, is rounding.
constexpr double kRounding = 1e-12;

std::vector<std::int64_t> sizes_of(const PointsTable& table) {
  std::vector<std::int64_t> sizes(table.classes.size());
  for (const std::int32_t label : table.label) ++sizes[static_cast<std::size_t>(label)];
  return sizes;
}

// Which rows are for testing; both splits in the order of `order`.
void split_rows(const PointsTable& table, const std::vector<std::int64_t>& order, ClusterData& data,
                std::vector<std::int64_t>& train, std::vector<std::int64_t>& test) {
  const auto rows = static_cast<double>(table.label.size());
  const double share = std::min(kTestShareOfFile, static_cast<double>(kMostTestPoints) / rows);
  const std::vector<std::int64_t> sizes = sizes_of(table);
  std::vector<std::int64_t> wanted;
  for (const std::int64_t size : sizes)
    wanted.push_back(std::clamp<std::int64_t>(std::llround(share * static_cast<double>(size)), 1, size - 1));
  const std::int64_t largest = *std::max_element(wanted.begin(), wanted.end());
  for (const std::int64_t row : order) {
    std::int64_t& left = wanted[static_cast<std::size_t>(table.label[static_cast<std::size_t>(row)])];
    (left > 0 ? test : train).push_back(row);
    left = std::max<std::int64_t>(0, left - 1);
  }
  data.largest_share = static_cast<double>(largest) / static_cast<double>(test.size());
}

void measure(const PointsTable& table, const std::vector<std::int64_t>& train, ClusterData& data) {
  const auto dims = static_cast<std::size_t>(data.dims);
  const auto count = static_cast<double>(train.size());
  for (std::size_t d = 0; d < dims; ++d) {
    const auto each = [&](auto use) {
      for (const std::int64_t row : train) use(table.x[static_cast<std::size_t>(row) * dims + d]);
    };
    double sum = 0, squares = 0, largest = 0;
    each([&](double x) { sum += x, largest = std::max(largest, std::abs(x)); });
    const double mean = sum / count;
    each([&](double x) { squares += (x - mean) * (x - mean); });
    const double deviation = std::sqrt(squares / count);
    data.centre.push_back(mean);
    data.spread.push_back(deviation > kRounding * largest ? deviation : 1);
  }
}

PointSet points_of(const PointsTable& table, const std::vector<std::int64_t>& rows, const ClusterData& data) {
  const auto dims = static_cast<std::size_t>(data.dims);
  PointSet points;
  points.x.reserve(rows.size() * dims);
  points.label.reserve(rows.size());
  points.kind.reserve(rows.size());
  for (const std::int64_t row : rows) {
    const auto r = static_cast<std::size_t>(row);
    for (std::size_t d = 0; d < dims; ++d)
      points.x.push_back(static_cast<float>(
          std::clamp((table.x[r * dims + d] - data.centre[d]) / data.spread[d], -kFarthest, kFarthest)));
    points.label.push_back(table.label[r]);
    points.kind.push_back(static_cast<std::uint8_t>(table.label[r]));
  }
  return points;
}

}  // namespace

Result<std::int64_t> count_point_dims(const std::string& points) {
  const auto file = InputFile::open(path_of_text(points));
  if (!file) return file.error();
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(file->size(), kFirstBytes)), '\0');
  if (const auto read = file->read(0, std::as_writable_bytes(std::span(text))); !read) return read.error();
  // A row that is cut off is none.
  if (text.size() == kFirstBytes) text.resize(std::min(text.find_last_of("\r\n"), text.size()));
  std::string_view rows = text;
  if (rows.starts_with("\xEF\xBB\xBF")) rows.remove_prefix(3);
  const auto form = form_of(rows);
  if (!form) return refuse_file(TaskKind::clusters, points, form.error().message);
  return static_cast<std::int64_t>(form->axes.size());
}

void suit_to_dims(Config& config, std::int64_t dims) {
  if (config.d_model == config.cluster_dims) config.d_model = dims;
  config.cluster_dims = dims;
}

Result<std::shared_ptr<const ClusterData>> load_points(const Config& config) {
  auto data = std::make_shared<ClusterData>();
  Result<PointsTable> table = PointsTable();
  {
    Result<std::string> bytes = read_data_file(TaskKind::clusters, config.points);
    if (!bytes) return bytes.error();
    table = parse_points(*bytes);
    if (!table) return refuse_file(TaskKind::clusters, config.points, table.error().message);
    data->source = fingerprint(*bytes);
    if (bytes->size() <= kMaxKeptTextBytes) data->bytes = std::make_shared<const std::string>(std::move(*bytes));
  }
  data->name = name_of_file(config.points);
  data->path = absolute_text(config.points);
  data->dims = static_cast<std::int64_t>(table->axes.size());
  data->classes = static_cast<std::int64_t>(table->classes.size());
  data->class_names = data->kind_names = table->classes;
  data->axis_names = table->axes;
  data->form = table->form;

  RandomStream stream(static_cast<std::uint64_t>(config.seed), "points split");
  std::vector<std::int64_t> train, test;
  split_rows(*table, shuffled(stream, static_cast<std::int64_t>(table->label.size())), *data, train, test);
  measure(*table, train, *data);
  data->train = points_of(*table, train, *data);
  data->test = points_of(*table, test, *data);
  return std::shared_ptr<const ClusterData>(std::move(data));
}

}  // namespace switchyard
