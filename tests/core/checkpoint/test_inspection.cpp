#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/checkpoint/inspection.h"
#include "core/model/describe.h"
#include "tests/core/base/error_of.h"
#include "tests/core/checkpoint/pickle_builder.h"
#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/core/checkpoint/zip_builder.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::error_of;
namespace fs = std::filesystem;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

bool any_holds(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return holds(text, part); });
}

/// A small GPT-2 or LLaMA on disk, whose config and tensors a test may change before it is inspected.
class Model {
 public:
  Json config;
  std::map<std::string, std::vector<std::int64_t>> tensors;
  TensorType type = TensorType::F32;
  std::map<std::string, float> filled;  ///< tensors that are not all zero

  CheckpointInspection inspect() {
    std::vector<std::vector<float>> data;
    std::vector<TensorToWrite> all;
    for (const auto& [name, shape] : tensors) {
      const auto bytes = tensor_bytes(type, shape).value();
      data.emplace_back((bytes + 3) / 4, filled.contains(name) ? filled[name] : 0.f);
      all.push_back({name, type, shape, test::bytes_of(data.back()).first(bytes)});
    }
    write_safetensors(folder / "model.safetensors", all);
    test::write_text(folder / "config.json", config.dump());
    return inspect_checkpoint(folder.path(), describe_model);
  }

  test::TemporaryFolder folder;
};

Json llama_config() {
  return Json::parse(R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 8,
    "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "vocab_size": 10, "max_position_embeddings": 16, "hidden_act": "silu", "dtype": "float32",
    "tie_word_embeddings": false, "rope_theta": 500000.0,
    "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                     "original_max_position_embeddings": 8}})");
}

void fill_llama(Model& model) {
  model.config = llama_config();
  model.tensors = {
      {"model.embed_tokens.weight", {10, 8}}, {"model.norm.weight", {8}}, {"lm_head.weight", {10, 8}}};
  for (const std::string layer : {"model.layers.0.", "model.layers.1."}) {
    model.tensors[layer + "input_layernorm.weight"] = {8};
    model.tensors[layer + "post_attention_layernorm.weight"] = {8};
    model.tensors[layer + "self_attn.q_proj.weight"] = {8, 8};
    model.tensors[layer + "self_attn.k_proj.weight"] = {4, 8};
    model.tensors[layer + "self_attn.v_proj.weight"] = {4, 8};
    model.tensors[layer + "self_attn.o_proj.weight"] = {8, 8};
    model.tensors[layer + "mlp.gate_proj.weight"] = {12, 8};
    model.tensors[layer + "mlp.up_proj.weight"] = {12, 8};
    model.tensors[layer + "mlp.down_proj.weight"] = {8, 12};
  }
  model.filled["lm_head.weight"] = 1.f;
}

void fill_gpt2(Model& model, const std::string& prefix) {
  model.config =
      Json::parse(R"({"model_type": "gpt2", "n_embd": 8, "n_layer": 1, "n_head": 2, "n_positions": 16,
    "vocab_size": 10, "activation_function": "gelu_new"})");
  model.tensors = {{prefix + "wte.weight", {10, 8}}, {prefix + "wpe.weight", {16, 8}}};
  for (const std::string norm : {"h.0.ln_1", "h.0.ln_2", "ln_f"})
    for (const std::string part : {".weight", ".bias"})
      model.tensors[prefix + norm + part] = {8};
  const auto projection = [&](const std::string& stem, std::int64_t in, std::int64_t out) {
    model.tensors[prefix + stem + ".weight"] = {in, out};
    model.tensors[prefix + stem + ".bias"] = {out};
  };
  projection("h.0.attn.c_attn", 8, 24);
  projection("h.0.attn.c_proj", 8, 8);
  projection("h.0.mlp.c_fc", 8, 32);
  projection("h.0.mlp.c_proj", 32, 8);
}

}  // namespace

TEST_CASE("a LLaMA is described and counted") {
  Model model;
  fill_llama(model);
  const CheckpointInspection result = model.inspect();
  CHECK(result.problems == std::vector<std::string>{});
  CHECK(result.loadable);
  CHECK(result.config.kv_heads == 2);
  CHECK(result.config.head_size == 2);
  CHECK(result.config.position == "rotary, llama3 scaling by 8 from 8 positions, theta 500000");
  CHECK(result.parameters == 80 + 2 * (2 * 8 + 2 * 64 + 2 * 32 + 3 * 96) + 8 + 80);
  CHECK(result.weight_bytes == static_cast<std::uint64_t>(4 * result.parameters));
  std::int64_t grouped = 0;
  for (const auto& group : result.groups)
    grouped += group.parameters;
  CHECK(grouped == result.parameters);
  CHECK(result.head == "its own (config says not tied)");
  const std::string text = inspection_text(result);
  CHECK(holds(text, "llama (LlamaForCausalLM): can be loaded"));
  CHECK(holds(text, "4 heads of 2, 2 key-value heads (grouped queries)"));
  CHECK(holds(text, "MLP width 12, gated, silu"));
  CHECK(holds(text, "root mean square, before each part"));
  CHECK(holds(text, "1.2 k (embedding 80, attention 384, mlp 576, norm 40, head 80)"));
  CHECK(std::count(text.begin(), text.end(), '\n') <= 24);
  const Json json = inspection_json(result);
  CHECK(json["version"] == 1);
  CHECK(json["parameters"] == result.parameters);
  CHECK(json["config"]["layers"] == 2);
  CHECK(json["loadable"] == true);
}

