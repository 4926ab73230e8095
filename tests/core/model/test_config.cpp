// What is read from config.json, and what is refused: by file and field, never by a wrong number later.
#include <algorithm>
#include <functional>

#include "core/base/json.h"
#include "tests/core/base/error_of.h"
#include "tests/core/model/golden.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

/// A copy of a golden model whose config was edited.
class EditedModel {
 public:
  EditedModel(const std::string& golden, const std::function<void(Json&)>& edit) {
    const fs::path from = golden_model(golden).folder;
    Json config = read_json_file(from / "config.json");
    edit(config);
    write_text(folder_ / "config.json", config.dump());
    fs::copy_file(from / "model.safetensors", folder_ / "model.safetensors");
  }
  const fs::path& path() const { return folder_.path(); }
  DecoderConfig config() const { return read_decoder_config(*Checkpoint::open(path())); }
  Error error() const {
    return error_of([&] { load_model(path()); });
  }

 private:
  TemporaryFolder folder_;
};

struct Refusal {
  std::string golden;
  std::function<void(Json&)> edit;
  std::string field;
  std::string found;
};

}  // namespace

TEST_CASE("the GPT-2 config is read") {
  const EditedModel model("gpt2-inner-scaled", [](Json&) {});
  const DecoderConfig c = model.config();
  CHECK(c.architecture == "gpt2");
  CHECK(c.vocab == 61);
  CHECK(c.context == 64);
  CHECK(c.hidden == 24);
  CHECK(c.layers == 2);
  CHECK(c.heads == 4);
  CHECK(c.kv_heads == 4);
  CHECK(c.head_size == 6);
  CHECK(c.inner == 36);
  CHECK(c.norm == NormKind::layer_norm);
  CHECK(c.norm_epsilon == 1e-2);
  CHECK(c.position == PositionKind::learned);
  CHECK(c.activation == Activation::gelu_tanh);
  CHECK(c.tied_head);
  CHECK(c.scale_of_layer(0) == Approx(1.0 / std::sqrt(6.0)));
  CHECK(c.scale_of_layer(1) == Approx(0.5 / std::sqrt(6.0)));
}

TEST_CASE("the LLaMA config is read, in the new and in the old spelling of rotary positions") {
  const DecoderConfig now = EditedModel("llama-rope-llama3", [](Json&) {}).config();
  CHECK(now.architecture == "llama");
  CHECK(now.kv_heads == 1);
  CHECK(now.head_size == 12);
  CHECK(now.rope.kind == RopeConfig::Kind::llama3);
  CHECK(now.rope.theta == 500.0);
  CHECK(now.rope.factor == 8.0);
  CHECK(now.rope.original_context == 32);
  CHECK_FALSE(now.tied_head);
  CHECK(EditedModel("llama-rope-llama3-old", [](Json&) {}).config() == now);

  const auto with_type = [](Json& c) {
    c["rope_scaling"]["type"] = c["rope_scaling"]["rope_type"];
    c["rope_scaling"].erase("rope_type");
  };
  CHECK(EditedModel("llama-rope-llama3-old", with_type).config() == now);
  const auto without_original = [](Json& c) {
    c["rope_parameters"].erase("original_max_position_embeddings");
  };
  CHECK(EditedModel("llama-rope-llama3", without_original).config().rope.original_context == 128);
  const auto beside = [](Json& c) { c["original_max_position_embeddings"] = 16; };
  CHECK(EditedModel("llama-rope-llama3", beside).config().rope.original_context == 16);

  const DecoderConfig old = EditedModel("llama-old-spelling", [](Json&) {}).config();
  CHECK(old.rope.kind == RopeConfig::Kind::standard);
  CHECK(old.rope.theta == 123.0);
  const auto bare = [](Json& c) { c.erase("rope_theta"); };
  CHECK(EditedModel("llama-old-spelling", bare).config().rope.theta == 10000.0);
}

