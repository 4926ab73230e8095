// Tensors of a checkpoint against its config: what is missing, too many, of the wrong shape or type is named.
#include <algorithm>
#include <cstring>
#include <functional>

#include "tests/core/base/error_of.h"
#include "tests/core/model/golden.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

/// A copy of a golden model whose list of tensors was edited.
class EditedWeights {
 public:
  EditedWeights(const std::string& golden, const std::function<void(std::vector<TensorToWrite>&)>& edit) {
    const fs::path from = golden_model(golden).folder;
    fs::copy_file(from / "config.json", folder_ / "config.json");
    source_ = SafetensorsFile::open(from / "model.safetensors");
    std::vector<TensorToWrite> tensors;
    for (const TensorEntry& entry : source_->tensors())
      tensors.push_back({entry.name, entry.type, entry.shape, entry.bytes});
    edit(tensors);
    write_safetensors(folder_ / "model.safetensors", tensors);
  }
  const fs::path& path() const { return folder_.path(); }
  Error error() const {
    return error_of([&] { load_model(path()); });
  }

 private:
  TemporaryFolder folder_;
  std::shared_ptr<const SafetensorsFile> source_;
};

TensorToWrite& named(std::vector<TensorToWrite>& tensors, const std::string& name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
  REQUIRE(found != tensors.end());
  return *found;
}

void remove(std::vector<TensorToWrite>& tensors, const std::string& name) {
  named(tensors, name);
  std::erase_if(tensors, [&](const auto& t) { return t.name == name; });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("missing tensors are named") {
  const EditedWeights model("llama-gqa", [](auto& tensors) {
    remove(tensors, "model.layers.1.mlp.up_proj.weight");
    remove(tensors, "model.norm.weight");
  });
  const Error error = model.error();
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(contains(error.field_name(), "model.layers.1.mlp.up_proj.weight"));
  CHECK(contains(error.field_name(), "model.norm.weight"));
}

TEST_CASE("an untied model without its head is refused; a tied one needs none") {
  const EditedWeights untied("gpt2-untied", [](auto& tensors) { remove(tensors, "lm_head.weight"); });
  CHECK(contains(untied.error().field_name(), "lm_head.weight"));
  CHECK(load_model(golden_model("gpt2-tied").folder)->config().tied_head);
}

TEST_CASE("a tied model that stores its head too is tied if both are equal, else it has two") {
  const EditedWeights equal("llama-mha-tied", [](auto& tensors) {
    TensorToWrite head = named(tensors, "model.embed_tokens.weight");
    head.name = "lm_head.weight";
    tensors.push_back(head);
  });
  CHECK(load_model(equal.path())->config().tied_head);
  CHECK(load_model(equal.path())->remarks().empty());
  const auto own = load_model(golden_model("llama-own-head").folder);
  CHECK_FALSE(own->config().tied_head);
  REQUIRE(own->remarks().size() == 1);
  CHECK(contains(own->remarks().front(), "that one is used"));
}

TEST_CASE("a file of the bare base model loads where the head is tied") {
  const EditedWeights bare("llama-mha-tied", [](auto& tensors) {
    for (auto& tensor : tensors)
      tensor.name = tensor.name.substr(std::string("model.").size());
  });
  const GoldenModel golden = golden_model("llama-mha-tied");
  const auto& sequence = golden.sequences.front();
  CHECK(sequence_logits(*load_model(bare.path()), sequence.ids) ==
        sequence_logits(*load_model(golden.folder), sequence.ids));
}

TEST_CASE("tensors beside the model are passed over and told") {
  const EditedWeights model("llama-gqa", [](auto& tensors) {
    TensorToWrite extra = named(tensors, "model.norm.weight");
    extra.name = "v_head.summary.weight";
    tensors.push_back(extra);
  });
  const auto loaded = load_model(model.path());
  REQUIRE(loaded->remarks().size() == 1);
  CHECK(contains(loaded->remarks().front(), "v_head.summary.weight"));
  const GoldenModel golden = golden_model("llama-gqa");
  const auto& ids = golden.sequences.front().ids;
  CHECK(sequence_logits(*loaded, ids) == sequence_logits(*load_model(golden.folder), ids));
}

TEST_CASE("unexpected tensors are named") {
  const EditedWeights model("gpt2-tied", [](auto& tensors) {
    TensorToWrite extra = named(tensors, "transformer.ln_f.bias");
    extra.name = "transformer.h.0.attn.rotary.weight";
    tensors.push_back(extra);
  });
  const Error error = model.error();
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.field_name() == "transformer.h.0.attn.rotary.weight");

  // A model with fewer layers by its config than in its file is not the model of the file.
  const fs::path from = golden_model("llama-gqa").folder;
  TemporaryFolder fewer;
  std::string config = read_text(from / "config.json");
  const std::string layers = "\"num_hidden_layers\": 2";
  REQUIRE(contains(config, layers));
  config.replace(config.find(layers), layers.size(), "\"num_hidden_layers\": 1");
  write_text(fewer / "config.json", config);
  fs::copy_file(from / "model.safetensors", fewer / "model.safetensors");
  CHECK(contains(error_of([&] { load_model(fewer.path()); }).field_name(), "model.layers.1."));
}

TEST_CASE("a tensor of the wrong shape is named with both shapes") {
  const EditedWeights model("gpt2-tied", [](auto& tensors) {
    auto& tensor = named(tensors, "transformer.h.1.mlp.c_fc.weight");
    std::reverse(tensor.shape.begin(), tensor.shape.end());
  });
  const Error error = model.error();
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file() == (model.path() / "model.safetensors").string());
  CHECK(error.field_name() == "transformer.h.1.mlp.c_fc.weight");
  CHECK(error.found_value() == "[96, 24]");
  CHECK(error.expected_value() == "[24, 96]");
}

TEST_CASE("a tensor of a type that is no weight's is named") {
  const EditedWeights model(
      "gpt2-tied", [](auto& tensors) { named(tensors, "transformer.wpe.weight").type = TensorType::I32; });
  const Error error = model.error();
  CHECK(error.field_name() == "transformer.wpe.weight");
  CHECK(error.found_value() == "I32");
}

TEST_CASE("weights at odd addresses in the file are read, not assumed aligned") {
  // One byte in front of everything else puts every float32 at an odd offset.
  const std::byte filler{1};
  const EditedWeights model("gpt2-tied", [&](auto& tensors) {
    tensors.insert(tensors.begin(), {"h.0.attn.bias", TensorType::U8, {1}, std::span(&filler, 1)});
  });
  const auto file = SafetensorsFile::open(model.path() / "model.safetensors");
  const auto* entry = file->find("transformer.wte.weight");
  REQUIRE(entry != nullptr);
  const GoldenModel golden = golden_model("gpt2-tied");
  const auto& sequence = golden.sequences.front();
  CHECK(sequence_logits(*load_model(model.path()), sequence.ids) ==
        sequence_logits(*load_model(golden.folder), sequence.ids));
}
