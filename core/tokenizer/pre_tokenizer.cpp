#include "core/tokenizer/pre_tokenizer.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/tokenizer/components.h"
#include "core/tokenizer/normalizer.h"

namespace tauscope {
namespace {

using Emit = std::function<void(std::string_view)>;

PreTokenizer::Split read_split(const JsonFields& fields) {
  const std::string behavior = fields.string("behavior");
  const bool inverted = fields.boolean_or("invert", false);
  const bool isolated = behavior == "Isolated" && !inverted;
  if (!isolated && !(behavior == "Removed" && inverted))
    throw Error::bad_input(fields.file(), "the tokenizer has a component that is not supported")
        .field(fields.path_of("behavior"))
        .found(behavior + (inverted ? ", inverted" : ", not inverted"))
        .expected("Isolated, not inverted; or Removed, inverted");
  const JsonFields pattern = fields.object("pattern");
  if (!pattern.has("Regex"))
    throw Error::bad_input(fields.file(), "the tokenizer has a component that is not supported")
        .field(fields.path_of("pattern"))
        .found("a literal")
        .expected("{\"Regex\": ...}");
  return {std::make_shared<RegexSplitter>(pattern.string("Regex"), fields.file(), pattern.path_of("Regex")),
          isolated};
}

PreTokenizer::ByteLevel read_byte_level(const JsonFields& fields) {
  PreTokenizer::ByteLevel step;
  step.add_prefix_space = fields.boolean_or("add_prefix_space", true);
  if (fields.boolean_or("use_regex", true))
    step.pattern = std::make_shared<RegexSplitter>(gpt2_pattern, fields.file(), fields.path_of("use_regex"));
  return step;
}

PreTokenizer::Metaspace read_metaspace(const JsonFields& fields) {
  PreTokenizer::Metaspace step;
  step.replacement = fields.string_or("replacement", step.replacement);
  if (step.replacement.empty())
    throw Error::bad_input(fields.file(), "is empty").field(fields.path_of("replacement"));
  step.split = fields.boolean_or("split", true);
  // Files written before prepend_scheme existed have add_prefix_space instead.
  const std::string scheme =
      fields.string_or("prepend_scheme", fields.boolean_or("add_prefix_space", true) ? "always" : "never");
  if (scheme == "always")
    step.prepend = PreTokenizer::Metaspace::Prepend::always;
  else if (scheme == "first")
    step.prepend = PreTokenizer::Metaspace::Prepend::first;
  else if (scheme == "never")
    step.prepend = PreTokenizer::Metaspace::Prepend::never;
  else
    throw Error::bad_input(fields.file(), "is not a known value")
        .field(fields.path_of("prepend_scheme"))
        .found(scheme)
        .expected("always, first or never");
  return step;
}

void read_steps(const Json& json, const std::string& file, const std::string& field,
                std::vector<PreTokenizer::Step>& steps) {
  const JsonFields fields(json, file, field);
  const std::string type = fields.string("type");
  if (type == "Sequence") {
    for (const auto& [part, name] : components::parts(fields, "pretokenizers"))
      read_steps(*part, file, name, steps);
    return;
  }
  if (!steps.empty() && std::holds_alternative<PreTokenizer::ByteLevel>(steps.back()))
    throw Error::bad_input(file, "the tokenizer has steps after ByteLevel, which is not supported")
        .field(field);
  if (type == "Split")
    steps.emplace_back(read_split(fields));
  else if (type == "ByteLevel")
    steps.emplace_back(read_byte_level(fields));
  else if (type == "Metaspace")
    steps.emplace_back(read_metaspace(fields));
  else
    throw components::unsupported(fields, "ByteLevel, Split, Metaspace, Sequence");
}

/// Each space symbol begins a piece.
void split_before(std::string_view text, std::string_view symbol, const Emit& emit) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(
        text.find(symbol, begin + (text.substr(begin).starts_with(symbol) ? symbol.size() : 0)), text.size());
    emit(text.substr(begin, end - begin));
    begin = end;
  }
}

struct RunStep {
  std::string_view text;
  bool at_start;
  const std::function<void(std::string_view, bool at_start)>& next;

  void operator()(const PreTokenizer::Split& step) const {
    step.pattern->split(text, [&](std::string_view piece, bool is_match) {
      if (is_match || step.keep_gaps) next(piece, at_start && piece.data() == text.data());
    });
  }
  void operator()(const PreTokenizer::ByteLevel& step) const {
    std::string prefixed;
    std::string_view whole = text;
    if (step.add_prefix_space && !text.starts_with(' ')) whole = prefixed.append(" ").append(text);
    if (!step.pattern) return next(whole, at_start);
    step.pattern->split(
        whole, [&](std::string_view piece, bool) { next(piece, at_start && piece.data() == whole.data()); });
  }
  void operator()(const PreTokenizer::Metaspace& step) const {
    using Prepend = PreTokenizer::Metaspace::Prepend;
    std::string replaced = replace_all(text, " ", step.replacement);
    const bool wanted = step.prepend == Prepend::always || (step.prepend == Prepend::first && at_start);
    if (wanted && !replaced.starts_with(step.replacement)) replaced.insert(0, step.replacement);
    if (!step.split) return next(replaced, at_start);
    const std::string_view whole = replaced;
    split_before(whole, step.replacement,
                 [&](std::string_view piece) { next(piece, at_start && piece.data() == whole.data()); });
  }
};

}  // namespace

PreTokenizer PreTokenizer::from_json(const Json& json, const std::string& file, const std::string& field) {
  std::vector<Step> steps;
  if (!json.is_null()) read_steps(json, file, field, steps);
  return PreTokenizer(std::move(steps));
}

PreTokenizer PreTokenizer::gpt2(bool add_prefix_space) {
  return PreTokenizer({ByteLevel{add_prefix_space, std::make_shared<RegexSplitter>(gpt2_pattern, "", "")}});
}

PreTokenizer PreTokenizer::qwen2(bool add_prefix_space) {
  return PreTokenizer({Split{std::make_shared<RegexSplitter>(qwen2_pattern, "", ""), true},
                       ByteLevel{add_prefix_space, nullptr}});
}

bool PreTokenizer::byte_level() const {
  return !steps_.empty() && std::holds_alternative<ByteLevel>(steps_.back());
}

void PreTokenizer::set_add_prefix_space(bool value) {
  std::get<ByteLevel>(steps_.back()).add_prefix_space = value;
}

void PreTokenizer::split(std::string_view text, bool at_start, const Emit& emit) const {
  if (!text.empty()) run(0, text, at_start, emit);
}

void PreTokenizer::run(std::size_t step, std::string_view text, bool at_start, const Emit& emit) const {
  if (step == steps_.size()) return emit(text);
  const std::function<void(std::string_view, bool)> next = [&](std::string_view piece, bool starts) {
    run(step + 1, piece, starts, emit);
  };
  std::visit(RunStep{text, at_start, next}, steps_[step]);
}

}  // namespace tauscope
