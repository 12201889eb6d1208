// The table of runs as the window has it: what a person asks of it, and what is known. What is asked for is read
// and worked out by RunLibrary (run_library.h), which fills in what is known.
//
// Thread safety: window thread only.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "app/library/listing_query.h"

namespace switchyard::app {

struct RunCurve;    // run_curve.h
struct RunListing;  // run_listing.h

struct LibraryView {
  using Names = std::unordered_set<std::string>;

  // --- asked
  std::filesystem::path directory;  // empty: the usual one
  ListingQuery query;
  bool hides_equal = false;             // columns
  std::map<std::string, bool> columns;  // by key, where a person chose; absent: shown where it tells something
  std::map<std::string, float> widths;  // by key, in pixels at scale 1, where a person chose
  std::string column_search;
  Names selected;            // of runs
  Names unfolded;            // of groups
  std::string lit, anchor;   // the row the keys are at, and where a stretch of rows began; a run, or "group NAME"
  bool has_keys = false;     // arrows, Space, Enter and Delete are the table's: it was clicked
  bool brings_lit = false;   // into sight
  bool asks_delete = false;  // of those that are selected
  std::string hovered;       // a row, whose curve stands out
  double typed_s = 0;        // when the filter was typed in last
  std::vector<std::filesystem::path> wanted_curves;
  bool in_sight = false;  // in this frame
  bool reads_again = false;

  // --- known
  std::shared_ptr<const RunListing> listing;  // the last one that could be made; null: none yet
  std::string filter_problem;                 // of the filter as it is
  std::map<std::filesystem::path, std::shared_ptr<const RunCurve>> curves;

  // Those that move to the trash together, by their folders, and come back, by their entries: one message tells of
  // all. `trashed`: the entries so far.
  Names deleting, returning;
  std::vector<std::string> trashed;
};

}  // namespace switchyard::app
