// Layers that are computed a second time on the way back, in place of being kept (Chen et al. 2016, arXiv
// 1604.06174): of each layer only its input stays in memory.
#pragma once

#include <memory>

#include "core/model/decoder.h"

namespace tauscope {

/// A runner for Decoder::hidden whose gradients are, bit for bit, those of a pass that keeps everything.
/// `owner` lives as long as the graph does: what the layers look into belongs to it.
LayerRunner recomputing(std::shared_ptr<const void> owner);

}  // namespace tauscope
