#include "tests/malformed/in_child.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

#include "core/base/error.h"

#if defined(__SANITIZE_ADDRESS__)
#define TS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TS_SANITIZED 1
#endif
#endif

namespace tauscope::test {
namespace {

constexpr unsigned most_seconds = 10;

void limit_memory() {
#ifndef TS_SANITIZED
  const rlimit limit{rlim_t{1} << 30, rlim_t{1} << 30};
  setrlimit(RLIMIT_AS, &limit);
#endif
}

/// The first byte says how it ended.
[[noreturn]] void run_child(const std::function<std::string()>& action, int out) {
  limit_memory();
  alarm(most_seconds);
  std::string report;
  try {
    report = "a" + action();
  } catch (const Error& error) {
    report = std::string("r") + error.what();
  } catch (const std::exception& error) {
    report = std::string("x") + error.what();
  }
  for (std::size_t done = 0; done < report.size();) {
    const ssize_t wrote = write(out, report.data() + done, report.size() - done);
    if (wrote <= 0) break;
    done += static_cast<std::size_t>(wrote);
  }
  _exit(0);
}

}  // namespace

ChildReport in_child(const std::function<std::string()>& action) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    close(ends[0]);
    run_child(action, ends[1]);
  }
  close(ends[1]);
  std::string report;
  std::array<char, 4096> buffer;
  for (ssize_t got; (got = read(ends[0], buffer.data(), buffer.size())) > 0;)
    report.append(buffer.data(), static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);

  ChildReport result;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.peak_kilobytes = usage.ru_maxrss - before.ru_maxrss;
  if (report.empty() || !WIFEXITED(status)) {
    result.message = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) : "no report";
    return result;
  }
  using End = ChildReport::End;
  result.end = report[0] == 'r' ? End::refused : report[0] == 'a' ? End::accepted : End::other_exception;
  result.message = report.substr(1);
  return result;
}

}  // namespace tauscope::test
