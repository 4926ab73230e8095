// What the readers of tokenizer.json's components share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/json.h"

namespace tauscope::components {

/// For a component whose "type" is not among `known`.
Error unsupported(const JsonFields& component, const std::string& known);

/// The elements of the array `key`, each with its name for error messages.
std::vector<std::pair<const Json*, std::string>> parts(const JsonFields& component, const std::string& key);

/// The "pattern" of a Replace step: {"String": ...}, not empty. A regular expression is refused.
std::string literal_pattern(const JsonFields& component);

}  // namespace tauscope::components
