#include "core/data/points_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "core/base/printable.h"
#include "core/data/text.h"

namespace switchyard {
namespace {

constexpr std::size_t kSampleRows = 200;  // by which the form is told
constexpr std::size_t kToldRows = 3;      // of those that are bad
constexpr std::size_t kToldBytes = 40;    // of a field, or a name
constexpr std::size_t kLongestClass = 100;
constexpr double kLargest = 1e100;  // squares of a million such are finite

struct Delimiter {
  char character;
  std::string_view name;
};
// Of several under which as many rows are points the first.
constexpr std::array<Delimiter, 5> kDelimiters{
    {{'\t', "tabs"}, {';', "semicolons"}, {'|', "|"}, {',', "commas"}, {' ', "spaces"}}};

struct CsvField {
  std::string text;  // without quotes and spaces around it
  bool quoted = false;
};

// What is wrong in a row; column 0: with the row.
struct Fault {
  std::int64_t row = 0;
  std::size_t column = 0;
  std::string what;
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string shortened(std::string_view text) {
  if (text.size() <= kToldBytes) return printable(text);
  std::size_t end = kToldBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return printable(text.substr(0, end)) + "…";
}

std::string told(std::string_view field) { return "'" + shortened(field) + "'"; }

// The rows of a text, one after the other.
class RowReader {
 public:
  explicit RowReader(std::string_view text) : left_(text) {}
  // The next that is not empty; its number is number().
  std::optional<std::string_view> next() {
    while (!left_.empty()) {
      const std::size_t end = std::min(left_.find_first_of("\r\n"), left_.size());
      const std::string_view row = left_.substr(0, end);
      const bool both = left_.substr(end).starts_with("\r\n");
      left_.remove_prefix(std::min(left_.size(), end + (both ? 2 : 1)));
      ++number_;
      if (!trimmed(row).empty()) return row;
    }
    return std::nullopt;
  }
  std::int64_t number() const { return number_; }

