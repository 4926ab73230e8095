// A checkpoint in words and shapes, as its family reads it: for `inspect`. No torch, no weights.
#pragma once

#include <string>

#include "core/checkpoint/model_description.h"
#include "core/model/family.h"

namespace tauscope {

/// Throws Error::bad_input as read_decoder_config does.
ModelDescription describe_model(const Json& config, const std::string& file);

/// Where a tensor belongs that a model with these names does not ask for.
Leftover leftover_kind(const Family& family, const DecoderNames& names, std::string_view tensor);

}  // namespace tauscope
