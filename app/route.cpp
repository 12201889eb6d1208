#include "app/route.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/json.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/config/knobs.h"

namespace switchyard::app {
namespace {

void append_number(std::string& out, float value) { out += json_number(value); }
void append_number(std::string& out, std::int32_t value) { fmt::format_to(std::back_inserter(out), "{}", value); }
void append_number(std::string& out, std::uint8_t value) { out += value ? "true" : "false"; }

// [rows][columns] of a row-major vector; null if it is empty.
template <class T>
void append_matrix(std::string& out, const std::vector<T>& values, std::size_t columns) {
  if (values.empty()) {
    out += "null";
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += i == 0 ? "[[" : i % columns == 0 ? "],\n   [" : ",";
    append_number(out, values[i]);
  }
  out += "]]";
}

void append_strings(std::string& out, const std::vector<std::string>& texts) {
  for (std::size_t i = 0; i < texts.size(); ++i) out += (i == 0 ? "[" : ",") + dump_json(texts[i]);
  out += texts.empty() ? "[]" : "]";
}

// One column wide, whatever the character.
std::string visible(const std::string& token) {
  if (token == "\n") return "\\n";
  if (token == "\t") return "\\t";
  return token;
}

void end_row(std::string& out) {
  out.resize(out.find_last_not_of(' ') + 1);
  out += '\n';
}

}  // namespace

Result<StoredRun> open_routable(const std::string& run) {
  auto stored = StoredRun::open(run);
  if (!stored) return stored.error();
  if (stored->config().task != TaskKind::language)
    return usage_error(fmt::format("{}: this run learned points (task = clusters); route takes a text, which needs a run with "
                                   "task = language",
                                   run));
  if (const auto complete = stored->check_complete(); !complete) return complete.error();
  return stored;
}

Result<RouteReport> route_text(Engine& engine, const StoredRun& run, const std::string& text, Precision precision,
                               bool with_router_inputs) {
  const auto of_run = [&](const Error& error) {
    return Error{error.kind, fmt::format("{}: {}", run.path().native(), error.message)};
  };
  auto vocabulary = Vocabulary::from_tokens(run.vocabulary());
  if (!vocabulary) return of_run(vocabulary.error());
  // The model first: whether there is memory for it is known before the weights are read.
  Config config = run.config();
  config.precision = precision;
  auto trainer = engine.create_for_weights(config, run.vocabulary());
  if (!trainer) return of_run(trainer.error());
  {
    const auto weights = run.weights();
    if (!weights) return weights.error();
    if (auto loaded = (*trainer)->load_weights(*weights); !loaded) return of_run(loaded.error());
  }
  auto trace = (*trainer)->route(text, with_router_inputs);
  if (!trace) return trace.error();
  const std::string computed =
      precision == Precision::automatic ? (*trainer)->info().auto_precision : to_text(find_knob("precision")->get(config));
  return RouteReport{run.config(), computed, std::move(*vocabulary), std::move(*trace)};
}

std::string route_json(const RouteReport& report) {
  const RouteTrace& trace = report.trace;
  std::string out =
      fmt::format("{{\"switchyard\": {},\n \"precision\": {},\n \"config\": {},\n \"vocabulary\": ", dump_json(version()),
                  dump_json(report.precision), dump_json(to_json(report.config)));
  append_strings(out, report.vocabulary.tokens());
  out += ",\n \"tokens\": ";
  append_strings(out, trace.tokens);
  out += ",\n \"logits\":\n  ";
  append_matrix(out, trace.logits, static_cast<std::size_t>(trace.vocabulary));
  out += ",\n \"layers\": [";
  for (std::size_t i = 0; i < trace.layers.size(); ++i) {
    const RouteTrace::Layer& layer = trace.layers[i];
    const auto k = static_cast<std::size_t>(layer.top_k);
    out += fmt::format("{}\n {{\"layer\": {},\n  \"experts\":\n   ", i ? "," : "", layer.block);
    append_matrix(out, layer.expert, k);
    out += ",\n  \"weights\":\n   ";
    append_matrix(out, layer.weight, k);
    out += ",\n  \"kept\":\n   ";
    append_matrix(out, layer.kept, k);
    out += ",\n  \"router_logits\":\n   ";
    append_matrix(out, layer.router_logits, layer.router_logits.size() / std::max<std::size_t>(1, trace.tokens.size()));
    if (!layer.router_input.empty()) {
      out += ",\n  \"router_inputs\":\n   ";
      append_matrix(out, layer.router_input, static_cast<std::size_t>(layer.width));
    }
    out += "}";
  }
  out += "]}\n";
  return out;
}

std::string route_table(const RouteReport& report) {
  const RouteTrace& trace = report.trace;
  std::string out = "  at  text";
  for (const RouteTrace::Layer& layer : trace.layers)
    out += fmt::format("  {:<{}}", fmt::format("layer {}", layer.block), 10 * layer.top_k - 1);
  end_row(out);
  for (std::size_t t = 0; t < trace.tokens.size(); ++t) {
    const std::string text = visible(trace.tokens[t]);
    out += fmt::format("{:>4}  {:<4} ", t, text);
    for (const RouteTrace::Layer& layer : trace.layers) {
      out += ' ';
      const auto k = static_cast<std::size_t>(layer.top_k);
      for (std::size_t j = t * k; j < (t + 1) * k; ++j) {
        const char left = layer.kept[j] ? ' ' : '(', right = layer.kept[j] ? ' ' : ')';
        out += fmt::format("{}E{:02} {:.2f}{}", left, layer.expert[j], layer.weight[j], right);
      }
    }
    end_row(out);
  }
  out += fmt::format("\ncomputed in {}\n", report.precision);
  return out;
}

}  // namespace switchyard::app
