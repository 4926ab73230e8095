#include "tests/kernels/cuda_shim/tauscope_cuda_shim.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/kernels/cuda_shim/fiber.h"

namespace tauscope::cuda_shim {
namespace {

constexpr unsigned warp_size = 32;

const char* operation_name(Operation operation) {
  switch (operation) {
    case Operation::barrier:
    case Operation::barrier_or:
    case Operation::barrier_and:
    case Operation::barrier_count:
      return "a barrier";
    case Operation::warp:
      return "__syncwarp";
    case Operation::shuffle:
      return "a shuffle";
    case Operation::ballot:
      return "a ballot";
    default:
      return "a warp reduction";
  }
}

bool is_barrier(Operation operation) {
  return operation <= Operation::barrier_count;
}

/// What a thread waits at, and what it brings.
struct Waiting {
  Operation operation = Operation::barrier;
  unsigned mask = 0;
  std::uint64_t value = 0, result = 0;
  int source = 0;
  std::source_location where;

  bool same_place(const Waiting& other) const {
    return operation == other.operation && mask == other.mask && where.line() == other.where.line() &&
           std::strcmp(where.file_name(), other.where.file_name()) == 0;
  }
};

struct Thread {
  Fiber fiber;
  Place place;
  Waiting waiting;
  bool waits = false, done = false;
};

/// One block's threads until all have returned.
class Block {
 public:
  explicit Block(unsigned threads) : threads_(threads), order_(threads) {
    std::iota(order_.begin(), order_.end(), 0U);
    if (settings().order == Order::descending) std::reverse(order_.begin(), order_.end());
    if (settings().order == Order::shuffled)
      std::shuffle(order_.begin(), order_.end(), std::mt19937(settings().seed));
  }

  void run(const Dim3& block, const Dim3& blocks, const std::function<void()>& body) {
    const std::function<void()> guarded = [&] {
      try {
        body();
      } catch (...) {
        error_ = std::current_exception();
      }
    };
    for (unsigned t = 0; t < threads_.size(); ++t) {
      Thread& thread = threads_[t];
      thread.place = {{t, 0, 0}, block, {static_cast<unsigned>(threads_.size()), 1, 1}, blocks};
      thread.waits = thread.done = false;
      thread.fiber.start(&guarded);
    }
    while (round()) {
    }
  }

  std::uint64_t wait(const Waiting& at) {
    Thread& me = *current_;
    me.waiting = at;
    me.waits = true;
    release(me);
    if (me.waits) me.fiber.pause();
    return me.waiting.result;
  }

  const Thread& current() const { return *current_; }

 private:
  /// Lets every thread that can go on go on; false when all are done.
  bool round() {
    bool moved = false, left = false;
    for (const unsigned t : order_) {
      Thread& thread = threads_[t];
      if (thread.done) continue;
      left = true;
      if (thread.waits) continue;
      current_ = &thread;
      thread.fiber.resume();
      moved = true;
      if (error_) std::rethrow_exception(error_);
      thread.done = thread.fiber.ended();
    }
    if (left && !moved) throw std::logic_error("the kernel's threads wait for each other: " + standings());
    return left;
  }

  /// Lets go those who wait with `me`, if all are there.
  void release(Thread& me) {
    const bool barrier = is_barrier(me.waiting.operation);
    const unsigned self = me.place.thread.x, first = barrier ? 0 : self / warp_size * warp_size;
    const unsigned end = static_cast<unsigned>(
        std::min<std::size_t>(barrier ? threads_.size() : first + warp_size, threads_.size()));
    if (!barrier && (me.waiting.mask >> (self - first) & 1U) == 0)
      throw std::logic_error(describe(me) + ", without being in the operation's own mask");
    members_.clear();
    for (unsigned t = first; t < end; ++t) {
      if (!barrier && (me.waiting.mask >> (t - first) & 1U) == 0) continue;
      Thread& other = threads_[t];
      if (!other.waits || !other.waiting.same_place(me.waiting)) return;  // found out when nobody can go on
      members_.push_back(&other);
    }
    if (!barrier && end - first < warp_size && (me.waiting.mask >> (end - first)) != 0)
      throw std::logic_error(describe(me) + ", with lanes in the mask that the block does not have");
    for (Thread* member : members_) {
      member->waiting.result = result(*member, first);
      member->waits = false;
    }
  }

  std::uint64_t result(const Thread& member, unsigned first) const {
    const auto fold = [&](std::uint64_t start, auto combine) {
      for (const Thread* other : members_)
        start = combine(start, *other);
      return start;
    };
    switch (member.waiting.operation) {
      case Operation::barrier:
      case Operation::warp:
        return 0;
      case Operation::barrier_or:
        return fold(0, [](std::uint64_t a, const Thread& t) { return a | t.waiting.value; });
      case Operation::barrier_and:
        return fold(1, [](std::uint64_t a, const Thread& t) { return a & t.waiting.value; });
      case Operation::barrier_count:
      case Operation::add:
        return fold(0, [](std::uint64_t a, const Thread& t) { return a + t.waiting.value; });
      case Operation::ballot:
        return fold(0, [&](std::uint64_t a, const Thread& t) {
          return a | t.waiting.value << (t.place.thread.x - first);
        });
      case Operation::maximum:
        return fold(0, [](std::uint64_t a, const Thread& t) { return std::max(a, t.waiting.value); });
      case Operation::minimum:
        return fold(~std::uint64_t{0},
                    [](std::uint64_t a, const Thread& t) { return std::min(a, t.waiting.value); });
      case Operation::shuffle:
        break;
    }
    for (const Thread* other : members_) {
      if (other->place.thread.x - first == static_cast<unsigned>(member.waiting.source))
        return other->waiting.value;
    }
    throw std::logic_error(describe(member) + ", reading lane " + std::to_string(member.waiting.source) +
                           ", which takes no part in it");
  }

