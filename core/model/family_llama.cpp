// LLaMA 1 to 3 (Touvron et al. 2023 and later) and what is stored like it (TinyLlama), as transformers'
// LlamaForCausalLM has it.
#include "core/model/llama_like.h"

namespace tauscope {
namespace {

DecoderConfig read_config(const JsonFields& fields) {
  DecoderConfig c = detail::read_llama_like(fields, {});
  c.qkv_bias = c.attention_out_bias = fields.boolean_or("attention_bias", false);
  c.mlp_bias = fields.boolean_or("mlp_bias", false);
  return c;
}

}  // namespace

Family llama_family() {
  return {"llama", "model.", read_config, detail::llama_like_names, detail::llama_like_holds_no_weights};
}

}  // namespace tauscope