 private:
  std::string_view left_;
  std::int64_t number_ = 0;
};

// Into the first `count` of `fields`, whose memory is used again. What is wrong with the row's quotes, by column.
std::optional<Fault> split_row(std::string_view row, char delimiter, std::vector<CsvField>& fields,
                               std::size_t& count) {
  const bool by_spaces = delimiter == ' ';
  const auto ends_field = [&](char c) { return by_spaces ? is_blank(c) : c == delimiter; };
  const auto is_space = [&](char c) { return is_blank(c) && c != delimiter; };
  count = 0;
  std::size_t at = 0;
  if (by_spaces) row = trimmed(row);
  while (true) {
    if (count == fields.size()) fields.emplace_back();
    CsvField& field = fields[count++];
    field.text.clear();
    field.quoted = false;
    while (at < row.size() && is_space(row[at])) ++at;
    if (at < row.size() && row[at] == '"') {
      field.quoted = true;
      bool closed = false;
      for (++at; at < row.size() && !closed; ++at) {
        if (row[at] != '"') field.text += row[at];
        else if (at + 1 < row.size() && row[at + 1] == '"') field.text += row[++at];
        else closed = true;
      }
      if (!closed) return Fault{0, count, "has a quote that is not closed in its row"};
      while (at < row.size() && is_space(row[at]) && !ends_field(row[at])) ++at;
      if (at < row.size() && !ends_field(row[at])) return Fault{0, count, "goes on behind its closing quote"};
    } else {
      const std::size_t begin = at;
      while (at < row.size() && !ends_field(row[at])) ++at;
      field.text.assign(trimmed(row.substr(begin, at - begin)));
    }
    if (at >= row.size()) return std::nullopt;
    ++at;
    if (by_spaces)
      while (at < row.size() && is_blank(row[at])) ++at;
  }
}

enum class NumberFault { none, empty, no_number, not_finite, too_large };

struct ReadNumber {
  double value = 0;
  NumberFault fault = NumberFault::none;
  bool has_comma = false, has_point = false;
};

// Stands for a number that is not there.
bool is_missing(std::string_view field) {
  constexpr std::array<std::string_view, 9> words{"na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-"};
  return std::find(words.begin(), words.end(), lowered(field)) != words.end();
}

ReadNumber read_number(std::string_view field, bool decimal_comma) {
  ReadNumber read;
  if (field.empty()) return {.fault = NumberFault::empty};
  std::array<char, 64> buffer;
  const std::size_t comma = field.find(',');
  read.has_point = field.find('.') != field.npos;
  if (field.front() == '+' && field.size() > 1 && field[1] != '-' && field[1] != '+') field.remove_prefix(1);
  if (comma != std::string_view::npos) {
    read.has_comma = true;
    if (!decimal_comma || read.has_point || field.size() > buffer.size()) return {.fault = NumberFault::no_number};
    std::copy(field.begin(), field.end(), buffer.begin());
    const std::string_view copy(buffer.data(), field.size());
    buffer[copy.find(',')] = '.';
    field = copy;
  }
  const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), read.value);
  if (end != field.data() + field.size() || code == std::errc::invalid_argument)
    read.fault = NumberFault::no_number;
  else if (code == std::errc::result_out_of_range) read.fault = NumberFault::too_large;
  else if (!std::isfinite(read.value)) read.fault = NumberFault::not_finite;
  else if (std::abs(read.value) > kLargest) read.fault = NumberFault::too_large;
  return read;
}

std::string what_of(const ReadNumber& read, std::string_view field) {
  switch (read.fault) {
    case NumberFault::empty:
      return "is empty";
    case NumberFault::not_finite:
      return told(field) + " is not finite";
    case NumberFault::too_large:
      return fmt::format("{} is beyond what is read: at most {:g}, at least {:g} that is not 0", told(field),
                         kLargest, 2.3e-308);
    case NumberFault::no_number:
    case NumberFault::none:
      break;
  }
  return told(field) + " is no number";
}

// Whether a field is or stands for a number: then its row is no header.
bool is_numeric(std::string_view field, bool decimal_comma) {
  const NumberFault fault = read_number(field, decimal_comma).fault;
  return is_missing(field) || (fault != NumberFault::no_number && fault != NumberFault::empty);
}

struct TableForm {
  Delimiter delimiter{};
  std::size_t columns = 0;
  bool trailing = false;  // every row ends with a delimiter
  bool has_header = false;
  std::vector<std::string> names;     // [columns] of the header
  std::vector<std::size_t> axes;      // columns
  std::size_t label = 0;              // column
  std::vector<std::size_t> left_out;  // columns
  bool decimal_comma() const { return delimiter.character != ','; }
  // "column 2 (y)"
  std::string column(std::size_t i) const {
    const bool named = i < names.size() && !names[i].empty();
    return named ? fmt::format("column {} ({})", i + 1, names[i]) : fmt::format("column {}", i + 1);
  }
};

using Fields = std::vector<CsvField>;

Fields fields_of(std::string_view row, char delimiter) {
  Fields fields;
  std::size_t count = 0;
  (void)split_row(row, delimiter, fields, count);
  fields.resize(count);
  return fields;
}

std::string_view without_mark(std::string_view row) {
  row = trimmed(row);
  return row.starts_with('#') ? trimmed(row.substr(1)) : row;
}

// How many columns most of the rows have; at least three, or 0.
std::size_t usual_columns(const std::vector<Fields>& rows) {
  std::map<std::size_t, std::size_t> counts;
  for (const Fields& row : rows) ++counts[row.size()];
  std::size_t columns = 0, most = 0;
  for (const auto& [count, times] : counts)
    if (count >= 3 && times >= most) columns = count, most = times;
  return columns;
}

// Rows of so many columns with at least two numbers.
std::size_t points_among(const std::vector<Fields>& rows, std::size_t columns, bool decimal_comma) {
  return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const Fields& row) {
    return row.size() == columns && std::count_if(row.begin(), row.end(), [&](const CsvField& field) {
                                      return read_number(field.text, decimal_comma).fault == NumberFault::none;
                                    }) >= 2;
  }));
}

bool ends_empty(const Fields& row) { return !row.empty() && row.back().text.empty() && !row.back().quoted; }