TEST_CASE("a GPT-2 is described, with and without its prefix, its masks passed over") {
  for (const std::string prefix : {"transformer.", ""}) {
    Model model;
    fill_gpt2(model, prefix);
    model.tensors[prefix + "h.0.attn.bias"] = {1, 1, 16, 16};
    const CheckpointInspection result = model.inspect();
    CHECK(result.problems == std::vector<std::string>{});
    CHECK(result.config.inner == 32);
    CHECK(result.config.position == "learned");
    CHECK(result.parameters == 80 + 128 + 3 * 16 + 8 * 24 + 24 + 64 + 8 + 8 * 32 + 32 + 32 * 8 + 8);
    CHECK(any_holds(result.remarks, "1 masks or tables"));
    CHECK(result.head == "the embedding (tied by default, the file has no head)");
  }
}

TEST_CASE("tying is told by the config and by the file") {
  Model model;
  fill_llama(model);
  SECTION("tied, absent") {
    model.config["tie_word_embeddings"] = true;
    model.tensors.erase("lm_head.weight");
    CHECK(model.inspect().head == "the embedding (config says tied, the file has no head)");
  }
  SECTION("tied, there twice: counted once") {
    const auto separate = model.inspect().parameters;
    model.config["tie_word_embeddings"] = true;
    model.filled.clear();
    const auto result = model.inspect();
    CHECK(result.head == "the embedding (config says tied, the file holds it twice)");
    CHECK(result.parameters == separate - 80);
    std::int64_t grouped = 0;
    for (const auto& group : result.groups)
      grouped += group.parameters;
    CHECK(grouped == result.parameters);
    CHECK(result.loadable);
  }
  SECTION("tied, but the file differs") {
    model.config["tie_word_embeddings"] = true;
    const auto result = model.inspect();
    CHECK(result.head == "its own (config says tied)");
    CHECK(any_holds(result.remarks, "holds another head"));
  }
  SECTION("not tied, absent") {
    model.tensors.erase("lm_head.weight");
    const auto result = model.inspect();
    CHECK_FALSE(result.loadable);
    CHECK(any_holds(result.problems, "lm_head.weight is missing, and config says not tied"));
  }
  SECTION("not tied, equal") {
    model.filled.clear();
    CHECK(any_holds(model.inspect().remarks, "the head equals the embedding"));
  }
}

TEST_CASE("tensors that do not fit the config are named") {
  Model model;
  fill_llama(model);
  const auto problem = [&](const std::string& part) {
    const auto result = model.inspect();
    CHECK_FALSE(result.loadable);
    INFO(inspection_text(result));
    CHECK(any_holds(result.problems, part));
  };
  SECTION("vocabulary") {
    model.config["vocab_size"] = 12;
    problem("model.embed_tokens.weight is [10, 8], config.json asks for [12, 8]");
  }
  SECTION("key-value heads") {
    model.config.erase("num_key_value_heads");
    problem("self_attn.k_proj.weight is [4, 8], config.json asks for [8, 8]");
  }
  SECTION("fewer layers") {
    model.config["num_hidden_layers"] = 1;
    problem("9 tensors do not belong to a llama of 1 layers: model.layers.1.input_layernorm.weight");
  }
  SECTION("more layers") {
    model.config["num_hidden_layers"] = 3;
    problem("9 tensors are missing: model.layers.2.input_layernorm.weight");
  }
  SECTION("biases that are not stated") {
    model.tensors["model.layers.0.self_attn.q_proj.bias"] = {8};
    problem("1 tensors do not belong to a llama of 2 layers: model.layers.0.self_attn.q_proj.bias");
  }
  SECTION("integer weights") {
    model.type = TensorType::I8;
    problem("21 weights are not F32, F16 or BF16");
  }
  SECTION("quantised") {
    model.config["quantization_config"] = {{"bits", 4}};
    problem("quantised weights are not supported");
  }
  SECTION("heads") {
    model.config["num_attention_heads"] = model.config["num_key_value_heads"] = 3;
    problem("hidden_size is no multiple of num_attention_heads");
  }
  SECTION("a size that is none") {
    model.config["hidden_size"] = "8";
    problem("hidden_size: has the wrong type");
  }
}

