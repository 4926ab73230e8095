// One row of logits as float, whatever its dtype. float16 and bfloat16 convert exactly.
#pragma once

#include <span>

#include "kernels/logits_view.h"

namespace tauscope {

/// Fills `out` from the logits that begin at `data`.
void load_logits(const void* data, DType dtype, std::span<float> out);

/// Writes row `r` of `view` to out[0 … vocab - 1]; `out` has at least view.vocab entries.
void load_row(const LogitsView& view, std::size_t r, std::span<float> out);

}  // namespace tauscope
