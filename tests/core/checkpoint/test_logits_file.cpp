#include <cstring>
#include <string>
#include <vector>

#include "core/checkpoint/logits_file.h"
#include "tests/core/base/error_of.h"
#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::bytes_of;
using test::error_of;
namespace fs = std::filesystem;

namespace {

using Shape = std::vector<std::int64_t>;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

/// Writes logits files of chosen parts.
class Maker {
 public:
  fs::path path(const std::string& name) const { return folder_ / name; }

  Maker& logits(Shape shape, TensorType type = TensorType::F32) {
    const auto bytes = tensor_bytes(type, shape).value();
    std::string data(bytes, '\0');
    for (std::size_t i = 0; i < data.size(); ++i)
      data[i] = static_cast<char>(i * 37 % 61);
    return add("logits", type, std::move(shape), std::move(data));
  }
  template <class T>
  Maker& rows(const std::string& name, TensorType type, const std::vector<T>& values) {
    return add(name, type, {static_cast<std::int64_t>(values.size())}, test::text_of(bytes_of(values)));
  }
  Maker& targets(const std::vector<std::int64_t>& values) { return rows("targets", TensorType::I64, values); }
  Maker& mask(const std::vector<std::uint8_t>& values) { return rows("mask", TensorType::BOOL, values); }
  Maker& add(const std::string& name, TensorType type, Shape shape, std::string data) {
    data_.push_back(std::move(data));
    tensors_.push_back({name, type, std::move(shape), {}});
    return *this;
  }
  /// Writes what was added since the last call.
  fs::path write(const std::string& name) {
    for (std::size_t i = 0; i < tensors_.size(); ++i)
      tensors_[i].bytes = std::as_bytes(std::span<const char>(data_[i].data(), data_[i].size()));
    write_safetensors(path(name), tensors_);
    tensors_.clear();
    data_.clear();
    return path(name);
  }
  std::shared_ptr<const LogitsFile> open(const std::string& name) { return LogitsFile::open(write(name)); }
  Error refused() {
    const fs::path path = write("broken.safetensors");
    const Error error = error_of([&] { LogitsFile::open(path); });
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.file() == path.string());
    return error;
  }

 private:
  test::TemporaryFolder folder_;
  std::vector<TensorToWrite> tensors_;
  std::vector<std::string> data_;
};

}  // namespace

TEST_CASE("logits in each of the three types are shown where they lie") {
  Maker make;
  const std::vector<std::pair<TensorType, DType>> types{{TensorType::F32, DType::float32},
                                                        {TensorType::F16, DType::float16},
                                                        {TensorType::BF16, DType::bfloat16}};
  for (const auto& [type, dtype] : types) {
    const auto path = make.logits({3, 5}, type).targets({4, -1, 0}).mask({1, 1, 0}).write("x.safetensors");
    const auto file = LogitsFile::open(path);
    const LogitsView& view = file->logits();
    CHECK(view.rows == 3);
    CHECK(view.vocab == 5);
    CHECK(view.row_stride == 5);
    CHECK(view.dtype == dtype);
    const auto raw = SafetensorsFile::open(path)->find("logits")->bytes;
    const auto again = SafetensorsFile::open(path);
    CHECK(std::memcmp(view.data, again->find("logits")->bytes.data(), raw.size()) == 0);
    CHECK(file->targets() == std::vector<std::int64_t>{4, -1, 0});
    CHECK(file->mask() == std::vector<std::uint8_t>{1, 1, 0});
  }
}

TEST_CASE("targets and mask are optional, ids are passed over, other tensors are named") {
  Maker make;
  const auto bare = make.logits({2, 4}).open("bare");
  CHECK_FALSE(bare->targets());
  CHECK_FALSE(bare->mask());
  const std::vector<std::int64_t> ids{1, 2, 3, 4, 5};
  const auto more =
      make.logits({2, 4}).rows("ids", TensorType::I64, ids).rows("loss", TensorType::I64, ids).open("more");
  CHECK(more->ignored() == std::vector<std::string>{"loss"});
}

