#include "core/tokenizer/normalizer.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "core/base/error.h"
#include "core/tokenizer/components.h"

namespace tauscope {
namespace {

std::string normalize(std::string_view text, Normalizer::Form form) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return std::string(text);
  const bool composed = form == Normalizer::Form::nfc || form == Normalizer::Form::nfkc;
  const bool compatible = form == Normalizer::Form::nfkc || form == Normalizer::Form::nfkd;
  const int options = UTF8PROC_STABLE | (composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
                      (compatible ? UTF8PROC_COMPAT : 0);
  utf8proc_uint8_t* result = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &result,
                                   static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
  if (length < 0)
    throw Error::failed("", fmt::format("Unicode normalization failed: {}", utf8proc_errmsg(length)));
  return {reinterpret_cast<const char*>(result), static_cast<std::size_t>(length)};
}

struct Apply {
  std::string text;

  void operator()(Normalizer::Form form) { text = normalize(text, form); }
  void operator()(const Normalizer::Prepend& step) {
    if (!text.empty()) text = step.text + text;
  }
  void operator()(const Normalizer::Replace& step) { text = replace_all(text, step.from, step.to); }
};

void read_steps(const Json& json, const std::string& file, const std::string& field,
                std::vector<Normalizer::Step>& steps) {
  const JsonFields fields(json, file, field);
  const std::string type = fields.string("type");
  if (type == "NFC")
    steps.emplace_back(Normalizer::Form::nfc);
  else if (type == "NFD")
    steps.emplace_back(Normalizer::Form::nfd);
  else if (type == "NFKC")
    steps.emplace_back(Normalizer::Form::nfkc);
  else if (type == "NFKD")
    steps.emplace_back(Normalizer::Form::nfkd);
  else if (type == "Prepend")
    steps.emplace_back(Normalizer::Prepend{fields.string("prepend")});
  else if (type == "Replace")
    steps.emplace_back(Normalizer::Replace{components::literal_pattern(fields), fields.string("content")});
  else if (type == "Sequence")
    for (const auto& [part, name] : components::parts(fields, "normalizers"))
      read_steps(*part, file, name, steps);
  else
    throw components::unsupported(fields, "NFC, NFD, NFKC, NFKD, Prepend, Replace, Sequence");
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

Normalizer Normalizer::from_json(const Json& json, const std::string& file, const std::string& field) {
  std::vector<Step> steps;
  if (!json.is_null()) read_steps(json, file, field, steps);
  return Normalizer(std::move(steps));
}

std::string Normalizer::apply(std::string_view text) const {
  Apply apply{std::string(text)};
  for (const Step& step : steps_)
    std::visit(apply, step);
  return std::move(apply.text);
}

}  // namespace tauscope
