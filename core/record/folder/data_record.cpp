#include "core/record/folder/data_record.h"

#include <fmt/format.h>

#include <system_error>
#include <vector>

#include "core/base/file_name.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/data/corpus.h"
#include "core/record/folder/kept_text.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

std::string text_of(const Fingerprint& print) {
  return fmt::format("{} bytes with SHA-256 {}", print.bytes, print.sha256);
}

// What messages call the data of a task, in a sentence with "is".
const char* noun_of(TaskKind task) { return task == TaskKind::language ? "text" : "file of points"; }

Result<Fingerprint> fingerprint_of(TaskKind task, const std::string& name) {
  if (task == TaskKind::language && name == data_knob(task).built_in) return stories_corpus()->facts.source;
  const auto bytes = read_data_file(task, name);
  if (!bytes) return bytes.error();
  return fingerprint(*bytes);
}

bool is_there(const std::string& name) {
  std::error_code code;
  return fs::exists(path_of_text(name), code);
}

Result<std::optional<Fingerprint>> source_of(const Json& json, const std::string& where) {
  if (!json.contains("config") || !json.contains("data")) return std::optional<Fingerprint>();
  const Json& data = json["data"];
  const auto wrong = [&](std::string_view what) { return usage_error(fmt::format("{}: data{}", where, what)); };
  if (!data.members()) return wrong(" is no object");
  if (!data.contains("sha256")) return std::optional<Fingerprint>();
  const std::string* sha256 = data["sha256"].text();
  if (!sha256 || !is_sha256(*sha256)) return wrong(".sha256 is not of 64 hexadecimal digits");
  const std::int64_t* bytes = data["bytes"].integer();
  if (!bytes || *bytes < 0) return wrong(".bytes is no size");
  return std::optional(Fingerprint{static_cast<std::uint64_t>(*bytes), *sha256});
}

// Where the file may lie, best first.
struct Place {
  std::string name;
  bool is_kept = false;  // for this run: holds another only where it is damaged
};

std::vector<Place> places_of(const RecordedConfig& recorded) {
  const std::string& name = recorded.data_file();
  const fs::path path = path_of_text(name);
  std::error_code code;
  const fs::path folder =
      recorded.is_text ? fs::current_path(code) : fs::absolute(recorded.file, code).parent_path();
  std::vector<Place> places;
  if (path.is_absolute()) places.push_back({name});
  else if (recorded.is_text) places.push_back({absolute_text(name)});
  else places = {{text_of_path((folder / path).native())}, {absolute_text(name)}};
  // Without a fingerprint a file of the same name may be anything.
  if (!recorded.source) return places;
  if (path.is_absolute()) places.push_back({text_of_path((folder / path.filename()).native())});
  if (recorded.source->bytes > kMaxKeptTextBytes) return places;
  const auto add_kept = [&](const fs::path& kept) {
    // A run that was gone on with from its own copy has that as the first.
    const std::string text = text_of_path(kept.native());
    std::erase_if(places, [&](const Place& place) { return place.name == text; });
    places.push_back({text, true});
  };
  if (!recorded.is_text) {
    add_kept(own_text(folder, path.filename()));
    add_kept(shared_text(folder, *recorded.source));
  }
  for (const fs::path& runs : recorded.runs) add_kept(shared_text(runs / "any", *recorded.source));
  return places;
}

Error no_file(const RecordedConfig& recorded, const std::vector<Place>& places) {
  const TaskKind task = recorded.config.task;
  std::vector<std::string> names;
  for (const Place& place : places) names.push_back(place.name);
  std::string message = fmt::format("{}: its {} {}", recorded.file, data_knob(task).key, recorded.data_file());
  if (recorded.source) message += fmt::format(", {},", text_of(*recorded.source));
  message += fmt::format(" {} not there: looked for {}; ", task == TaskKind::language ? "is" : "are",
                         fmt::join(names, " and "));
  if (recorded.source && recorded.source->bytes > kMaxKeptTextBytes)
    message += fmt::format("{}s beyond {} MiB are not kept with a run; ",
                           task == TaskKind::language ? "text" : "file", kMaxKeptTextBytes >> 20);
  return usage_error(message + fmt::format("--{} FILE says where {}", data_knob(task).key,
                                           task == TaskKind::language ? "it is" : "they are"));
}

}  // namespace

