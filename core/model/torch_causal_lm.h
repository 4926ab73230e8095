// A CausalLM over weights that are in memory already. With torch.
#pragma once

#include <memory>

#include "core/model/causal_lm.h"
#include "core/model/decoder.h"

namespace tauscope {

/// The tensors are shared: where they are trained, the model moves with them.
std::unique_ptr<CausalLM> causal_lm_of(Decoder decoder);

}  // namespace tauscope
