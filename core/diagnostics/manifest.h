// manifest.json of an analysis: everything needed to repeat it, and what its files must be. Written last: a
// folder without one is not a finished analysis.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/diagnostics/analysis.h"
#include "core/diagnostics/analysis_spec.h"

namespace tauscope {

struct ManifestModel {
  std::string name, path, sha256;
  std::string architecture;     ///< "" for a logits file
  std::int64_t parameters = 0;  ///< 0 for a logits file
  std::string dtype;            ///< as stored
};

struct ManifestData {
  std::string path, sha256, form, prompt_template;
};

struct ManifestTokenizer {
  std::string description, sha256;
};

struct ManifestSource {
  std::string kind;  ///< "checkpoints" | "logits"
  ManifestModel teacher;
  std::vector<ManifestModel> students;
  std::optional<ManifestData> data;            ///< checkpoints only
  std::optional<ManifestTokenizer> tokenizer;  ///< where there is one
};

struct ManifestFile {
  std::string path;  ///< relative to the folder, with '/'
  std::uint64_t bytes = 0;
  std::string sha256;
};

struct Manifest {
  std::string tauscope_version, created_utc;
  std::vector<std::string> command;
  bool complete = true;
  ManifestSource source;
  AnalysisSpec spec;                  ///< with the mode, variant and threads that ran
  std::string target;                 ///< instruction set that ran
  std::string device = "cpu", dtype;  ///< of the models' computation; dtype "" for logits files
  std::int64_t vocab = 0;
  /// Further settings of the command (limit, max_length, …): members of "spec" beside those above.
  Json more_settings = Json::object();
  AnalysisCounts counts;
  std::int64_t prompts_cut = 0;
  std::vector<std::string> warnings;
  std::vector<ManifestFile> files;
};

/// The parts that a result knows: status, spec, what ran, counts, warnings; version and time of now.
Manifest manifest_of(const AnalysisResult& result, const AnalysisSpec& spec);

/// What manifest.json will hold; for figures and reports, which are made before it is written.
Json manifest_json(const Manifest& manifest);

/// Lists and hashes the analysis' files in `folder`, then writes manifest.json there, atomically.
void write_manifest(Manifest manifest, const std::filesystem::path& folder);

/// Reads folder/manifest.json back. Throws Error::bad_input naming file and field; paths that lead out of the
/// folder are refused.
Manifest read_manifest(const std::filesystem::path& folder);

}  // namespace tauscope
