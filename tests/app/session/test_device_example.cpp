// An example whose logits models left on a GPU, over the stand-in for CUDA, whose device memory is the
// host's.
#include "app/session/kernel_engine.h"
#include "tests/kernels/cuda_shim/tauscope_cuda_shim.h"
#include "tests/kernels/pairs.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

constexpr std::size_t rows = 5, vocab = 90;

LogitsView view_of(const std::vector<float>& values) {
  return {values.data(), rows, vocab, vocab, DType::float32};
}

/// Statistics only; where examples come from does not matter here.
class BareEngine final : public KernelEngine {
 public:
  std::shared_ptr<const Workspace> open(const Sources&, ProgressSink&, std::stop_token) override {
    return nullptr;
  }
  std::shared_ptr<const ScoredExample> score(const Workspace&, std::int64_t, ProgressSink&,
                                             std::stop_token) override {
    return nullptr;
  }
  void analyze(const Sources&, const StatisticsSpec&, std::int64_t, const std::filesystem::path&,
               ProgressSink&, std::stop_token) override {}
  std::shared_ptr<const DataSummary> read_analysis(const std::filesystem::path&, ProgressSink&,
                                                   std::stop_token) override {
    return nullptr;
  }
};

HostExample example_of(const Pair& pair) {
  HostExample example;
  example.rows = rows;
  example.vocab = vocab;
  example.teacher = view_of(pair.teacher);
  example.students = {view_of(pair.student), view_of(pair.teacher)};
  for (std::size_t row = 0; row < rows; ++row)
    example.targets.push_back(static_cast<std::int64_t>(7 * row));
  return example;
}

std::vector<RowStatistics> statistics(const HostExample& example, Precision precision, std::size_t first) {
  BareEngine engine;
  StatisticsSpec spec;
  spec.taus = {1, 2.5};
  std::vector<RowStatistics> out((rows - first) * spec.taus.size());
  REQUIRE(engine.statistics(example, 0, first, spec, precision, out, {}));
  return out;
}

}  // namespace

TEST_CASE("the window's kernels run where the logits are: on the device, with what lies there") {
  const Pair on_host = make_pair(Shape::far, rows, vocab, 3),
             on_device = make_pair(Shape::far, rows, vocab, 4);
  HostExample example = example_of(on_host);
  const HostExample other = example_of(on_device);  // told apart by its values
  for (const Precision precision : {Precision::fast, Precision::exact}) {
    for (const std::size_t first : {std::size_t{0}, std::size_t{2}}) {
      example.on_device.reset();
      const auto from_host = statistics(example, precision, first);
      example.on_device = DeviceLogits{other.teacher, other.students, 0, nullptr};
      const auto found = statistics(example, precision, first),
                 expected = statistics(other, precision, first);
      REQUIRE(found.size() == expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].fkl == Approx(expected[i].fkl).epsilon(1e-5));
        CHECK(found[i].q_target == Approx(expected[i].q_target).epsilon(1e-5));
        CHECK(found[i].fkl != Approx(from_host[i].fkl).epsilon(1e-3));
      }
    }
  }
}

TEST_CASE("without a device the logits of the host answer") {
  const auto saved = cuda_shim::settings();
  const Pair on_host = make_pair(Shape::far, rows, vocab, 3),
             on_device = make_pair(Shape::far, rows, vocab, 4);
  HostExample example = example_of(on_host);
  const auto expected = statistics(example, Precision::exact, 0);
  const HostExample other = example_of(on_device);
  example.on_device = DeviceLogits{other.teacher, other.students, 0, nullptr};
  cuda_shim::settings().devices = 0;
  const auto found = statistics(example, Precision::exact, 0);
  cuda_shim::settings() = saved;
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i].fkl == expected[i].fkl);
}
