#include "kernels/threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace tauscope {

int resolve_threads(int requested, std::size_t items) {
  const unsigned machine = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t wanted = requested > 0 ? static_cast<std::size_t>(requested) : machine;
  return static_cast<int>(std::max<std::size_t>(1, std::min(wanted, items)));
}

bool parallel_for(std::size_t items, int threads, const std::stop_token& stop,
                  const std::function<void(std::size_t item, int thread)>& body) {
  std::atomic<std::size_t> next{0}, done{0};
  std::atomic<bool> failed{false};
  std::exception_ptr error;
  std::mutex error_mutex;
  const auto work = [&](int thread) {
    while (!failed && !stop.stop_requested()) {
      const std::size_t item = next.fetch_add(1);
      if (item >= items) return;
      try {
        body(item, thread);
        done.fetch_add(1);
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        if (!error) error = std::current_exception();
        failed = true;
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    helpers.reserve(static_cast<std::size_t>(std::max(0, threads - 1)));
    for (int t = 1; t < threads; ++t)
      helpers.emplace_back(work, t);
    work(0);
  }
  if (error) std::rethrow_exception(error);
  return done == items;
}

}  // namespace tauscope
