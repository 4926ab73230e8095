#include <chrono>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/shard_index.h"
#include "tests/core/base/error_of.h"
#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::error_of;
namespace fs = std::filesystem;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

Error refused(const fs::path& folder) {
  const auto start = std::chrono::steady_clock::now();
  const Error error = error_of([&] { Checkpoint::open(folder); });
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
  CHECK(error.kind() == ErrorKind::bad_input);
  return error;
}

void write_tensors(const fs::path& path, const std::vector<std::string>& names) {
  static const std::vector<float> values{1, 2, 3, 4};
  std::vector<TensorToWrite> tensors;
  for (const auto& name : names)
    tensors.push_back({name, TensorType::F32, {2, 2}, test::bytes_of(values)});
  write_safetensors(path, tensors, {{"format", "pt"}});
}

/// A folder with a config and two shards: "a", "b" in the first, "c" in the second.
struct Sharded {
  Sharded() {
    test::write_text(folder / "config.json", R"({"model_type": "llama"})");
    write_tensors(folder / "one.safetensors", {"a", "b"});
    write_tensors(folder / "two.safetensors", {"c"});
  }
  void index(const std::string& weight_map, const std::string& metadata = R"({"total_size": 48})") {
    test::write_text(folder / "model.safetensors.index.json",
                     "{\"metadata\": " + metadata + ", \"weight_map\": " + weight_map + "}");
  }
  test::TemporaryFolder folder;
};

const char* const good_map = R"({"a": "one.safetensors", "b": "one.safetensors", "c": "two.safetensors"})";

}  // namespace

TEST_CASE("a checkpoint of one file is opened") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "config.json", R"({"model_type": "gpt2", "n_layer": 2})");
  write_tensors(folder / "model.safetensors", {"y", "x"});
  const auto checkpoint = Checkpoint::open(folder.path());
  CHECK(checkpoint->model_type() == "gpt2");
  CHECK(checkpoint->config()["n_layer"] == 2);
  CHECK_FALSE(checkpoint->is_sharded());
  CHECK(checkpoint->tensor_names() == std::vector<std::string>{"x", "y"});
  CHECK(checkpoint->parameter_count() == 8);
  CHECK(checkpoint->find("x")->shape == std::vector<std::int64_t>{2, 2});
  CHECK_FALSE(checkpoint->find("z"));
  CHECK(checkpoint->remarks().empty());
}

TEST_CASE("the hash is that of sha256sum's listing") {
  Sharded made;
  made.index(good_map);
  const auto checkpoint = Checkpoint::open(made.folder.path());
  std::string listing;
  for (const char* name : {"config.json", "one.safetensors", "two.safetensors"})
    listing += sha256_file(made.folder / name) + "  " + name + "\n";
  CHECK(checkpoint->hash() == sha256(listing));
  CHECK(checkpoint->hash() == Checkpoint::open(made.folder.path())->hash());
  test::write_text(made.folder / "config.json", R"({"model_type": "llama" })");
  CHECK(checkpoint->hash() != Checkpoint::open(made.folder.path())->hash());
}

TEST_CASE("a sharded checkpoint is opened, and oddities that do no harm are remarked") {
  Sharded made;
  made.index(good_map);
  const auto checkpoint = Checkpoint::open(made.folder.path());
  CHECK(checkpoint->is_sharded());
  CHECK(checkpoint->files().size() == 2);
  CHECK(checkpoint->tensor_names() == std::vector<std::string>{"a", "b", "c"});
  CHECK(checkpoint->remarks().empty());

  made.index(good_map, R"({"total_size": 96.0})");
  const auto halved = Checkpoint::open(made.folder.path());
  REQUIRE(halved->remarks().size() == 1);
  CHECK(holds(halved->remarks()[0], "total_size 96, the tensors have 48 bytes"));

  write_tensors(made.folder / "model.safetensors", {"whole"});
  const auto whole = Checkpoint::open(made.folder.path());
  CHECK(whole->tensor_names() == std::vector<std::string>{"whole"});
  CHECK(whole->remarks().size() == 1);
}

TEST_CASE("a checkpoint that transformers sharded is opened") {
  const auto checkpoint = Checkpoint::open(test::source_path("tests/golden/safetensors/sharded"));
  CHECK(checkpoint->files().size() == 4);
  CHECK(checkpoint->parameter_count() == 1704);
  CHECK(checkpoint->remarks().empty());
}

TEST_CASE("the trained pair is opened") {
  TS_NEED_SHARED(folder, "data/checkpoints");
  CHECK(Checkpoint::open(folder / "teacher-llama-6m")->parameter_count() == 6450432);
  CHECK(Checkpoint::open(folder / "student-gpt2-1m")->model_type() == "gpt2");
}

TEST_CASE("folders that are none, or not there") {
  const test::TemporaryFolder folder;
  CHECK(refused(folder / "absent").problem() == "there is no such folder");
  CHECK(holds(refused("organisation/model-7b").remedy_text(), "not downloaded"));
  CHECK(refused("").problem() == "there is no such folder");
  test::write_text(folder / "file", "x");
  CHECK(refused(folder / "file").problem() == "is a file, not a folder");
  CHECK(refused(folder / "file/deeper").problem() == "there is no such folder");
}

