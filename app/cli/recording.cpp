#include "app/cli/recording.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "app/cli/reading_bar.h"
#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/printable.h"
#include "core/recordings/folder_writer.h"
#include "core/recordings/forms/forms.h"
#include "core/recordings/manifest.h"

namespace switchyard::app {
namespace {

constexpr const char* kNothing = "-";

std::string figure_text(double value, int digits) {
  return std::isnan(value) ? kNothing : fmt::format("{:.{}f}", value, digits);
}

std::string has_text(const RecordedLayerSummary& layer, bool has_choices) {
  std::string has = has_choices ? "choices" : "loads";
  if (layer.has_weights) has += ", weights";
  if (layer.has_logits) has += layer.logits_are_probabilities ? ", probabilities" : ", logits";
  if (layer.has_hidden) has += ", hidden states";
  return has;
}

// Right aligned, but for the first and the last column.
std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t c = 0; c + 1 < row.size(); ++c)
      out += c == 0 ? fmt::format("{:<{}}", row[c], widths[c]) : fmt::format("  {:>{}}", row[c], widths[c]);
    out += "  " + row.back() + '\n';
  }
  return out;
}

// "E03+E17 in 12.3 % of tokens, lift 2.10": whom most tokens have together.
std::string together_text(const RoutePairs::Layer& layer) {
  std::int32_t a = 0, b = 0;
  std::int64_t most = 0;
  for (std::int32_t i = 0; i < layer.experts; ++i)
    for (std::int32_t j = i + 1; j < layer.experts; ++j)
      if (layer.count(i, j) > most) most = layer.count(i, j), a = i, b = j;
  if (most == 0) return kNothing;
  return fmt::format("E{:02}+E{:02} in {:.1f} % of tokens, lift {}", a, b,
                     100 * static_cast<double>(most) / static_cast<double>(layer.tokens),
                     figure_text(lift_of(layer, a, b), 2));
}

// "E03 to E17 in 8.1 % of tokens, lift 1.02": where most go in the next layer.
std::string next_text(const LayerFlow& flow) {
  if (flow.empty() || flow.tokens == 0) return kNothing;
  const auto at = std::max_element(flow.counts.begin(), flow.counts.end()) - flow.counts.begin();
  const auto a = static_cast<std::int32_t>(at / flow.to), b = static_cast<std::int32_t>(at % flow.to);
  return fmt::format("E{:02} to E{:02} in {:.1f} % of tokens, lift {}", a, b,
                     100 * static_cast<double>(flow.count(a, b)) / static_cast<double>(flow.tokens),
                     figure_text(lift_of(flow, a, b), 2));
}

