// One analysis from what the user named to a finished folder: tables, figures, report, manifest. The command
// line and the window both run exactly this.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/data/data_file.h"
#include "core/data/sequence.h"
#include "core/diagnostics/analysis_spec.h"
#include "core/diagnostics/manifest.h"
#include "core/engine/model_set.h"
#include "core/model/causal_lm.h"
#include "core/report/analysis_figures.h"

namespace tauscope {

/// A student as named on the command line: "NAME=PATH" or "PATH".
struct StudentPath {
  std::string name;
  std::filesystem::path path;
};

/// Splits "NAME=PATH"; a path that exists is taken whole, so that folders with '=' in their names work.
StudentPath parse_student(const std::string& text);

/// Fills empty names: the last part of the path (for files: its stem), and, where that is taken, with its
/// parent in front. Throws Error::usage where two students end with one name.
void name_students(std::vector<StudentPath>& students);

struct AnalyzeRequest {
  // Either checkpoints and data …
  std::filesystem::path teacher;
  std::vector<StudentPath> students;
  std::filesystem::path data;
  DataOptions data_options;
  SequenceOptions sequence;
  ModelOptions model;
  std::shared_ptr<const ModelSet> models;  ///< teacher and students, where they are loaded already
  std::int64_t batch_tokens = 2048;        ///< tokens per forward pass
  // … or logits files.
  std::filesystem::path teacher_logits;
  std::vector<StudentPath> student_logits;
  bool vocab_intersect = false;

  AnalysisSpec spec;
  std::filesystem::path out;
  bool force = false;                                      ///< replace an analysis that is there
  std::optional<FigureFormats> figures = FigureFormats{};  ///< absent: no figures and no report
  bool figures_when_stopped = true;                        ///< of what was done; they take some seconds
  std::int64_t chunk_bytes = std::int64_t{256} << 20;      ///< logits in memory at a time
  std::vector<std::string> command;                        ///< as typed, for the manifest
};

struct AnalyzeOutcome {
  Manifest manifest;
  AnalysisTables tables;
};

/// Throws Error. When stopped, or when the source fails after some work, what was done is on disk, complete
/// and marked partial; a failure is thrown again after that.
AnalyzeOutcome run_analyze(const AnalyzeRequest& request, ProgressSink& progress, std::stop_token stop);

}  // namespace tauscope
