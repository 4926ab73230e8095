#include <sys/resource.h>

#include <csignal>
#include <numeric>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"
#include "tests/core/base/error_of.h"
#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::bytes_of;
using test::error_of;
using test::text_of;
namespace fs = std::filesystem;

namespace {

const char* const golden_folder = "tests/golden/safetensors";

void check_against(const SafetensorsFile& file, const Json& expected) {
  CHECK(file.metadata() == expected["metadata"].get<std::map<std::string, std::string>>());
  CHECK(file.tensors().size() == expected["tensors"].size());
  for (const auto& [name, tensor] : expected["tensors"].items()) {
    INFO(name);
    const TensorEntry* entry = file.find(name);
    REQUIRE(entry);
    CHECK(entry->name == name);
    CHECK(tensor_type_name(entry->type) == tensor["dtype"].get<std::string>());
    CHECK(entry->shape == tensor["shape"].get<std::vector<std::int64_t>>());
    CHECK(sha256(text_of(entry->bytes)) == tensor["sha256"].get<std::string>());
  }
}

template <class T>
std::vector<T> counted(std::size_t size, T step = 1) {
  std::vector<T> values(size);
  for (std::size_t i = 0; i < size; ++i)
    values[i] = static_cast<T>(i) * step;
  return values;
}

}  // namespace

TEST_CASE("files of the reference implementation are read as it reads them") {
  const fs::path folder = test::source_path(golden_folder);
  const Json expected = read_json_file(folder / "expected.json");
  CHECK(expected.size() == 7);
  for (const auto& [name, content] : expected.items()) {
    INFO(name);
    check_against(*SafetensorsFile::open(folder / name), content);
  }
}

TEST_CASE("every element type of the format has a name and a size") {
  for (const char* name :
       {"F64",     "F32",         "F16",     "BF16",    "I64",     "I32", "I16",     "I8",
        "U64",     "U32",         "U16",     "U8",      "BOOL",    "C64", "F8_E4M3", "F8_E4M3FNUZ",
        "F8_E5M2", "F8_E5M2FNUZ", "F8_E8M0", "F6_E2M3", "F6_E3M2", "F4"}) {
    const auto type = tensor_type_of_name(name);
    REQUIRE(type);
    CHECK(std::string(tensor_type_name(*type)) == name);
  }
  CHECK_FALSE(tensor_type_of_name("f32"));
  CHECK(tensor_type_bytes(TensorType::BF16) == 2);
  CHECK(tensor_bytes(TensorType::F32, {}) == 4);
  CHECK(tensor_bytes(TensorType::F32, {3, 0, INT64_MAX}) == 0);
  CHECK(tensor_bytes(TensorType::U8, {INT64_MAX}) == std::uint64_t{INT64_MAX});
  CHECK_FALSE(tensor_bytes(TensorType::F16, {INT64_MAX}));
  CHECK_FALSE(tensor_bytes(TensorType::F32, {std::int64_t{1} << 32, std::int64_t{1} << 31}));
  CHECK_FALSE(tensor_bytes(TensorType::F32, {2, -1}));
  CHECK(tensor_bytes(TensorType::F4, {2, 3}) == 3);
  CHECK(tensor_bytes(TensorType::F6_E2M3, {4}) == 3);
  CHECK_FALSE(tensor_bytes(TensorType::F4, {3}));
  CHECK_FALSE(tensor_bytes(TensorType::F4, {INT64_MAX, 2}));
  CHECK(tensor_type_bytes(TensorType::F6_E3M2) == 0);
}

TEST_CASE("the writer gives the bytes that the reference implementation gives") {
  const test::TemporaryFolder folder;
  const std::vector<float> b = counted<float>(6), a = counted<float>(5, 0.25f), zero{0};
  const std::vector<std::int64_t> ids = counted<std::int64_t>(3);
  const std::vector<std::uint16_t> half{0x0000, 0x3C00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600};
  const std::vector<std::uint8_t> mask{1, 0, 1};
  write_safetensors(folder / "order.safetensors",
                    {{"b.weight", TensorType::F32, {2, 3}, bytes_of(b)},
                     {"a.weight", TensorType::F32, {5}, bytes_of(a)},
                     {"ids", TensorType::I64, {3}, bytes_of(ids)},
                     {"half", TensorType::F16, {7}, bytes_of(half)},
                     {"mask", TensorType::U8, {3}, bytes_of(mask)},
                     {"name with \"quotes\" \\ and ü", TensorType::F32, {1}, bytes_of(zero)}},
                    {{"format", "pt"}});
  const std::string written = test::read_text(folder / "order.safetensors");
  CHECK(written == test::read_text(test::source_path(golden_folder) / "order.safetensors"));
}

