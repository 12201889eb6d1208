#include "tests/app/panels/panel_scene.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "app/panels/panel_table.h"
#include "tests/support/fake_ranks.h"
#include "viz/base/compat.h"

namespace switchyard::app::scene {

StepRecord record(const Shape& shape, std::int64_t step) {
  StepRecord out;
  const double t = static_cast<double>(step);
  // A wobble that repeats every 17 steps stands in for noise.
  const double wobble = 0.05 * std::sin(t * 2.399);
  out.step = step;
  out.tokens = step * 2048;
  out.wall_s = t * 0.05;
  out.step_ms = 50;
  out.tokens_per_s = 40'000;
  out.loss = 1.2 + 3.0 / (1 + t / 40) + wobble;
  if (step % 50 == 0) out.val_loss = out.loss + 0.05;
  out.train_accuracy = std::exp(-out.loss);
  if (step % 50 == 0) out.val_accuracy = out.train_accuracy;
  out.total_loss = out.loss + 0.04;
  out.learning_rate = 1e-3;
  out.grad_norm = 1;
  const std::size_t n = shape.experts;
  const double pairs = static_cast<double>(n * (n + 1)) / 2;
  for (std::size_t l = 0; l < shape.layers; ++l) {
    LayerRecord layer;
    layer.block = static_cast<std::int32_t>(l);
    for (std::size_t e = 0; e < n; ++e) {
      const double share = static_cast<double>(e + 1) / pairs;
      layer.counts.push_back(static_cast<float>(4096 * share));
      layer.mean_prob.push_back(static_cast<float>(share));
    }
    layer.token_entropy = n > 1 ? static_cast<float>(0.5 + wobble) : static_cast<float>(kMissing);
    layer.load_entropy = n > 1 ? static_cast<float>(0.95 + 0.2 * wobble) : static_cast<float>(kMissing);
    layer.max_violation = static_cast<float>(0.7 + wobble + 0.05 * static_cast<double>(l));
    layer.assignment_drop_rate = static_cast<float>(std::max(0.0, 0.02 + 0.2 * wobble));
    layer.aux[AuxLoss::switch_balance] = static_cast<float>(1.05 + 0.3 * wobble + 0.01 * static_cast<double>(l));
    layer.aux[AuxLoss::z] = static_cast<float>(4 + wobble);
    out.layers.push_back(std::move(layer));
  }
  out.ranks = test::fake_ranks(step, shape.ranks, shape.layers > 0);
  return out;
}

namespace {

void add_points(const Shape& shape, std::size_t count, Snapshot& out) {
  auto points = std::make_shared<ProbePoints>();
  points->dims = static_cast<std::int32_t>(shape.dims);
  points->classes = static_cast<std::int32_t>(shape.classes);
  points->explained = {0.4f, 0.2f};
  for (std::size_t c = 0; c < shape.classes; ++c) points->class_names.push_back("class " + std::to_string(c));
  points->kind_names = {"kind"};
  out.view.confusion.assign(shape.classes * shape.classes, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t label = i % shape.classes, predicted = (label + (i % 11 == 0 ? 1 : 0)) % shape.classes;
    const double t = static_cast<double>(i);
    points->xy.push_back(static_cast<float>(std::cos(t) * (1 + 0.5 * std::sin(3 * t))));
    points->xy.push_back(static_cast<float>(std::sin(t)));
    for (std::size_t d = 0; d < shape.dims; ++d) points->x.push_back(static_cast<float>(std::sin(t * static_cast<double>(d + 1))));
    points->label.push_back(static_cast<std::int32_t>(label));
    points->kind.push_back(0);
    out.view.predicted.push_back(static_cast<std::int32_t>(predicted));
    out.view.confidence.push_back(0.9f);
    ++out.view.confusion[label * shape.classes + predicted];
  }
  out.points = std::move(points);
  if (shape.dims != 2) return;
  PlaneMap& map = out.view.plane;
  map.columns = map.rows = 20;
  map.x_min = map.y_min = -2;
  map.x_max = map.y_max = 2;
  for (int cell = 0; cell < 400; ++cell) map.predicted.push_back(cell < 200 ? 0 : 1);
  for (std::size_t l = 0; l < shape.layers; ++l) {
    map.first_expert.emplace_back();
    for (int cell = 0; cell < 400; ++cell)
      map.first_expert.back().push_back(cell % 20 < 10 ? 0 : static_cast<std::int32_t>(shape.experts) - 1);
  }
}

}  // namespace

Snapshot snapshot(const Shape& shape) {
  const std::size_t tokens = shape.passages * shape.passage_tokens;
  auto probe = std::make_shared<ProbeTokens>();
  const std::string words = "Once upon a time there was a small fox.\n3 + 12 = 15. ";
  probe->sequence_length = static_cast<std::int32_t>(shape.passage_tokens);
  probe->domain_names = {"narrative", "dialogue", "arithmetic", "lists", "code"};
  for (std::size_t t = 0; t < tokens; ++t) {
    probe->text.emplace_back(1, words[t % words.size()]);
    probe->id.push_back(static_cast<std::int32_t>(t % 60));
    probe->domain.push_back(static_cast<std::uint8_t>((t / 64) % 5));
  }
  Snapshot out;
  out.step = shape.steps;
  for (std::size_t t = 0; t < tokens; ++t) out.token_loss.push_back(static_cast<float>(t % 7) * 0.3f);
  const std::size_t ranked = std::min<std::size_t>(shape.experts, std::max<std::size_t>(shape.top_k, 4));
  for (std::size_t l = 0; l < shape.layers; ++l) {
    ProbeLayer layer;
    layer.block = static_cast<std::int32_t>(l);
    layer.experts = static_cast<std::int32_t>(shape.experts);
    layer.top_k = static_cast<std::int32_t>(shape.top_k);
    layer.ranked = static_cast<std::int32_t>(ranked);
    layer.explained = {0.39f, 0.17f};
    for (std::size_t t = 0; t < tokens; ++t) {
      for (std::size_t r = 0; r < ranked; ++r) {
        layer.expert.push_back(static_cast<std::int32_t>((t + r) % shape.experts));
        layer.prob.push_back(0.5f / static_cast<float>(r + 1));
      }
      for (std::size_t r = 0; r < shape.top_k; ++r) {
        layer.weight.push_back(r == 0 ? 0.75f : 0.25f / static_cast<float>(shape.top_k - 1));
        layer.kept.push_back(t % 11 == 0 ? 0 : 1);
      }
      layer.entropy.push_back(0.4f);
      const double angle =
          2 * 3.14159265358979 * static_cast<double>(t % shape.experts) / static_cast<double>(shape.experts);
      const double radius = 3 + std::sin(static_cast<double>(t) * 1.7);
      layer.pca.push_back(
          static_cast<float>(radius * std::cos(angle) + 0.4 * std::sin(static_cast<double>(t) * 0.9)));
      layer.pca.push_back(
          static_cast<float>(radius * std::sin(angle) + 0.4 * std::cos(static_cast<double>(t) * 1.3)));
    }
    out.layers.push_back(std::move(layer));
  }
  if (shape.classes > 0) add_points(shape, tokens, out);
  else out.tokens = std::move(probe);
  return out;
}

Scene::Scene(const Shape& shape) : seen(snapshot(shape)), theme(viz::dark()) {
  for (std::int64_t step = 1; step <= shape.steps; ++step) view.history.append(record(shape, step));
  if (shape.events) {
    for (std::int64_t i = 1; i <= 3; ++i) {
      RunEvent edit;
      edit.kind = EventKind::set;
      edit.step = std::max<std::int64_t>(1, shape.steps * i / 4);
      edit.changes = {{"top_k", "1", "2"}};
      view.history.append(edit);
    }
  }
  auto config = std::make_shared<Config>();
  config->experts = static_cast<std::int64_t>(shape.experts);
  config->top_k = static_cast<std::int64_t>(shape.top_k);
  if (shape.layers == 0) config->ffn = Ffn::dense;
  status.config = config;
  status.state = RunState::playing;
  status.step = shape.steps;
  status.vocabulary = shape.classes > 0 ? static_cast<std::int32_t>(shape.classes) : 64;
  status.bigram_loss = shape.classes > 0 ? 0 : 2.31;
  status.largest_share = 0.6;
  config->task = shape.classes > 0 ? TaskKind::clusters : TaskKind::language;
  config->cluster_classes = static_cast<std::int64_t>(shape.classes);
  config->cluster_dims = static_cast<std::int64_t>(shape.dims);
}

PanelInput Scene::input(PanelExports& exports, float scale) const {
  return {.run = view,
          .snapshot = has_snapshot ? borrowed(seen) : nullptr,
          .status = status,
          .theme = theme,
          .exports = exports,
          .scale = scale,
          .now_s = 10};
}

Scene empty_scene(RunState state) {
  Scene scene({.layers = 1, .experts = 2, .top_k = 1, .steps = 0, .events = false});
  scene.has_snapshot = false;
  scene.status.state = state;
  if (state == RunState::loading) scene.status.config = nullptr;
  return scene;
}

void draw(std::string_view id, const PanelInput& in, UiState& ui, Commands& out) {
  const PanelSpec* const panel = find_panel(id);
  if (!panel) throw std::invalid_argument("no panel is called " + std::string(id));
  draw_panel(*panel, in, ui, out);
}

Headless::Headless(ImVec2 window_size) : size(window_size), context_(ImGui::CreateContext()) {
  ImGuiIO& io = ImGui::GetIO();
  io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;  // as the OpenGL back end has
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.DisplaySize = {1920, 1080};
  io.DeltaTime = 1.0f / 60;
  unsigned char* pixels = nullptr;
  int width = 0, height = 0;
  io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
  io.UserData = &registry;
  move({-1, -1});
}

Headless::~Headless() { ImGui::DestroyContext(context_); }

void Headless::frame(const std::function<void()>& body) {
  registry.begin_frame();
  ImGui::NewFrame();
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
  ImGui::Begin("root", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove);
  ImGui::SetCursorPos({10, 10});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {12, 10});
  viz::begin_child("panel", size, true, ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  ImGui::PopStyleVar();
  body();
  ImGui::EndChild();
  ImGui::End();
  ImGui::Render();
}

void Headless::move(ImVec2 to) { viz::feed_mouse_position(to.x, to.y); }

bool Headless::hover(const std::string& name, const std::function<void()>& body) {
  frame(body);
  const Registry::Item* item = registry.find(name);
  if (!item) return false;
  move(item->centre());
  frame(body);
  frame(body);
  return true;
}

bool Headless::click(const std::string& name, const std::function<void()>& body) {
  if (!hover(name, body)) return false;
  viz::feed_mouse_button(0, true);
  frame(body);
  viz::feed_mouse_button(0, false);
  frame(body);
  frame(body);
  return true;
}

}  // namespace switchyard::app::scene
