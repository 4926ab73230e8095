#include "core/engine/shared_vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {
namespace {

/// How far two tokenizers agree, id by id and as sets of strings.
struct Agreement {
  std::int64_t compared = 0;   ///< ids that both have
  std::int64_t equal = 0;      ///< of them, those of equal strings
  std::int64_t elsewhere = 0;  ///< of the others, those whose string the second has under another id
  std::optional<std::int64_t> first_difference;
};

Agreement compare_strings(const Tokenizer& a, const Tokenizer& b, std::int64_t count) {
  Agreement result;
  result.compared = count;
  std::vector<std::int64_t> different;
  for (std::int64_t id = 0; id < count; ++id) {
    const auto token = static_cast<std::int32_t>(id);
    if (a.token_bytes(token) == b.token_bytes(token))
      ++result.equal;
    else
      different.push_back(id);
  }
  if (different.empty()) return result;
  result.first_difference = different.front();
  std::unordered_set<std::string> strings;
  for (std::int32_t id = 0; id < b.size(); ++id)
    strings.insert(b.token_bytes(id));
  for (const std::int64_t id : different)
    result.elsewhere += strings.contains(a.token_bytes(static_cast<std::int32_t>(id))) ? 1 : 0;
  return result;
}

/// "31.2%"; never "100.0%" or "0.0%" where it is not exactly that.
std::string share_text(std::int64_t part, std::int64_t whole) {
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (part < whole && percent > 99.9) return "more than 99.9%";
  if (part > 0 && percent < 0.1) return "less than 0.1%";
  return fmt::format("{:.1f}%", percent);
}

/// What kind of difference it is, as far as the strings tell.
std::string explanation(const Agreement& agreement) {
  const std::int64_t different = agreement.compared - agreement.equal;
  if (2 * agreement.equal >= agreement.compared)
    return fmt::format("one vocabulary with {} {} of its own", different,
                       different == 1 ? "token" : "tokens");
  if (2 * agreement.elsewhere >= different) return "mostly the same strings under other ids";
  return "different tokenizers";
}

void require_agreement(const VocabularyMember& first, const VocabularyMember& other, std::int64_t count) {
  if (first.tokenizer_hash == other.tokenizer_hash) return;
  const Agreement agreement = compare_strings(*first.tokenizer, *other.tokenizer, count);
  if (!agreement.first_difference) return;
  const auto id = static_cast<std::int32_t>(*agreement.first_difference);
  const std::string a = first.tokenizer->token_bytes(id), b = other.tokenizer->token_bytes(id);
  throw Error::bad_input(other.folder, "the vocabularies do not agree, so their logits cannot be compared")
      .field(fmt::format("token id {}", id))
      .found(fmt::format("'{}' in {}; {} of the {} ids that both have stand for equal strings ({})",
                         printable_utf8(b), other.name, share_text(agreement.equal, agreement.compared),
                         agreement.compared, explanation(agreement)))
      .expected(fmt::format("'{}' as in {} ({})", printable_utf8(a), first.name, first.folder))
      .remedy(
          "use a teacher and students of one tokenizer: a divergence compares the same token's probability "
          "in both");
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
    require_agreement(first, each, comparable);

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
