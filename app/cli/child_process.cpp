#include "app/cli/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "core/base/error.h"

extern char** environ;

namespace tauscope {

namespace {

constexpr auto look_interval = std::chrono::milliseconds(50);
constexpr int cannot_start = 127;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment(int threads) {
  std::vector<std::string> variables;
  bool said = false;
  for (char** one = environ; *one != nullptr; ++one) {
    variables.emplace_back(*one);
    said = said || variables.back().starts_with("OMP_NUM_THREADS=");
  }
  if (!said && threads > 0) variables.push_back("OMP_NUM_THREADS=" + std::to_string(threads));
  return variables;
}

/// Between fork and exec: nothing that takes a lock.
[[noreturn]] void become(char* const* arguments, char* const* variables, int log, pid_t parent) {
  ::setpgid(0, 0);  // a Ctrl-C of the terminal reaches the parent alone, which passes it on once
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(cannot_start);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve("/proc/self/exe", arguments, variables);
  ::_exit(cannot_start);
}

}  // namespace

int run_child(const std::vector<std::string>& arguments, const std::filesystem::path& log, int threads,
              const std::stop_token& stop) {
  std::vector<std::string> words{"tauscope"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment(threads);
  const std::vector<char*> argv = pointers(words), envp = pointers(variables);
  const int descriptor = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor < 0)
    throw Error::failed(log.string(), std::string("cannot be written: ") + std::strerror(errno));
  const pid_t parent = ::getpid(), child = ::fork();
  if (child == 0) become(argv.data(), envp.data(), descriptor, parent);
  const int problem = errno;
  ::close(descriptor);
  if (child < 0) throw Error::failed("", std::string("no process can be started: ") + std::strerror(problem));
  bool told = false;
  for (int status = 0;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (ended < 0 && errno != EINTR)
      throw Error::failed("", std::string("a process was lost: ") + std::strerror(errno));
    if (stop.stop_requested() && !told) {
      ::kill(child, SIGTERM);
      told = true;
    }
    std::this_thread::sleep_for(look_interval);
  }
}

}  // namespace tauscope