TEST_CASE("each kind of rotary scaling is read alike in its spellings, with what follows from it") {
  for (const std::string kind : {"llama3", "linear", "dynamic", "yarn", "longrope"}) {
    const DecoderConfig now = EditedModel("llama-rope-" + kind, [](Json&) {}).config();
    INFO(kind);
    CHECK(rope_kind_name(now.rope.kind) == kind);
    CHECK(EditedModel("llama-rope-" + kind + "-old", [](Json&) {}).config() == now);
  }
  const auto yarn = [](const std::function<void(Json&)>& edit) {
    return EditedModel("llama-rope-yarn", [&](Json& c) { edit(c["rope_parameters"]); }).config();
  };
  const double stretched = 0.1 * std::log(4.0) + 1.0;
  CHECK(yarn([](Json&) {}).rope.magnitude == Approx(stretched));
  CHECK(yarn([](Json& rope) { rope["mscale"] = 2.0; }).rope.magnitude == Approx(stretched));  // needs both
  CHECK(yarn([](Json& rope) { rope["mscale"] = rope["mscale_all_dim"] = 0.7; }).rope.magnitude == 1.0);
  CHECK(yarn([](Json& rope) { rope["attention_factor"] = 1.25; }).rope.magnitude == 1.25);
  CHECK(yarn([](Json& rope) { rope["factor"] = nullptr; }).rope.factor == 4.0);  // 128 over 32
  CHECK(yarn([](Json& rope) { rope["factor"] = 0.5; }).rope.magnitude == 1.0);
  CHECK(yarn([](Json& rope) { rope["beta_fast"] = 0; }).rope.beta_fast == 32.0);  // as if absent

  // How long a sequence may be: max_position_embeddings, unless the scaling is what makes it longer.
  CHECK(EditedModel("llama-rope-dynamic", [](Json&) {}).config().context == 4 * 16);
  CHECK(EditedModel("qwen2-rope-yarn", [](Json&) {}).config().context == 4 * 16);
  CHECK(yarn([](Json&) {}).context == 128);
  CHECK(EditedModel("llama-rope-linear", [](Json&) {}).config().context == 64);
  CHECK(EditedModel("llama-rope-longrope", [](Json&) {}).config().context == 64);
}

TEST_CASE("sliding windows are read as each architecture states them") {
  using Windows = std::vector<std::int64_t>;
  const auto windows = [](
                           const std::string& golden, const std::function<void(Json&)>& edit = [](Json&) {}) {
    return EditedModel(golden, edit).config().windows;
  };
  CHECK(windows("mistral-window") == Windows{7, 7});
  CHECK(windows("mistral-default-window") == Windows{4096, 4096});
  CHECK(windows("mistral-no-window").empty());
  CHECK(windows("mistral-layer-types") == Windows{6, 0});
  CHECK(windows("qwen2-window") == Windows{0, 5});
  CHECK(windows("qwen2-window", [](Json& c) { c["max_window_layers"] = 0; }) == Windows{5, 5});
  CHECK(windows("qwen2-window", [](Json& c) { c.erase("max_window_layers"); }).empty());  // 28 by default
  CHECK(windows("qwen2-window", [](Json& c) { c["sliding_window"] = nullptr; }).empty());
  CHECK(windows("qwen2-window", [](Json& c) { c.erase("sliding_window"); }) == Windows{0, 4096});
  CHECK(windows("qwen2-window-unused").empty());
  CHECK(windows("qwen2-layer-types") == Windows{8, 0});
  CHECK(windows("qwen3-window-biases") == Windows{0, 5});
  // LLaMA has none, whatever stands in its config.
  CHECK(windows("llama-gqa", [](Json& c) { c["sliding_window"] = 4; }).empty());
}

TEST_CASE("the OPT config is read") {
  const DecoderConfig c = EditedModel("opt-post-norm-projected", [](Json&) {}).config();
  CHECK(c.norm_after);
  CHECK_FALSE(c.final_norm);
  CHECK(c.embedding_width == 12);
  CHECK(c.hidden == 20);
  CHECK(c.projected());
  CHECK(c.position_offset == 2);
  CHECK(c.tied_head);
  CHECK(c.activation == Activation::relu);
  const DecoderConfig old = EditedModel("opt-old-file-f16", [](Json&) {}).config();
  CHECK(old.final_norm);
  CHECK(old.norm_weights);
  CHECK(old.qkv_bias);
  CHECK_FALSE(old.projected());
}

