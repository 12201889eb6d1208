#include "app/library/run_library.h"

#include <algorithm>
#include <limits>
#include <thread>

#include "core/base/caught.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// Of ten thousand runs with all their cells it takes longer than a frame has.
void let_go_of(std::shared_ptr<const RunListing> listing) {
  if (!listing || listing->table().rows.size() < 1000) return;
  (void)caught("the table of runs", [&]() -> Result<void> {
    std::thread([old = std::move(listing)]() mutable { old.reset(); }).detach();
    return {};
  });
}

constexpr std::size_t kMostCurves = 1000;  // kept
constexpr std::size_t kCurvesAtOnce = 16;  // read by one thread: who selects others does not wait for hundreds

// When the last row of a run was written, so that its curve is read again once there is more of it.
std::string changed_at(const ReadRuns& runs, std::size_t row) {
  const RunCell& changed = cell_of_run(runs.found.table, row, "changed");
  const std::string* const text = std::get_if<std::string>(&changed);
  return text ? *text : std::string();
}

}  // namespace

RunLibrary::RunLibrary(void (*wake)()) : wake_(wake) {}
RunLibrary::~RunLibrary() = default;

bool RunLibrary::read(LibraryView& view, double now_s) {
  const std::filesystem::path wanted = view.directory.empty() ? default_runs_directory() : view.directory;
  bool is_news = wanted != directory_;
  if (is_news) {
    directory_ = wanted;
    reading_.let_go();
    listing_.let_go();
    curves_.let_go();
    known_curves_.clear();
    view.curves.clear();
    rows_.clear();
    answered_of_.reset();
    runs_.reset();
    let_go_of(std::exchange(view.listing, nullptr));
    view.filter_problem.clear();
    view.selected.clear();
    view.unfolded.clear();
    view.lit.clear();
    view.anchor.clear();
    view.asks_delete = false;
    due_s_ = now_s;
  }
  if (auto made = reading_.take()) {
    is_news = true;
    due_s_ = now_s + std::max(kEvery_s, reading_.rest_s());
    if (made->runs) {
      runs_ = std::move(made->runs);
      read_s_ = now_s;
      rows_ = std::move(made->rows);
    }
  }
  // What is being read may have begun before what it is about.
  if (view.reads_again && !reading_.is_under_way()) {
    view.reads_again = false;
    due_s_ = now_s, read_s_ = -kNever;
  }
  if (!view.in_sight || reading_.is_under_way() || now_s < due_s_) return is_news;
  // Where nothing came, went or learns there is nothing new to read.
  const bool may_rest = runs_ && !runs_->any_learns && now_s - read_s_ < kOldest_s;
  reading_.begin(
      [directory = directory_, before = runs_, may_rest](const std::atomic<bool>& cancel) {
        Reading made;
        const bool is_as_before = may_rest && directory_mark(before->found.directory) == before->directory_mark;
        if (!is_as_before) {
          made.runs = std::make_shared<const ReadRuns>(read_all_runs(directory, &cancel));
          const auto& folders = made.runs->folders;
          for (std::size_t row = 0; row < folders.size(); ++row) made.rows[folders[row].native()] = row;
        }
        return made;
      },
      wake_);
  return is_news;
}

bool RunLibrary::list(LibraryView& view) {
  bool is_news = false;
  if (auto made = listing_.take()) {
    is_news = true;
    answered_ = std::move(made->query);
    answered_of_ = made->of;
    // The last rows stand where the filter says nothing.
    view.filter_problem = std::move(made->problem);
    if (made->listing) let_go_of(std::exchange(view.listing, std::move(made->listing)));
  }
  if (!runs_) return is_news;
  const bool is_answered = answered_of_ == runs_ && answered_ == view.query;
  if (is_answered || (listing_.is_under_way() && asked_ == view.query)) return is_news;
  asked_ = view.query;
  listing_.begin(
      [runs = runs_, query = view.query](const std::atomic<bool>& cancel) -> Result<Listed> {
        Listed made{.of = runs, .query = query, .listing = nullptr, .problem = {}};
        auto listed = caught("the table of runs", [&] { return list_as_asked(runs, query, &cancel); });
        if (listed) made.listing = std::make_shared<const RunListing>(std::move(*listed));
        else made.problem = listed.error().message;
        return made;
      },
      wake_);
  return is_news;
}

bool RunLibrary::read_curves(LibraryView& view, double now_s) {
  bool is_news = false;
  if (auto made = curves_.take()) {
    is_news = true;
    for (auto& [folder, curve] : *made) view.curves[folder] = std::make_shared<const RunCurve>(std::move(curve));
    curves_due_s_ = now_s + curves_.rest_s();
  }
  if (!runs_ || curves_.is_under_way()) return is_news;
  std::vector<std::filesystem::path> missing;
  for (const std::filesystem::path& folder : view.wanted_curves) {
    const auto row = rows_.find(folder.native());
    const std::string changed = row == rows_.end() ? std::string() : changed_at(*runs_, row->second);
    const auto known = known_curves_.find(folder);
    if (known != known_curves_.end() && (known->second == changed || now_s < curves_due_s_)) continue;
    known_curves_[folder] = changed;
    missing.push_back(folder);
    if (missing.size() == kCurvesAtOnce) break;
  }
  if (missing.empty()) return is_news;
  // Those that are looked at no more go, before there are many.
  if (view.curves.size() > kMostCurves) {
    view.curves.clear();
    known_curves_.clear();
    return true;
  }
  curves_.begin(
      [missing](const std::atomic<bool>& cancel) {
        Curves made;
        for (const std::filesystem::path& folder : missing) {
          if (cancel) break;
          made.emplace_back(folder, read_run_curve(folder, &cancel));
        }
        return made;
      },
      wake_);
  return is_news;
}

bool RunLibrary::frame(LibraryView& view, double now_s) {
  bool is_news = read(view, now_s);
  is_news = list(view) || is_news;
  is_news = read_curves(view, now_s) || is_news;
  next_s_ = view.in_sight && !reading_.is_under_way() ? due_s_ : kNever;
  view.in_sight = false;
  view.wanted_curves.clear();
  return is_news;
}

}  // namespace switchyard::app
