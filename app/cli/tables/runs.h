// switchyard runs DIR: the runs of a directory as a table, filtered, sorted, grouped (core/runs).
//
// Thread safety: values; pure functions of the file system. Errors: usage, naming the argument and what is
// allowed.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace switchyard::app {

enum class TableFormat { text, csv, json };

struct RunsRequest {
  std::string directory{};       // as text (core/base/file_name.h)
  std::string filter{}, sort{};  // empty: none
  bool diff = false;             // only columns that differ
  bool group = false;            // rows that differ by their seeds alone as one
  TableFormat format = TableFormat::text;
};

struct RunsReport {
  std::string table;               // what was asked for
  std::vector<std::string> notes;  // lines for whoever reads it: what could not be read, how many of how many
};
Result<RunsReport> report_runs(const RunsRequest& request);

}  // namespace switchyard::app