TEST_CASE("an unknown architecture is refused, and the known ones are listed") {
  const Error error = EditedModel("gpt2-tied", [](Json& c) { c["model_type"] = "mamba"; }).error();
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.field_name() == "model_type");
  CHECK(error.found_value() == "mamba");
  for (const std::string& known : CausalLM::known_architectures())
    CHECK(error.expected_value().find(known) != std::string::npos);
}

TEST_CASE("what a config asks for and is not supported is refused by name") {
  const auto rope = [](const char* kind) {
    return [kind](Json& c) { c["rope_parameters"]["rope_type"] = kind; };
  };
  const std::vector<Refusal> refusals = {
      {"gpt2-tied", [](Json& c) { c["activation_function"] = "quick_gelu"; }, "activation_function",
       "quick_gelu"},
      {"gpt2-tied", [](Json& c) { c["add_cross_attention"] = true; }, "add_cross_attention", "true"},
      {"gpt2-tied", [](Json& c) { c["n_head"] = 5; }, "n_embd", "n_head 5"},
      {"gpt2-tied", [](Json& c) { c["n_layer"] = 0; }, "n_layer", "0"},
      {"gpt2-tied", [](Json& c) { c["n_layer"] = 1000000000; }, "n_layer", "1000000000"},
      {"gpt2-tied", [](Json& c) { c["n_positions"] = -5; }, "n_positions", "-5"},
      {"gpt2-tied", [](Json& c) { c.erase("n_embd"); }, "n_embd", ""},
      {"gpt2-tied", [](Json& c) { c["vocab_size"] = "101"; }, "vocab_size", "101"},
      {"gpt2-tied", [](Json& c) { c["vocab_size"] = 100.5; }, "vocab_size", "100.5"},
      {"gpt2-tied", [](Json& c) { c["layer_norm_epsilon"] = -1.0; }, "layer_norm_epsilon", "-1"},
      {"gpt2-tied", [](Json& c) { c["tie_word_embeddings"] = 1; }, "tie_word_embeddings", "1"},
      {"llama-gqa",
       [](Json& c) {
         c["quantization_config"] = {{"bits", 4}};
       },
       "quantization_config", ""},
      {"llama-gqa", [](Json& c) { c["hidden_act"] = "relu2"; }, "hidden_act", "relu2"},
      {"llama-gqa", [](Json& c) { c["num_key_value_heads"] = 3; }, "num_key_value_heads",
       "3 key-value heads"},
      {"llama-gqa", [](Json& c) { c["head_dim"] = 7; }, "head_dim", "7"},
      {"llama-gqa", rope("proportional"), "rope_parameters.rope_type", "proportional"},
      {"llama-gqa", rope("linear"), "rope_parameters.factor", ""},
      {"llama-gqa", rope("dynamic"), "rope_parameters.factor", ""},
      {"llama-gqa", rope("longrope"), "rope_parameters.short_factor", ""},
      {"llama-gqa", rope("llama3"), "rope_parameters.factor", ""},
      {"llama-gqa",
       [](Json& c) {
         c["rope_scaling"] = {{"type", "su"}, {"factor", 2.0}};
       },
       "rope_scaling.type", "su"},
      {"llama-gqa",
       [](Json& c) {
         c["rope_parameters"] = {{"full_attention", {{"rope_type", "default"}}}};
       },
       "rope_parameters.full_attention", ""},
      {"llama-rope-linear", [](Json& c) { c["rope_parameters"]["factor"] = 0; }, "rope_parameters.factor",
       "0"},
      {"llama-rope-dynamic", [](Json& c) { c["head_dim"] = 2; }, "head_dim", "2"},
      {"llama-rope-yarn", [](Json& c) { c["rope_parameters"]["beta_slow"] = -1; },
       "rope_parameters.beta_slow", "-1"},
      {"llama-rope-yarn", [](Json& c) { c["rope_parameters"]["rope_theta"] = 0.5; }, "rope_theta", "0.5"},
      {"llama-rope-longrope",
       [](Json& c) {
         c["rope_parameters"]["long_factor"] = {1.0, 2.0};
       },
       "rope_parameters.long_factor", "2 entries"},
      {"llama-rope-longrope", [](Json& c) { c["rope_parameters"]["short_factor"][2] = 0.0; },
       "rope_parameters.short_factor[2]", "0.0"},
      {"mistral-window", [](Json& c) { c["sliding_window"] = 0; }, "sliding_window", "0"},
      {"mistral-window", [](Json& c) { c["attention_bias"] = true; }, "attention_bias", "true"},
      {"mistral-layer-types", [](Json& c) { c["layer_types"][1] = "chunked_attention"; }, "layer_types[1]",
       "chunked_attention"},
      {"mistral-layer-types", [](Json& c) { c["layer_types"] = {"full_attention"}; }, "layer_types",
       "1 entries"},
      {"qwen2-layer-types", [](Json& c) { c["use_sliding_window"] = false; }, "layer_types[0]",
       "sliding_attention"},
      {"qwen2-tied", [](Json& c) { c["mlp_bias"] = true; }, "mlp_bias", "true"},
      {"qwen2-tied", [](Json& c) { c.erase("num_key_value_heads"); }, "num_key_value_heads",
       "32 key-value heads (the default"},
      {"qwen3-tied", [](Json& c) { c["use_sliding_window"] = "yes"; }, "use_sliding_window", "yes"},
      {"opt-pre-norm", [](Json& c) { c["num_attention_heads"] = 3; }, "hidden_size", "num_attention_heads 3"},
      {"opt-pre-norm", [](Json& c) { c["activation_function"] = "quick_gelu"; }, "activation_function",
       "quick_gelu"},
      // What other code bases add to a familiar architecture.
      {"llama-gqa", [](Json& c) { c["final_logit_softcapping"] = 30.0; }, "final_logit_softcapping", "30"},
      {"llama-gqa", [](Json& c) { c["logit_scale"] = 0.0625; }, "logit_scale", "0.0625"},
      {"llama-gqa", [](Json& c) { c["num_local_experts"] = 8; }, "num_local_experts", "8"},
      {"qwen2-tied", [](Json& c) { c["is_causal"] = false; }, "is_causal", "false"},
      {"qwen2-tied", [](Json& c) { c["use_qk_norm"] = true; }, "use_qk_norm", "true"},
      {"gpt2-tied",
       [](Json& c) {
         c["pruned_heads"] = {{"0", {1}}};
       },
       "pruned_heads", "0"},
      {"llama-gqa", [](Json& c) { c["rope_parameters"]["rope_theta"] = 0; }, "rope_parameters.rope_theta",
       "0"},
      {"llama-gqa", [](Json& c) { c["partial_rotary_factor"] = 0.5; }, "partial_rotary_factor", "0.5"},
      {"llama-rope-llama3", [](Json& c) { c["rope_parameters"]["high_freq_factor"] = 1.0; },
       "rope_parameters.high_freq_factor", "1"},
      {"llama-rope-llama3", [](Json& c) { c["rope_parameters"]["factor"] = -8; }, "rope_parameters.factor",
       "-8"},
  };
  for (const Refusal& each : refusals) {
    const EditedModel model(each.golden, each.edit);
    const Error error = model.error();
    INFO(error.what());
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.file() == (model.path() / "config.json").string());
    CHECK(error.field_name() == each.field);
    // A field of the wrong type, absent or out of an integer's range says that itself; the rest say what to
    // do.
    if (!error.expected_value().empty() && error.problem().find("support") != std::string::npos)
      CHECK_FALSE(error.remedy_text().empty());
    CHECK(error.found_value().find(each.found) != std::string::npos);
  }
}

TEST_CASE("devices and threads are checked by name") {
  const auto checkpoint = Checkpoint::open(golden_model("gpt2-tied").folder);
  const auto load_on = [&](const std::string& device) {
    ModelOptions options;
    options.device = device;
    return CausalLM::load(*checkpoint, options);
  };
  CHECK(load_on("cpu")->device() == "cpu");
  CHECK_FALSE(load_on("auto")->device().empty());
  for (const char* wrong : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda0", "cuda:0x"}) {
    const Error error = error_of([&] { load_on(wrong); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.found_value() == wrong);
  }
  // No machine has so many; where there is none at all, the answer says so.
  const Error error = error_of([&] { load_on("cuda:100"); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.field_name() == "device");
  ModelOptions options;
  options.threads = -1;
  CHECK(error_of([&] { CausalLM::load(*checkpoint, options); }).kind() == ErrorKind::usage);
}
