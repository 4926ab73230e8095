#include "app/cli/decoding_options.h"

namespace tauscope {

void DecodingCliOptions::add_to(CLI::App& app) {
  const std::string group = "Decoding";
  app.add_option("--protocol", protocol_,
                 "greedy, or minillm: sampling at temperature 1, no six tokens twice, prompts of at most 256 "
                 "tokens; the options below change single settings")
      ->check(CLI::IsMember(decoding_protocols()))
      ->capture_default_str()
      ->group(group);
  app.add_option("--temperature", temperature_, "sample at this temperature; 0 = the most probable token")
      ->group(group);
  app.add_option("--top-p", top_p_, "sample from the smallest set of this much probability")->group(group);
  app.add_option("--top-k", top_k_, "sample from the k most probable tokens; 0 = all")->group(group);
  app.add_option("--repetition-penalty", repetition_penalty_, "1 = none")->group(group);
  app.add_option("--no-repeat-ngram-size", no_repeat_ngram_, "no n tokens in a row twice; 0 = allowed")
      ->group(group);
  app.add_option("--max-new-tokens", max_new_tokens_, "length limit of an answer (default 256)")
      ->group(group);
  app.add_option("--max-prompt-length", max_prompt_length_,
                 "longer prompts are cut from the left; 0 = what the context leaves")
      ->group(group);
  app.add_option("--stop", stop_, "an answer ends before this text; may be repeated")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--batch-size", batch_, "answers that are under way at a time")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str()
      ->group(group);
}

DecodingOptions DecodingCliOptions::parsed() const {
  DecodingOptions options = decoding_protocol(protocol_);
  if (temperature_ && *temperature_ == 0) {
    options.sample = false;
  } else if (temperature_ || top_p_ || top_k_) {
    options.sample = true;
    options.temperature = temperature_.value_or(options.temperature);
  }
  options.top_p = top_p_.value_or(options.top_p);
  options.top_k = top_k_.value_or(options.top_k);
  options.repetition_penalty = repetition_penalty_.value_or(options.repetition_penalty);
  options.no_repeat_ngram = no_repeat_ngram_.value_or(options.no_repeat_ngram);
  options.max_new_tokens = max_new_tokens_.value_or(options.max_new_tokens);
  options.max_prompt_length = max_prompt_length_.value_or(options.max_prompt_length);
  if (!stop_.empty()) options.stop = stop_;
  check(options);
  return options;
}

}  // namespace tauscope
