// Labelled points as a table in text, a point a row: CSV (RFC 4180) and its relatives.
//
//   delimiter    comma, semicolon, tab, | or spaces: the one under which most of the first rows are points. Where it
//                is not the comma, numbers may have a decimal comma; one file has one of the two
//   header       the first row, where no field of it is a number or stands for a missing one (NA, nan, ...); a #
//                before it counts for nothing
//   class        the column named class, or else label; without one the last. Text or number, kept as it stands there
//   coordinates  the columns named x and y, and z where it is; without them every other column. One without a name
//                (rows' names, as R and pandas write them) is not read
//   quotes       "a ""b"" c", closed in the same row
//
// Rows are counted from 1 with the header and empty rows, which mean nothing. UTF-8, with a byte order mark or
// without; rows end with LF, CR LF or CR.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/data/points_form.h"

namespace switchyard {

inline constexpr std::int64_t kMaxPointRows = 1'000'000;
// As far as the knobs of drawn points reach (cluster_classes; kMaxPointDims: cluster_dims), and so the views.
inline constexpr std::size_t kMaxPointClasses = 32;

struct PointsTable {
  std::vector<double> x;             // [rows, dims], finite
  std::vector<std::int32_t> label;   // [rows] index into `classes`
  std::vector<std::string> classes;  // printable; numbers by size, else by their characters
  std::vector<std::string> axes;     // [dims] the coordinates' names: the header's, else x and y, or x1, x2, ...
  std::string form;                  // how it was read: "header; coordinates x and y; class 'species'; ..."
};

// usage, as a sentence without its subject ("2 of 150 rows are bad: row 7, column 2 (y): 'abc' is no number;
// ..."): no text, no rows, too many; no delimiter; too few columns or too many; rows that are no points, the first
// of them named and all counted; fewer than two classes, more than kMaxPointClasses, or one of a single row.
Result<PointsTable> parse_points(std::string_view bytes);

}  // namespace switchyard
