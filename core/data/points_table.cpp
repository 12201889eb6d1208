#include "core/data/points_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "core/base/printable.h"
#include "core/data/csv_number.h"
#include "core/data/csv_row.h"
#include "core/data/points_form.h"
#include "core/data/text.h"

namespace switchyard {
namespace {

constexpr std::size_t kToldRows = 3;      // of those that are bad
constexpr std::size_t kLongestClass = 100;

// All rows, by the form.
class TableReader {
 public:
  explicit TableReader(const TableForm& form) : form_(form) {}

  Result<PointsTable> read(std::string_view text) {
    RowReader reader(text);
    if (form_.has_header) (void)reader.next();
    while (const auto row = reader.next()) {
      if (++rows_ > kMaxPointRows)
        return usage_error(fmt::format("has more than {} rows: so many are read at most", kMaxPointRows));
      if (auto fault = take(*row, reader.number())) {
        ++bad_;
        if (faults_.size() < kToldRows) faults_.push_back(std::move(*fault));
        table_.x.resize(table_.label.size() * form_.axes.size());
      }
    }
    if (rows_ == 0) return usage_error("holds a header and no rows");
    if (bad_ > 0) return bad_rows();
    if (comma_ && point_)
      return usage_error(fmt::format("has a decimal comma ({}) and a decimal point ({}): one file has one of them",
                                     *comma_, *point_));
    if (too_many_)
      return usage_error(fmt::format("has more than {} classes in {} ({}, ...): so many are shown at most",
                                     kMaxPointClasses, form_.column(form_.label),
                                     fmt::join(table_.classes.begin(), table_.classes.begin() + 3, ", ")));
    if (table_.classes.size() < 2)
      return usage_error(fmt::format("has one class in {}, '{}': at least two are needed",
                                     form_.column(form_.label), table_.classes[0]));
    for (std::size_t c = 0; c < counts_.size(); ++c)
      if (counts_[c] < 2)
        return usage_error(
            fmt::format("has one row of class '{}', row {}: one is needed to learn from, one to test on",
                        table_.classes[c], first_row_[c]));
    sort_classes();
    table_.axes = axis_names();
    table_.form = told_form();
    return std::move(table_);
  }

 private:
  std::optional<Fault> take(std::string_view row, std::int64_t number) {
    std::size_t count = 0;
    if (auto fault = split_row(row, form_.delimiter.character, fields_, count)) {
      fault->row = number;
      return fault;
    }
    if (form_.trailing && count == form_.columns + 1 && fields_[count - 1].text.empty()) --count;
    if (count != form_.columns)
      return Fault{number, 0,
                   fmt::format("has {}{} column{}, wanted are {}", count > kMostColumns ? "more than " : "",
                               std::min(count, kMostColumns), count == 1 ? "" : "s", form_.columns)};
    for (const std::size_t column : form_.axes) {
      const std::string& field = fields_[column].text;
      const ReadNumber read = read_number(field, form_.decimal_comma());
      if (read.fault != NumberFault::none) return Fault{number, column + 1, what_of(read, field)};
      const auto place = [&] { return fmt::format("row {}, {}: {}", number, form_.column(column), told(field)); };
      if (read.has_comma && !comma_) comma_ = place();
      if (read.has_point && !point_) point_ = place();
      table_.x.push_back(read.value);
    }
    const std::string& name = fields_[form_.label].text;
    if (name.empty()) return Fault{number, form_.label + 1, "is empty"};
    if (name.size() > kLongestClass)
      return Fault{number, form_.label + 1, fmt::format("{} is longer than {} bytes", told(name), kLongestClass)};
    table_.label.push_back(class_of(name, number));
    return std::nullopt;
  }

