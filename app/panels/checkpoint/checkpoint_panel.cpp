// What a checkpoint is: whose names, how many layers and experts, their shapes and types, what is missing; and the
// pass over all of it.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/panels/checkpoint/checkpoint_frame.h"
#include "app/panels/checkpoint/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/progress_line.h"
#include "app/run/words/names.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kNames = 78;           // room for the name of a fact, at scale 1
constexpr float kLeastFacts = 60;      // at scale 1
constexpr std::size_t kMostNamed = 6;  // of what is missing

struct Fact {
  std::string name, value;
  bool is_bad = false;
};

// "8", or of layers that differ "8 to 64".
template <class Number>
std::string range_of(const ExpertModel& model, const Number& number) {
  std::int64_t low = number(model.layers.front()), high = low;
  for (const ExpertLayer& layer : model.layers)
    low = std::min(low, number(layer)), high = std::max(high, number(layer));
  const std::string most = viz::grouped(static_cast<double>(high));
  return low == high ? most : fmt::format("{} to {}", viz::grouped(static_cast<double>(low)), most);
}

// "3, 5, 7 and 12 more": of many no more than the first are named.
class Some {
 public:
  template <class Name>
  void add(const Name& name) {
    if (count_++ < kMostNamed) text_ += (text_.empty() ? "" : ", ") + name();
  }
  std::size_t count() const { return count_; }
  std::string text() const {
    return count_ > kMostNamed ? fmt::format("{} and {} more", text_, count_ - kMostNamed) : text_;
  }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

std::string types_of(const ExpertModel& model) {
  std::vector<std::string> types;
  for (const ExpertLayer& layer : model.layers) {
    const std::string type(layer.experts.front()[0]->type->name);
    if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
  }
  Some some;
  for (const std::string& type : types) some.add([&] { return type; });
  return some.text();
}

void add_lacks(const CheckpointShown& shown, std::vector<Fact>& facts) {
  const CheckpointNews& news = *shown.news;
  Some without, zeros;
  for (std::size_t l = 0; l < news.routers.size(); ++l)
    if (!shown.layer_at(l).router) without.add([&] { return layer_words(shown.facts(), l); });
  if (without.count() > 0) facts.push_back({"no router", "layers " + without.text(), true});
  if (!news.changed.empty()) facts.push_back({"changed", printable(news.changed), true});
  if (!shown.facts().model.unread.empty())
    facts.push_back({"not read", printable(shown.facts().model.unread), true});
  std::size_t read = 0, seen = 0;  // layers, experts
  for (std::size_t l = 0; l < news.experts.size(); ++l) {
    if (!news.experts[l]) continue;
    ++read;
    const std::vector<double>& norms = news.experts[l]->whole;
    seen += norms.size();
    for (std::size_t e = 0; e < norms.size(); ++e)
      if (norms[e] == 0)
        zeros.add([&] {
          return fmt::format("{} of layer {}", expert_name(static_cast<int>(e), norms.size()),
                             layer_words(shown.facts(), l));
        });
  }
  if (zeros.count() > 0 && zeros.count() == seen)
    facts.push_back({"all zeros", fmt::format("every expert of {} layers", read), true});
  else if (zeros.count() > 0) facts.push_back({"all zeros", zeros.text(), true});
  else if (read > 0)
    facts.push_back({"all zeros", read == news.experts.size() ? "no expert" : "none so far", false});
}

std::vector<Fact> facts_of(const CheckpointShown& shown) {
  const CheckpointFacts& has = shown.facts();
  const ExpertModel& model = has.model;
  const std::size_t layers = model.layers.size();
  std::vector<Fact> facts;
  facts.push_back({"layers", layers == 1 ? "layer " + layer_words(has, 0) + ", with experts"
                                         : fmt::format("{} with experts, {} to {}", layers, layer_words(has, 0),
                                                       layer_words(has, layers - 1))});
  facts.push_back({"experts", range_of(model, [](const ExpertLayer& one) {
                                return static_cast<std::int64_t>(one.experts.size());
                              }) + " a layer"});
  facts.push_back({"width", fmt::format("d {}, ff {} of an expert",
                                        range_of(model, [](const ExpertLayer& one) { return one.d; }),
                                        range_of(model, [](const ExpertLayer& one) { return one.ff; }))});
  if (std::any_of(model.layers.begin(), model.layers.end(),
                  [](const ExpertLayer& one) { return one.shared_ff > 0; }))
    facts.push_back({"shared", "ff " + range_of(model, [](const ExpertLayer& one) { return one.shared_ff; }) +
                                   " of all shared experts"});
  facts.push_back({"numbers", types_of(model)});
  facts.push_back(
      {"size", fmt::format("{}, {} of them experts", bytes_words(has.bytes), bytes_words(has.expert_bytes))});
  facts.push_back({"files", has.shards.size() == 1 ? printable(has.shards.front().first)
                                                   : fmt::format("{}, {} tensors", has.shards.size(),
                                                                 viz::grouped(static_cast<double>(has.tensors)))});
  if (!has.router_name.empty()) facts.push_back({"routers", has.router_name});
  facts.push_back({"named", has.expert_name});
  add_lacks(shown, facts);
  return facts;
}

// Names of tensors have no spaces to break at: where one has no room, what is in front of its last parts is left
// out.
std::string without_front(const PanelInput& in, const std::string& value, float room) {
  std::string shown = value;
  for (std::size_t dot = 0;
       value.find(' ') == std::string::npos && text_size(in.theme.fonts.small, shown).x > room;) {
    dot = value.find('.', dot + 1);
    if (dot == std::string::npos) return value;
    shown = "…" + value.substr(dot);
  }
  return shown;
}

void draw_fact(const PanelInput& in, const Fact& fact) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  write_words(in, viz::Font::small, in.theme.text_dim, fact.name);
  const float names = kNames * in.scale, room = ImGui::GetContentRegionAvail().x - names;
  ImGui::SetCursorScreenPos({at.x + names, at.y});
  write_words(in, viz::Font::small, fact.is_bad ? in.theme.warn : in.theme.text,
              without_front(in, fact.value, room), std::max(room, 20.0f));
  register_item(fact.name, fact.value);
  ImGui::SetCursorScreenPos({at.x, ImGui::GetCursorScreenPos().y});
}

}  // namespace

