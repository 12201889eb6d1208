// Several processes that train one model: which of them this is, as whoever started it says, and what it is told
// of the others. Free of torch. Thread safety: values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace switchyard {

struct RankPlace {
  std::int64_t rank = 0, size = 1;
  std::int64_t local_rank = 0, local_size = 1;  // among the processes of this machine
  std::string master_host = "127.0.0.1";        // where rank 0 is
  std::uint16_t master_port = 0;                // 0, of rank 0 alone: one that is free
  bool store_is_launchers = false;              // the launcher keeps the store at master_host; rank 0 does not
  std::int64_t attempt = 0;                     // how often the launcher has started all of them anew
};

// What a group of ranks is told and tells while it is together.
struct RankTerms {
  double silence_s = 5;    // a rank without a heartbeat for so long is named
  double timeout_s = 600;  // a rank that does not answer for so long is given up, and the group with it
  double join_s = 120;     // for all to be there
  // What must be the same on all, besides the version of the program: the configuration as JSON, one knob a line.
  std::string config_json;
  // Rank 0 listens: where. Before it waits for the others.
  std::function<bool(std::uint16_t port)> on_listening = {};
  // "rank 2 (name, process 4711) has been silent for 5 s". From a thread of its own.
  std::function<void(const std::string&)> on_news = {};
};

// One configuration in one layout, held against one process (core/train/crew/equality.h).
struct CheckedRow {
  std::string layout;   // "2 x 1": data by expert parallel
  std::string name;     // what it tries
  std::string found;    // in words
  double gradient = 0;  // largest deviation of a gradient as a share of its bound
  bool good = false;
};

}  // namespace switchyard
