// The fields of an evaluation's request, for JSON both ways: in its folder, in commands and scripts.
#pragma once

#include "app/session/evaluation.h"
#include "app/session/fields.h"

namespace tauscope {

template <typename Visitor>
void visit_fields(DecodingOptions& decoding, Visitor& visit) {
  constexpr auto many = std::int64_t{1} << 40;
  visit("sample", decoding.sample);
  visit("temperature", Bounded{decoding.temperature, 0.0, 1e6});
  visit("top_k", Bounded{decoding.top_k, std::int64_t{0}, many});
  visit("top_p", Bounded{decoding.top_p, 0.0, 1.0});
  visit("repetition_penalty", Bounded{decoding.repetition_penalty, 0.0, 1e6});
  visit("no_repeat_ngram_size", Bounded{decoding.no_repeat_ngram, std::int64_t{0}, many});
  visit("max_new_tokens", Bounded{decoding.max_new_tokens, std::int64_t{1}, many});
  visit("max_prompt_length", Bounded{decoding.max_prompt_length, std::int64_t{0}, many});
  visit("stop", decoding.stop);
}

template <typename Visitor>
void visit_fields(ExampleFilter& filter, Visitor& visit) {
  constexpr auto many = std::int64_t{1} << 40;
  visit("categories", filter.categories);
  visit("least_words", Bounded{filter.least_words, std::int64_t{0}, many});
  visit("most_words", Bounded{filter.most_words, std::int64_t{0}, many});
  visit("subset", Bounded{filter.subset, std::int64_t{0}, many});
  visit("subset_seed", Bounded{filter.subset_seed, std::uint64_t{0}, ~std::uint64_t{0}});
}

template <typename Visitor>
void visit_fields(EvaluationSpec& spec, Visitor& visit) {
  visit("models", spec.models);
  visit("sets", spec.sets);
  visit("references", spec.references);
  visit("template", spec.prompt_template);
  visit("limit", Bounded{spec.limit, std::int64_t{0}, std::int64_t{1} << 40});
  visit("filter", Nested{spec.filter});
  visit("protocol", spec.protocol);
  visit("decoding", Nested{spec.decoding});
  visit("seeds", spec.seeds);
  visit("batch_size", Bounded{spec.batch, std::int64_t{1}, std::int64_t{4096}});
  visit("metrics", spec.metrics);
  visit("device", spec.device);
  visit("dtype", spec.dtype);
}

}  // namespace tauscope