TEST_CASE("data that are not aligned to their elements are copied, and equal") {
  const test::TemporaryFolder folder;
  std::vector<float> values{1.5f, -2.f, 3.25f, 1e-30f, 7.f, 8.f};
  std::string data = "x" + test::text_of(bytes_of(values));  // one byte of something else in front
  std::string header =
      R"({"pad":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"logits":{"dtype":"F32","shape":[2,3],"data_offsets":[1,25]}})";
  test::write_text(folder / "x", test::safetensors_bytes(header, data));
  const auto file = LogitsFile::open(folder / "x");
  CHECK(reinterpret_cast<std::uintptr_t>(file->logits().data) % alignof(float) == 0);
  CHECK(std::memcmp(file->logits().data, values.data(), 24) == 0);
}

TEST_CASE("each thing that can be wrong with a logits file has its message") {
  Maker make;
  SECTION("no logits") {
    const Error error = make.targets({1}).refused();
    CHECK(error.field_name() == "logits");
    CHECK(error.found_value() == "targets");
    CHECK(make.refused().found_value() == "no tensors");
  }
  SECTION("type and shape of the logits") {
    const Error f64 = make.logits({2, 4}, TensorType::F64).refused();
    CHECK(f64.found_value() == "F64 [2, 4]");
    CHECK(f64.expected_value() == "F32, F16 or BF16");
    const Error batched = make.logits({1, 2, 4}).refused();
    CHECK(batched.found_value() == "F32 [1, 2, 4]");
    CHECK(holds(batched.remedy_text(), "reshape"));
    CHECK(make.logits({4}).refused().found_value() == "F32 [4]");
    CHECK(make.logits({0, 4}).refused().problem() == "there is nothing to compare");
    CHECK(make.logits({4, 1}).refused().problem() == "there is nothing to compare");
    CHECK(make.logits({4, 0}).refused().problem() == "there is nothing to compare");
  }
  SECTION("targets") {
    CHECK(make.logits({2, 4}).targets({1}).refused().expected_value() == "[2]");
    CHECK(make.logits({2, 4})
              .add("targets", TensorType::I64, {1, 2}, std::string(16, '\0'))
              .refused()
              .found_value() == "I64 [1, 2]");
    CHECK(make.logits({2, 4})
              .rows("targets", TensorType::I32, std::vector<std::int32_t>{1, 2})
              .refused()
              .expected_value() == "I64");
    const Error large = make.logits({2, 4}).targets({1, 4}).refused();
    CHECK(large.field_name() == "targets");
    CHECK(large.found_value() == "4 in row 1");
    CHECK(holds(large.expected_value(), "from 0 to 3"));
    CHECK(holds(make.logits({2, 4}).targets({-100, 2}).refused().remedy_text(), "-1"));
  }
  SECTION("mask") {
    CHECK(make.logits({2, 4}).mask({1, 1, 1}).refused().field_name() == "mask");
    CHECK(make.logits({2, 4}).mask({1, 2}).refused().found_value() == "2 in row 1");
    CHECK(make.logits({1, 4})
              .targets({0})
              .rows("mask", TensorType::I64, std::vector<std::int64_t>{1})
              .refused()
              .expected_value() == "U8 or BOOL");
  }
}

