// Further processes of this program, that work for this one: their lines of output, their ends.
//
// They end with it: asked to by SIGTERM when it ends, however it ends (prctl(PR_SET_PDEATHSIG)). Their standard
// error is this process's, their standard input is empty. Thread safety: one thread, the main one.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace switchyard::app {

// This program's own file, whatever it was started as. failure: it cannot be told.
Result<std::string> own_program();

class Workers {
 public:
  Workers() = default;
  ~Workers();  // asks those that are left to end, and waits for them
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // arguments without the program itself. failure: the system gives no process.
  Result<void> start(const std::vector<std::string>& arguments);
  // Gives the lines that came within the time, each without its end.
  void listen(int timeout_ms, const std::function<void(std::string_view)>& on_line);
  std::size_t running() const;
  void ask_to_end();

  static constexpr int kNoProgram = 127;  // the exit code of one that could not begin
  struct End {
    int code = 0, signal = 0;  // exit code, or what ended it
  };
  // Of those that have ended since the last call.
  std::vector<End> take_ends();

 private:
  struct Worker {
    pid_t process = -1;
    int output = -1;
    std::string begun;  // of a line
  };
  // false: there is nothing more to come.
  static bool read_lines(Worker& worker, const std::function<void(std::string_view)>& on_line);

  std::vector<Worker> workers_;
};

}  // namespace switchyard::app
