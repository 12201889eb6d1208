#include "app/run/in_front.h"

#include <fmt/format.h>

#include <algorithm>

namespace switchyard::app {
namespace {

// Who asks is a workspace's name, or "tour" and its stop; the entry is "train/loss".
constexpr std::string_view kTour = "tour ";

std::string entry_of(std::string_view who, std::string_view panel) { return fmt::format("{}/{}", who, panel); }

std::string_view who_asked(std::string_view entry) { return entry.substr(0, entry.find('/')); }

void ask(std::vector<std::string>& order, std::string entry) {
  std::erase(order, entry);
  order.insert(order.begin(), std::move(entry));
}

}  // namespace

void bring_to_front(UiState& ui, std::string_view panel) { bring_to_front(ui, ui.arranging.workspace, panel); }

void bring_to_front(UiState& ui, Workspace workspace, std::string_view panel) {
  ask(ui.arranging.in_front, entry_of(spec_of(workspace).name, panel));
}

std::vector<std::string> asked_to_front(const UiState& ui) {
  const Arranging& arranging = ui.arranging;
  const std::string_view here = spec_of(arranging.workspace).name;
  const bool tours = ui.reading.tour >= 0 && arranging.workspace == Workspace::train;
  std::vector<std::string> ids;
  for (const std::string& entry : arranging.in_front) {
    const std::string_view who = who_asked(entry);
    if (who == here || (tours && who.starts_with(kTour))) ids.push_back(entry.substr(who.size() + 1));
  }
  return ids;
}

bool tour_asks_to_front(UiState& ui, std::initializer_list<std::string_view> panels) {
  std::vector<std::string>& order = ui.arranging.in_front;
  const std::string who = fmt::format("{}{}", kTour, ui.reading.tour);
  if (std::any_of(order.begin(), order.end(), [&](const std::string& one) { return who_asked(one) == who; }))
    return false;
  for (const std::string_view panel : panels) ask(order, entry_of(who, panel));
  return true;
}

void forget_tour(UiState& ui) {
  std::erase_if(ui.arranging.in_front, [](const std::string& one) { return one.starts_with(kTour); });
}

}  // namespace switchyard::app
