// Qwen2 and Qwen2.5 (arXiv 2407.10671), as transformers' Qwen2ForCausalLM stores them: LLaMA with biases on
// query, key and value, and a sliding window in the later layers where it is switched on.
#include "core/model/config_reading.h"
#include "core/model/llama_like.h"

namespace tauscope {
namespace {

DecoderConfig read_config(const JsonFields& fields) {
  detail::LlamaDefaults defaults;
  defaults.context = 32768;
  defaults.kv_heads = 32;
  DecoderConfig c = detail::read_llama_like(fields, defaults);
  c.qkv_bias = true;
  for (const char* key : {"attention_bias", "mlp_bias"})
    detail::require_boolean(fields, key, false);
  c.windows = detail::read_qwen_windows(fields, c.layers);
  return c;
}

}  // namespace

Family qwen2_family() {
  return {"qwen2", "model.", read_config, detail::llama_like_names, detail::llama_like_holds_no_weights};
}

}  // namespace tauscope