  std::string describe(const Thread& thread) const {
    std::string text = "thread " + std::to_string(thread.place.thread.x) + " of block " +
                       std::to_string(thread.place.block.x);
    if (thread.done) return text + " has returned";
    return text + " is at " + operation_name(thread.waiting.operation) + ", " +
           thread.waiting.where.file_name() + ":" + std::to_string(thread.waiting.where.line());
  }

  /// Two threads that stand at different places, if there are such.
  std::string standings() const {
    const Thread* first = nullptr;
    for (const Thread& thread : threads_) {
      if (thread.waits && (!first || first->done)) first = &thread;
    }
    for (const Thread& thread : threads_) {
      if (thread.done || (thread.waits && !thread.waiting.same_place(first->waiting)))
        return describe(*first) + "; " + describe(thread);
    }
    return describe(*first);
  }

  std::vector<Thread> threads_;
  std::vector<unsigned> order_;
  std::vector<Thread*> members_;
  Thread* current_ = nullptr;
  std::exception_ptr error_;
};

Block* running = nullptr;
unsigned char* shared_memory = nullptr;

struct AlignedDelete {
  void operator()(unsigned char* p) const { ::operator delete[](p, std::align_val_t{128}); }
};
using AlignedBytes = std::unique_ptr<unsigned char[], AlignedDelete>;

AlignedBytes aligned_bytes(std::size_t size) {
  return AlignedBytes(static_cast<unsigned char*>(::operator new[](size, std::align_val_t{128})));
}

}  // namespace

Settings& settings() {
  static Settings value;
  return value;
}

const Place& place() {
  return running->current().place;
}

int lane() {
  return static_cast<int>(place().thread.x % warp_size);
}

unsigned char* dynamic_shared() {
  return shared_memory;
}

std::uint64_t rendezvous(Operation operation, unsigned mask, std::uint64_t value, int source,
                         const std::source_location& where) {
  return running->wait({operation, mask, value, 0, source, where});
}

void launch(unsigned blocks, unsigned threads, std::size_t shared_bytes, const std::function<void()>& body) {
  if (blocks == 0 || threads == 0 || threads > 1024 || threads % warp_size != 0 ||
      shared_bytes > settings().shared_limit)
    throw std::logic_error("a launch that no device would take: " + std::to_string(blocks) + " blocks of " +
                           std::to_string(threads) + " threads with " + std::to_string(shared_bytes) +
                           " bytes");
  Block block(threads);
  running = &block;
  const AlignedBytes shared = aligned_bytes(shared_bytes);
  shared_memory = shared.get();
  for (unsigned b = 0; b < blocks; ++b) {
    std::memset(shared_memory, 0xFF, shared_bytes);
    block.run({b, 0, 0}, {blocks, 1, 1}, body);
  }
  running = nullptr;
  shared_memory = nullptr;
}

float approximate(double exact) {
  const float rounded = static_cast<float>(exact);
  if (!std::isfinite(rounded) || rounded == 0) return rounded;
  if (std::abs(rounded) < 0x1p-126F) return 0;                                          // .ftz
  const std::uint32_t hash = std::bit_cast<std::uint32_t>(rounded) * 2654435761U >> 8;  // 24 bits
  const double error = (static_cast<double>(hash) / 0x1p23 - 1) * 0x1.8p-23;  // and float's rounding: 2^-22
  return static_cast<float>(exact * (1 + error));
}

}  // namespace tauscope::cuda_shim

using namespace tauscope::cuda_shim;

cudaError_t cudaGetDeviceCount(int* count) {
  *count = settings().devices;
  return settings().devices > 0 ? cudaSuccess : cudaErrorNoDevice;
}

namespace {
thread_local int current_device = 0;
}

cudaError_t cudaGetDevice(int* device) {
  *device = current_device;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= settings().devices) return cudaErrorInvalidDevice;
  current_device = device;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount:
      *value = 2;
      break;
    case cudaDevAttrComputeCapabilityMajor:
      *value = 9;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = 0;
      break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = static_cast<int>(settings().shared_limit);
      break;
  }
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  *pointer = ::operator new(bytes, std::nothrow);
  if (!*pointer) return cudaErrorMemoryAllocation;
  std::memset(*pointer, 0xFF, bytes);
  return cudaSuccess;
}

cudaError_t cudaFree(void* pointer) {
  ::operator delete(pointer);
  return cudaSuccess;
}

cudaError_t cudaMallocAsync(void** pointer, std::size_t bytes, cudaStream_t) {
  return cudaMalloc(pointer, bytes);
}

cudaError_t cudaFreeAsync(void* pointer, cudaStream_t) {
  return cudaFree(pointer);
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t) {
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                              std::size_t width, std::size_t height, cudaMemcpyKind, cudaStream_t) {
  if (to_pitch < width || from_pitch < width) return cudaErrorInvalidValue;
  for (std::size_t row = 0; row < height; ++row)
    std::memcpy(static_cast<char*>(to) + row * to_pitch, static_cast<const char*>(from) + row * from_pitch,
                width);
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  *stream = nullptr;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t) {
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) {
  return cudaSuccess;
}
cudaError_t cudaGetLastError() {
  return cudaSuccess;
}
const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorNoDevice ? "no CUDA-capable device is detected" : "an error of the shim";
}
