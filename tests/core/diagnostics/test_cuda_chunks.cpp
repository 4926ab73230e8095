// Chunks that models on a GPU left there: the CUDA kernels read them in place, over the stand-in for CUDA,
// whose device memory is the host's.
#include "core/base/error.h"
#include "core/diagnostics/chunk_statistics.h"
#include "tests/kernels/cuda_shim/tauscope_cuda_shim.h"
#include "tests/kernels/pairs.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

constexpr std::size_t rows = 3, vocab = 90;

class NoSource final : public ScoredSource {
 public:
  std::optional<ScoredChunk> next(std::stop_token) override { return std::nullopt; }
  std::vector<std::string> student_names() const override { return {"a", "b"}; }
  std::int64_t vocab() const override { return std::int64_t{::vocab}; }
  std::string token_text(std::int64_t) const override { return ""; }
  std::int64_t example_count() const override { return 1; }
};

LogitsView view_of(const std::vector<float>& values) {
  return {values.data(), rows, vocab, vocab, DType::float32};
}

AnalysisSpec spec_on(const std::string& device) {
  AnalysisSpec spec;
  spec.taus = {1, 2};
  spec.device = device;
  spec.threads = 1;
  return spec;
}

std::vector<double> fkl_of(const AnalysisSpec& spec, const ScoredChunk& chunk) {
  const NoSource source;
  ChunkStatistics statistics(spec, source);
  CHECK(statistics.add(chunk, {}));
  const MeasuredUnit unit = statistics.take();
  std::vector<double> values;
  for (const auto& student : unit.statistics->students)
    for (const RowStatistics& cell : student)
      values.push_back(cell.fkl);
  return values;
}

}  // namespace

TEST_CASE("CUDA kernels read a chunk where it lies on the device, the CPU's its copy on the host") {
  const Pair host = make_pair(Shape::far, rows, vocab, 3), device = make_pair(Shape::far, rows, vocab, 4);
  ScoredChunk chunk;
  chunk.teacher = view_of(host.teacher);
  chunk.students = {view_of(host.student), view_of(host.teacher)};
  ScoredChunk other = chunk;  // what the device holds, told apart from the host's by its values
  other.teacher = view_of(device.teacher);
  other.students = {view_of(device.student), view_of(device.teacher)};
  chunk.on_device = DeviceLogits{other.teacher, other.students, 0, nullptr};

  const auto found = fkl_of(spec_on("cuda"), chunk);
  CHECK(found == fkl_of(spec_on("cuda"), other));  // uploaded
  CHECK(found != fkl_of(spec_on("cpu"), chunk));
  const auto expected = fkl_of(spec_on("cpu"), other);
  REQUIRE(found.size() == 2 * rows * 2);
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == Approx(expected[i]).epsilon(1e-6));
}

TEST_CASE("a chunk on another device than the kernels' is copied, and one that does not fit is refused") {
  const auto saved = cuda_shim::settings();
  cuda_shim::settings().devices = 2;
  const Pair host = make_pair(Shape::far, rows, vocab, 3), device = make_pair(Shape::far, rows, vocab, 4);
  ScoredChunk chunk;
  chunk.teacher = view_of(host.teacher);
  chunk.students = {view_of(host.student), view_of(host.teacher)};
  const auto uploaded = fkl_of(spec_on("cuda:1"), chunk);
  chunk.on_device = DeviceLogits{view_of(device.teacher), chunk.students, 0, nullptr};
  CHECK(fkl_of(spec_on("cuda:1"), chunk) == uploaded);
  chunk.on_device->students.pop_back();
  const NoSource source;
  ChunkStatistics statistics(spec_on("cuda"), source);
  CHECK_THROWS_AS(statistics.add(chunk, {}), Error);
  cuda_shim::settings() = saved;
}