TEST_CASE("a config that is missing or wrong") {
  const test::TemporaryFolder folder;
  write_tensors(folder / "model.safetensors", {"x"});
  CHECK(refused(folder.path()).file() == (folder / "config.json").string());
  test::write_text(folder / "config.json", "{\"model_type\": \"llama\",\n}");
  CHECK(refused(folder.path()).field_name() == "line 2, column 1");
  test::write_text(folder / "config.json", "[]");
  CHECK(refused(folder.path()).found_value() == "an array");
  test::write_text(folder / "config.json", "version https://git-lfs.github.com/spec/v1\n");
  CHECK(refused(folder.path()).field_name() == "line 1, column 1");
  test::write_text(folder / "config.json", "{}");
  CHECK(error_of([&] { Checkpoint::open(folder.path())->model_type(); }).field_name() == "model_type");
}

TEST_CASE("weights of another kind are named, with the way out") {
  struct Case {
    std::string file, problem, remedy;
  };
  const std::vector<Case> cases{
      {"pytorch_model-00001-of-00002.bin", "index is missing", "pytorch_model.bin.index.json"},
      {"consolidated.00.pth", "own repository", "conversion script"},
      {"adapter_model.safetensors", "an adapter", "merge_and_unload"},
      {"weights.safetensors", "another name", "model.safetensors"},
      {"model-00001-of-00002.safetensors", "index is missing", "model.safetensors.index.json"},
      {"model-q4.gguf", "not read here", "safetensors"},
      {"tf_model.h5", "not read here", "safetensors"},
      {"README.md", "holds no weights", "download"},
  };
  for (const Case& each : cases) {
    INFO(each.file);
    const test::TemporaryFolder folder;
    test::write_text(folder / "config.json", "{}");
    test::write_text(folder / each.file, "x");
    const Error error = refused(folder.path());
    CHECK(holds(error.problem(), each.problem));
    CHECK(holds(error.found_value(), each.file));
    CHECK(holds(error.remedy_text(), each.remedy));
  }
}

TEST_CASE("the index names plain files and nothing outside the folder") {
  Sharded made;
  const test::TemporaryFolder outside;
  write_tensors(outside / "x.safetensors", {"a"});
  const std::string elsewhere = (outside / "x.safetensors").string();
  const std::vector<std::string> names{elsewhere,
                                       "../x.safetensors",
                                       "sub/x.safetensors",
                                       "..\\\\x.safetensors",
                                       "..",
                                       ".",
                                       "",
                                       "x.bin",
                                       ".safetensors",
                                       "a\\u0000.safetensors",
                                       std::string(300, 'x') + ".safetensors"};
  for (const std::string& name : names) {
    INFO(name);
    made.index("{\"a\": \"" + name + "\"}");
    const Error error = refused(made.folder.path());
    CHECK(error.field_name() == "weight_map.a");
    CHECK(error.problem() == "is not a plain file name");
    CHECK(holds(error.expected_value(), "without separators"));
  }
}

TEST_CASE("index and weight files must name the same tensors in the same places") {
  Sharded made;
  const auto check = [&](const std::string& map, const std::string& field, const std::string& problem) {
    made.index(map);
    const Error error = refused(made.folder.path());
    CHECK(error.field_name() == field);
    CHECK(holds(error.problem(), problem));
    CHECK_FALSE(error.remedy_text().empty());
  };
  check(R"({"a": "one.safetensors", "b": "one.safetensors", "c": "three.safetensors"})",
        "model.safetensors.index.json, weight_map", "1 of 2 weight files are missing");
  check(R"({"a": "one.safetensors", "b": "one.safetensors", "c": "two.safetensors", "d": "two.safetensors"})",
        "weight_map.d", "not in its weight file");
  check(R"({"a": "one.safetensors", "c": "two.safetensors"})", "\"b\"", "does not place this tensor here");
  check(R"({"a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"})", "\"b\"",
        "does not place this tensor here");
  check("{}", "weight_map", "names no tensors");
  write_tensors(made.folder / "two.safetensors", {"c", "a"});
  check(good_map, "\"a\"", "stands in another weight file too");
  fs::remove(made.folder / "two.safetensors");
  test::write_text(made.folder / "two.safetensors", "version https://git-lfs.github.com/spec/v1\n");
  made.index(good_map);
  const Error pointer = refused(made.folder.path());
  CHECK(pointer.file() == (made.folder / "two.safetensors").string());
  CHECK(holds(pointer.problem(), "git-lfs pointer"));
}

TEST_CASE("an index that is no index") {
  Sharded made;
  const auto check = [&](const std::string& text, const std::string& field) {
    test::write_text(made.folder / "model.safetensors.index.json", text);
    const Error error = refused(made.folder.path());
    CHECK(error.field_name() == field);
    CHECK(error.file() == (made.folder / "model.safetensors.index.json").string());
  };
  check("[]", "");
  check("{}", "weight_map");
  check(R"({"weight_map": []})", "weight_map");
  check(R"({"weight_map": {"a": 1}})", "weight_map.a");
  check(R"({"weight_map": {"a": "one.safetensors", "a": "one.safetensors"}})", "line 1, column 43");
  check(R"({"metadata": 1, "weight_map": {"a": "one.safetensors"}})", "metadata");
  check(R"({"metadata": {"total_size": "x"}, "weight_map": {"a": "one.safetensors"}})",
        "metadata.total_size");
  check("", "line 1, column 1");
}

TEST_CASE("a weight file without tensors is refused") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "config.json", "{}");
  write_tensors(folder / "model.safetensors", {});
  CHECK(refused(folder.path()).problem() == "the file holds no tensors");
}
