#include "app/cli/route.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include <algorithm>

#include "core/base/json.h"
#include "core/base/printable.h"
#include "core/base/utf8.h"
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

// Columns that glibc gives a character in a terminal; below 1: it has no place of its own, or is none.
int columns_of(char32_t c) {
  static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (!utf8) return 1;
  const locale_t before = uselocale(utf8);
  const int columns = wcwidth(static_cast<wchar_t>(c));
  uselocale(before);
  return columns;
}

struct Cell {
  std::string text;
  std::size_t columns = 0;
};

// Of ASCII.
Cell plain_cell(std::string text) {
  const std::size_t columns = text.size();
  return {std::move(text), columns};
}

// A token as it stands in a terminal: nothing in it moves what is beside it.
Cell visible(const std::string& token) {
  const DecodedText decoded = decode_utf8(token);
  if (decoded.bad_byte || !is_printable(token)) return plain_cell(printable(token));
  Cell cell{token, 0};
  for (const char32_t c : decoded.text) {
    const int columns = columns_of(c);
    if (columns < 1) return plain_cell(fmt::format("\\u{:04x}", static_cast<unsigned>(c)));
    cell.columns += static_cast<std::size_t>(columns);
  }
  return cell;
}

// A cell to the right of each row, all one width.
void append_column(std::vector<std::string>& rows, const std::vector<Cell>& cells) {
  std::size_t width = 0;
  for (const Cell& cell : cells) width = std::max(width, cell.columns);
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] += cells[i].text + std::string(width - cells[i].columns, ' ');
}

// "E07 0.53", in brackets if it was dropped; `digits` for the id.
Cell choice_cell(const RouteTrace::Layer& layer, std::size_t at, std::size_t digits) {
  const bool kept = layer.kept[at] != 0;
  return plain_cell(fmt::format("{}E{:0{}} {:.2f}{}", kept ? ' ' : '(', layer.expert[at], digits, layer.weight[at],
                                kept ? ' ' : ')'));
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
                  dump_json(report.precision), dump_json(to_shared_json(report.config)));
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
  const std::size_t tokens = trace.tokens.size();
  std::vector<std::string> rows(tokens + 1);
  std::vector<Cell> at{plain_cell("  at  ")}, text{plain_cell("text ")};
  for (std::size_t t = 0; t < tokens; ++t) {
    at.push_back(plain_cell(fmt::format("{:>4}  ", t)));
    text.push_back(visible(trace.tokens[t]));
  }
  append_column(rows, at);
  append_column(rows, text);
  for (const RouteTrace::Layer& layer : trace.layers) {
    const auto digits = std::max<std::size_t>(2, fmt::formatted_size("{}", layer.experts - 1));
    const auto k = static_cast<std::size_t>(layer.top_k);
    std::vector<std::string> choices(tokens, " ");
    for (std::size_t j = 0; j < k; ++j) {
      std::vector<Cell> cells;
      for (std::size_t t = 0; t < tokens; ++t) cells.push_back(choice_cell(layer, t * k + j, digits));
      append_column(choices, cells);
    }
    std::vector<Cell> block{plain_cell(fmt::format(" layer {}", layer.block))};
    for (std::string& row : choices) block.push_back(plain_cell(std::move(row)));
    append_column(rows, block);
  }
  std::string out;
  for (std::string& row : rows) {
    row.resize(row.find_last_not_of(' ') + 1);
    out += row + '\n';
  }
  out += fmt::format("\ncomputed in {}\n", report.precision);
  return out;
}

}  // namespace switchyard::app
