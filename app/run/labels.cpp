#include "app/run/labels.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

// "x7k2mq" of "20261128T151200Z-stories-x7k2mq", else the folder's name.
std::string ending_of(const RunView& run, const RunStatus& status) {
  const std::string folder = name_of_file(status.run_folder), name = folder.empty() ? run.id : folder;
  return printable(is_run_name(name) ? name.substr(name.rfind('-') + 1) : name);
}

}  // namespace

RunLabels labels_in(const PanelInput& in) {
  std::vector<const RunView*> runs = in.others;
  runs.push_back(&in.run);
  RunLabels labels;
  std::map<std::string, int> called;
  for (const RunView* const run : runs) ++called[labels[run] = run->label(status_of(in, *run))];
  std::set<std::string> taken;
  for (const RunView* const run : runs) {
    std::string& label = labels[run];
    if (called[label] > 1) {
      const std::string ending = ending_of(*run, status_of(in, *run));
      if (!ending.empty() && ending != label) label += " · " + ending;
    }
    const std::string base = label;
    for (int number = 2; !taken.insert(label).second; ++number) label = fmt::format("{} ({})", base, number);
  }
  return labels;
}

std::string label_in(const PanelInput& in, const RunView& run) {
  const RunLabels labels = labels_in(in);
  const auto at = labels.find(&run);
  return at == labels.end() ? run.label(run.status) : at->second;
}

}  // namespace switchyard::app
