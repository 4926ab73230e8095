#include "app/session/evaluation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "app/session/evaluation_fields.h"
#include "core/base/csv.h"

namespace tauscope {

namespace {

void check_names(const std::vector<NamedPath>& list, const char* what) {
  std::set<std::string> names;
  for (const NamedPath& entry : list) {
    if (entry.name.empty() || entry.path.empty())
      throw Error::usage(fmt::format("a {} has no {}", what, entry.name.empty() ? "name" : "path"));
    if (!names.insert(entry.name).second)
      throw Error::usage(fmt::format("two {}s have the name {}", what, printable_utf8(entry.name)))
          .remedy("name them apart");
  }
}

void check(const EvaluationSpec& spec) {
  check(spec.decoding);
  parse_metrics(spec.metrics);
  if (spec.models.empty()) throw Error::usage("an evaluation needs a model");
  if (spec.sets.empty()) throw Error::usage("an evaluation needs a set");
  if (spec.seeds.empty()) throw Error::usage("an evaluation needs a seed");
  if (std::set(spec.seeds.begin(), spec.seeds.end()).size() != spec.seeds.size())
    throw Error::usage("a seed is named twice").field("seeds");
  check_names(spec.models, "model");
  check_names(spec.sets, "set");
}

}  // namespace

Json evaluation_to_json(const EvaluationSpec& spec) {
  FieldWriter writer;
  EvaluationSpec copy = spec;
  visit_fields(copy, writer);
  return writer.take();
}

EvaluationSpec evaluation_from_json(const Json& json, const std::string& file) {
  EvaluationSpec spec;
  FieldReader reader(json, file);
  visit_fields(spec, reader);
  reader.refuse_unknown();
  return spec;
}

std::string evaluation_problem(const EvaluationSpec& spec) {
  try {
    check(spec);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "";
}

std::vector<std::string> evaluation_command(const EvaluationSpec& spec, const std::filesystem::path& folder) {
  std::vector<std::string> words = {"tauscope", "eval"};
  const auto add = [&](const char* option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  const auto add_all = [&](const char* option, const std::vector<NamedPath>& list) {
    for (const NamedPath& entry : list)
      add(option, entry.name + "=" + entry.path.string());
  };
  add_all("--model", spec.models);
  add_all("--data", spec.sets);
  add_all("--references", spec.references);
  const EvaluationSpec standard;
  const auto unless_standard = [&](const char* option, const auto& value, const auto& usual) {
    if (value != usual) add(option, fmt::format("{}", value));
  };
  unless_standard("--template", spec.prompt_template, standard.prompt_template);
  unless_standard("--limit", spec.limit, standard.limit);
  for (const std::string& category : spec.filter.categories)
    add("--category", category);
  unless_standard("--least-words", spec.filter.least_words, 0);
  unless_standard("--most-words", spec.filter.most_words, 0);
  unless_standard("--subset", spec.filter.subset, 0);
  unless_standard("--subset-seed", spec.filter.subset_seed, 0u);
  add("--protocol", spec.protocol);
  const DecodingOptions &decoding = spec.decoding, usual = decoding_protocol(spec.protocol);
  if (decoding.sample != usual.sample || decoding.temperature != usual.temperature)
    add("--temperature", decoding.sample ? fmt::format("{}", decoding.temperature) : "0");
  unless_standard("--top-p", decoding.top_p, usual.top_p);
  unless_standard("--top-k", decoding.top_k, usual.top_k);
  unless_standard("--repetition-penalty", decoding.repetition_penalty, usual.repetition_penalty);
  unless_standard("--no-repeat-ngram-size", decoding.no_repeat_ngram, usual.no_repeat_ngram);
  unless_standard("--max-new-tokens", decoding.max_new_tokens, usual.max_new_tokens);
  unless_standard("--max-prompt-length", decoding.max_prompt_length, usual.max_prompt_length);
  for (const std::string& stop : decoding.stop)
    add("--stop", stop);
  if (decoding.sample) add("--seeds", fmt::format("{}", fmt::join(spec.seeds, ",")));
  add("--metric", spec.metrics);
  unless_standard("--batch-size", spec.batch, standard.batch);
  unless_standard("--device", spec.device, standard.device);
  unless_standard("--dtype", spec.dtype, standard.dtype);
  add("--out", folder.string());
  return words;
}

}  // namespace tauscope
