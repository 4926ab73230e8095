// The folder of an earlier analysis as a workspace: no checkpoint is needed.
#pragma once

#include "app/engine/example_source.h"

namespace tauscope {

/// Reads manifest and tables' outlines of sources.run and fills in everything but id and sources: examples
/// with kept logits answer for every tau, the others for those of tokens.csv. Titles and categories come from
/// the data file and labels of tokens from the teacher's tokenizer where these are still what the manifest
/// says they were. Parts that are damaged are told to `progress`, and the rest is used. Throws
/// Error::bad_input without a usable manifest. False if stopped.
bool open_run(Workspace& workspace, const WorkbenchOptions& options, ProgressSink& progress,
              const std::stop_token& stop);

}  // namespace tauscope
