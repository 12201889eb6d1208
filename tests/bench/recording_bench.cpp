// What a large recording of another program's costs whoever opens it. Run by hand, from build/release/bin, on what
// tests/recordings/write_large.py wrote:
//
//   recording_bench view PATH [KEY]…    as a window opens it: time to the first look, the first loads, all of them
//   recording_bench grow FILE [KEY]…    time from an answer that is added to it (its last line again, and taken
//   away at
//                                       the end: NeMo, vLLM, SGLang) to its look
//   recording_bench scrub FOLDER [N]    CPU of a look at each of N steps drawn at random
//   recording_bench loads PATH          all loads, as `open --headless` has them
//   recording_bench pairs FOLDER        co-activation and flow over all tokens, as with --full
//   recording_bench convert PATH [KEY]… into the canonical form, in a folder of its own below TMPDIR: MB/s of
//   PATH;
//                                       of any form that write_large.py --forms writes (SGLang: layers=16 k=8)
//
// The second `view` of files of another form has them from the cache (XDG_CACHE_HOME). Each tells the most
// anonymous memory (RssAnon) beside.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/recordings/chunk_file.h"
#include "core/recordings/folder_writer.h"
#include "core/recordings/forms/forms.h"
#include "core/recordings/growing_folder.h"
#include "core/recordings/looks.h"
#include "core/recordings/route_pairs.h"
#include "core/recordings/summary.h"
#include "core/session/viewing/recording_viewer.h"

namespace {

using namespace switchyard;
namespace fs = std::filesystem;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double cpu() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

template <class T>
T or_give_up(Result<T> result) {
  if (!result) give_up(result.error().message);
  return std::move(*result);
}

// The most of it while this lives, looked at every 2 ms.
class AnonymousMemory {
 public:
  AnonymousMemory()
      : thread_([this] {
          while (!ends_) {
            most_ = std::max(most_.load(), read());
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
          }
        }) {}
  ~AnonymousMemory() {
    ends_ = true;
    thread_.join();
    std::printf("most anonymous memory %.0f MB\n", most_ / 1024);
  }

 private:
  static double read() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("RssAnon:")) return std::strtod(line.c_str() + 8, nullptr);
    return 0;
  }
  std::atomic<bool> ends_ = false;
  std::atomic<double> most_ = 0;
  std::thread thread_;
};

std::uintmax_t bytes_of_path(const fs::path& path) {
  if (!fs::is_directory(path)) return fs::file_size(path);
  std::uintmax_t bytes = 0;
  for (const auto& one : fs::recursive_directory_iterator(path))
    if (one.is_regular_file()) bytes += one.file_size();
  return bytes;
}