bool is_header(const Fields& row, bool decimal_comma) {
  for (std::size_t i = 0; i < row.size(); ++i)
    if (is_numeric(row[i].text, decimal_comma) || (i > 0 && row[i].text.empty())) return false;
  return true;
}

std::optional<std::size_t> column_named(const TableForm& form, std::string_view name) {
  for (std::size_t i = 0; i < form.names.size(); ++i)
    if (lowered(form.names[i]) == name) return i;
  return std::nullopt;
}

void choose_columns(TableForm& form) {
  form.label = form.columns - 1;
  for (const char* name : {"label", "class"})
    if (const auto named = column_named(form, name)) form.label = *named;
  const auto x = column_named(form, "x"), y = column_named(form, "y"), z = column_named(form, "z");
  const bool chosen = x && y && *x != form.label && *y != form.label;
  if (chosen) form.axes = {*x, *y};
  if (chosen && z && *z != form.label) form.axes.push_back(*z);
  for (std::size_t i = 0; i < form.columns; ++i) {
    if (i == form.label) continue;
    const bool is_axis = std::find(form.axes.begin(), form.axes.end(), i) != form.axes.end();
    if (!chosen && !(form.has_header && form.names[i].empty())) form.axes.push_back(i);
    else if (!is_axis) form.left_out.push_back(i);
  }
}

Result<TableForm> form_of(std::string_view text) {
  std::vector<std::string_view> sample;
  RowReader reader(text);
  while (sample.size() < kSampleRows) {
    const auto row = reader.next();
    if (!row) break;
    sample.push_back(*row);
  }
  if (sample.empty()) return usage_error("holds no rows");

  TableForm form;
  std::vector<Fields> rows;
  std::size_t best = 0, agreeing = 0;
  for (const Delimiter& delimiter : kDelimiters) {
    std::vector<Fields> split;
    split.reserve(sample.size());
    for (std::size_t i = 0; i < sample.size(); ++i)
      split.push_back(fields_of(i == 0 ? without_mark(sample[i]) : sample[i], delimiter.character));
    const std::size_t columns = usual_columns(split);
    if (columns == 0) continue;
    const std::size_t points = points_among(split, columns, delimiter.character != ',');
    const auto agree = static_cast<std::size_t>(
        std::count_if(split.begin(), split.end(), [&](const Fields& row) { return row.size() == columns; }));
    if (form.columns > 0 && (points < best || (points == best && agree <= agreeing))) continue;
    form.delimiter = delimiter, form.columns = columns, best = points, agreeing = agree;
    rows = std::move(split);
  }
  if (form.columns == 0)
    return usage_error(
        "has no row of three columns: a row wants two coordinates and a class, between commas, semicolons, tabs, "
        "| or spaces");

  form.trailing = form.columns > 3 && std::all_of(rows.begin(), rows.end(), [&](const Fields& row) {
                    return row.size() != form.columns || ends_empty(row);
                  });
  if (form.trailing) {
    --form.columns;
    for (Fields& row : rows)
      if (row.size() == form.columns + 1) row.pop_back();
  }
  Fields& first = rows.front();
  // R names the rows' names not at all.
  const bool one_short = first.size() + 1 == form.columns;
  if ((first.size() == form.columns || one_short) && is_header(first, form.decimal_comma())) {
    form.has_header = true;
    if (one_short) form.names.emplace_back();
    for (const CsvField& field : first) form.names.push_back(shortened(field.text));
  }
  choose_columns(form);
  if (form.axes.size() < 2)
    return usage_error(fmt::format("has {} column{} for coordinates: at least two are needed", form.axes.size(),
                                   form.axes.size() == 1 ? "" : "s"));
  if (form.axes.size() > kMaxPointDims)
    return usage_error(fmt::format(
        "has {} columns for coordinates: at most {} are read; a header with x, y and class chooses among them",
        form.axes.size(), kMaxPointDims));
  return form;
}

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
                   fmt::format("has {} column{}, wanted are {}", count, count == 1 ? "" : "s", form_.columns)};
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
  std::vector<CsvField> fields_;
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
