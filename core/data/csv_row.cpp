#include "core/data/csv_row.h"

#include <algorithm>

namespace switchyard {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::string_view> RowReader::next() {
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

std::optional<Fault> split_row(std::string_view row, char delimiter, Fields& fields, std::size_t& count) {
  const bool by_spaces = delimiter == ' ';
  const auto ends_field = [&](char c) { return by_spaces ? is_blank(c) : c == delimiter; };
  const auto is_space = [&](char c) { return is_blank(c) && c != delimiter; };
  count = 0;
  std::size_t at = 0;
  if (by_spaces) row = trimmed(row);
  while (true) {
    if (count > kMostColumns) return std::nullopt;
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

}  // namespace switchyard
