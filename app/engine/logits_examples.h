// Logits files as a workspace: one example, whose logits stay in the mapped files.
#pragma once

#include "app/engine/example_source.h"

namespace tauscope {

/// Opens the files and fills in everything but id and sources. Throws Error::bad_input.
void open_logits(Workspace& workspace, const WorkbenchOptions& options, ProgressSink& progress);

}  // namespace tauscope
