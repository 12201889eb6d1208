#include "app/cli/console/console.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <system_error>

namespace switchyard::app {
namespace {

bool output_was_closed = false;  // written once, before any other thread

// Writes without ever waiting. Not by O_NONBLOCK on the descriptor itself: other programs share that.
class Outlet {
 public:
  explicit Outlet(int descriptor) : descriptor_(descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return;
    is_socket_ = S_ISSOCK(status.st_mode);
    if (!S_ISCHR(status.st_mode) && !S_ISFIFO(status.st_mode)) return;
    char own[32];
    *fmt::format_to_n(own, sizeof own - 1, "/proc/self/fd/{}", descriptor).out = '\0';
    own_ = ::open(own, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  }
  ~Outlet() {
    if (own_ >= 0) ::close(own_);
  }
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;

  // As many bytes as there is room for; below 0: none, errno says why.
  ssize_t write(std::string_view text) const {
    if (is_socket_) return ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (own_ >= 0) return ::write(own_, text.data(), text.size());
    // A terminal of another user (after su) cannot be opened anew. This much fits where poll() sees room.
    if (!has_room(0)) return errno = EAGAIN, -1;
    return ::write(descriptor_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
  }
  bool has_room(int patience_ms) const {
    pollfd asked{own_ >= 0 ? own_ : descriptor_, POLLOUT, 0};
    return ::poll(&asked, 1, patience_ms) > 0;
  }

 private:
  int descriptor_, own_ = -1;
  bool is_socket_ = false;
};

}  // namespace

void hold_standard_files() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    output_was_closed = output_was_closed || descriptor == STDOUT_FILENO;
    // The lowest free number is this one: those below are open by now. Without /dev something must hold it all the
    // same.
    if (::open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY) < 0)
      (void)::open("/", O_RDONLY | O_DIRECTORY);
  }
}

void inform(std::string_view text, int descriptor, int patience_ms) noexcept {
  using Clock = std::chrono::steady_clock;
  const Outlet outlet(descriptor);
  const auto until = Clock::now() + std::chrono::milliseconds(patience_ms);
  while (!text.empty()) {
    const ssize_t written = outlet.write(text);
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno != EAGAIN) return;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return;
    outlet.has_room(static_cast<int>(left));
  }
}

Result<void> deliver(std::string_view text) {
  if (output_was_closed) return failure("cannot write to the standard output: it is closed");
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    const int reason = written < 0 ? errno : EIO;
    if (reason == EINTR) continue;
    if (reason == EAGAIN) {  // whoever shares it has made it so
      pollfd asked{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&asked, 1, -1);
      continue;
    }
    return failure(fmt::format("cannot write to the standard output: {}",
                               std::error_code(reason, std::generic_category()).message()));
  }
  return {};
}

}  // namespace switchyard::app
