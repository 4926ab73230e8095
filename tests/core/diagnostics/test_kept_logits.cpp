#include <cmath>
#include <cstring>
#include <set>

#include "core/checkpoint/logits_file.h"
#include "core/checkpoint/safetensors.h"
#include "core/diagnostics/kept_logits.h"
#include "core/diagnostics/kept_reader.h"
#include "kernels/load_row.h"
#include "tests/core/base/error_of.h"
#include "tests/core/diagnostics/analysis_run.h"

namespace fs = std::filesystem;
using namespace tauscope;
using namespace tauscope::test;

namespace {

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.insert(entry.path().filename());
  return names;
}

float logit(const LogitsView& view, std::size_t row, std::size_t j) {
  std::vector<float> values(view.vocab);
  load_row(view, row, values);
  return values[j];
}

}  // namespace

TEST_CASE("kept logits are those of the first examples, rounded to the type that was asked for") {
  const auto dtype = GENERATE(DType::float16, DType::bfloat16, DType::float32);
  const SyntheticShape shape;
  auto spec = small_spec();
  spec.keep_logits = 2;
  spec.keep_dtype = dtype;
  const auto done = run(shape, spec);
  CHECK(done->result.warnings.empty());
  CHECK(names_in(done->folder / "logits") ==
        std::set<std::string>{"3-teacher.safetensors", "3-near.safetensors", "3-far.safetensors",
                              "13-teacher.safetensors", "13-near.safetensors", "13-far.safetensors"});
  const double unit = dtype == DType::float32 ? 0 : dtype == DType::float16 ? 0x1p-11 : 0x1p-8;
  SyntheticSource source(shape);
  std::size_t row_in_file = 0;
  while (const auto chunk = source.next({})) {
    if (chunk->example > 13) break;
    const auto stem = "logits/" + std::to_string(chunk->example) + "-";
    for (const auto& [name, view] : {std::pair{"teacher", chunk->teacher}, {"far", chunk->students[1]}}) {
      const auto file = LogitsFile::open(done->folder / (stem + name + ".safetensors"));
      CHECK(file->logits().dtype == dtype);
      CHECK(file->logits().rows == shape.rows_of(chunk->example / 10));
      REQUIRE(file->targets());
      for (std::size_t r = 0; r < view.rows; ++r) {
        REQUIRE((*file->targets())[row_in_file + r] == chunk->targets[r]);
        for (std::size_t j = 0; j < view.vocab; ++j) {
          const double wanted = logit(view, r, j);
          REQUIRE(std::abs(logit(file->logits(), row_in_file + r, j) - wanted) <=
                  unit * std::abs(wanted) + 0x1p-25);
        }
      }
    }
    row_in_file = chunk->last_of_example ? 0 : row_in_file + chunk->teacher.rows;
  }
  const auto file = SafetensorsFile::open(done->folder / "logits/13-far.safetensors");
  CHECK(file->metadata().at("role") == "student");
  CHECK(file->metadata().at("name") == "far");
  CHECK(file->metadata().at("example") == "13");
  CHECK(file->find("positions") == nullptr);  // they count from 0
}

TEST_CASE("an example that was stopped keeps nothing") {
  SyntheticSource source{SyntheticShape{}};
  std::stop_source stop;
  source.before_chunk = [&](std::int64_t example, std::int64_t position) {
    if (example == 1 && position > 0) stop.request_stop();
  };
  auto spec = small_spec();
  spec.keep_logits = AnalysisSpec::keep_all;
  const auto done = run(source, spec, stop.get_token());
  CHECK(names_in(done->folder / "logits").size() == 3);
}

TEST_CASE("logits beyond float16 are counted and told") {
  SyntheticShape shape;
  shape.edit = [](std::size_t side, std::int64_t example, std::int64_t position, float* row) {
    if (side == 0 && example == 0 && position == 1) {
      row[0] = 70000;
      row[1] = 65519;  // rounds down to 65504
      row[2] = -INFINITY;
    }
  };
  auto spec = small_spec();
  spec.keep_logits = 1;
  const auto done = run(shape, spec);
  REQUIRE_FALSE(done->result.warnings.empty());
  CHECK(done->result.warnings.back().find("1 kept logits are beyond float16") == 0);
  const auto file = LogitsFile::open(done->folder / "logits/3-teacher.safetensors");
  CHECK(logit(file->logits(), 1, 0) == INFINITY);
  CHECK(logit(file->logits(), 1, 1) == 65504);
  CHECK(logit(file->logits(), 1, 2) == -INFINITY);
}

TEST_CASE("names of students become names of files, each its own") {
  SyntheticShape shape;
  shape.students = {"a/b: c", "a_b__c", "teacher"};
  auto spec = small_spec();
  spec.keep_logits = 1;
  const auto done = run(shape, spec);
  CHECK(names_in(done->folder / "logits") ==
        std::set<std::string>{"3-teacher.safetensors", "3-a_b__c.safetensors", "3-a_b__c-2.safetensors",
                              "3-teacher-2.safetensors"});
  CHECK(file_safe_name("../up") == "_.._up");
  CHECK(file_safe_name("") == "_");
  CHECK(file_safe_name("..") == "_..");
  CHECK(file_safe_name(std::string(300, 'x')).size() == 100);
  CHECK(file_safe_name("caf\xc3\xa9.v2-1") == "caf__.v2-1");
}

TEST_CASE("kept logits are read back example by example, and damage is named") {
  SyntheticShape shape;
  shape.students = {"a b", "a_b"};  // names that one file name would fit
  auto spec = small_spec();
  spec.keep_logits = 3;
  const auto done = run(shape, spec);
  const fs::path folder = done->folder / "logits";
  CHECK(kept_examples(folder) == std::vector<std::int64_t>{3, 13, 23});
  CHECK(kept_examples(folder / "absent").empty());

  const KeptExample kept = open_kept_example(folder, shape.students, 13);
  CHECK(kept.logits.rows() == shape.rows_of(1));
  CHECK(kept.logits.students.size() == 2);
  CHECK(kept.positions.front() == 0);
  CHECK(kept.positions.back() == static_cast<std::int64_t>(shape.rows_of(1)) - 1);
  CHECK(logit(kept.logits.students[1], 2, 5) ==
        logit(LogitsFile::open(folder / "13-a_b-2.safetensors")->logits(), 2, 5));

  CHECK(error_of([&] {
          open_kept_example(folder, {"a b", "b"}, 13);
        }).file() == (folder / "13-b.safetensors").string());
  fs::copy_file(folder / "3-a_b.safetensors", folder / "13-a_b.safetensors",
                fs::copy_options::overwrite_existing);
  CHECK(error_of([&] { open_kept_example(folder, shape.students, 13); }).field_name() == "example");
  fs::copy_file(folder / "23-a_b-2.safetensors", folder / "23-a_b.safetensors",
                fs::copy_options::overwrite_existing);
  CHECK(error_of([&] { open_kept_example(folder, shape.students, 23); }).field_name() == "name");
  fs::resize_file(folder / "3-teacher.safetensors", 100);
  CHECK(error_of([&] { open_kept_example(folder, shape.students, 3); }).file() ==
        (folder / "3-teacher.safetensors").string());
}
