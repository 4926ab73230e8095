#include "app/cli/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <utility>

namespace tauscope {

namespace {

// A handler may do next to nothing, so signals are blocked everywhere and one thread waits for them.
std::stop_source stop_source;
std::atomic<int> caught{0};
// Never destroyed: exit() from within a library (a lost display) must not find it running.
std::thread* watcher = nullptr;
sigset_t watched;

void watch() {
  for (;;) {
    int number = 0;
    if (sigwait(&watched, &number) != 0) continue;
    if (number == SIGUSR2) return;  // sent by the destructor
    if (caught.exchange(number) != 0) {
      // Asked twice: the user does not want to wait for files to be completed.
      signal(number, SIG_DFL);
      sigset_t only;
      sigemptyset(&only);
      sigaddset(&only, number);
      pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
      raise(number);
    }
    stop_source.request_stop();
  }
}

}  // namespace

InterruptGuard::InterruptGuard() {
  sigemptyset(&watched);
  for (const int number : {SIGINT, SIGTERM, SIGUSR2})
    sigaddset(&watched, number);
  pthread_sigmask(SIG_BLOCK, &watched, nullptr);  // threads made later inherit it
  signal(SIGPIPE, SIG_IGN);                       // a closed pipe shows as a failed write
  watcher = new std::thread(watch);
}

InterruptGuard::~InterruptGuard() {
  pthread_kill(watcher->native_handle(), SIGUSR2);
  watcher->join();
  delete std::exchange(watcher, nullptr);
}

std::stop_token InterruptGuard::token() const {
  return stop_source.get_token();
}
int InterruptGuard::exit_code() const {
  return caught != 0 ? 128 + caught : 0;
}

}  // namespace tauscope
