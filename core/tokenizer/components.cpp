#include "core/tokenizer/components.h"

#include <fmt/format.h>

#include "core/base/csv.h"
#include "core/tokenizer/regex_splitter.h"
#include "core/tokenizer/utf8.h"

namespace tauscope::components {

Error unsupported(const JsonFields& component, const std::string& known) {
  return Error::bad_input(component.file(), "the tokenizer has a component that is not supported")
      .field(component.path_of("type"))
      .found(component.string("type"))
      .expected(known)
      .remedy(
          "ids would differ from those of the Hugging Face library; convert the tokenizer to one made of "
          "these components");
}

std::vector<std::pair<const Json*, std::string>> parts(const JsonFields& component, const std::string& key) {
  const Json& array = component.at(key);
  if (!array.is_array())
    throw Error::bad_input(component.file(), "has the wrong type")
        .field(component.path_of(key))
        .expected("an array");
  std::vector<std::pair<const Json*, std::string>> out;
  for (const Json& part : array)
    out.emplace_back(&part, fmt::format("{}[{}]", component.path_of(key), out.size()));
  return out;
}

SpanFinder pattern(const JsonFields& component) {
  const JsonFields pattern = component.object("pattern");
  if (pattern.has("Regex"))
    return find_pattern(pattern.string("Regex"), component.file(), pattern.path_of("Regex"));
  std::string text = pattern.string("String");
  if (text.empty()) throw Error::bad_input(component.file(), "is empty").field(pattern.path_of("String"));
  return find_literal(std::move(text));
}

std::string character(const JsonFields& component, const std::string& key, const std::string& fallback) {
  std::string text = component.string_or(key, fallback);
  if (text.empty() || utf8::decode(text, 0).length != text.size())
    throw Error::bad_input(component.file(), "is not one character")
        .field(component.path_of(key))
        .found(fmt::format("\"{}\"", printable_utf8(text.substr(0, 80))));
  return text;
}

}  // namespace tauscope::components
