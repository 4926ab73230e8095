// What to do about a PyTorch file that is not read here.
#pragma once

namespace tauscope {

inline constexpr const char* convert_torch_file =
    "convert it to safetensors: python -c \"from transformers import AutoModelForCausalLM as M; "
    "M.from_pretrained('FOLDER').save_pretrained('NEW_FOLDER')\"";

/// For files that PyTorch's own safe reader refuses too.
inline constexpr const char* convert_trusted_torch_file =
    "if you trust where the file comes from, convert it to safetensors: python -c \"import torch; from "
    "safetensors.torch import save_file; d = torch.load('FILE', weights_only=False); save_file({k: "
    "v.clone().contiguous() for k, v in d.items()}, 'model.safetensors', {'format': 'pt'})\"";

inline constexpr const char* save_torch_file_again =
    "write it again with a recent PyTorch: python -c \"import torch; torch.save(torch.load('FILE', "
    "weights_only=True), 'pytorch_model.bin')\"";

}  // namespace tauscope