TEST_CASE("targets and masks may come from any of the files, and must agree") {
  Maker make;
  const auto teacher = make.logits({3, 4}).mask({1, 1, 0}).open("teacher");
  const auto student = make.logits({3, 4}).targets({0, -1, 3}).open("student");
  const auto second = make.logits({3, 4}).targets({0, -1, 3}).mask({1, 1, 0}).open("second");
  const JoinedLogits joined = join_logits(teacher, {student, second});
  CHECK(joined.targets == std::vector<std::int64_t>{0, -1, 3});
  CHECK(joined.mask == std::vector<std::uint8_t>{1, 1, 0});
  CHECK(joined.rows() == 3);
  CHECK(joined.scored_rows() == 1);
  CHECK(joined.is_scored(0));
  CHECK_FALSE(joined.is_scored(1));
  CHECK_FALSE(joined.is_scored(2));
  CHECK(joined.students.size() == 2);
  CHECK(joined.students[1].data == second->logits().data);

  const auto bare = make.logits({3, 4}).open("bare");
  const JoinedLogits plain = join_logits(bare, {bare});
  CHECK(plain.targets.empty());
  CHECK(plain.mask.empty());
  CHECK(plain.scored_rows() == 3);

  const auto other = make.logits({3, 4}).targets({0, 2, 3}).open("other");
  const Error error = error_of([&] { join_logits(student, {bare, other}); });
  CHECK(error.file() == other->path().string());
  CHECK(error.field_name() == "targets");
  CHECK(error.found_value() == "2 in row 1");
  CHECK(error.expected_value() == "-1");
  const auto unlike = make.logits({3, 4}).mask({1, 0, 0}).open("unlike");
  CHECK(error_of([&] { join_logits(teacher, {unlike}); }).field_name() == "mask");
  const auto nothing = make.logits({3, 4}).mask({0, 0, 0}).open("nothing");
  CHECK(error_of([&] { join_logits(bare, {nothing}); }).problem() == "no row is scored");
  const auto shorter = make.logits({2, 4}).open("shorter");
  const Error rows = error_of([&] { join_logits(bare, {shorter}); });
  CHECK(rows.found_value() == "2 rows");
  CHECK(holds(rows.expected_value(), "3 rows"));
}

TEST_CASE("vocabularies that differ are an error with both sizes, or are cut to the shared part") {
  Maker make;
  const auto teacher = make.logits({2, 6}).targets({3, 3}).open("teacher");
  const auto student = make.logits({2, 4}).open("student");
  const auto equal = make.logits({2, 6}).open("equal");
  const Error error = error_of([&] { join_logits(teacher, {equal, student}); });
  CHECK(error.file() == student->path().string());
  CHECK(error.found_value() == "4 entries");
  CHECK(holds(error.expected_value(), "6 entries"));
  CHECK(holds(error.remedy_text(), "--vocab intersect"));

  const JoinedLogits joined = join_logits(teacher, {equal, student}, VocabularyRule::intersect);
  CHECK(joined.vocab() == 4);
  CHECK(joined.teacher.row_stride == 6);
  CHECK(joined.students[1].row_stride == 4);
  CHECK(joined.teacher_dropped == 2);
  CHECK(joined.student_dropped == std::vector<std::size_t>{2, 0});

  const auto far = make.logits({2, 6}).targets({3, 5}).open("far");
  const Error outside = error_of([&] { join_logits(far, {student}, VocabularyRule::intersect); });
  CHECK(outside.found_value() == "5 in row 1");
  const auto masked = make.logits({2, 6}).targets({3, 5}).mask({1, 0}).open("masked");
  CHECK(join_logits(masked, {student}, VocabularyRule::intersect).scored_rows() == 1);
}

TEST_CASE("the reference logits of the trained pair are joined") {
  TS_NEED_SHARED(folder, "data/checkpoints");
  const auto teacher = LogitsFile::open(folder / "teacher-llama-6m/reference_logits_0.safetensors");
  const auto student = LogitsFile::open(folder / "student-gpt2-1m/reference_logits_0.safetensors");
  const JoinedLogits joined = join_logits(teacher, {student});
  CHECK(joined.rows() == 48);
  CHECK(joined.vocab() == 4096);
  CHECK(joined.scored_rows() > 0);
  CHECK(joined.scored_rows() < 48);
  const auto other = LogitsFile::open(folder / "student-gpt2-1m/reference_logits_1.safetensors");
  CHECK(error_of([&] { join_logits(teacher, {other}); }).found_value() == "71 rows");
}
