#include "app/shell/dialogs/sweep_prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/panels/knobs/knob_names.h"
#include "app/panels/knobs/knob_trials.h"
#include "app/run/notices.h"
#include "app/shell/dialogs/prompt_frame.h"
#include "app/ui/widgets.h"
#include "core/config/gates.h"
#include "core/study/sweep_plan.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kSweepWidth = 470, kFirstColumn = 150, kNumberWidth = 86;  // at scale 1
constexpr std::int64_t kLeastSweepSteps = 100;

Config base_of(const PanelInput& in, const UiState& ui) {
  Config base = is_record(in.status) && in.status.config ? *in.status.config : ui.knobs.sent;
  base.weight_seed = 0;  // each seed draws its own weights
  return base;
}

// The second may be any that acts and has values to choose from.
std::vector<const Knob*> second_knobs(const Config& base, const std::string& first) {
  std::vector<const Knob*> out;
  for (const Knob& knob : knobs())
    if (knob.key != first && knob.type != KnobType::text && knob.group != KnobGroup::run && knob.key != "seed" &&
        knob.key != "weight_seed" && knob.key != "task" && why_idle(knob.key, base).empty())
      out.push_back(&knob);
  return out;
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

Result<StudyAxis> typed_axis(const std::string& key, const std::string& values) {
  const Knob* const knob = find_knob(key);
  const bool is_text = knob && knob->type == KnobType::text;
  auto axis = sweep_axis_from_text(key + '=' + (is_text ? values : without_spaces(values)));
  if (!axis) return usage_error(with_names(axis.error().message));
  if (axis->values.size() < 2)
    return usage_error(fmt::format("{}: one value is no sweep; several stand with commas between them",
                                   knob ? knob->label : std::string_view(key)));
  return axis;
}

Result<std::int64_t> number_from(const char* called, const std::string& typed, std::int64_t most) {
  const std::string text = without_spaces(typed);
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || number < 1 || number > most)
    return usage_error(fmt::format("{} = {}: allowed is a whole number from 1 to {}", called,
                                   typed.empty() ? "nothing" : typed, viz::grouped(static_cast<double>(most))));
  return number;
}

Result<StudyPlan> plan_of_wish(const SweepWish& wish) {
  std::size_t count = 1;
  for (const StudyAxis& axis : wish.axes) count *= axis.values.size();
  if (count > kMostArms)  // not worked out at all
    return usage_error(fmt::format("{} combinations: allowed are up to {}", count, kMostArms));
  auto plan = make_sweep_plan(wish.base, wish.axes, {.steps = wish.steps, .seeds = wish.seeds});
  if (!plan) return usage_error(with_names(plan.error().message));
  return plan;
}

// "9 combinations × 3 seeds = 27 runs of 500 steps. Left out: ...".
std::string says_how_many(const StudyPlan& plan) {
  std::string text =
      fmt::format("{} combinations × {} seed{} = {} runs of {} steps", plan.arms.size(), plan.seeds,
                  plan.seeds == 1 ? "" : "s",
                  viz::grouped(static_cast<double>(plan.arms.size() * static_cast<std::size_t>(plan.seeds))),
                  viz::grouped(static_cast<double>(plan.steps)));
  const auto& left_out = plan.sweep.left_out;
  if (!left_out.empty())
    text += fmt::format(". Left out: {}{}: {}", left_out[0].name,
                        left_out.size() > 1 ? fmt::format(" and {} more", left_out.size() - 1) : "",
                        with_names(left_out[0].why));
  return text;
}

// What stands before a field; the cursor behind it.
void before_field(const Skin& skin, std::string_view text) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_clipped_text(ImGui::GetWindowDrawList(), skin.theme.fonts.body, {at.x, at.y + skin.px(2)},
                    skin.px(kFirstColumn - 8), skin.theme.text, std::string(text));
  ImGui::SetCursorScreenPos({at.x + skin.px(kFirstColumn), at.y});
}

void draw_fields(const Skin& skin, const PanelInput& in, UiState& ui) {
  SweepPrompt& prompt = ui.sweep_prompt;
  const Config base = base_of(in, ui);
  before_field(skin, find_knob(prompt.key)->label);
  text_input(skin, "##sweep values", &prompt.values, ImGui::GetContentRegionAvail().x, "values, such as 1,2,4",
             std::exchange(prompt.just_opened, false));
  register_item("sweep/values", prompt.values);

  const std::vector<const Knob*> others = second_knobs(base, prompt.key);
  std::vector<std::string_view> names{"one knob alone"};
  int current = 0;
  for (const Knob* other : others) {
    if (other->key == prompt.second_key) current = static_cast<int>(names.size());
    names.push_back(other->label);
  }
  const float left = ImGui::GetCursorPosX();
  if (combo(skin, "sweep/second knob", &current, names, skin.px(kFirstColumn - 8))) {
    const Knob* const knob = current > 0 ? others[static_cast<std::size_t>(current) - 1] : nullptr;
    prompt.second_key = knob ? std::string(knob->key) : std::string();
    prompt.second_values = knob ? values_to_sweep(*knob, base) : std::string();
  }
  if (!prompt.second_key.empty()) {
    ImGui::SameLine(left + skin.px(kFirstColumn), 0);
    text_input(skin, "##sweep second values", &prompt.second_values, ImGui::GetContentRegionAvail().x, "values");
    register_item("sweep/second values", prompt.second_values);
  }

  before_field(skin, "Seeds");
  text_input(skin, "##sweep seeds", &prompt.seeds, skin.px(kNumberWidth));
  register_item("sweep/seeds", prompt.seeds);
  ImGui::SameLine(0, skin.px(18));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_text(ImGui::GetWindowDrawList(), skin.theme.fonts.body, {at.x, at.y + skin.px(2)}, skin.theme.text,
            "Steps");
  ImGui::SetCursorScreenPos({at.x + skin.px(48), at.y});
  text_input(skin, "##sweep steps", &prompt.steps, skin.px(kNumberWidth));
  register_item("sweep/steps", prompt.steps);
}

}  // namespace

