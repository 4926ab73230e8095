#include "core/tokenizer/token_decoder.h"

#include <optional>

#include "core/base/error.h"
#include "core/tokenizer/byte_alphabet.h"
#include "core/tokenizer/components.h"
#include "core/tokenizer/normalizer.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

std::string joined(const std::vector<std::string>& tokens) {
  std::string out;
  for (const std::string& token : tokens)
    out += token;
  return out;
}

/// The byte of "<0xNN>".
std::optional<char> fallback_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  unsigned value = 0;
  for (const char c : token.substr(3, 2)) {
    const auto digit = std::string_view("0123456789ABCDEFabcdef").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(digit < 16 ? digit : digit - 6);
  }
  return static_cast<char>(value);
}

std::string replacement_characters(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    utf8::append(out, 0xFFFD);
  return out;
}

struct DecodeStep {
  std::vector<std::string>& tokens;

  void operator()(const TokenDecoder::ByteLevel&) const {
    std::string bytes;
    for (const std::string& token : tokens)
      bytes += byte_alphabet::to_bytes(token).value_or(token);
    tokens = {utf8::replace_invalid(bytes)};
  }
  void operator()(const TokenDecoder::ByteFallback&) const {
    std::vector<std::string> out;
    std::string bytes;
    const auto end_run = [&] {
      if (bytes.empty()) return;
      const bool valid = utf8::find_invalid(bytes) == std::string::npos;
      out.push_back(valid ? bytes : replacement_characters(bytes.size()));
      bytes.clear();
    };
    for (std::string& token : tokens) {
      if (const auto byte = fallback_byte(token)) {
        bytes += *byte;
        continue;
      }
      end_run();
      out.push_back(std::move(token));
    }
    end_run();
    tokens = std::move(out);
  }
  void operator()(const TokenDecoder::Fuse&) const { tokens = {joined(tokens)}; }
  void operator()(const TokenDecoder::Replace& step) const {
    for (std::string& token : tokens)
      token = replace_all(token, step.from, step.to);
  }
  void operator()(const TokenDecoder::Strip& step) const {
    for (std::string& token : tokens) {
      std::string_view rest = token;
      for (std::int64_t i = 0; i < step.start && rest.starts_with(step.character); ++i)
        rest.remove_prefix(step.character.size());
      for (std::int64_t i = 0; i < step.stop && rest.ends_with(step.character); ++i)
        rest.remove_suffix(step.character.size());
      token = std::string(rest);
    }
  }
  void operator()(const TokenDecoder::Metaspace& step) const {
    bool first = step.strip_first;
    for (std::string& token : tokens) {
      token = replace_all(token, step.replacement, first ? "" : " ");
      first = false;
    }
  }
  void operator()(const TokenDecoder::WordEnds& step) const {
    for (std::size_t i = 0; i < tokens.size(); ++i)
      tokens[i] = replace_all(tokens[i], step.suffix, i + 1 == tokens.size() ? "" : " ");
  }
};

struct BytesStep {
  std::string& token;

  void operator()(const TokenDecoder::ByteLevel&) const {
    if (auto bytes = byte_alphabet::to_bytes(token)) token = std::move(*bytes);
  }
  void operator()(const TokenDecoder::ByteFallback&) const {
    if (const auto byte = fallback_byte(token)) token = std::string(1, *byte);
  }
  void operator()(const TokenDecoder::Fuse&) const {}
  void operator()(const TokenDecoder::Strip&) const {}
  void operator()(const TokenDecoder::Replace& step) const { token = replace_all(token, step.from, step.to); }
  void operator()(const TokenDecoder::Metaspace& step) const {
    token = replace_all(token, step.replacement, " ");
  }
  void operator()(const TokenDecoder::WordEnds& step) const { token = replace_all(token, step.suffix, " "); }
};

TokenDecoder::Metaspace read_metaspace(const JsonFields& fields) {
  TokenDecoder::Metaspace step;
  step.replacement = components::character(fields, "replacement", "\xE2\x96\x81");
  const bool add_prefix = fields.boolean_or("add_prefix_space", true);
  step.strip_first = fields.string_or("prepend_scheme", add_prefix ? "always" : "never") != "never";
  return step;
}

TokenDecoder::Strip read_strip(const JsonFields& fields) {
  constexpr std::int64_t many = 1 << 20;
  return {components::character(fields, "content", ""), fields.integer_or("start", 0, 0, many),
          fields.integer_or("stop", 0, 0, many)};
}

TokenDecoder::WordEnds read_word_ends(const JsonFields& fields) {
  TokenDecoder::WordEnds step{fields.string_or("suffix", "</w>")};
  if (step.suffix.empty()) throw Error::bad_input(fields.file(), "is empty").field(fields.path_of("suffix"));
  return step;
}

void read_steps(const Json& json, const std::string& file, const std::string& field,
                std::vector<TokenDecoder::Step>& steps) {
  const JsonFields fields(json, file, field);
  const std::string type = fields.string("type");
  if (type == "ByteLevel")
    steps.emplace_back(TokenDecoder::ByteLevel{});
  else if (type == "ByteFallback")
    steps.emplace_back(TokenDecoder::ByteFallback{});
  else if (type == "Fuse")
    steps.emplace_back(TokenDecoder::Fuse{});
  else if (type == "Replace")
    steps.emplace_back(TokenDecoder::Replace{components::pattern(fields), fields.string("content")});
  else if (type == "Strip")
    steps.emplace_back(read_strip(fields));
  else if (type == "Metaspace")
    steps.emplace_back(read_metaspace(fields));
  else if (type == "BPEDecoder")
    steps.emplace_back(read_word_ends(fields));
  else if (type == "Sequence")
    for (const auto& [part, name] : components::parts(fields, "decoders"))
      read_steps(*part, file, name, steps);
  else
    throw components::unsupported(fields,
                                  "ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace, BPEDecoder, "
                                  "Sequence");
}

}  // namespace

TokenDecoder TokenDecoder::from_json(const Json& json, const std::string& file, const std::string& field) {
  std::vector<Step> steps;
  if (!json.is_null()) read_steps(json, file, field, steps);
  return TokenDecoder(std::move(steps));
}

std::string TokenDecoder::decode(std::vector<std::string> tokens) const {
  if (steps_.empty()) {
    std::string out;
    for (std::size_t i = 0; i < tokens.size(); ++i)
      out.append(i == 0 ? "" : " ").append(tokens[i]);
    return out;
  }
  for (const Step& step : steps_)
    std::visit(DecodeStep{tokens}, step);
  return joined(tokens);
}

std::string TokenDecoder::bytes_of(const std::string& token) const {
  std::string bytes = token;
  for (const Step& step : steps_)
    std::visit(BytesStep{bytes}, step);
  return bytes;
}

}  // namespace tauscope