void view(const fs::path& path, const std::vector<std::string>& keys) {
  const AnonymousMemory memory;
  const double began = now(), cpu_began = cpu();
  RecordingWish wish;
  wish.path = path, wish.keys = keys;
  const RecordingViewer viewer(wish, 1);
  double look = 0, loads = 0;
  std::size_t records = 0, looks = 0;
  while (true) {
    const bool is_all = viewer.has_told_all();
    Update update = viewer.link()->receive();
    const auto is_first = [&](double& when, bool is_there, const char* what) {
      if (when > 0 || !is_there) return;
      when = now();
      std::printf("%-14s %6.2f s\n", what, when - began);
    };
    is_first(look, update.snapshot != nullptr, "first look");
    is_first(loads, !update.records.empty() || update.whole_past, "first loads");
    records += update.records.size(), looks += update.past_looks.size();
    if (update.status.state == RunState::failed) give_up(update.status.message);
    if (is_all && !viewer.link()->has_news()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::printf("all of it      %6.2f s, CPU %.2f s; %zu steps one by one, %zu looks\n", now() - began,
              cpu() - cpu_began, records, looks);
}

std::string last_line(const fs::path& path) {
  const std::uintmax_t most = std::min<std::uintmax_t>(fs::file_size(path), std::uintmax_t{32} << 20);
  std::string end(most, '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(-static_cast<std::streamoff>(most), std::ios::end);
  file.read(end.data(), static_cast<std::streamsize>(most));
  const std::size_t before = end.size() > 1 ? end.rfind('\n', end.size() - 2) : std::string::npos;
  return before == std::string::npos ? end : end.substr(before + 1);
}

void grow(const fs::path& path, const std::vector<std::string>& keys) {
  const AnonymousMemory memory;
  const std::string line = last_line(path);
  const std::uintmax_t size = fs::file_size(path);
  RecordingWish wish;
  wish.path = path, wish.keys = keys;
  const RecordingViewer viewer(wish, 1);
  std::int64_t step = -1;
  const auto look = [&] {
    const Update update = viewer.link()->receive();
    if (update.status.state == RunState::failed) give_up(update.status.message);
    return update.snapshot ? update.snapshot->step : -1;
  };
  const double began = now();
  while (!viewer.has_told_all() || viewer.link()->has_news()) {
    step = std::max(step, look());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::printf("%.0f MB are read after %.2f s\n", static_cast<double>(size) / 1e6, now() - began);
  for (int i = 0; i < 5; ++i) {
    const double added = now(), cpu_added = cpu();
    std::ofstream(path, std::ios::app | std::ios::binary) << line;
    for (const std::int64_t before = step; step == before;
         std::this_thread::sleep_for(std::chrono::milliseconds(2)))
      step = std::max(step, look());
    std::printf("a look %.2f s after its line, CPU %.2f s\n", now() - added, cpu() - cpu_added);
  }
  fs::resize_file(path, size);
}

void scrub(const fs::path& folder, int count) {
  const AnonymousMemory memory;
  GrowingFolder routes(folder);
  or_give_up(routes.look());
  const RecordingHead head = routes.head();
  const std::vector<ChunkNote> notes = routes.take();
  std::mt19937_64 random(1);
  std::vector<double> took;
  for (int i = 0; i < count; ++i) {
    const auto step =
        std::uniform_int_distribution<std::int64_t>(notes.front().first_step, notes.back().last_step)(random);
    const double began = cpu();
    const auto note =
        std::find_if(notes.begin(), notes.end(), [&](const ChunkNote& one) { return one.last_step >= step; });
    const auto chunk = or_give_up(routes.read_step(*note, step));
    if (!look_at(chunk, step, head.order)) give_up("a step has no look");
    took.push_back(1e3 * (cpu() - began));
  }
  std::sort(took.begin(), took.end());
  std::printf("CPU of a look: median %.1f ms, most %.1f ms of %d\n", took[took.size() / 2], took.back(), count);
}

void loads(const fs::path& path) {
  const AnonymousMemory memory;
  const double began = now(), cpu_began = cpu();
  const RecordingForm* form = form_of(path);
  if (!form) give_up("no recording");
  const auto reader = or_give_up(open_recording(*form, path, {}));
  const auto summary = or_give_up(summary_of(*reader));
  std::printf("%lld steps, %lld tokens: %.2f s, CPU %.2f s\n", static_cast<long long>(summary.steps),
              static_cast<long long>(summary.tokens), now() - began, cpu() - cpu_began);
}

void pairs(const fs::path& folder) {
  const AnonymousMemory memory;
  const double began = now(), cpu_began = cpu();
  const auto counted = or_give_up(pairs_of_folder(folder));
  std::printf("%lld tokens: %.2f s, CPU %.2f s\n", static_cast<long long>(counted.tokens), now() - began,
              cpu() - cpu_began);
}

void convert(const fs::path& path, const std::vector<std::string>& given) {
  const AnonymousMemory memory;
  const fs::path to = fs::temp_directory_path() / ("recording_bench" + std::to_string(getpid()));
  const double began = now(), cpu_began = cpu();
  const RecordingForm* form = form_of(path);
  if (!form) give_up("no recording");
  const RecordingKeys keys = or_give_up(keys_from(given));
  const auto reader = or_give_up(open_recording(*form, path, keys));
  auto writer = or_give_up(RoutesWriter::create(to));
  while (true) {
    auto chunk = or_give_up(reader->next());
    if (!chunk) break;
    if (auto done = writer.write(reader->head(), std::move(*chunk)); !done) give_up(done.error().message);
  }
  if (auto done = writer.finish(reader->head()); !done) give_up(done.error().message);
  const double mb = static_cast<double>(bytes_of_path(path)) / 1e6, used = cpu() - cpu_began;
  std::printf("%.0f MB into %.0f MB: %.2f s, CPU %.2f s, %.0f MB/s a core\n", mb,
              static_cast<double>(bytes_of_path(to)) / 1e6, now() - began, used, mb / used);
  fs::remove_all(to);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  if (what == "view") view(argv[2], {argv + 3, argv + argc});
  else if (what == "grow") grow(argv[2], {argv + 3, argv + argc});
  else if (what == "scrub") scrub(argv[2], argc > 3 ? std::atoi(argv[3]) : 100);
  else if (what == "loads") loads(argv[2]);
  else if (what == "pairs") pairs(argv[2]);
  else if (what == "convert") convert(argv[2], {argv + 3, argv + argc});
  else give_up("recording_bench view|grow|scrub|loads|pairs|convert PATH");
}
