// Ctrl-C and SIGTERM as a stop token: the first asks, a second one kills.
#pragma once

#include <stop_token>

namespace tauscope {

/// Installs the handlers (once per process) and turns a signal into a stop request. Keep one alive in main.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  std::stop_token token() const;
  /// 0 if no signal came, else 128 + its number (130 for Ctrl-C, 143 for SIGTERM).
  int exit_code() const;
};

}  // namespace tauscope
