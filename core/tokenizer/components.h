// What the readers of tokenizer.json's components share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/tokenizer/split_rule.h"

namespace tauscope::components {

/// For a component whose "type" is not among `known`.
Error unsupported(const JsonFields& component, const std::string& known);

/// The elements of the array `key`, each with its name for error messages.
std::vector<std::pair<const Json*, std::string>> parts(const JsonFields& component, const std::string& key);

/// The "pattern" of a Split or Replace step: {"String": ...}, not empty, or {"Regex": ...}.
SpanFinder pattern(const JsonFields& component);

/// A string that is one character; `fallback` where it is absent, which is refused if that is empty.
std::string character(const JsonFields& component, const std::string& key, const std::string& fallback);

}  // namespace tauscope::components
