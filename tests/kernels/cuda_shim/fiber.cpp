#include "tests/kernels/cuda_shim/fiber.h"

#include <cstdint>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define TAUSCOPE_SHIM_ASAN 1
#else
#define TAUSCOPE_SHIM_ASAN 0
#endif

#if defined(__x86_64__)
#define TAUSCOPE_SHIM_UCONTEXT 0
// Saves what the calling convention preserves, exchanges the stacks, and returns on the other one.
extern "C" void tauscope_shim_switch(void** save, void* load);
asm(R"(
.text
.globl tauscope_shim_switch
.type tauscope_shim_switch, @function
tauscope_shim_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size tauscope_shim_switch, .-tauscope_shim_switch
)");
#else
#define TAUSCOPE_SHIM_UCONTEXT 1
#include <ucontext.h>
#endif

namespace tauscope::cuda_shim {
namespace {

constexpr std::size_t stack_bytes = TAUSCOPE_SHIM_ASAN ? std::size_t{256} << 10 : std::size_t{64} << 10;

thread_local Fiber* starting = nullptr;

}  // namespace

struct Fiber::Context {
  std::unique_ptr<unsigned char[]> stack{new unsigned char[stack_bytes]};
#if TAUSCOPE_SHIM_UCONTEXT
  ucontext_t inside{}, outside{};
#else
  void *inside = nullptr, *outside = nullptr;
#endif
  // What AddressSanitizer wants to be told of a change of stacks.
  void *inside_fake = nullptr, *outside_fake = nullptr;
  const void* outside_bottom = nullptr;
  std::size_t outside_size = 0;
};

Fiber::Fiber() : context_(std::make_unique<Context>()) {}
Fiber::~Fiber() = default;

void Fiber::start(const std::function<void()>* body) {
  body_ = body;
  ended_ = false;
  context_->inside_fake = nullptr;
#if TAUSCOPE_SHIM_ASAN
  // Frames of a body that was given up may have left poison on the stack.
  __asan_unpoison_memory_region(context_->stack.get(), stack_bytes);
#endif
#if TAUSCOPE_SHIM_UCONTEXT
  getcontext(&context_->inside);
  context_->inside.uc_stack.ss_sp = context_->stack.get();
  context_->inside.uc_stack.ss_size = stack_bytes;
  context_->inside.uc_link = nullptr;
  makecontext(&context_->inside, &Fiber::entry, 0);
#else
  auto top = reinterpret_cast<std::uintptr_t>(context_->stack.get() + stack_bytes) & ~std::uintptr_t{15};
  auto* slots = reinterpret_cast<void**>(top);
  *--slots = nullptr;  // where entry() would return to; it leaves the stack as the convention wants it
  *--slots = reinterpret_cast<void*>(&Fiber::entry);
  for (int i = 0; i < 6; ++i)
    *--slots = nullptr;
  context_->inside = slots;
#endif
}

void Fiber::resume() {
  Context& c = *context_;
  starting = this;
#if TAUSCOPE_SHIM_ASAN
  __sanitizer_start_switch_fiber(&c.outside_fake, c.stack.get(), stack_bytes);
#endif
#if TAUSCOPE_SHIM_UCONTEXT
  swapcontext(&c.outside, &c.inside);
#else
  tauscope_shim_switch(&c.outside, c.inside);
#endif
#if TAUSCOPE_SHIM_ASAN
  __sanitizer_finish_switch_fiber(c.outside_fake, nullptr, nullptr);
#endif
}

void Fiber::pause() {
  Context& c = *context_;
#if TAUSCOPE_SHIM_ASAN
  // A null pointer says that this stack is done with.
  __sanitizer_start_switch_fiber(ended_ ? nullptr : &c.inside_fake, c.outside_bottom, c.outside_size);
#endif
#if TAUSCOPE_SHIM_UCONTEXT
  swapcontext(&c.inside, &c.outside);
#else
  tauscope_shim_switch(&c.inside, c.outside);
#endif
#if TAUSCOPE_SHIM_ASAN
  __sanitizer_finish_switch_fiber(c.inside_fake, &c.outside_bottom, &c.outside_size);
#endif
}

void Fiber::entry() {
  starting->run();
}

void Fiber::run() {
#if TAUSCOPE_SHIM_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &context_->outside_bottom, &context_->outside_size);
#endif
  (*body_)();
  ended_ = true;
  pause();
}

}  // namespace tauscope::cuda_shim
