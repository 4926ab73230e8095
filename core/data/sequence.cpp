#include "core/data/sequence.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"

namespace tauscope {
namespace {

/// What the tokenizer puts around any text.
struct Affixes {
  std::size_t before = 0;
  std::vector<std::int32_t> after;
};

Affixes affixes_of(const Tokenizer& tokenizer) {
  const auto bare = tokenizer.encode("a", false);
  const auto dressed = tokenizer.encode("a", true);
  const auto text = std::search(dressed.begin(), dressed.end(), bare.begin(), bare.end());
  Affixes affixes;
  affixes.before = static_cast<std::size_t>(text - dressed.begin());
  if (text != dressed.end())
    affixes.after.assign(text + static_cast<std::ptrdiff_t>(bare.size()), dressed.end());
  return affixes;
}

std::size_t common_prefix(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return static_cast<std::size_t>(end - a.begin());
}

void add_eos(std::vector<std::int32_t>& ids, const Tokenizer& tokenizer, const Affixes& affixes) {
  const auto eos = tokenizer.eos_id();
  if (!eos)
    throw Error::bad_input("", "the tokenizer has no EOS token to end the response with")
        .found(tokenizer.description())
        .remedy("name it as eos_token in tokenizer_config.json, or leave it out with --no-eos");
  const bool there = std::find(affixes.after.begin(), affixes.after.end(), *eos) != affixes.after.end();
  if (!there) ids.push_back(*eos);
}

/// Shortens the prompt from its left, behind what the tokenizer puts before a text. One token at least stays
/// in front of the first scored one.
void cut_prompt(TeacherForcedSequence& sequence, std::size_t before, std::int64_t limit,
                const Example& example, const std::string& file, const SequenceOptions& options) {
  const auto length = static_cast<std::int64_t>(sequence.ids.size());
  const std::int64_t excess = limit > 0 ? length - limit : 0;
  const std::int64_t of_prompt =
      options.max_prompt_length > 0 ? sequence.first_scored - options.max_prompt_length : 0;
  if (excess <= 0 && of_prompt <= 0) return;
  const auto kept = std::min(static_cast<std::int64_t>(before), sequence.first_scored);
  const std::int64_t available = sequence.first_scored - std::max<std::int64_t>(kept, 1);
  sequence.fits = excess <= available;
  if (!sequence.fits && options.too_long == TooLong::skip) return;
  if (!sequence.fits)
    throw Error::bad_input(file, "a response does not fit, and responses are never cut")
        .field(fmt::format("example {}", example.index))
        .found(fmt::format("{} tokens to score after a prompt of {}", length - sequence.first_scored,
                           sequence.first_scored))
        .expected(fmt::format("at most {} tokens in all", limit))
        .remedy(
            "raise --max-length where the models' context allows it, or leave the example out of the data");
  const std::int64_t cut = std::min(std::max(excess, of_prompt), available);
  const auto from = sequence.ids.begin() + kept;
  sequence.ids.erase(from, from + cut);
  sequence.first_scored -= cut;
  sequence.prompt_tokens_cut = cut;
}

}  // namespace

TeacherForcedSequence make_sequence(const Tokenizer& tokenizer, const Example& example,
                                    const std::string& file, const SequenceOptions& options,
                                    std::int64_t context) {
  if (example.outputs.empty())
    throw Error::bad_input(file, "an example has no response to score")
        .field(fmt::format("example {}", example.index))
        .remedy("take data that have responses; questions alone can only be generated from");
  const Affixes affixes = affixes_of(tokenizer);
  auto prompt = tokenizer.encode(example.prompt, true);
  prompt.resize(prompt.size() - std::min(prompt.size(), affixes.after.size()));

  TeacherForcedSequence sequence;
  sequence.ids = tokenizer.encode(example.prompt + example.outputs.front(), true);
  sequence.first_scored =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(common_prefix(prompt, sequence.ids)));
  if (options.add_eos) add_eos(sequence.ids, tokenizer, affixes);
  if (sequence.first_scored >= static_cast<std::int64_t>(sequence.ids.size()))
    throw Error::bad_input(file, "an example has no token to score")
        .field(fmt::format("example {}", example.index))
        .found(example.outputs.front().empty() ? "an empty response"
                                               : "no token of the response can be predicted")
        .remedy("leave the example out of the data, or score EOS too (without --no-eos)");
  std::int64_t limit = context;
  if (options.max_length > 0 && (limit <= 0 || options.max_length < limit)) limit = options.max_length;
  cut_prompt(sequence, affixes.before, limit, example, file, options);
  return sequence;
}

}  // namespace tauscope
