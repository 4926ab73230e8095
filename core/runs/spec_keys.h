// Every key that the spec of a run may have: one table, from which reading, documentation and the resolved
// text come.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/runs/run_spec.h"
#include "core/runs/settings.h"

namespace tauscope {

struct SpecKey {
  std::string key;       ///< "optimizer.clip_norm"
  std::string expected;  ///< "a number of at least 0"
  std::string meaning;
  /// Puts a value into the spec. Throws setting_error: wrong type, out of range.
  std::function<void(RunSpec&, const Setting&)> read;
  /// The value as JSON; null where the spec says it by another key (steps or epochs) or not at all.
  std::function<Json(const RunSpec&)> write;
};

/// In the order of the documentation.
const std::vector<SpecKey>& spec_keys();

/// Null where there is none. "objective.params.beta" is of the key "objective.params".
const SpecKey* find_spec_key(std::string_view key);

/// The table for people: each key with its default, what it may be and what it means.
std::string spec_key_text();

}  // namespace tauscope
