// The "pre_tokenizer" of a tokenizer.json.
#include <fmt/format.h>

#include <map>

#include "core/base/error.h"
#include "core/tokenizer/components.h"
#include "core/tokenizer/pre_tokenizer.h"
#include "core/tokenizer/regex_splitter.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

using Steps = std::vector<PreTokenizer::Step>;

SplitBehavior read_behavior(const JsonFields& fields) {
  static const std::map<std::string, SplitBehavior> known{
      {"Removed", SplitBehavior::removed},
      {"Isolated", SplitBehavior::isolated},
      {"MergedWithPrevious", SplitBehavior::merged_with_previous},
      {"MergedWithNext", SplitBehavior::merged_with_next},
      {"Contiguous", SplitBehavior::contiguous}};
  const std::string name = fields.string("behavior");
  const auto at = known.find(name);
  if (at == known.end())
    throw Error::bad_input(fields.file(), "is not a known value")
        .field(fields.path_of("behavior"))
        .found(name)
        .expected("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
  return at->second;
}

SplitRule read_split(const JsonFields& fields) {
  return {components::pattern(fields), read_behavior(fields), fields.boolean_or("invert", false)};
}

PreTokenizer::ByteLevel read_byte_level(const JsonFields& fields) {
  PreTokenizer::ByteLevel step;
  step.add_prefix_space = fields.boolean_or("add_prefix_space", true);
  if (fields.boolean_or("use_regex", true))
    step.pattern = find_pattern(gpt2_pattern, fields.file(), fields.path_of("use_regex"));
  return step;
}

PreTokenizer::Metaspace read_metaspace(const JsonFields& fields) {
  using Prepend = PreTokenizer::Metaspace::Prepend;
  static const std::map<std::string, Prepend> schemes{
      {"always", Prepend::always}, {"first", Prepend::first}, {"never", Prepend::never}};
  PreTokenizer::Metaspace step;
  step.replacement = components::character(fields, "replacement", step.replacement);
  step.split = fields.boolean_or("split", true);
  // Files written before prepend_scheme existed have add_prefix_space instead.
  const std::string scheme =
      fields.string_or("prepend_scheme", fields.boolean_or("add_prefix_space", true) ? "always" : "never");
  const auto at = schemes.find(scheme);
  if (at == schemes.end())
    throw Error::bad_input(fields.file(), "is not a known value")
        .field(fields.path_of("prepend_scheme"))
        .found(scheme)
        .expected("always, first or never");
  step.prepend = at->second;
  return step;
}

SplitRule on_characters(bool (*matches)(char32_t), SplitBehavior behavior) {
  return {find_characters(matches), behavior};
}

/// The steps that need no more than a line or two.
bool read_simple(const std::string& type, const JsonFields& fields, Steps& steps) {
  if (type == "Digits")
    steps.emplace_back(on_characters(&utf8::is_numeric, fields.boolean_or("individual_digits", false)
                                                            ? SplitBehavior::isolated
                                                            : SplitBehavior::contiguous));
  else if (type == "Punctuation")
    steps.emplace_back(on_characters(
        &utf8::is_punctuation, fields.has("behavior") ? read_behavior(fields) : SplitBehavior::isolated));
  else if (type == "Whitespace")
    steps.emplace_back(SplitRule{find_words_and_signs(), SplitBehavior::removed, true});
  else if (type == "WhitespaceSplit")
    steps.emplace_back(on_characters(&utf8::is_white_space, SplitBehavior::removed));
  else if (type == "CharDelimiterSplit")
    steps.emplace_back(
        SplitRule{find_literal(components::character(fields, "delimiter", "")), SplitBehavior::removed});
  else if (type == "FixedLength")
    steps.emplace_back(PreTokenizer::FixedLength{
        static_cast<std::size_t>(fields.integer_or("length", 5, 1, std::int64_t{1} << 30))});
  else if (type == "BertPreTokenizer") {
    steps.emplace_back(on_characters(&utf8::is_white_space, SplitBehavior::removed));
    steps.emplace_back(on_characters(&utf8::is_punctuation, SplitBehavior::isolated));
  } else {
    return false;
  }
  return true;
}

void read_steps(const Json& json, const std::string& file, const std::string& field, Steps& steps) {
  const JsonFields fields(json, file, field);
  const std::string type = fields.string("type");
  if (type == "Sequence")
    for (const auto& [part, name] : components::parts(fields, "pretokenizers"))
      read_steps(*part, file, name, steps);
  else if (type == "Split")
    steps.emplace_back(read_split(fields));
  else if (type == "ByteLevel")
    steps.emplace_back(read_byte_level(fields));
  else if (type == "Metaspace")
    steps.emplace_back(read_metaspace(fields));
  else if (!read_simple(type, fields, steps))
    throw components::unsupported(fields,
                                  "ByteLevel, Split, Metaspace, Digits, Punctuation, Whitespace, "
                                  "WhitespaceSplit, CharDelimiterSplit, FixedLength, BertPreTokenizer, "
                                  "Sequence");
}

}  // namespace

PreTokenizer PreTokenizer::from_json(const Json& json, const std::string& file, const std::string& field) {
  Steps steps;
  if (!json.is_null()) read_steps(json, file, field, steps);
  return PreTokenizer(std::move(steps));
}

}  // namespace tauscope
