#include "core/checkpoint/head_decision.h"

#include <algorithm>

namespace tauscope {

HeadDecision decide_head(const Checkpoint& checkpoint, const std::string& head_name,
                         const std::string& embedding_name, bool tied) {
  const TensorEntry* head = checkpoint.find(head_name);
  if (head == nullptr) return {tied ? HeadKind::embedding : HeadKind::missing, false};
  const TensorEntry* embedding = checkpoint.find(embedding_name);
  HeadDecision decision;
  decision.equals_embedding = embedding != nullptr && head->type == embedding->type &&
                              head->shape == embedding->shape &&
                              std::ranges::equal(head->bytes, embedding->bytes);
  if (tied) decision.kind = decision.equals_embedding ? HeadKind::embedding_twice : HeadKind::own_though_tied;
  return decision;
}

std::string head_remark(const HeadDecision& decision) {
  if (decision.kind == HeadKind::own_though_tied)
    return "the config says that the head is the embedding, but the file holds another head: that one is "
           "used, as "
           "transformers does";
  if (decision.kind == HeadKind::own && decision.equals_embedding)
    return "the head equals the embedding, though the config says that they are not tied";
  return "";
}

}  // namespace tauscope
