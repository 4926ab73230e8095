#include "core/tokenizer/components.h"

#include <fmt/format.h>

namespace tauscope::components {

Error unsupported(const JsonFields& component, const std::string& known) {
  return Error::bad_input(component.file(), "the tokenizer has a component that is not supported")
      .field(component.path_of("type"))
      .found(component.string("type"))
      .expected(known);
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

std::string literal_pattern(const JsonFields& component) {
  const JsonFields pattern = component.object("pattern");
  if (!pattern.has("String"))
    throw Error::bad_input(component.file(), "the tokenizer has a component that is not supported")
        .field(component.path_of("pattern"))
        .found("a regular expression")
        .expected("{\"String\": ...}");
  std::string text = pattern.string("String");
  if (text.empty()) throw Error::bad_input(component.file(), "is empty").field(pattern.path_of("String"));
  return text;
}

}  // namespace tauscope::components