TEST_CASE("an architecture that is not known is described all the same") {
  Model model;
  fill_llama(model);
  model.config["model_type"] = "mamba";
  const auto result = model.inspect();
  CHECK_FALSE(result.loadable);
  REQUIRE(result.problems.size() == 1);
  for (const Family& family : families())
    CHECK(holds(result.problems.front(), std::string(family.model_type)));
  CHECK(result.parameters > 0);
  CHECK(result.config.layers == 2);
  CHECK(holds(inspection_text(result), "positions     16, kind not known"));
}

TEST_CASE("tensors beside the model are told and do no harm; those inside it that are too many do") {
  Model model;
  fill_llama(model);
  model.tensors["v_head.summary.weight"] = {1, 8};
  const auto result = model.inspect();
  CHECK(result.loadable);
  CHECK(
      any_holds(result.remarks, "1 tensors stand beside the model and are not used: v_head.summary.weight"));
  model.tensors["model.v_head.weight"] = {1, 8};
  CHECK_FALSE(model.inspect().loadable);
}

TEST_CASE("fields of the config that nothing reads are told, those that would change the logits refuse it") {
  Model model;
  fill_llama(model);
  CHECK_FALSE(any_holds(model.inspect().remarks, "no architecture here reads"));
  model.config["mup_scale"] = 2.0;
  model.config["use_cache"] = true;
  model.config["sliding_window"] = nullptr;
  model.config["auto_map"] = {{"AutoModelForCausalLM", "modeling_x.X"}};
  const auto result = model.inspect();
  CHECK(result.loadable);
  CHECK(any_holds(result.remarks, "no architecture here reads: mup_scale"));
  CHECK_FALSE(any_holds(result.remarks, "use_cache"));
  CHECK(any_holds(result.remarks, "auto_map"));
  model.config["final_logit_softcapping"] = 30.0;
  CHECK(any_holds(model.inspect().problems, "final_logit_softcapping"));
}

TEST_CASE("a folder without usable weights is described as far as it goes") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "config.json", llama_config().dump());
  test::write_text(folder / "pytorch_model.bin", "x");
  const auto result = inspect_checkpoint(folder.path(), describe_model);
  CHECK_FALSE(result.loadable);
  CHECK_FALSE(result.weights_read);
  CHECK(any_holds(result.problems, "is not a PyTorch file"));
  CHECK(result.config.layers == 2);
  CHECK(holds(inspection_text(result), "cannot be loaded"));
  CHECK(inspection_json(result)["weights_read"] == false);

  CHECK(error_of([&] { inspect_checkpoint(folder / "absent", describe_model); }).problem() ==
        "there is no such folder");
  const test::TemporaryFolder empty;
  CHECK(error_of([&] { inspect_checkpoint(empty.path(), describe_model); }).file() ==
        (empty / "config.json").string());
}

TEST_CASE("tensors that share their bytes count once in the size of the weights") {
  using namespace test::pickle;
  const test::TemporaryFolder folder;
  test::write_text(folder / "config.json", R"({"model_type": "unknown"})");
  test::write_text(folder / "pytorch_model.bin",
                   test::torch_archive(dict(text("a") + plain_tensor() + text("b") + plain_tensor()),
                                       {std::string(16, '\x3F')}));
  const auto result = inspect_checkpoint(folder.path(), describe_model);
  REQUIRE(result.weights_read);
  CHECK(result.types.at(0).tensors == 2);
  CHECK(result.weight_bytes == result.types.at(0).bytes / 2);
}

TEST_CASE("that many weights were not looked at is said, with the way to have it done") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "config.json", llama_config().dump());
  const std::uint64_t bytes = (std::uint64_t{4} << 30) + 4;
  const std::string header =
      fmt::format(R"({{"x":{{"dtype":"F32","shape":[{}],"data_offsets":[0,{}]}}}})", bytes / 4, bytes);
  test::write_text(folder / "model.safetensors", test::safetensors_bytes(header, ""));
  fs::resize_file(folder / "model.safetensors", 8 + header.size() + bytes);  // a hole, which takes no room
  const auto result = inspect_checkpoint(folder.path(), describe_model);
  CHECK(result.weight_bytes == bytes);
  CHECK(any_holds(result.remarks, "inspect --check-weights reads them all"));
}

