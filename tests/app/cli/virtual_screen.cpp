#include "tests/app/cli/virtual_screen.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace tauscope::test {

namespace {

/// The server writes the number of its display there once it takes connections; "" if it does not within 20
/// s.
std::string read_display(int pipe) {
  std::string number;
  for (;;) {
    pollfd ready{pipe, POLLIN, 0};
    if (poll(&ready, 1, 20'000) <= 0) return "";
    char byte = 0;
    if (read(pipe, &byte, 1) != 1) return "";
    if (byte == '\n') return number.empty() ? "" : ":" + number;
    number.push_back(byte);
  }
}

}  // namespace

VirtualScreen::VirtualScreen(int width, int height) {
  std::array<int, 2> pipe_ends{};
  if (pipe(pipe_ends.data()) != 0) return;
  const std::string screen = std::to_string(width) + "x" + std::to_string(height) + "x24";
  const std::string end = std::to_string(pipe_ends[1]);
  server_ = fork();
  if (server_ == 0) {
    const int nothing = open("/dev/null", O_WRONLY);
    if (nothing < 0 || dup2(nothing, STDOUT_FILENO) < 0 || dup2(nothing, STDERR_FILENO) < 0) _exit(126);
    close(pipe_ends[0]);
    execlp("Xvfb", "Xvfb", "-displayfd", end.c_str(), "-screen", "0", screen.c_str(), "-nolisten", "tcp",
           nullptr);
    _exit(127);
  }
  close(pipe_ends[1]);
  if (server_ > 0) display_ = read_display(pipe_ends[0]);
  close(pipe_ends[0]);
}

VirtualScreen::~VirtualScreen() {
  if (server_ <= 0) return;
  kill(server_, SIGTERM);
  waitpid(server_, nullptr, 0);
}

}  // namespace tauscope::test
