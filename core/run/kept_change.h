// What a person changes of what is kept on disk, and what came of it. Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace switchyard {

struct KeptChange {
  enum class Kind { name, remove, remove_run, put_back };
  Kind kind = Kind::name;
  // name, remove: a checkpoint's file; remove_run: a run's folder; put_back: an entry of the trash.
  std::string where;
  std::string name{};  // kind name; empty: its name is taken off
  bool operator==(const KeptChange&) const = default;
};

struct KeptChanged {
  KeptChange change;
  std::string refused{};  // why nothing has changed; empty: it is done
  bool is_run = false;    // what was moved is a whole run
  std::string run{};      // id of the run
  std::string run_folder{};
  std::int64_t step = 0;  // of the checkpoint
  std::string place{};    // where it is now; of what was removed its entry in the trash, which put_back takes
  std::vector<std::string> notes{};  // sentences that somebody should read
};

}  // namespace switchyard
