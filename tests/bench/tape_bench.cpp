// What a tape costs whoever trains, and how soon it is open. Run by hand, from build/release/bin:
//
//   tape_bench cost [SECONDS [CONFIG]]   share of the trainer's CPU: probes, Link, run folder and tape; bytes of a
//   step and a look
//                               before and after compression
//   tape_bench write DIR [N]    a run folder of 100,000 steps (or N) of 8 layers of 64 experts with 256 MB of looks:
//                               MB/s, bytes on disk; open_bench opens it in the window
//   tape_bench open DIR         its tape with its pages dropped from the cache: what a first frame needs, then all;
//                               memory
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/config/json.h"
#include "core/history/history.h"
#include "core/history/snapshot_store.h"
#include "core/record/folder/run_folder.h"
#include "core/record/tape/blob.h"
#include "core/record/tape/look_codec.h"
#include "core/record/tape/record_codec.h"
#include "core/record/tape/tape.h"
#include "core/session/driving/driver.h"
#include "core/session/meeting/link.h"
#include "core/train/interface/engine_loader.h"

namespace {

using namespace switchyard;
namespace fs = std::filesystem;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double mb(double bytes) { return bytes / (1 << 20); }

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

// CPU seconds of this process's threads of this name.
double cpu_of(std::string_view name) {
  double sum = 0;
  for (const auto& task : fs::directory_iterator("/proc/self/task")) {
    std::string comm;
    std::getline(std::ifstream(task.path() / "comm") >> std::ws, comm);
    double ns = 0;
    if (comm == name && std::ifstream(task.path() / "schedstat") >> ns) sum += 1e-9 * ns;
  }
  return sum;
}

double peak_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// --- cost

void sizes_of(const std::vector<StepRecord>& records, std::size_t batch) {
  double figures = 0, packed_figures = 0, counts = 0, packed_counts = 0, steps = 0, took = 0;
  for (std::size_t at = 0; at + batch <= records.size(); at += batch, steps += static_cast<double>(batch)) {
    const auto part = std::span(records).subspan(at, batch);
    const double began = now();
    const Bytes f = encode_figures(part), c = encode(counts_of(part));
    const Bytes pf = seal(BlobKind::figures, f), pc = seal(BlobKind::counts, c);
    took += now() - began;
    figures += static_cast<double>(f.size()), packed_figures += static_cast<double>(pf.size());
    counts += static_cast<double>(c.size()), packed_counts += static_cast<double>(pc.size());
  }
  if (steps > 0)
    std::printf("  in batches of %3zu a step is %3.0f + %3.0f B, sealed %3.0f + %3.0f; %.2f us\n", batch,
                figures / steps, counts / steps, packed_figures / steps, packed_counts / steps,
                1e6 * took / steps);
}

void cost_of(const char* name, const Config& config, double seconds) {
  const auto engine = load_engine();
  auto trainer = engine ? (*engine)->create(config) : Result<std::unique_ptr<Trainer>>(engine.error());
  if (!trainer) give_up(trainer.error().message);
  const fs::path folder = fs::temp_directory_path() / ("tape_bench-" + std::to_string(::getpid()) + "-" + name);
  auto recorded = RunFolder::create(folder);
  if (!recorded) give_up(recorded.error().message);
  Link link;
  Driver driver(**trainer, recorded->get(), [&] { return link.snapshot_was_seen(); });
  driver.start();
  // The looks that are free at first would be most of a minute's.
  while (driver.cost().looking < Driver::kFreeLooks_s)
    if (!driver.look()) give_up("no look");
  driver.cost().streaming -= driver.cost().looking;
  std::vector<StepRecord> records;
  std::int64_t steps = 0, looks = 0;
  double look_bytes = 0, packed_look_bytes = 0;
  const double began = now();
  double received = began;
  while (now() < began + seconds) {
    auto slice = driver.advance();
    if (!slice) give_up(slice.error().message);
    if (!slice->record) continue;
    ++steps;
    if (records.size() < 5000) records.push_back(*slice->record);
    if (slice->snapshot && ++looks <= 50) {
      const Bytes content = encode(*slice->snapshot, {});
      look_bytes += static_cast<double>(content.size());
      packed_look_bytes += static_cast<double>(seal(BlobKind::look, content).size());
    }
    const CpuSpan span(driver.cost().streaming);
    link.take_commands();
    link.publish(std::move(*slice->record));
    if (slice->snapshot) link.publish(std::move(slice->snapshot));
    // A window that draws thirty times a second.
    if (now() > received + 1.0 / 30) link.receive(), received = now();
  }
  const double took = now() - began, tape = cpu_of("tape");
  const CpuCost& cost = driver.cost();
  const double training = cost.training;
  std::printf(
      "%s: %.1f steps/s, %lld looks in %.0f s; of the trainer's CPU: probes and Link %.2f %%, run folder %.2f %%, "
      "tape's thread "
      "%.2f %%, together %.2f %%\n",
      name, static_cast<double>(steps) / took, static_cast<long long>(looks), took,
      100 * cost.streaming / training, 100 * cost.recording / training, 100 * tape / training,
      100 * (cost.streaming + cost.recording + tape) / training);
  driver.finish();
  std::error_code code;
  const auto kb_a_second = [&](const char* file) {
    const auto bytes = fs::file_size(folder / file, code);
    return code ? 0 : static_cast<double>(bytes) / 1024 / took;
  };
  std::printf("  on disk a second: tape %.1f KB, metrics.csv %.1f KB\n", kb_a_second("tape.sqlite"),
              kb_a_second("metrics.csv"));
  for (const std::size_t batch : {std::size_t{1}, std::size_t{6}, std::size_t{64}, std::size_t{512}})
    sizes_of(records, batch);
  const double counted = static_cast<double>(std::min<std::int64_t>(50, looks));
  if (looks > 0)
    std::printf("  a look is %.0f B, sealed %.0f\n", look_bytes / counted, packed_look_bytes / counted);
  fs::remove_all(folder, code);
}

// --- a large tape

constexpr std::size_t kLayers = 8, kExperts = 64;

StepRecord large_record(RandomStream& random, std::int64_t step) {
  StepRecord record;
  record.step = step, record.tokens = step * 1024, record.model_id = 1,
  record.wall_s = 0.5 * static_cast<double>(step) + random.uniform();
  const auto figure = [&] { return static_cast<double>(static_cast<float>(random.uniform())); };
  record.step_ms = 500 * random.uniform(), record.tokens_per_s = 1024 / record.step_ms, record.loss = figure(),
  record.total_loss = random.uniform();
  record.learning_rate = 3e-4, record.grad_norm = figure(), record.train_accuracy = figure();
  if (step % 25 == 0) record.val_loss = figure(), record.val_accuracy = figure();
  record.aux = PerAuxLoss<double>::filled(0);
  record.aux.values[0] = random.uniform(), record.aux.values[7] = random.uniform();
  for (std::size_t l = 0; l < kLayers; ++l) {
    LayerRecord& layer = record.layers.emplace_back();
    layer.block = static_cast<std::int32_t>(l);
    for (std::size_t e = 0; e < kExperts; ++e) {
      layer.counts.push_back(static_cast<float>(20 + random.below(24)));
      layer.mean_prob.push_back((layer.counts.back() / 2048) *
                                (0.9F + 0.2F * static_cast<float>(random.uniform())));
    }
    for (float* one : {&layer.token_entropy, &layer.load_entropy, &layer.max_violation, &layer.router_grad_norm,
                       &layer.expert_grad_norm, &layer.aux.values[0], &layer.aux.values[7]})
      *one = static_cast<float>(random.uniform());
  }
  return record;
}

Snapshot large_look(RandomStream& random, std::int64_t step, const std::shared_ptr<const ProbeTokens>& tokens) {
  Snapshot look;
  look.step = step, look.model_id = 1, look.tokens = tokens;
  const std::size_t count = tokens->id.size();
  const auto numbers = [&](std::size_t n) {
    std::vector<float> all(n);
    for (float& one : all) one = static_cast<float>(random.uniform());
    return all;
  };
  look.token_loss = numbers(count);
  for (std::size_t l = 0; l < kLayers; ++l) {
    ProbeLayer& layer = look.layers.emplace_back();
    layer.block = static_cast<std::int32_t>(l), layer.experts = kExperts, layer.top_k = 2, layer.ranked = 4;
    for (std::size_t i = 0; i < 4 * count; ++i)
      layer.expert.push_back(static_cast<std::int32_t>(random.below(kExperts)));
    layer.prob = numbers(4 * count), layer.weight = numbers(2 * count), layer.entropy = numbers(count),
    layer.pca = numbers(2 * count);
    layer.kept.assign(2 * count, 1);
    layer.gate_pca = numbers(2 * kExperts);
  }
  return look;
}

void write_large(const fs::path& folder, std::int64_t steps) {
  fs::create_directories(folder);
  fs::remove(folder / kTapeFile);
  RandomStream random(1, "tape bench");
  auto tokens = std::make_shared<ProbeTokens>();
  for (std::int32_t i = 0; i < 640; ++i) tokens->id.push_back(i % 60), tokens->text.push_back("a");
  tokens->sequence_length = 128;
  const std::shared_ptr<const ProbeTokens> probe = tokens;
  const Bytes content = encode(*tokens);
  const ProbeName name{false, checksum_of(content)};
  const std::size_t look_bytes = bytes_of(large_look(random, 1, probe));
  const std::int64_t looks = static_cast<std::int64_t>((std::size_t{256} << 20) / look_bytes),
                     every = std::max<std::int64_t>(1, steps / looks);
  auto file = TapeFile::open(folder / kTapeFile, {});
  if (!file) give_up(file.error().message);
  TapeFacts facts;
  facts.run = "large";
  facts.config.layers = kLayers, facts.config.experts = kExperts;
  facts.data.name = "stories", facts.data.outputs = {"a", "b"};
  Json json = Json::object();
  json.member("run") = facts.run;
  json.member("parent") = nullptr;
  json.member("config") = to_json(facts.config);
  json.member("corpus") = facts.data.name;
  if (auto written = replace_file(folder / kConfigFile, dump_json(json, 2)); !written) give_up(written.error().message);
  TapeBatch batch;
  batch.facts = encode(facts);
  batch.probes.push_back({BlobKind::tokens, name.checksum, content});
  double took = 0, told = 0;
  for (std::int64_t step = 1; step <= steps; ++step) {
    batch.records.push_back(large_record(random, step));
    told += kLayers * (kExperts * 8 + 64) + 200;
    if (step % every == 0) {
      batch.looks.push_back({step, encode(large_look(random, step, probe), name)});
      told += static_cast<double>(batch.looks.back().content.size());
    }
    if (step % 40 != 0 && step != steps) continue;
    const double began = now();
    if (auto written = file->write(batch); !written) give_up(written.error().message);
    took += now() - began;
    batch = {};
  }
  const double began = now();
  file->end();
  took += now() - began;
  std::printf("%lld steps of %zu x %zu, %lld looks: %.0f MB told, %.0f MB on disk, written in %.1f s: %.0f MB/s\n",
              static_cast<long long>(steps), kLayers, kExperts, static_cast<long long>(looks), mb(told),
              mb(static_cast<double>(fs::file_size(folder / kTapeFile))), took, mb(told) / took);
}

void open_large(const fs::path& folder) {
  const fs::path file = folder / kTapeFile;
  // Of this file alone: others' pages are none of ours to drop.
  const int descriptor = ::open(file.c_str(), O_RDONLY);
  ::fdatasync(descriptor);
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  ::close(descriptor);
  const double began = now();
  auto tape = Tape::open(folder);
  if (!tape) give_up(tape.error().message);
  const auto facts = tape->facts();
  const auto span = tape->span();
  const auto summary = tape->summary();
  const auto looks = tape->looks();
  if (!facts || !span || !summary || !looks) give_up("cannot be read");
  History first;
  for (const StepRecord& record : *summary) first.append(record);
  const auto look = tape->look(span->last);
  const double frame = now() - began;
  std::printf("first frame: %zu rows of summary, %zu looks listed, the newest read: %.2f s, %.0f MB of memory\n",
              summary->size(), looks->size(), frame, peak_mb());
  History all;
  double longest = 0, piece_began = now();
  if (auto read = tape->read(0,
                             [&](std::vector<StepRecord>&& piece) {
                               longest = std::max(longest, now() - piece_began);
                               for (const StepRecord& record : piece) all.append(record);
                               piece_began = now();
                               return true;
                             });
      !read)
    give_up(read.error().message);
  std::printf("all steps: %.2f s, a piece at most %.1f ms, %.0f MB of memory\n", now() - began - frame,
              1e3 * longest, peak_mb());
  SnapshotStore store;
  double slowest = 0;
  for (const Tape::LookPlace& at : *looks) {
    const double look_began = now();
    const auto one = tape->look(at.step);
    if (!one) give_up(one.error().message);
    store.add(*one);
    slowest = std::max(slowest, now() - look_began);
  }
  std::printf("all looks: %zu of them kept in %.0f MB, one at most %.1f ms; %.2f s in all, %.0f MB of memory\n",
              store.size(), mb(static_cast<double>(store.bytes())), 1e3 * slowest, now() - began, peak_mb());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "cost";
  if (what == "cost") {
    const double seconds = argc > 2 ? std::atof(argv[2]) : 30;
    Result<Config> config = Config();
    if (argc > 3) config = read_config_file(argv[3]);
    if (!config) give_up(config.error().message);
    cost_of(argc > 3 ? fs::path(argv[3]).stem().c_str() : "default", *config, seconds);
  } else if (what == "write" && argc > 2) {
    write_large(argv[2], argc > 3 ? std::atoll(argv[3]) : 100'000);
  } else if (what == "open" && argc > 2) {
    open_large(argv[2]);
  } else {
    give_up("tape_bench cost [SECONDS [CONFIG]] | write DIR [STEPS] | open DIR");
  }
  return 0;
}
