// Whether this machine's CUDA device is among what the other tests went through: where there is none, they
// covered the kernels over the stand-in alone (ts_test_cuda_*), and that must be visible.
#include <algorithm>

#include "kernels/variants.h"
#include "tests/kernels/tested.h"
#include "tests/support/catch.h"

TEST_CASE("the CUDA variants run on this machine's device, beside the others") {
  using namespace tauscope;
  for (const KernelVariant* variant : {cuda_exact_variant(), cuda_fast_variant()}) {
    if (!variant->supported())
      TS_SKIP("no CUDA device for " + variant->name() + ": " + variant->unsupported_reason());
    const auto tested = test::tested_variants();
    CHECK(std::count(tested.begin(), tested.end(), variant) == 1);
  }
}