TEST_CASE("what is written is read back, aligned, whatever the shapes") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "x.safetensors";
  const auto floats = counted<float>(12);
  const auto bytes = counted<std::uint8_t>(3);
  const auto doubles = counted<double>(1);
  const std::vector<float> none;
  for (std::size_t name_length = 1; name_length < 20; ++name_length) {  // every length of header modulo 8
    const std::string name(name_length, 'n');
    write_safetensors(path, {{"bytes", TensorType::BOOL, {3}, bytes_of(bytes)},
                             {name, TensorType::F32, {3, 4}, bytes_of(floats)},
                             {"none", TensorType::F32, {0, 7}, bytes_of(none)},
                             {"one", TensorType::F64, {}, bytes_of(doubles)}});
    const auto file = SafetensorsFile::open(path);
    REQUIRE(file->tensors().size() == 4);
    CHECK(text_of(file->find(name)->bytes) == text_of(bytes_of(floats)));
    CHECK(file->find(name)->elements() == 12);
    CHECK(file->find("one")->elements() == 1);
    CHECK(file->find("none")->elements() == 0);
    CHECK(text_of(file->find("bytes")->bytes) == text_of(bytes_of(bytes)));
    CHECK_FALSE(file->find("absent"));
    for (const TensorEntry& tensor : file->tensors())
      CHECK(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % tensor_type_bytes(tensor.type) == 0);
  }
  write_safetensors(path, {});
  CHECK(SafetensorsFile::open(path)->tensors().empty());
}

TEST_CASE("a mapped file stays readable when another takes its name") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "x.safetensors";
  const auto values = counted<float>(1000), others = counted<float>(10, 2.f);
  write_safetensors(path, {{"x", TensorType::F32, {1000}, bytes_of(values)}});
  const auto file = SafetensorsFile::open(path);
  write_safetensors(path, {{"x", TensorType::F32, {10}, bytes_of(others)}});
  CHECK(text_of(file->find("x")->bytes) == text_of(bytes_of(values)));
  CHECK(SafetensorsFile::open(path)->find("x")->elements() == 10);
}

TEST_CASE("tensors that cannot be written are refused before the file is touched") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "x.safetensors";
  const auto values = counted<float>(4);
  const auto problem = [&](const std::vector<TensorToWrite>& tensors) {
    return error_of([&] { write_safetensors(path, tensors); }).problem();
  };
  CHECK(problem({{"x", TensorType::F32, {5}, bytes_of(values)}}) ==
        "the tensor's bytes do not match its type and shape");
  CHECK(problem({{"x", TensorType::F32, {-4}, bytes_of(values)}}) ==
        "the tensor's bytes do not match its type and shape");
  CHECK(problem({{"x", TensorType::F32, {4}, bytes_of(values)},
                 {"x", TensorType::F32, {4}, bytes_of(values)}}) == "two tensors have this name");
  CHECK(problem({{"\xFF", TensorType::F32, {4}, bytes_of(values)}}) == "the tensor's name cannot be written");
  CHECK(problem({{"__metadata__", TensorType::F32, {4}, bytes_of(values)}}) ==
        "the tensor's name cannot be written");
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a disk that fills up while tensors are written leaves the old file") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "x.safetensors";
  test::write_text(path, "old");
  const auto values = counted<float>(1 << 18);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{1 << 16, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const Error error = error_of([&] {
    write_safetensors(path, {{"x", TensorType::F32, {1 << 18}, bytes_of(values)}});
  });
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);
  CHECK(error.kind() == ErrorKind::exhausted);
  CHECK(test::read_text(path) == "old");
  CHECK_FALSE(fs::exists(path.string() + ".partial"));
}
