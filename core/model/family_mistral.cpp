// Mistral (arXiv 2310.06825), as transformers' MistralForCausalLM stores it: LLaMA with a sliding window.
#include "core/model/config_reading.h"
#include "core/model/llama_like.h"

namespace tauscope {
namespace {

DecoderConfig read_config(const JsonFields& fields) {
  detail::LlamaDefaults defaults;
  defaults.context = 131072;
  defaults.kv_heads = 8;
  DecoderConfig c = detail::read_llama_like(fields, defaults);
  for (const char* key : {"attention_bias", "mlp_bias"})
    detail::require_boolean(fields, key, false);

  const std::int64_t window = detail::read_window(fields);
  if (fields.has("layer_types"))
    c.windows = detail::read_layer_types(fields, c.layers, window);
  else if (window > 0)
    c.windows.assign(static_cast<std::size_t>(c.layers), window);
  return c;
}

}  // namespace

Family mistral_family() {
  return {"mistral", "model.", read_config, detail::llama_like_names, detail::llama_like_holds_no_weights};
}

}  // namespace tauscope
