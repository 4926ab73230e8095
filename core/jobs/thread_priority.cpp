#include "core/jobs/thread_priority.h"

#ifdef __linux__
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace tauscope {

void give_way() {
#ifdef __linux__
  // Linux has a nice value per thread. A refusal changes nothing but the order.
  constexpr int some = 10;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), some);
#endif
}

}  // namespace tauscope