void ask_to_sweep(const PanelInput& in, UiState& ui, const Knob& knob) {
  ui.sweep_prompt = {.key = std::string(knob.key),
                     .just_opened = true,
                     .values = values_to_sweep(knob, base_of(in, ui)),
                     .seeds = fmt::format("{}", kSweepSeeds),
                     .steps = fmt::format("{}", std::max(kLeastSweepSteps, in.status.step))};
}

Result<SweepWish> wish_of(const PanelInput& in, const UiState& ui) {
  constexpr std::int64_t kMostSteps = 1'000'000'000;
  const SweepPrompt& prompt = ui.sweep_prompt;
  SweepWish wish{.base = base_of(in, ui), .axes = {}};
  for (const auto& [key, values] :
       {std::pair(&prompt.key, &prompt.values), std::pair(&prompt.second_key, &prompt.second_values)}) {
    if (key->empty()) continue;
    auto axis = typed_axis(*key, *values);
    if (!axis) return axis.error();
    wish.axes.push_back(std::move(*axis));
  }
  const auto seeds = number_from("Seeds", prompt.seeds, kMostSeeds);
  if (!seeds) return seeds.error();
  const auto steps = number_from("Steps", prompt.steps, kMostSteps);
  if (!steps) return steps.error();
  wish.seeds = *seeds, wish.steps = *steps;
  return wish;
}

namespace {

bool is_same(const SweepPrompt& a, const SweepPrompt& b) {
  return a.key == b.key && a.values == b.values && a.second_key == b.second_key &&
         a.second_values == b.second_values && a.seeds == b.seeds && a.steps == b.steps;
}

}  // namespace

// A plan is worked out when something was typed or the settings changed, not in every frame.
struct PlannedSweep {
  SweepPrompt typed;
  Config base;
  Result<SweepWish> wish;
  Result<StudyPlan> plan;
};

namespace {

std::shared_ptr<const PlannedSweep> planned_sweep(const PanelInput& in, UiState& ui) {
  SweepPrompt& prompt = ui.sweep_prompt;
  Config base = base_of(in, ui);
  if (prompt.planned && prompt.planned->base == base && is_same(prompt.planned->typed, prompt))
    return prompt.planned;
  SweepPrompt typed = prompt;
  typed.planned = nullptr;
  auto wish = wish_of(in, ui);
  auto plan = wish ? plan_of_wish(*wish) : Result<StudyPlan>(wish.error());
  prompt.planned = std::make_shared<const PlannedSweep>(
      PlannedSweep{std::move(typed), std::move(base), std::move(wish), std::move(plan)});
  return prompt.planned;
}

}  // namespace

void draw_sweep_prompt(const PanelInput& in, UiState& ui) {
  SweepPrompt& prompt = ui.sweep_prompt;
  const Knob* const knob = find_knob(prompt.key);
  if (!knob) return;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = skin.theme;
  std::optional<PromptFrame> frame(std::in_place, skin, "##sweep prompt", kSweepWidth,
                                   fmt::format("Sweep over {}", knob->label));
  const bool combo_open = ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup);
  draw_fields(skin, in, ui);
  wrapped_text(
      t.fonts.small, t.text_dim,
      "Values as 1,2,4; of whole numbers 4..8; 0.0003..0.03:5 are five, evenly spaced on the knob's scale. "
      "Processes of their own learn the runs; they yield to this one.");
  const std::shared_ptr<const PlannedSweep> planned = planned_sweep(in, ui);
  const Result<SweepWish>& wish = planned->wish;
  const Result<StudyPlan>& plan = planned->plan;
  const std::string says = plan ? says_how_many(*plan) : plan.error().message;
  wrapped_text(t.fonts.small, plan ? t.text : t.bad, says);
  register_item("sweep/says", says);
  const bool pressed =
      button(skin, ButtonSpec{.label = "Start", .look = ButtonLook::primary, .enabled = bool(plan)});
  ImGui::SameLine();
  const bool left = button(skin, "Cancel");
  frame.reset();
  if (pressed && plan) {
    ui.comparing.sweep_wanted = *wish;
    add_toast(ui, Notice::Level::info,
              fmt::format("A sweep over {} learns {} runs. Compare shows what comes out.", knob->label,
                          plan->arms.size() * static_cast<std::size_t>(plan->seeds)),
              in.now_s);
  }
  if ((pressed && plan) || left || (!combo_open && viz::key_pressed(viz::Key::escape))) {
    prompt = {};
    ImGui::SetWindowFocus(nullptr);
  }
}

}  // namespace switchyard::app
