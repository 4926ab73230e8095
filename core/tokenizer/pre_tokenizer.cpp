#include "core/tokenizer/pre_tokenizer.h"

#include <algorithm>

#include "core/tokenizer/byte_alphabet.h"
#include "core/tokenizer/normalizer.h"
#include "core/tokenizer/regex_splitter.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

using Emit = std::function<void(std::string_view)>;

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
  bool raw_bytes;
  const std::function<void(std::string_view, bool at_start)>& next;

  void operator()(const SplitRule& step) const {
    step.apply(text, [&](std::string_view piece) { next(piece, at_start && piece.data() == text.data()); });
  }
  void operator()(const PreTokenizer::ByteLevel& step) const {
    std::string prefixed;
    std::string_view whole = text;
    if (step.add_prefix_space && !text.starts_with(' ')) whole = prefixed.append(" ").append(text);
    const auto put = [&](std::string_view piece) {
      const bool starts = at_start && piece.data() == whole.data();
      raw_bytes ? next(piece, starts) : next(byte_alphabet::from_bytes(piece), starts);
    };
    if (!step.pattern) return put(whole);
    SplitRule{step.pattern}.apply(whole, put);
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
  void operator()(const PreTokenizer::FixedLength& step) const {
    std::size_t begin = 0, characters = 0;
    for (std::size_t at = 0; at < text.size();) {
      at += utf8::decode(text, at).length;
      if (++characters < step.characters && at < text.size()) continue;
      next(text.substr(begin, at - begin), at_start && begin == 0);
      begin = at;
      characters = 0;
    }
  }
};

}  // namespace

PreTokenizer PreTokenizer::gpt2(bool add_prefix_space) {
  return PreTokenizer({ByteLevel{add_prefix_space, find_pattern(gpt2_pattern, "", "")}});
}

PreTokenizer PreTokenizer::qwen2(bool add_prefix_space) {
  return PreTokenizer(
      {SplitRule{find_pattern(qwen2_pattern, "", "")}, ByteLevel{add_prefix_space, SpanFinder()}});
}

bool PreTokenizer::byte_level() const {
  return !steps_.empty() && std::holds_alternative<ByteLevel>(steps_.back());
}

void PreTokenizer::split(std::string_view text, bool at_start, const Emit& emit) const {
  if (!text.empty()) run(0, text, at_start, emit);
}

void PreTokenizer::run(std::size_t step, std::string_view text, bool at_start, const Emit& emit) const {
  if (step == steps_.size()) return emit(text);
  const std::function<void(std::string_view, bool)> next = [&](std::string_view piece, bool starts) {
    run(step + 1, piece, starts, emit);
  };
  std::visit(RunStep{text, at_start, !writes_alphabet_ && step + 1 == steps_.size(), next}, steps_[step]);
}

}  // namespace tauscope
