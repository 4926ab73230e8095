#include "core/tokenizer/split_rule.h"

#include <algorithm>

#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

using Spans = std::vector<TextSpan>;

/// Neighbours of one kind become one span.
Spans joined(const Spans& spans) {
  Spans out;
  bool previous = false;
  for (const TextSpan& span : spans) {
    if (span.is_match == previous && !out.empty())
      out.back().end = span.end;
    else
      out.push_back(span);
    previous = span.is_match;
  }
  return out;
}

/// The first match after a gap joins the gap; matches that follow it stand alone.
Spans joined_to_previous(const Spans& spans) {
  Spans out;
  bool previous = false;
  for (const TextSpan& span : spans) {
    if (span.is_match && !previous && !out.empty())
      out.back().end = span.end;
    else
      out.push_back(span);
    previous = span.is_match;
  }
  return out;
}

/// The same from the other end of the text.
Spans joined_to_next(const Spans& spans) {
  Spans out;
  bool previous = false;
  for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
    if (span->is_match && !previous && !out.empty())
      out.back().begin = span->begin;
    else
      out.push_back(*span);
    previous = span->is_match;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

Spans merged(const Spans& spans, SplitBehavior behavior) {
  if (behavior == SplitBehavior::contiguous) return joined(spans);
  return behavior == SplitBehavior::merged_with_previous ? joined_to_previous(spans) : joined_to_next(spans);
}

}  // namespace

void SplitRule::apply(std::string_view text, const std::function<void(std::string_view)>& emit) const {
  const auto put = [&](const TextSpan& span) {
    if (span.begin < span.end) emit(text.substr(span.begin, span.end - span.begin));
  };
  if (behavior == SplitBehavior::isolated) return find(text, put);
  if (behavior == SplitBehavior::removed)
    return find(text, [&](const TextSpan& span) {
      if (span.is_match == invert) put(span);
    });
  Spans spans;
  find(text, [&](TextSpan span) {
    span.is_match = span.is_match != invert;
    spans.push_back(span);
  });
  for (const TextSpan& span : merged(spans, behavior))
    put(span);
}

SpanFinder find_characters(std::function<bool(char32_t)> matches) {
  return [matches = std::move(matches)](std::string_view text, const std::function<void(TextSpan)>& emit) {
    std::size_t done = 0;
    for (std::size_t at = 0; at < text.size();) {
      const utf8::CodePoint c = utf8::decode(text, at);
      if (matches(c.value)) {
        if (done < at) emit({done, at, false});
        done = at + c.length;
        emit({at, done, true});
      }
      at += c.length;
    }
    if (done < text.size()) emit({done, text.size(), false});
  };
}

SpanFinder find_literal(std::string literal) {
  return [literal = std::move(literal)](std::string_view text, const std::function<void(TextSpan)>& emit) {
    std::size_t done = 0;
    for (auto at = text.find(literal); at != std::string_view::npos; at = text.find(literal, done)) {
      if (done < at) emit({done, at, false});
      done = at + literal.size();
      emit({at, done, true});
    }
    if (done < text.size()) emit({done, text.size(), false});
  };
}

SpanFinder find_words_and_signs() {
  enum class Kind : std::uint8_t { space, word, sign };
  const auto kind_of = [](char32_t c) {
    return utf8::is_word(c) ? Kind::word : utf8::is_white_space(c) ? Kind::space : Kind::sign;
  };
  return [kind_of](std::string_view text, const std::function<void(TextSpan)>& emit) {
    std::size_t begin = 0;
    Kind kind = Kind::space;
    for (std::size_t at = 0; at < text.size();) {
      const utf8::CodePoint c = utf8::decode(text, at);
      const Kind here = kind_of(c.value);
      if (here != kind && begin < at) emit({begin, at, kind != Kind::space});
      if (here != kind) begin = at;
      kind = here;
      at += c.length;
    }
    if (begin < text.size()) emit({begin, text.size(), kind != Kind::space});
  };
}

}  // namespace tauscope
