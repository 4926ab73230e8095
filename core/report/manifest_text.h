// Members of manifest.json that figures and report show; nothing is required to be there.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"

namespace tauscope {

/// The member at a path such as "spec/tau_scaling", or null.
const Json& member(const Json& json, const std::string& path);
/// Strings as they are, numbers and booleans as JSON writes them, "" for anything else.
std::string text_of(const Json& json, const std::string& path);

/// Is the gradient that of τ²·D? (spec.tau_scaling; "squared" is the default)
bool tau_squared(const Json& manifest);
/// "τ² scaling" or "no τ² scaling".
std::string scaling_text(const Json& manifest);
/// One line for the metadata of a figure: program, teacher, students, data, spec, date.
std::string provenance_text(const Json& manifest);
/// The command as a shell takes it.
std::string command_text(const Json& manifest);

}  // namespace tauscope
