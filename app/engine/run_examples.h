// The folder of an earlier analysis as a workspace: no checkpoint is needed.
#pragma once

#include "app/engine/example_source.h"

namespace tauscope {

/// Reads manifest and tables' outlines of sources.run and fills in everything but id and sources: examples
/// with kept logits answer for every tau, the others for those of tokens.csv. Titles, categories and prompts
/// come from examples.csv, labels of tokens from vocabulary.csv. Parts that are damaged are told to
/// `progress`, and the rest is used. Throws Error::bad_input without a usable manifest. False if stopped.
bool open_run(Workspace& workspace, const WorkbenchOptions& options, ProgressSink& progress,
              const std::stop_token& stop);

}  // namespace tauscope
