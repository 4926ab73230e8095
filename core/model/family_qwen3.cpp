// Qwen3 (arXiv 2505.09388), as transformers' Qwen3ForCausalLM stores it: LLaMA with a head size of its own
// and norms on each head's query and key.
#include "core/model/config_reading.h"
#include "core/model/llama_like.h"

namespace tauscope {
namespace {

DecoderConfig read_config(const JsonFields& fields) {
  detail::LlamaDefaults defaults;
  defaults.context = 32768;
  defaults.kv_heads = 32;
  defaults.head_size = 128;
  DecoderConfig c = detail::read_llama_like(fields, defaults);
  c.query_key_norm = true;
  c.qkv_bias = c.attention_out_bias = fields.boolean_or("attention_bias", false);
  detail::require_boolean(fields, "mlp_bias", false);
  c.windows = detail::read_qwen_windows(fields, c.layers);
  return c;
}

}  // namespace

Family qwen3_family() {
  return {"qwen3", "model.", read_config, detail::llama_like_names, detail::llama_like_holds_no_weights};
}

}  // namespace tauscope