Json rows_json(const std::vector<std::int64_t>& counts, std::int32_t columns) {
  Json rows = Json::array();
  for (std::size_t at = 0; columns > 0 && at < counts.size(); at += static_cast<std::size_t>(columns)) {
    Json row = Json::array();
    for (std::int32_t c = 0; c < columns; ++c) row.push_back(counts[at + static_cast<std::size_t>(c)]);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json json_figure(double value) { return std::isnan(value) ? Json() : Json(value); }

Result<RoutePairs> pairs_of_recording(const RecordingForm& form, const std::filesystem::path& path,
                                      const RecordingKeys& keys, const std::function<void(double)>& told) {
  if (form.name == "routes")
    return pairs_of_folder(path.filename() == kManifestName ? path.parent_path() : path, told);
  const auto reader = open_recording(form, path, keys);
  return reader ? pairs_of(**reader, told) : Result<RoutePairs>(reader.error());
}

}  // namespace

std::string recording_table(const RecordingSummary& summary, const RoutePairs* pairs) {
  std::string out = printable(summary.form);
  if (!summary.head.model.empty()) out += " · " + printable(summary.head.model);
  if (summary.tokens > 0)
    out += summary.head.order == ChoiceOrder::gate ? " · experts of a token best first"
                                                   : " · experts of a token by number";
  out += fmt::format("\n{} steps, {} to {} · ", summary.steps, summary.first_step, summary.last_step);
  if (summary.tokens > 0) out += fmt::format("{} tokens · ", summary.tokens);
  out += fmt::format("{} rank{}", summary.ranks, summary.ranks == 1 ? "" : "s");
  if (!std::isnan(summary.last_loss))
    out += fmt::format(" · loss {:.4f} to {:.4f}", summary.first_loss, summary.last_loss);
  out += "\n\n";
  std::vector<std::vector<std::string>> rows{{"layer", "N", "k", "steps", "load entropy", "max violation", "worst",
                                              "at step", "largest", "unused", "token entropy", "has"}};
  for (const RecordedLayerSummary& layer : summary.layers) {
    const std::string name = layer.layer.block.empty()
                                 ? fmt::format("{}", layer.layer.id)
                                 : fmt::format("{} {}", printable(layer.layer.block), layer.layer.id);
    const bool has_loads = layer.steps > 0;
    rows.push_back(
        {name, fmt::format("{}", layer.layer.experts),
         layer.layer.top_k > 0 ? fmt::format("{}", layer.layer.top_k) : kNothing, fmt::format("{}", layer.steps),
         figure_text(layer.load_entropy, 4), figure_text(layer.max_violation, 3),
         figure_text(layer.worst_violation, 3), has_loads ? fmt::format("{}", layer.worst_step) : kNothing,
         layer.largest == kNoExpert ? kNothing
                                    : fmt::format("E{:02} {:.1f} %", layer.largest, 100 * layer.largest_share),
         has_loads ? fmt::format("{}", layer.unused) : kNothing, figure_text(layer.token_entropy, 4),
         has_loads || layer.has_logits ? has_text(layer, summary.tokens > 0) : "nothing"});
  }
  out += table_text(rows);
  if (pairs) {
    std::vector<std::vector<std::string>> lines{
        {"layer", "most often together", "most often from here to the next"}};
    for (std::size_t l = 0; l < pairs->layers.size() && l + 1 < rows.size(); ++l)
      lines.push_back({rows[l + 1][0], together_text(pairs->layers[l]),
                       l < pairs->flows.size() ? next_text(pairs->flows[l]) : kNothing});
    out += '\n' + table_text(lines);
  }
  for (const std::string& note : summary.notes) out += "\nNote: " + printable(note) + ".";
  if (!summary.notes.empty()) out += '\n';
  return out;
}

std::string recording_json(const RecordingSummary& summary, const RoutePairs* pairs) {
  Json layers = Json::array();
  for (const RecordedLayerSummary& layer : summary.layers) {
    Json one{{"id", layer.layer.id},
             {"n_experts", layer.layer.experts},
             {"k", layer.layer.top_k > 0 ? Json(layer.layer.top_k) : Json()},
             {"steps", layer.steps},
             {"counts", layer.counts.empty() ? Json() : Json(layer.counts)},
             {"load_entropy", json_figure(layer.load_entropy)},
             {"max_violation", json_figure(layer.max_violation)},
             {"worst_violation", json_figure(layer.worst_violation)},
             {"worst_step", layer.steps > 0 ? Json(layer.worst_step) : Json()},
             {"token_entropy", json_figure(layer.token_entropy)},
             {"weights", layer.has_weights},
             {"logits", layer.has_logits},
             {"hidden", layer.has_hidden}};
    if (!layer.layer.block.empty()) one.member("block") = layer.layer.block;
    if (const std::size_t l = layers.size(); pairs && l < pairs->layers.size()) {
      one.member("pairs") = rows_json(pairs->layers[l].pairs, pairs->layers[l].experts);
      if (l < pairs->flows.size()) one.member("to_next") = rows_json(pairs->flows[l].counts, pairs->flows[l].to);
    }
    layers.push_back(std::move(one));
  }
  Json notes = Json::array();
  for (const std::string& note : summary.notes) notes.push_back(note);
  Json all{{"form", summary.form},
           {"order", summary.head.order == ChoiceOrder::gate ? "gate" : "id"},
           {"after_dropping", summary.head.after_dropping},
           {"steps", summary.steps},
           {"first_step", summary.first_step},
           {"last_step", summary.last_step},
           {"tokens", summary.tokens},
           {"ranks", summary.ranks},
           {"first_loss", json_figure(summary.first_loss)},
           {"last_loss", json_figure(summary.last_loss)},
           {"layers", std::move(layers)},
           {"notes", std::move(notes)}};
  if (!summary.head.model.empty()) all.member("model") = summary.head.model;
  return dump_json(all, 1) + '\n';
}

Result<std::string> report_recording(const Options& options) {
  const RecordingWish& wish = *options.recording;
  const std::filesystem::path& path = wish.path;
  const RecordingForm* form = wish.form.empty() ? form_of(path) : form_named(wish.form);
  if (!form)
    return usage_error(fmt::format("open {}: is no recording of a form that is known here", path.native()));
  const auto keys = keys_from(wish.keys);
  if (!keys) return usage_error("--key " + keys.error().message);
  const auto reader = open_recording(*form, path, *keys);
  if (!reader) return reader.error();
  std::optional<ReadingBar> bar(std::in_place, STDERR_FILENO, "reading");
  const auto told = [&](double share) { bar->update(share); };
  if (options.out.empty()) {
    const auto summary = summary_of(**reader, {}, told);
    if (!summary) return summary.error();
    std::optional<RoutePairs> pairs;
    if (options.full) {
      bar.emplace(STDERR_FILENO, "counting who is chosen together, and who follows whom");
      auto counted = pairs_of_recording(*form, path, *keys, told);
      if (!counted) return counted.error();
      pairs = std::move(*counted);
    }
    const RoutePairs* of = pairs ? &*pairs : nullptr;
    bar.reset();
    return options.json ? recording_json(*summary, of) : recording_table(*summary, of);
  }
  auto writer = RoutesWriter::create(path_of_text(options.out));
  if (!writer) return writer.error();
  const auto summary = summary_of(
      **reader, [&](RecordedChunk&& chunk) { return writer->write((*reader)->head(), std::move(chunk)); }, told);
  if (!summary) return summary.error();
  if (auto written = writer->finish(summary->head); !written) return written.error();
  return options.json ? recording_json(*summary) : recording_table(*summary);
}

}  // namespace switchyard::app
