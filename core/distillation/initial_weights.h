// A student from nothing but its config: random weights that are a function of the seed.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/json.h"
#include "core/model/family.h"
#include "core/model/weights.h"

namespace tauscope {

/// Float32 on the CPU, as transformers initialises: matrices and embeddings normal with the config's
/// initializer_range (init_std in OPT; 0.02), GPT-2's projections into the residual stream (c_proj) divided
/// by the root of twice the number of layers, norms 1, biases 0. A head that is not tied has numbers of its
/// own. Entry i of a tensor depends on the seed, the tensor's name and i alone. Throws Error::bad_input for a
/// range that is none; `file` is named.
DecoderWeights random_weights(const DecoderConfig& config, const DecoderNames& names, const Json& config_json,
                              const std::string& file, std::uint64_t seed);

}  // namespace tauscope
