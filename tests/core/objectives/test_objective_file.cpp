// The file that `tauscope objective` writes: rows in blocks, what is not scored, and inputs that are kept.
#include <cmath>
#include <cstring>

#include "core/base/error.h"
#include "core/objectives/choice.h"
#include "core/objectives/objective_file.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

constexpr std::int64_t rows = 7, vocab = 11;

std::vector<float> made_up(double seed) {
  std::vector<float> values;
  for (int i = 0; i < rows * vocab; ++i)
    values.push_back(static_cast<float>(3 * std::sin(seed + 1.7 * i)));
  return values;
}

struct Files {
  TemporaryFolder folder;
  std::vector<float> teacher = made_up(1), student = made_up(5);
  std::vector<std::int64_t> targets{0, 3, -1, 10, 5, 5, 2};
  std::vector<std::uint8_t> mask{1, 1, 1, 0, 1, 1, 1};

  Files() {
    write("teacher.safetensors", teacher);
    const std::vector<TensorToWrite> all{
        {"logits", TensorType::F32, {rows, vocab}, std::as_bytes(std::span(student))},
        {"targets", TensorType::I64, {rows}, std::as_bytes(std::span(targets))},
        {"mask", TensorType::U8, {rows}, std::as_bytes(std::span(mask))}};
    write_safetensors(folder / "student.safetensors", all);
  }
  void write(const std::string& name, const std::vector<float>& logits) {
    write_safetensors(folder / name,
                      {{"logits", TensorType::F32, {rows, vocab}, std::as_bytes(std::span(logits))}});
  }

  ObjectiveFileRequest request(const std::string& objective) const {
    ObjectiveFileRequest request;
    ObjectiveChoice choice;
    choice.name = objective;
    choice.tau = 2.0;
    request.spec = resolve_objective(choice);
    request.teacher = folder / "teacher.safetensors";
    request.student = folder / "student.safetensors";
    request.out = folder / "out.safetensors";
    request.variant = find_kernel_variant("cpu-exact");
    request.block_bytes = 3 * vocab * sizeof(float);  // three rows at a time
    return request;
  }
};

std::vector<float> floats(const SafetensorsFile& file, const char* name) {
  const TensorEntry* tensor = file.find(name);
  REQUIRE(tensor != nullptr);
  REQUIRE(tensor->type == TensorType::F32);
  std::vector<float> values(static_cast<std::size_t>(tensor->elements()));
  std::memcpy(values.data(), tensor->bytes.data(), tensor->bytes.size());
  return values;
}

ObjectiveFileResult write(const ObjectiveFileRequest& request) {
  SilentProgress silent;
  return write_objective_file(request, silent, {});
}

std::string problem(const ObjectiveFileRequest& request) {
  try {
    write(request);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the file holds the kernel's loss and gradient, whatever the block") {
  const Files files;
  for (const Objective& objective : kernel_objectives()) {
    ObjectiveFileRequest request = files.request(objective.text.name);
    request.force = true;
    const ObjectiveFileResult result = write(request);
    INFO(objective.text.name);
    CHECK(result.finished);
    CHECK(result.report.scored == 5);
    std::vector<float> gradient(std::size_t(rows * vocab));
    std::vector<double> loss(rows);
    const ObjectiveInput input{
        {files.teacher.data(), std::size_t(rows), std::size_t(vocab), std::size_t(vocab), DType::float32},
        {files.student.data(), std::size_t(rows), std::size_t(vocab), std::size_t(vocab), DType::float32},
        files.targets,
        files.mask};
    objective_gradient(*request.variant, input, request.spec, gradient, std::size_t(vocab), loss);
    const auto file = SafetensorsFile::open(request.out);
    CHECK(floats(*file, "grad") == gradient);
    CHECK(floats(*file, "loss") == std::vector<float>(loss.begin(), loss.end()));
    CHECK(floats(*file, "loss")[2] == 0);  // target -1
    CHECK(floats(*file, "loss")[3] == 0);  // masked
    CHECK(file->metadata().at("objective") == objective.text.name);
    double sum = 0;
    for (const double x : loss)
      sum += x;
    CHECK(result.mean_loss == Approx(sum / 5));
  }
}

TEST_CASE("results never replace an input, nor another file unasked") {
  const Files files;
  ObjectiveFileRequest request = files.request("fkl");
  REQUIRE(problem(request).empty());
  CHECK(contains(problem(request), "--force"));
  request.force = true;
  CHECK(problem(request).empty());
  for (const char* name : {"teacher.safetensors", "student.safetensors"}) {
    request.out = files.folder.path() / "." / name;
    CHECK(contains(problem(request), "replace an input"));
    CHECK(LogitsFile::open(request.out)->logits().vocab == std::size_t(vocab));
  }
}

TEST_CASE("a missing target is an error, a missing teacher only where it is needed") {
  Files files;
  files.write("plain.safetensors", files.student);
  ObjectiveFileRequest request = files.request("dkd");
  request.student = files.folder / "plain.safetensors";
  CHECK(contains(problem(request), "targets"));
  request.spec = files.request("rkl").spec;
  CHECK(problem(request).empty());
  request = files.request("ce");
  request.teacher.clear();
  request.force = true;
  CHECK(problem(request).empty());
}

TEST_CASE("a stopped run writes nothing") {
  const Files files;
  std::stop_source stop;
  stop.request_stop();
  SilentProgress silent;
  const ObjectiveFileRequest request = files.request("jsd");
  CHECK_FALSE(write_objective_file(request, silent, stop.get_token()).finished);
  CHECK_FALSE(std::filesystem::exists(request.out));
}