void draw_checkpoint_panel(const PanelInput& in, UiState& ui, Commands&) {
  CheckpointShown* const shown =
      begin_checkpoint(in, ui, ui.checkpoint ? ui.checkpoint->name : "", notes::checkpoint);
  if (!shown) return panel_end(in);
  const std::vector<Fact> facts = facts_of(*shown);
  if (Table* table = wanted_table(in)) {
    table->set_header({"fact", "value"});
    for (const Fact& fact : facts) table->add_row({fact.name, fact.value});
  }
  const Skin skin{in.theme, in.scale};
  const auto close_button = [&] {
    if (button(skin, {.label = "Close checkpoint", .size = {0, skin.px(kProgressLine)}}))
      shown->close_wanted = true;
  };
  pass_line(in, *shown);
  // Below what scrolls, so that it is never half of itself; of a low panel the facts have all the room.
  const float room = ImGui::GetContentRegionAvail().y, below = skin.px(kProgressLine + 6);
  const bool stands_below = !for_figure(in) && room >= below + skin.px(kLeastFacts);
  panel_scroll_begin(in, "facts", {0, stands_below ? room - below : 0});
  for (const Fact& fact : facts) draw_fact(in, fact);
  ImGui::Dummy({0, 4 * in.scale});
  if (!for_figure(in)) {
    write_words(in, viz::Font::small, in.theme.text_dim,
                "Routers are read at once, experts when you say so. A click in a map finds an expert's singular "
                "values. What learns in the other workspaces goes on.");
    ImGui::Dummy({0, skin.px(2)});
    if (!stands_below) close_button();
  }
  panel_scroll_end(in);
  if (stands_below) {
    ImGui::SetCursorScreenPos({ImGui::GetCursorScreenPos().x, ImGui::GetCursorScreenPos().y + skin.px(4)});
    close_button();
  }
  panel_end(in);
}

}  // namespace switchyard::app
