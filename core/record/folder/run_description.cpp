#include "core/record/folder/run_description.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <utility>

#include "core/base/version.h"
#include "core/config/json.h"
#include "core/record/folder/data_record.h"

namespace switchyard {
namespace {

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

}  // namespace

Json parent_json(const std::optional<RunPoint>& parent) {
  if (!parent) return nullptr;
  return Json{{"run", parent->run}, {"step", parent->step}};
}

std::string run_description(const Trainer& trainer, const RunIdentity& run) {
  const EngineInfo info = trainer.info();
  Json json = Json::object();
  json.member("run") = run.id;
  json.member("parent") = parent_json(run.parent);
  json.member("config") = to_json(trainer.config());
  if (!trainer.data().path.empty())  // found again from any folder
    json.member("config").member(data_knob(trainer.config().task).key) = trainer.data().path;
  json.member("seed") = trainer.config().seed;
  json.member("corpus") = trainer.data().name;
  json.member("data") = data_json(trainer.data());
  json.member("versions") = {{"switchyard", std::string(version())}, {"libtorch", info.libtorch}, {"blas", info.blas}};
  json.member("device") = info.device;
  json.member("threads") = info.threads;
  json.member("layout") = info.layout;
  json.member("auto_precision") = info.auto_precision;
  json.member("started") = utc_now();
  json.member("vocabulary") = trainer.data().outputs;
  return dump_json(json, 2) + "\n";
}

Result<RunDescription> read_run_description(const std::filesystem::path& folder) {
  auto json = read_json_file(folder / kConfigFile);
  if (!json) return json.error();
  RunDescription read;
  if (const std::string* id = (*json)["run"].text()) read.run.id = *id;
  const Json& parent = (*json)["parent"];
  if (const std::string* run = parent["run"].text())
    if (const std::int64_t* step = parent["step"].integer()) read.run.parent = RunPoint{*run, *step};
  read.json = std::move(*json);
  return read;
}

}  // namespace switchyard
