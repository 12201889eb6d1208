// CPU time of the threads that draw: the calling one and, under software OpenGL, Mesa's llvmpipe workers,
// which belong to this process and do nearly all of it.
//
// Thread safety: an object belongs to one thread, the one it measures.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace switchyard::app {

class DrawingCpu {
 public:
  // Seconds of CPU since the threads began; only differences mean something. The list of workers is
  // looked up anew every few seconds (`now_s`, monotonic), as they start with the first frame.
  double seconds(double now_s);
  std::size_t workers() const { return workers_.size(); }

 private:
  struct Worker {
    pid_t thread;
    double first_s;  // CPU it had used when it was found, so that its past is not counted
  };
  std::vector<Worker> workers_;
  double looked_up_s_ = -1e300;
};

// Processors this process may run on, at least 1.
int usable_cores();
// Resident memory of the process in bytes, 0 if unknown.
double resident_bytes();

}  // namespace switchyard::app
