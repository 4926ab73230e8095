#pragma once

#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/chat/jinja_syntax.h"

namespace tauscope::jinja {

/// What strftime_now writes; called by nothing else.
using Clock = std::function<std::tm()>;

/// Runs a template on the members of `variables`. Takes at most a million steps and writes at most 16 MiB.
/// Throws Error::bad_input naming file, line and the construct that is outside the subset, or the message of
/// raise_exception.
std::string run_template(const std::vector<Statement>& statements, const Json& variables, const Clock& clock,
                         const std::string& file);

}  // namespace tauscope::jinja
