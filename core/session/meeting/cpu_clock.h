// CPU time of the calling thread, to know what streaming costs beside training without a noisy wall clock.
// Thread safety: any thread, each its own clock.
#pragma once

namespace switchyard {

// Seconds of CPU this thread has used.
double thread_cpu_s();

// Adds the CPU seconds of its lifetime to a total.
class CpuSpan {
 public:
  explicit CpuSpan(double& total) : total_(total), start_(thread_cpu_s()) {}
  ~CpuSpan() { total_ += thread_cpu_s() - start_; }
  CpuSpan(const CpuSpan&) = delete;
  CpuSpan& operator=(const CpuSpan&) = delete;

 private:
  double& total_;
  double start_;
};

// Where a trainer thread's CPU seconds went.
struct CpuCost {
  double training = 0;   // Trainer::advance
  double streaming = 0;  // probes and Link calls
  double looking = 0;    // the probes among them
  double recording = 0;  // the observer
};

}  // namespace switchyard
