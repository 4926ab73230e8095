// One call stack that runs until it gives the processor back. Switching by ucontext costs a system call for
// the signal mask, which is microseconds on some machines; on x86-64 a few instructions do.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace tauscope::cuda_shim {

class Fiber {
 public:
  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// The next resume() begins `body` on a fresh stack. What a stopped body left on the old one is forgotten,
  /// without destructors.
  void start(const std::function<void()>* body);

  /// From outside: runs the fiber until it pauses or ends.
  void resume();

  /// From inside: goes back to resume()'s caller.
  void pause();

  bool ended() const { return ended_; }

 private:
  static void entry();
  void run();

  struct Context;
  std::unique_ptr<Context> context_;
  const std::function<void()>* body_ = nullptr;
  bool ended_ = true;
};

}  // namespace tauscope::cuda_shim
