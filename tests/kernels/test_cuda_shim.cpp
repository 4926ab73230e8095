// The stand-in for CUDA itself: what it computes, and that it finds the errors it is there to find.
#include "tests/kernels/cuda_shim/tauscope_cuda_shim.h"

#include <stdexcept>
#include <vector>

#include "tests/support/catch.h"

namespace tauscope::test {
namespace {

std::string error_of(unsigned threads, const std::function<void()>& kernel) {
  try {
    cuda_shim::launch(2, threads, 64, kernel);
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return {};
}

class OrderGuard {
 public:
  explicit OrderGuard(cuda_shim::Order order) { cuda_shim::settings().order = order; }
  ~OrderGuard() { cuda_shim::settings().order = cuda_shim::Order::ascending; }
};

}  // namespace

TEST_CASE("the shim's warp operations and barriers do what CUDA's do") {
  for (const cuda_shim::Order order :
       {cuda_shim::Order::ascending, cuda_shim::Order::descending, cuda_shim::Order::shuffled}) {
    const OrderGuard guard(order);
    std::vector<int> sums(3 * 96), from_left(96), others(96), counts(96);
    std::vector<unsigned> ballots(96), totals(96);
    cuda_shim::launch(3, 96, 96 * sizeof(int), [&] {
      const unsigned t = threadIdx.x;
      int* shared = reinterpret_cast<int*>(cuda_shim::dynamic_shared());
      shared[t] = static_cast<int>(t * blockIdx.x);
      __syncthreads();
      int sum = shared[95 - t];
      for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xFFFFFFFFU, sum, offset);
      sums[blockIdx.x * 96 + t] = sum;
      from_left[t] = __shfl_up_sync(0xFFFFFFFFU, static_cast<int>(t), 1);
      if (t % 2 == 1) others[t] = __shfl_down_sync(0xAAAAAAAAU, static_cast<int>(t), 2);
      ballots[t] = __ballot_sync(0xFFFFFFFFU, t % 3 == 0);
      totals[t] = __reduce_add_sync(0xFFFFFFFFU, t);
      counts[t] = __syncthreads_count(t % 4 == 0);
    });
    CHECK(sums[96 * 2] == 2 * (64 + 95) * 16);  // threads 0 to 31 read 95 down to 64
    CHECK(from_left[32] == 32);
    CHECK(from_left[40] == 39);
    CHECK(others[33] == 35);
    CHECK(others[63] == 63);
    CHECK(ballots[0] == 0x49249249U);
    CHECK(totals[95] == (64 + 95) * 16);
    CHECK(counts[5] == 24);
  }
}

TEST_CASE("the shim finds barriers and warp operations that not all threads reach") {
  CHECK(error_of(64, [] {
          if (threadIdx.x != 63) __syncthreads();
        }).find("thread 63 of block 0 has returned") != std::string::npos);
  const auto two_barriers = [] {
    if (threadIdx.x < 32)
      __syncthreads();
    else
      __syncthreads();
  };
  CHECK(error_of(64, two_barriers).find("wait for each other") != std::string::npos);
  CHECK(error_of(32, [] {
          if (threadIdx.x < 16) __shfl_xor_sync(0xFFFFFFFFU, 1, 8);
        }).find("a shuffle") != std::string::npos);
  CHECK(error_of(32, [] {
          if (threadIdx.x < 16) __shfl_sync(0x0000FFFFU, 1, 20);
        }).find("reading lane 20") != std::string::npos);
  CHECK(error_of(32, [] { __ballot_sync(0x0000FFFFU, 1); }).find("own mask") != std::string::npos);
  CHECK(error_of(32, [] { throw std::logic_error("from a thread"); }) == "from a thread");
  CHECK(error_of(33, [] {}).find("no device would take") != std::string::npos);
  CHECK(error_of(32, [] { __syncthreads(); }).empty());  // and goes on working afterwards
}

TEST_CASE("a missing barrier shows in another order of the threads") {
  const auto results = [](cuda_shim::Order order) {
    const OrderGuard guard(order);
    std::vector<unsigned> seen(64);
    cuda_shim::launch(1, 64, 64 * sizeof(unsigned), [&] {
      unsigned* shared = reinterpret_cast<unsigned*>(cuda_shim::dynamic_shared());
      shared[threadIdx.x] = threadIdx.x;
      seen[threadIdx.x] = shared[63 - threadIdx.x];  // no barrier between
    });
    return seen;
  };
  CHECK(results(cuda_shim::Order::ascending) != results(cuda_shim::Order::descending));
}

}  // namespace tauscope::test