  std::int32_t class_of(const std::string& name, std::int64_t row) {
    if (const auto known = classes_.find(name); known != classes_.end()) {
      ++counts_[static_cast<std::size_t>(known->second)];
      return known->second;
    }
    if (table_.classes.size() == kMaxPointClasses) {
      too_many_ = true;
      return 0;
    }
    const auto index = static_cast<std::int32_t>(table_.classes.size());
    classes_.emplace(name, index);
    table_.classes.push_back(printable(name));
    counts_.push_back(1);
    first_row_.push_back(row);
    return index;
  }

  Error bad_rows() const {
    std::string message = bad_ == 1 ? fmt::format("1 of {} rows is bad: ", rows_)
                                    : fmt::format("{} of {} rows are bad: ", bad_, rows_);
    for (std::size_t i = 0; i < faults_.size(); ++i) {
      const Fault& fault = faults_[i];
      message += fmt::format("{}row {}", i > 0 ? "; " : "", fault.row);
      if (fault.column > 0) message += fmt::format(", {}: {}", form_.column(fault.column - 1), fault.what);
      else message += " " + fault.what;
    }
    if (const auto more = bad_ - static_cast<std::int64_t>(faults_.size()); more > 0)
      message += fmt::format("; and {} more", more);
    return usage_error(std::move(message));
  }

  void sort_classes() {
    const std::vector<std::string>& names = table_.classes;
    std::vector<double> sizes;
    for (const std::string& name : names)
      if (const ReadNumber read = read_number(name, form_.decimal_comma()); read.fault == NumberFault::none)
        sizes.push_back(read.value);
    const bool numbers = sizes.size() == names.size();
    std::vector<std::size_t> order(names.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return numbers && sizes[a] != sizes[b] ? sizes[a] < sizes[b] : names[a] < names[b];
    });
    std::vector<std::string> sorted;
    std::vector<std::int32_t> place(names.size());
    for (const std::size_t i : order) {
      place[i] = static_cast<std::int32_t>(sorted.size());
      sorted.push_back(names[i]);
    }
    table_.classes = std::move(sorted);
    for (std::int32_t& label : table_.label) label = place[static_cast<std::size_t>(label)];
  }

  std::vector<std::string> axis_names() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < form_.axes.size(); ++i) {
      if (form_.has_header) names.push_back(form_.names[form_.axes[i]]);
      else names.push_back(form_.axes.size() == 2 ? (i == 0 ? "x" : "y") : fmt::format("x{}", i + 1));
    }
    return names;
  }

  std::string told_form() const {
    constexpr std::size_t kMost = 6;
    const auto listed = [&](const std::vector<std::size_t>& columns) {
      std::vector<std::string> names;
      for (const std::size_t i : columns) {
        if (names.size() == kMost) break;
        names.push_back(form_.has_header && !form_.names[i].empty() ? form_.names[i]
                                                                    : fmt::format("column {}", i + 1));
      }
      std::string text = fmt::format("{}", fmt::join(names, ", "));
      if (columns.size() > kMost) text += fmt::format(" and {} more", columns.size() - kMost);
      return text;
    };
    std::string text = fmt::format("{} points; {}coordinates {}; class {}; between {}{}", rows_,
                                   form_.has_header ? "" : "no header, ", listed(form_.axes),
                                   listed({form_.label}), form_.delimiter.name, comma_ ? ", decimal comma" : "");
    if (!form_.left_out.empty()) text += "; not read: " + listed(form_.left_out);
    return text;
  }

  const TableForm& form_;
  Fields fields_;
  PointsTable table_;
  std::unordered_map<std::string, std::int32_t> classes_;
  std::vector<std::int64_t> counts_, first_row_;  // of each class
  std::int64_t rows_ = 0, bad_ = 0;
  std::vector<Fault> faults_;
  std::optional<std::string> comma_, point_;  // where the first of them stands
  bool too_many_ = false;
};

}  // namespace

Result<PointsTable> parse_points(std::string_view bytes) {
  if (auto text = check_text(bytes); !text) return text.error();
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const auto form = form_of(bytes);
  if (!form) return form.error();
  return TableReader(*form).read(bytes);
}

}  // namespace switchyard
