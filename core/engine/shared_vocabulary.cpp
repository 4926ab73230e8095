#include "core/engine/shared_vocabulary.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {
namespace {

void compare_strings(const VocabularyMember& first, const VocabularyMember& other, std::int64_t count) {
  if (first.tokenizer_hash == other.tokenizer_hash) return;
  for (std::int64_t id = 0; id < count; ++id) {
    const std::string a = first.tokenizer->token_bytes(static_cast<std::int32_t>(id));
    const std::string b = other.tokenizer->token_bytes(static_cast<std::int32_t>(id));
    if (a == b) continue;
    throw Error::bad_input(other.folder, "the vocabularies do not agree, so their logits cannot be compared")
        .field(fmt::format("token id {}", id))
        .found(fmt::format("'{}' in {}", printable_utf8(b), other.name))
        .expected(fmt::format("'{}' as in {} ({})", printable_utf8(a), first.name, first.folder))
        .remedy("use a teacher and students of one tokenizer");
  }
}

std::string sizes_text(const std::vector<VocabularyMember>& members) {
  std::string text;
  for (const auto& each : members)
    text += fmt::format("{}{} {} (tokenizer {})", text.empty() ? "" : ", ", each.name, each.width,
                        each.tokenizer->size());
  return text;
}

}  // namespace

SharedVocabulary find_shared_vocabulary(const std::vector<VocabularyMember>& members) {
  const VocabularyMember& first = members.front();
  std::int64_t width = first.width, tokens = first.tokenizer->size();
  bool widths_agree = true, tokenizers_agree = true;
  for (const auto& each : members) {
    widths_agree = widths_agree && each.width == first.width;
    tokenizers_agree = tokenizers_agree && each.tokenizer->size() == first.tokenizer->size();
    width = std::min(width, each.width);
    tokens = std::min<std::int64_t>(tokens, each.tokenizer->size());
  }
  const std::int64_t comparable = std::min(width, tokens);
  for (const auto& each : members)
    compare_strings(first, each, comparable);

  // Columns behind the tokenizers' last id are padding that all models have, unless one tokenizer goes on
  // where another ends: then they mean a token in one model and nothing in the other.
  SharedVocabulary shared;
  shared.size = tokenizers_agree ? width : comparable;
  if (shared.size < 2)
    throw Error::bad_input(first.folder, "the models share fewer than two token ids")
        .found(sizes_text(members));
  if (!widths_agree || !tokenizers_agree)
    shared.note = fmt::format("vocabularies differ in size: {}; the {} shared ids are compared by themselves",
                              sizes_text(members), shared.size);
  return shared;
}

std::string tokenizer_hash(const Tokenizer& tokenizer) {
  const auto files = tokenizer.files();
  if (files.size() == 1) return sha256_file(files.front());
  std::string all;
  for (const auto& file : files)
    all += file.filename().string() + " " + sha256_file(file) + "\n";
  return sha256(all);
}

}  // namespace tauscope