TEST_CASE("tokenizer, generation config and other files are told") {
  Model model;
  fill_llama(model);
  model.config["eos_token_id"] = 2;
  const auto tokenizer = [&] { return model.inspect().tokenizer; };
  CHECK(tokenizer().empty());
  CHECK(any_holds(model.inspect().remarks, "there is no tokenizer"));
  test::write_text(model.folder / "vocab.json", "{}");
  CHECK(tokenizer().empty());
  test::write_text(model.folder / "merges.txt", "");
  CHECK(tokenizer() == "byte-level BPE, vocab.json with merges.txt");
  test::write_text(model.folder / "tokenizer.model", "");
  CHECK(tokenizer() == "sentencepiece, tokenizer.model");
  test::write_text(model.folder / "tokenizer.json", "{}");
  CHECK(tokenizer() == "tokenizer.json");
  CHECK(model.inspect().tokenizer_files.size() == 4);

  test::write_text(model.folder / "generation_config.json",
                   R"({"eos_token_id": [2, 3], "temperature": 0.6})");
  test::write_text(model.folder / "pytorch_model.bin", "x");
  test::write_text(model.folder / "notes.txt", "x");
  const auto result = model.inspect();
  CHECK(result.generation == "eos [2,3], temperature 0.6");
  CHECK(any_holds(result.remarks, "eos_token_id is [2,3] in generation_config.json and 2 in config.json"));
  CHECK(any_holds(result.remarks, "pytorch_model.bin is there too and is not read"));
  CHECK(result.other_files == std::vector<std::string>{"notes.txt"});
  test::write_text(model.folder / "generation_config.json", "{");
  CHECK(model.inspect().generation == "cannot be read");
  CHECK(model.inspect().loadable);
}

TEST_CASE("a stated element type that is not the weights' is remarked") {
  Model model;
  fill_llama(model);
  model.config["dtype"] = "bfloat16";
  CHECK(any_holds(model.inspect().remarks, "config.json says bfloat16, the weights are F32"));
  model.config.erase("dtype");
  model.config["torch_dtype"] = "float32";
  CHECK(model.inspect().remarks.size() == 1);  // that there is no tokenizer
}

TEST_CASE(
    "every golden model is told to be what it is, in one screen, with nothing odd but what was made so") {
  const fs::path golden = test::source_path("tests/golden/model");
  std::map<std::string, std::vector<std::string>> parts = {
      {"gpt2-old-file", {"4 masks or tables", "tied by default"}},
      {"gpt2-unscaled-gelu", {"logits not scaled"}},
      {"gpt2-inner-scaled", {"divided by the layer's number"}},
      {"llama-old-spelling", {"2 masks or tables"}},
      {"llama-own-head", {"that one is used"}},
      {"llama-rope-linear", {"rotary, linear scaling by 4, theta 300", "gelu_pytorch_tanh"}},
      {"llama-rope-dynamic-old", {"64, rotary, dynamic scaling by 4 beyond 16 positions"}},
      {"llama-rope-yarn", {"128, rotary, yarn scaling by 4 from 32 positions, magnitude 1.13863"}},
      {"llama-rope-longrope", {"by other factors beyond 16 positions, magnitude 1.22474"}},
      {"mistral-window", {"window        a token sees 7 tokens\n"}},
      {"mistral-layer-types", {"a token sees 6 tokens in layer 0\n"}},
      {"opt-post-norm-projected",
       {"(embedding 12, projected)", "after each sum, none at the end", "from row 2"}},
      {"opt-bare-parts", {"without weights"}},
      {"opt-old-file-f16", {"decoder.version", "F16"}},
      {"qwen2-tied",
       {"biases on query, key and value", "the embedding (config says tied, the file has no head)"}},
      {"qwen2-window", {"a token sees 5 tokens in layer 1\n"}},
      {"qwen3-tied", {"norms on query and key", "4 heads of 10"}},
  };
  int looked_at = 0;
  for (const auto& entry : fs::directory_iterator(golden)) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename().string();
    const auto result = inspect_checkpoint(entry.path(), describe_model);
    const std::string text = inspection_text(result);
    INFO(text);
    CHECK(result.loadable);
    CHECK(std::count(text.begin(), text.end(), '\n') <= 24);
    for (const std::string& part : parts[name])
      CHECK(holds(text, part));
    // No tokenizer in any of them; otherwise only what the list above says is odd.
    if (parts[name].empty()) CHECK(result.remarks.size() == 1);
    ++looked_at;
  }
  CHECK(looked_at >= 45);
}

TEST_CASE("the trained pair is found loadable") {
  TS_NEED_SHARED(folder, "data/checkpoints");
  for (const char* name : {"teacher-llama-6m", "student-llama-1m", "student-gpt2-1m"}) {
    const auto result = inspect_checkpoint(folder / name, describe_model);
    CHECK(result.loadable);
    CHECK(result.remarks.empty());
    CHECK(result.tokenizer == "sentencepiece, tokenizer.model");
  }
}
