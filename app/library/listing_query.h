// What somebody asks of a table of runs (run_listing.h). Thread safety: a value.
#pragma once

#include <string>

namespace switchyard::app {

struct ListingQuery {
  std::string filter{};  // core/runs/run_filter.h
  std::string sort{};    // a column's key, "-" before it: downwards; empty: the newest first
  bool grouped = false;
  bool operator==(const ListingQuery&) const = default;
};

}  // namespace switchyard::app
