// One loop over several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace tauscope {

/// Calls body(0) … body(count - 1), each once, from at most `threads` threads (0 = as many as the machine
/// has). The first exception is thrown again here, after all threads have ended.
void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& body);

/// What `threads` = 0 means.
int thread_count(int threads);

}  // namespace tauscope
