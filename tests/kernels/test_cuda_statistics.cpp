// What only the CUDA variants can get wrong: shared memory, orders of threads, chunks, and machines without a
// device.
#include <limits>
#include <stdexcept>

#include "kernels/cuda/tauscope_cuda.h"
#include "kernels/cuda_device.h"
#include "kernels/cuda_statistics.h"
#include "kernels/variants.h"
#include "tests/kernels/cuda_shim/tauscope_cuda_shim.h"
#include "tests/kernels/rows.h"
#include "tests/kernels/tested.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

/// Puts the shim's settings back.
struct Restore {
  cuda_shim::Settings saved = cuda_shim::settings();
  ~Restore() { cuda_shim::settings() = saved; }
};

StatisticsSpec spec_at(std::vector<double> taus) {
  StatisticsSpec spec;
  spec.taus = std::move(taus);
  return spec;
}

void check(const KernelVariant& variant, const StatisticsInput& input, const StatisticsSpec& spec) {
  const auto expected = run(*reference_variant(), input, spec), found = run(variant, input, spec);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double tau = spec.taus[i % spec.taus.size()];
    INFO(variant.name() << " row " << i / spec.taus.size() << " tau " << tau);
    REQUIRE(first_difference(expected[i], found[i], relative_bound(variant, tau)) == "");
  }
}

}  // namespace

TEST_CASE("CUDA statistics repeat bit for bit, in whatever order the threads run") {
  const Restore restore;
  const PairRows pairs = make_pairs(PairKind::moderate, 3, 301, 31);
  const StatisticsSpec spec = spec_at({4, 2, 1, 0.7});
  for (const KernelVariant* variant : tested_variants()) {
    cuda_shim::settings().order = cuda_shim::Order::ascending;
    const auto once = run(*variant, pairs.input(), spec);
    cuda_shim::settings().order = cuda_shim::Order::descending;
    CHECK(same_bits(once, run(*variant, pairs.input(), spec)));
    cuda_shim::settings().order = cuda_shim::Order::shuffled;
    for (const unsigned seed : {1U, 2U, 3U}) {
      cuda_shim::settings().seed = seed;
      CHECK(same_bits(once, run(*variant, pairs.input(), spec)));
    }
  }
}

TEST_CASE("CUDA statistics of rows that fit in shared memory in part, or not at all") {
  const Restore restore;
  const StatisticsSpec spec = spec_at({0.5, 1, 2});
  for (const PairKind kind : {PairKind::moderate, PairKind::masked}) {
    const PairRows pairs = make_pairs(kind, 2, 1003, 32);
    const StoredLogits teacher(pairs.teacher, 2, 1003, DType::float16, 1),
        student(pairs.student, 2, 1003, DType::float32, 0);
    const StatisticsInput input{teacher.view(), student.view(), pairs.targets};
    // The exact kernel's scratch takes some 54,000 bytes: next to nothing of a row fits, a part, the whole.
    for (const std::size_t limit : {55600, 58000, 70000}) {
      cuda_shim::settings().shared_limit = limit;
      INFO(pair_kind_name(kind) << ", shared memory " << limit);
      for (const KernelVariant* variant : tested_variants())
        check(*variant, input, spec);
    }
  }
}

TEST_CASE("CUDA statistics with blocks of other sizes") {
  const Restore restore;
  const PairRows pairs = make_pairs(PairKind::confident, 3, 517, 33);
  for (const unsigned threads : {32U, 128U, 256U}) {
    cuda_shim::settings().threads = threads;
    for (const KernelVariant* variant : tested_variants())
      check(*variant, pairs.input(), spec_at({0.05, 1, 8}));
  }
}

TEST_CASE("without a device the CUDA variants are not supported and say why") {
  const Restore restore;
  cuda_shim::settings().devices = 0;
  const PairRows pairs = make_pairs(PairKind::moderate, 1, 30, 34);
  CHECK(tauscope_cuda_available() == TAUSCOPE_CUDA_NO_DEVICE);
  for (const KernelVariant* variant : {cuda_exact_variant(), cuda_fast_variant()}) {
    CHECK_FALSE(variant->supported());
    CHECK(variant->unsupported_reason().find("device") != std::string::npos);
  }
  CHECK(find_kernel_variant("", "exact")->device() == "cpu");
}

