// Files of torch.save: what PyTorch reads from them is what is read here, and what is more than tensors is
// refused by name.
#include <chrono>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/torch_file.h"
#include "tests/core/base/error_of.h"
#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::error_of;
using test::text_of;
namespace fs = std::filesystem;

namespace {

fs::path golden(const std::string& name) {
  return test::source_path("tests/golden/torch") / name;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

bool shares(const TensorEntry& whole, const TensorEntry& part) {
  return part.bytes.data() >= whole.bytes.data() &&
         part.bytes.data() + part.bytes.size() <= whole.bytes.data() + whole.bytes.size();
}

}  // namespace

TEST_CASE("files of torch.save are read as PyTorch reads them") {
  const Json expected = read_json_file(golden("expected.json"));
  CHECK(expected.size() == 13);
  for (const auto& [name, tensors] : expected.items()) {
    INFO(name);
    const auto file = TorchFile::open(golden(name));
    REQUIRE(file->tensors().size() == tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const TensorEntry& entry = file->tensors()[i];
      INFO(entry.name);
      CHECK(entry.name == tensors[i]["name"].get<std::string>());
      CHECK(tensor_type_name(entry.type) == tensors[i]["dtype"].get<std::string>());
      CHECK(entry.shape == tensors[i]["shape"].get<std::vector<std::int64_t>>());
      CHECK(sha256(text_of(entry.bytes)) == tensors[i]["sha256"].get<std::string>());
      CHECK(file->find(entry.name) == &entry);
    }
    CHECK_FALSE(file->find("absent"));
    CHECK(file->has_checksums() == (name != "no_checksums.bin"));
    CHECK_NOTHROW(file->verify_checksums());
  }
}

TEST_CASE("tensors that share a storage share the mapping; only those out of order are copied") {
  for (const char* name : {"shared.bin", "zip64.bin", "repacked.bin"}) {
    INFO(name);
    const auto file = TorchFile::open(golden(name));
    const TensorEntry& table = *file->find("embedding");
    CHECK(file->find("head")->bytes.data() == table.bytes.data());
    for (const char* part : {"rows", "first", "last"})
      CHECK(shares(table, *file->find(part)));
    for (const char* copy : {"middle", "turned", "other"})
      CHECK_FALSE(shares(table, *file->find(copy)));
  }
}

TEST_CASE("what torch.save can write and a state dict does not need is refused with the way out") {
  struct Case {
    const char *file, *field, *problem, *found, *remedy;
  };
  const std::vector<Case> cases{
      {"legacy.bin", "", "before version 1.6", "", "torch.save(torch.load('FILE', weights_only=True)"},
      {"pickle.bin", "", "a bare pickle", "", "torch.save"},
      {"protocol4.bin", "data.pkl, byte 0", "protocol", "protocol 4", "save_pretrained"},
      {"call.bin", "data.pkl, byte 13", "no part of a plain state dict", "\"__builtin__.print\"",
       "if you trust"},
      {"training.bin", "\"state_dict\"", "is not a tensor", "a dict of 1", "model.state_dict()"},
      {"list.bin", "data.pkl", "does not hold a state dict", "a list of 1", "model.state_dict()"},
      {"expanded.bin", "\"x\".stride", "overlap", "stride [1, 0]", "save_pretrained"},
      {"sparse.bin", "data.pkl", "no part", "\"torch._utils._rebuild_sparse_tensor\"", "if you trust"},
      {"quantized.bin", "data.pkl", "no part", "\"torch._utils._rebuild_qtensor\"", "if you trust"},
      {"module.bin", "data.pkl", "no part", "\"torch.nn.modules.linear.Linear\"", "if you trust"},
      {"torchscript.bin", "constants.pkl", "TorchScript", "", "torch.jit.load('FILE').state_dict()"},
      {"compressed.bin", "data.pkl", "compressed", "method 8", "torch.save"},
  };
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(golden("refused")))
    files += entry.is_regular_file() ? 1 : 0;
  CHECK(files == cases.size());
  for (const Case& each : cases) {
    INFO(each.file);
    const fs::path path = golden("refused") / each.file;
    const Error error = error_of([&] { TorchFile::open(path); });
    INFO(error.what());
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.file() == path.string());
    CHECK(holds(error.field_name(), each.field));
    CHECK(holds(error.problem(), each.problem));
    CHECK(holds(error.found_value(), each.found));
    CHECK(holds(error.remedy_text(), each.remedy));
  }
}

TEST_CASE("a checkpoint of torch.save's shards is opened") {
  const auto checkpoint = Checkpoint::open(golden("sharded"));
  CHECK(checkpoint->is_sharded());
  CHECK(checkpoint->source().is_torch);
  CHECK(checkpoint->source().name == "pytorch_model.bin.index.json");
  CHECK(checkpoint->tensor_names() ==
        std::vector<std::string>{"embedding", "h.0.bias", "h.1.bias", "h.1.weight", "head"});
  CHECK(checkpoint->remarks().empty());
}

TEST_CASE("of several kinds of weights transformers' choice is taken, and the others are remarked") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "config.json", R"({"model_type": "gpt2"})");
  const auto source = [&] { return Checkpoint::open(folder.path())->source().name; };
  for (const char* name : {"pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin",
                           "pytorch_model.bin.index.json"})
    fs::copy(golden("sharded") / name, folder / name);
  CHECK(source() == "pytorch_model.bin.index.json");
  fs::copy(golden("module.bin"), folder / "pytorch_model.bin");
  CHECK(source() == "pytorch_model.bin");
  const fs::path sharded = test::source_path("tests/golden/safetensors/sharded");
  for (const auto& entry : fs::directory_iterator(sharded))
    if (entry.path().filename() != "config.json")
      fs::copy(entry.path(), folder / entry.path().filename().string());
  CHECK(source() == "model.safetensors.index.json");
  const std::vector<float> one{1};
  write_safetensors(folder / "model.safetensors", {{"x", TensorType::F32, {1}, test::bytes_of(one)}});
  write_safetensors(folder / "other.safetensors", {{"y", TensorType::F32, {1}, test::bytes_of(one)}});
  CHECK(source() == "model.safetensors");
  const std::vector<std::string> remarks = Checkpoint::open(folder.path())->remarks();
  REQUIRE(remarks.size() == 3);
  CHECK(remarks[0] ==
        "model.safetensors.index.json is there too and is not read: model.safetensors comes first");
  CHECK(holds(remarks[1], "pytorch_model.bin is there too"));

  test::write_text(folder / "config.json",
                   R"({"model_type": "gpt2", "transformers_weights": "other.safetensors"})");
  CHECK(source() == "other.safetensors");
  CHECK(Checkpoint::open(folder.path())->remarks().size() == 4);
  for (const char* wrong : {"../other.safetensors", "pytorch_model.bin", "", "absent.safetensors"}) {
    INFO(wrong);
    test::write_text(folder / "config.json", std::string(R"({"transformers_weights": ")") + wrong + "\"}");
    CHECK(error_of([&] { Checkpoint::open(folder.path()); }).field_name() == "transformers_weights");
  }
}
