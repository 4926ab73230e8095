// Rows in parallel. A row's result never depends on which thread computed it, nor on how many there are.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace tauscope {

/// 0 = as many threads as the machine has; at least 1, and never more than `items`.
int resolve_threads(int requested, std::size_t items);

/// Calls body(item, thread) for item = 0 … items - 1, thread in [0, threads), each item once, handing items
/// out in order. Checks `stop` before each item and returns false if some were not reached because of it. The
/// first exception of a body ends the loop and is rethrown here. threads = 1 runs on the calling thread.
bool parallel_for(std::size_t items, int threads, const std::stop_token& stop,
                  const std::function<void(std::size_t item, int thread)>& body);

}  // namespace tauscope