Json data_json(const DataInfo& data) {
  Json json = Json::object();
  json.member("name") = data.name;
  if (!data.text.source.sha256.empty()) {
    json.member("bytes") = data.text.source.bytes;
    json.member("sha256") = data.text.source.sha256;
  }
  json.member("examples") = data.examples;
  json.member("outputs") = data.outputs.size();
  if (!data.spread.empty()) {
    json.member("axes") = data.axis_names;
    json.member("centre") = data.centre;
    json.member("spread") = data.spread;
  }
  if (data.text.distinct > 0) {
    const UnknownCharacters& unknown = data.text.unknown;
    json.member("distinct_characters") = data.text.distinct;
    json.member("unknown") = Json{{"kinds", unknown.kinds},
                       {"train_share", unknown.train_share},
                       {"validation_share", unknown.validation_share},
                       {"nats", unknown.nats()}};
  }
  return json;
}

Result<RecordedConfig> read_recorded_config(const fs::path& file, const Config& base) {
  const auto json = read_json_file(file);
  if (!json) return json.error();
  auto recorded = recorded_config_of(*json, base, file.native(), {});
  if (recorded) recorded->is_text = false;
  return recorded;
}

Result<RecordedConfig> recorded_config_of(const Json& json, const Config& base, const std::string& called,
                                          std::vector<fs::path> runs) {
  auto config = config_from_json(json, base, called);
  if (!config) {
    const std::string* const program = json["versions"]["switchyard"].text();
    return Error{config.error().kind,
                 config.error().message + (program ? said_of_later(*program) : std::string())};
  }
  auto source = source_of(json, called);
  if (!source) return source.error();
  const Json& knobs = json.contains("config") ? json["config"] : json;
  const bool names_data = knobs.contains(data_knob(config->task).key);
  return RecordedConfig{.config = std::move(*config),
                        .file = called,
                        .is_text = true,
                        .runs = std::move(runs),
                        .names_data = names_data,
                        .source = std::move(*source)};
}

Result<std::string> find_data_file(const RecordedConfig& recorded, std::vector<std::string>* notes) {
  const TaskKind task = recorded.config.task;
  const DataKnob knob = data_knob(task);
  const std::string& name = recorded.data_file();
  if (!recorded.names_data) return name;
  const auto another = [&](const std::string& place, const Fingerprint& found) {
    return usage_error(
        fmt::format("{}: its {} {} another {} than the one it records: {} has {}, recorded are {}; "
                    "--{} FILE trains on the one you choose",
                    recorded.file, knob.key, task == TaskKind::language ? "is" : "are", noun_of(task), place,
                    text_of(found), text_of(*recorded.source), knob.key));
  };
  if (name == knob.built_in) {
    if (!recorded.source || task != TaskKind::language) return name;
    const auto found = fingerprint_of(task, name);
    return *found == *recorded.source ? Result<std::string>(name) : another("this version's stories", *found);
  }
  std::optional<Error> first;
  std::vector<std::string> passed_over;
  const std::vector<Place> places = places_of(recorded);
  for (const auto& [place, is_kept] : places) {
    if (!is_there(place)) continue;
    if (!recorded.source) return place;
    const auto found = fingerprint_of(task, place);
    if (found && *found == *recorded.source) {
      for (const std::string& what : passed_over)
        if (notes) notes->push_back(fmt::format("{}; this run's own is in {}", what, place));
      return place;
    }
    std::string what = !found    ? found.error().message
                       : is_kept ? fmt::format("{} is damaged, it has {}: passed over", place, text_of(*found))
                                 : fmt::format("{} is another {} by now", place, noun_of(task));
    if (!first) first = !found ? found.error() : is_kept ? usage_error(what) : another(place, *found);
    passed_over.push_back(std::move(what));
  }
  if (first && passed_over.size() == 1) return *first;
  if (first)
    return usage_error(fmt::format("{}; nor elsewhere: {}", first->message,
                                   fmt::join(passed_over.begin() + 1, passed_over.end(), "; ")));
  return no_file(recorded, places);
}

Result<std::string> note_of_another_file(const RecordedConfig& recorded, const std::string& name) {
  if (!recorded.source) return std::string();
  const TaskKind task = recorded.config.task;
  const auto found = fingerprint_of(task, name);
  if (!found) return found.error();
  if (*found == *recorded.source) return std::string();
  return fmt::format(
      "{} {} {} another {} than the one {} records, so the numbers will differ: {}, recorded are {}",
      data_knob(task).key, name, task == TaskKind::language ? "is" : "are", noun_of(task), recorded.file,
      text_of(*found), text_of(*recorded.source));
}

}  // namespace switchyard
