#pragma once

namespace tauscope {

/// Work of the calling thread, and of threads that it starts, gives way to the rest of the program where both
/// want the processor: a window stays fluent beside it. Does nothing where the system has no such order.
void give_way();

}  // namespace tauscope
