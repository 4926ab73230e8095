#include "core/tokenizer/normalizer.h"

#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/tokenizer/base64.h"
#include "core/tokenizer/byte_alphabet.h"
#include "core/tokenizer/components.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

/// The last character of a match keeps its place when the match is replaced, so the start is lost unless the
/// match at the start is one character and something stands for it.
bool loses_start(std::string_view text, const Normalizer::Replace& step) {
  bool first = true, lost = false;
  step.from(text, [&](TextSpan span) {
    if (!first || span.begin == span.end) return;
    first = false;
    if (span.is_match) lost = step.to.empty() || utf8::decode(text, 0).length < span.end;
  });
  return lost;
}

struct Apply {
  std::string text;
  bool start_lost = false;

  void operator()(unicode::Form form) { text = unicode::normalize(text, form); }
  void operator()(const Normalizer::Prepend& step) {
    if (!text.empty()) text.insert(0, step.text);
  }
  void operator()(const Normalizer::Replace& step) {
    start_lost = start_lost || loses_start(text, step);
    text = replace_all(text, step.from, step.to);
  }
  void operator()(const Normalizer::Strip& step) {
    const auto is_space_at = [&](std::size_t at) {
      return utf8::is_white_space(utf8::decode(text, at).value);
    };
    std::size_t begin = 0, end = text.size();
    while (step.left && begin < end && is_space_at(begin))
      begin += utf8::decode(text, begin).length;
    while (step.right && begin < end) {
      std::size_t last = end - 1;
      while (last > begin && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80)
        --last;
      if (!is_space_at(last)) break;
      end = last;
    }
    start_lost = start_lost || begin > 0;
    text = text.substr(begin, end - begin);
  }
  void operator()(Normalizer::Map map) {
    const bool drops = map == &unicode::without_marks || map == &unicode::nmt;
    if (drops && !text.empty() && map(text.substr(0, utf8::decode(text, 0).length)).empty())
      start_lost = true;
    text = map(text);
  }
  void operator()(const std::shared_ptr<const CharacterMap>& map) { text = map->apply(text); }
};

std::shared_ptr<const CharacterMap> read_character_map(const JsonFields& fields) {
  const auto bytes = base64_decode(fields.string("precompiled_charsmap"));
  if (!bytes)
    throw Error::bad_input(fields.file(), "is not base64").field(fields.path_of("precompiled_charsmap"));
  return std::make_shared<CharacterMap>(*bytes, fields.file(), fields.path_of("precompiled_charsmap"));
}

void read_steps(const Json& json, const std::string& file, const std::string& field,
                std::vector<Normalizer::Step>& steps) {
  static const std::map<std::string, Normalizer::Step> plain{
      {"NFC", unicode::Form::nfc},
      {"NFD", unicode::Form::nfd},
      {"NFKC", unicode::Form::nfkc},
      {"NFKD", unicode::Form::nfkd},
      {"Lowercase", Normalizer::Map{&unicode::lowercase}},
      {"StripAccents", Normalizer::Map{&unicode::without_marks}},
      {"Nmt", Normalizer::Map{&unicode::nmt}},
      {"ByteLevel", Normalizer::Map{&byte_alphabet::from_bytes}}};
  const JsonFields fields(json, file, field);
  const std::string type = fields.string("type");
  const auto known = plain.find(type);
  if (known != plain.end())
    steps.push_back(known->second);
  else if (type == "Prepend")
    steps.emplace_back(Normalizer::Prepend{fields.string("prepend")});
  else if (type == "Replace")
    steps.emplace_back(Normalizer::Replace{components::pattern(fields), fields.string("content")});
  else if (type == "Strip")
    steps.emplace_back(
        Normalizer::Strip{fields.boolean_or("strip_left", true), fields.boolean_or("strip_right", true)});
  else if (type == "Precompiled")
    steps.emplace_back(read_character_map(fields));
  else if (type == "Sequence")
    for (const auto& [part, name] : components::parts(fields, "normalizers"))
      read_steps(*part, file, name, steps);
  else
    throw components::unsupported(fields,
                                  "NFC, NFD, NFKC, NFKD, Prepend, Replace, Strip, StripAccents, Lowercase, "
                                  "Nmt, ByteLevel, Precompiled, Sequence");
}

}  // namespace

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto next = std::min(text.find(from, at), text.size());
    out += text.substr(at, next - at);
    if (next == text.size()) break;
    out += to;
    at = next + from.size();
  }
  return out;
}

std::string replace_all(std::string_view text, const SpanFinder& from, std::string_view to) {
  std::string out;
  out.reserve(text.size());
  from(text,
       [&](TextSpan span) { out += span.is_match ? to : text.substr(span.begin, span.end - span.begin); });
  return out;
}

Normalizer Normalizer::from_json(const Json& json, const std::string& file, const std::string& field) {
  std::vector<Step> steps;
  if (!json.is_null()) read_steps(json, file, field, steps);
  return Normalizer(std::move(steps));
}

std::string Normalizer::apply(std::string_view text, bool* start_lost) const {
  Apply apply{std::string(text)};
  for (const Step& step : steps_)
    std::visit(apply, step);
  if (start_lost) *start_lost = apply.start_lost;
  return std::move(apply.text);
}

}  // namespace tauscope
