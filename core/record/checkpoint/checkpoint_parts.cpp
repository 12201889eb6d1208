#include "core/record/checkpoint/checkpoint_parts.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "core/base/json.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/record/checkpoint/checkpoint_fields.h"
#include "core/record/checkpoint/checkpoint_health.h"

namespace switchyard {
namespace {

std::int64_t extent_of(std::size_t size) { return static_cast<std::int64_t>(size); }

Result<RecordingState> recording_of(const Metadata& texts, NamedBlocks& blocks, const std::string& where) {
  const auto json = text_json(texts, "recording", where);
  if (!json) return json.error();
  Members members(*json, where + ", metadata 'recording'");
  RecordingState state;
  state.metrics_bytes = members.integer("metrics_bytes");
  state.routing_bytes = members.integer("routing_bytes");
  state.events_bytes = members.integer("events_bytes");
  state.tensorboard_bytes = members["tensorboard_bytes"].is_null() ? -1 : members.integer("tensorboard_bytes", -1);
  if (!members["tape_events"].is_null()) state.tape_events = members.integer("tape_events", -1);
  for (const Json& item : members.items("windows")) {
    Members at(item, members.where() + ", window");
    const std::size_t l = state.windows.size();
    RecordingState::Window& window = state.windows.emplace_back();
    window.block = at.index("block");
    window.steps = at.integer("steps");
    window.counts = blocks.vector(block_name("recording", l, "counts"));
    window.prob_sum = blocks.vector(block_name("recording", l, "prob_sum"));
    const std::string dropped = block_name("recording", l, "dropped");
    const std::vector<double> one = blocks.vector(dropped);
    if (one.size() == 1) window.dropped = one[0];
    else blocks.fail(dropped, "is not one number");
    if (at.error()) return *at.error();
    if (blocks.error()) return *blocks.error();
  }
  if (members.error()) return *members.error();
  return state;
}

Result<TrainerState> state_of(const Metadata& texts, NamedBlocks& blocks, const std::string& where) {
  TrainerState state;
  const auto config = text_json(texts, "config", where), vocabulary = text_json(texts, "vocabulary", where),
             json = text_json(texts, "state", where);
  for (const auto* text : {&config, &vocabulary, &json})
    if (!*text) return text->error();
  auto read = config_from_json(*config, Config{}, where + ", metadata 'config'");
  if (!read) return read.error();
  state.config = std::move(*read);
  Members members(*json, where + ", metadata 'state'");
  state.revision =
      static_cast<std::uint64_t>(members.integer("revision", std::numeric_limits<std::int64_t>::min()));
  state.step = members.integer("step");
  state.tokens = members.integer("tokens");
  state.wall_s = members.number("wall_s");
  state.drawn = members.integer("drawn");
  state.optimizer_steps = members.integer("optimizer_steps");
  for (std::size_t l = 0, layers = layers_in(members); l < layers && !blocks.error(); ++l)
    state.loads.push_back(blocks.vector(block_name("loads", l)));
  Members engine(members["engine"], members.where() + ", engine");
  state.engine.libtorch = engine.text("libtorch");
  state.engine.blas = engine.text("blas");
  state.engine.device = engine.text("device");
  state.engine.threads = engine.index("threads");
  state.engine.auto_precision = engine.text("auto_precision");
  if (!engine["processor"].is_null()) state.engine.processor = engine.text("processor");
  if (!engine["layout"].is_null()) state.engine.layout = engine.text("layout");
  state.data_name = members.text("data");
  state.examples = members.integer("examples");
  const Json::Array* outputs = vocabulary->array_items();
  if (!outputs) members.fail("the vocabulary is not a list");
  else
    for (const Json& output : *outputs) {
      if (const std::string* text = output.text()) state.outputs.push_back(*text);
      else members.fail("the vocabulary is not a list of texts");
    }
  for (const Members* all : {&members, &engine})
    if (all->error()) return *all->error();
  return state;
}

}  // namespace

CheckpointParts parts_of(const Checkpoint& checkpoint, std::string_view program) {
  CheckpointParts parts;
  parts.texts["format"] = "pt";
  const CheckpointLabel& label = checkpoint.label;
  const TrainerState& trainer = checkpoint.trainer;
  parts.texts["checkpoint"] = dump_json(Json{{"format", kCheckpointFormat},
                                             {"program", program},
                                             {"run", label.run},
                                             {"name", label.name},
                                             {"why", label.why},
                                             {"written_unix_s", label.written_unix_s},
                                             {"step", trainer.step},
                                             {"val_loss", exact_json(label.val_loss)}});
  parts.texts["config"] = dump_json(to_shared_json(trainer.config));  // where a text lies config.json alone says
  parts.texts["vocabulary"] = dump_json(trainer.outputs);
  const EngineInfo& engine = trainer.engine;
  parts.texts["state"] = dump_json(Json{{"revision", static_cast<std::int64_t>(trainer.revision)},
                                        {"step", trainer.step},
                                        {"tokens", trainer.tokens},
                                        {"wall_s", exact_json(trainer.wall_s)},
                                        {"drawn", trainer.drawn},
                                        {"optimizer_steps", trainer.optimizer_steps},
                                        {"layers", trainer.loads.size()},
                                        {"engine", Json{{"libtorch", engine.libtorch},
                                                        {"blas", engine.blas},
                                                        {"device", engine.device},
                                                        {"threads", engine.threads},
                                                        {"auto_precision", engine.auto_precision},
                                                        {"processor", engine.processor},
                                                        {"layout", engine.layout}}},
                                        {"data", trainer.data_name},
                                        {"examples", trainer.examples}});
  for (std::size_t l = 0; l < trainer.loads.size(); ++l)
    parts.doubles.add(block_name("loads", l), {extent_of(trainer.loads[l].size())}, trainer.loads[l]);
  add_health(checkpoint.health, parts);

  const RecordingState& recording = checkpoint.recording;
  Json json{{"metrics_bytes", recording.metrics_bytes}, {"routing_bytes", recording.routing_bytes},
            {"events_bytes", recording.events_bytes},   {"tensorboard_bytes", recording.tensorboard_bytes},
            {"tape_events", recording.tape_events},     {"windows", Json::array()}};
  for (std::size_t l = 0; l < recording.windows.size(); ++l) {
    const RecordingState::Window& window = recording.windows[l];
    json.member("windows").push_back({{"block", window.block}, {"steps", window.steps}});
    parts.doubles.add(block_name("recording", l, "counts"), {extent_of(window.counts.size())}, window.counts);
    parts.doubles.add(block_name("recording", l, "prob_sum"), {extent_of(window.prob_sum.size())},
                      window.prob_sum);
    parts.doubles.add(block_name("recording", l, "dropped"), {1}, std::span(&window.dropped, 1));
  }
  parts.texts["recording"] = dump_json(json);
  return parts;
}

Result<CheckpointLabel> label_of(const Metadata& texts, const std::string& where) {
  if (!texts.contains("checkpoint"))
    return usage_error(where + ": holds weights alone, no checkpoint: the optimizer's state was not saved in it");
  const auto json = text_json(texts, "checkpoint", where);
  if (!json) return json.error();
  Members members(*json, where + ", metadata 'checkpoint'");
  CheckpointLabel label;
  label.program = members.text("program");
  if (const std::int64_t format = members.integer("format"); !members.error() && format > kCheckpointFormat)
    return usage_error(
        fmt::format("{}: written by switchyard {}, newer than this one ({}): its format is {}, at most {} is read",
                    where, label.program, version(), format, kCheckpointFormat));
  label.run = members.text("run");
  label.name = members.text("name");
  label.why = members.text("why");
  label.written_unix_s = members.integer("written_unix_s", std::numeric_limits<std::int64_t>::min());
  label.step = members.integer("step");
  label.val_loss = members.number("val_loss");
  if (members.error()) return *members.error();
  if (const auto recording = text_json(texts, "recording", where))
    if (const std::int64_t* bytes = (*recording)["events_bytes"].integer()) label.events_bytes = *bytes;
  return label;
}

Result<Checkpoint> checkpoint_of(const Metadata& texts, const DoubleBlocks& doubles, const std::string& where) {
  Checkpoint made;
  auto label = label_of(texts, where);
  if (!label) return label.error();
  made.label = std::move(*label);
  // What it does not know in a file of another version is told as that.
  const auto told = [&](const Error& error) {
    if (made.label.program == version()) return error;
    return usage_error(
        fmt::format("{} (written by switchyard {}, this is {})", error.message, made.label.program, version()));
  };
  NamedBlocks blocks(doubles, where);
  auto trainer = state_of(texts, blocks, where);
  if (!trainer) return told(trainer.error());
  auto health = health_of(texts, blocks, where);
  if (!health) return told(health.error());
  auto recording = recording_of(texts, blocks, where);
  if (!recording) return told(recording.error());
  if (blocks.error()) return told(*blocks.error());
  made.trainer = std::move(*trainer);
  made.health = std::move(*health);
  made.recording = std::move(*recording);
  return made;
}

}  // namespace switchyard
