// From settings to the spec of a run: known keys, right types, nothing missing, nothing that contradicts
// itself.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/runs/run_spec.h"
#include "core/runs/settings.h"

namespace tauscope {

/// Several values of one key: the one of the highest rank counts. A stronger value also puts out of force
/// what contradicts it in a weaker source: --set objective.name=rkl that file's preset, --set
/// schedule.epochs=2 its steps. Within one source contradictions are errors, unless the value is the default
/// anyway.
///
/// The spec is resolved: a preset's parameters, tau, scaling and weight are written out, and so are the
/// parameters that nobody named. Keys of the table [sweep] are passed over. `file` is named where something
/// is missing. Throws an Error of kind usage naming place, key, found, expected.
RunSpec resolve_spec(const std::vector<Setting>& settings, const std::string& file);

/// The spec in `file`, with `overrides` ("key=value") on top; see settings.h.
RunSpec read_run_spec(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

/// A spec as to_json() wrote it. `file` is for messages.
RunSpec spec_from_json(const Json& json, const std::string& file);

}  // namespace tauscope