TEST_CASE("a device is used while it is asked for, and one that is not there is refused") {
  const Restore restore;
  cuda_shim::settings().devices = 3;
  const auto current = [] {
    int device = -1;
    CHECK(cudaGetDevice(&device) == cudaSuccess);
    return device;
  };
  {
    const cuda_host::UseDevice second(1);
    CHECK(current() == 1);
    {
      const cuda_host::UseDevice third(2), as_it_is(-1);
      CHECK(current() == 2);
    }
    CHECK(current() == 1);
  }
  CHECK(current() == 0);
  CHECK_THROWS_AS(cuda_host::UseDevice(3), std::runtime_error);
  CHECK(current() == 0);
}

TEST_CASE("logits that are on the device are taken from there") {
  const PairRows pairs = make_pairs(PairKind::moderate, 4, 200, 35);
  const StatisticsSpec spec = spec_at({1, 3});
  std::vector<RowStatistics> out(4 * 2);  // the stand-in's device memory is the host's
  for (const bool exact : {true, false}) {
    const KernelVariant& variant = exact ? *cuda_exact_variant() : *cuda_fast_variant();
    const KernelReport report = cuda_statistics(exact, pairs.input(), spec, out);
    CHECK(report.variant == variant.name());
    CHECK(report.target == "sm_90");
    CHECK(same_bits(out, run(variant, pairs.input(), spec)));
  }
  std::vector<float> gradient(4 * 200);
  std::vector<double> loss(4);
  const StatisticsInput input = pairs.input();
  cuda_kl_gradient(input.teacher, input.student, {KlDirection::forward, 2, TauScaling::squared},
                   gradient.data(), 200, loss.data());
  const auto cells = run(*reference_variant(), input, spec_at({2}));
  for (std::size_t r = 0; r < 4; ++r)
    CHECK(loss[r] == Approx(4 * cells[r].fkl).epsilon(1e-5));
}

TEST_CASE("the entry points of the CUDA statistics refuse what is out of range") {
  std::vector<float> logits(8);
  const tauscope_cuda_logits view{logits.data(), 2, 4, 4, TAUSCOPE_CUDA_FLOAT32};
  tauscope_cuda_fast_row row{};
  tauscope_cuda_fast_sums sums{};
  CHECK(tauscope_cuda_fast(&view, &view, nullptr, 1, 0, &row, &sums, nullptr) == TAUSCOPE_CUDA_INVALID);
  CHECK(tauscope_cuda_fast(&view, &view, nullptr, 1, 5, &row, &sums, nullptr) == TAUSCOPE_CUDA_INVALID);
  CHECK(tauscope_cuda_fast(&view, &view, nullptr, 0, 1, &row, &sums, nullptr) == TAUSCOPE_CUDA_INVALID);
  CHECK(tauscope_cuda_fast(&view, &view, nullptr, 1, 1, nullptr, &sums, nullptr) == TAUSCOPE_CUDA_INVALID);
  CHECK(tauscope_cuda_fast(nullptr, &view, nullptr, 1, 1, &row, &sums, nullptr) == TAUSCOPE_CUDA_INVALID);

  const double tau = 1;
  tauscope_cuda_exact_row exact_row{};
  tauscope_cuda_exact_sums exact_sums{};
  tauscope_cuda_exact_options good{};
  good.row_count = 1;
  good.taus = &tau;
  good.tau_count = 1;
  const auto call = [&](auto change) {
    tauscope_cuda_exact_options options = good;
    change(options);
    return tauscope_cuda_exact(&view, &view, &options, &exact_row, &exact_sums, nullptr);
  };
  CHECK(call([](auto&) {}) == TAUSCOPE_CUDA_OK);
  CHECK(call([](auto& o) { o.row_count = 3; }) == TAUSCOPE_CUDA_INVALID);
  CHECK(call([](auto& o) { o.tau_count = 0; }) == TAUSCOPE_CUDA_INVALID);
  CHECK(call([](auto& o) { o.taus = nullptr; }) == TAUSCOPE_CUDA_INVALID);
  CHECK(call([](auto& o) { o.without_target = 1; }) == TAUSCOPE_CUDA_INVALID);
  CHECK(call([](auto& o) { o.all = 1; }) == TAUSCOPE_CUDA_INVALID);
  CHECK(call([](auto& o) { o.all = 1, o.overlap_k = 1, o.dominant_kind = 3; }) == TAUSCOPE_CUDA_INVALID);
}
