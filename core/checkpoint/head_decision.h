// Which tensor a model's head is: decided by the config and by the file together, in one place for loading
// and for looking.
#pragma once

#include <string>

#include "core/checkpoint/checkpoint.h"

namespace tauscope {

enum class HeadKind {
  embedding,        ///< tied, and the file has no head
  embedding_twice,  ///< tied, and the file holds the embedding a second time
  own,              ///< not tied, and the file has a head
  own_though_tied,  ///< tied by the config, but the head in the file has other numbers: it is used
  missing,          ///< not tied, and the file has no head
};

struct HeadDecision {
  HeadKind kind = HeadKind::own;
  bool equals_embedding = false;  ///< what the file holds, bit for bit
  bool tied() const { return kind == HeadKind::embedding || kind == HeadKind::embedding_twice; }
};

/// As transformers 5 does it: tied by the config, unless the file holds a head with other numbers. `tied` is
/// what the config says, or the family's default. Reads the bytes of head and embedding where there are both.
HeadDecision decide_head(const Checkpoint& checkpoint, const std::string& head, const std::string& embedding,
                         bool tied);

/// What is odd about it, in a sentence; "" where nothing is.
std::string head_remark(const HeadDecision& decision);

}  // namespace tauscope
