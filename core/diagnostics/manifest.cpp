#include "core/diagnostics/manifest.h"

#include <fmt/chrono.h>

#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/files.h"
#include "core/diagnostics/output_folder.h"

namespace tauscope {
namespace {

using Ordered = nlohmann::ordered_json;  // people read the file: members stay in the order they are written

Ordered model_json(const ManifestModel& model) {
  Ordered json{{"name", model.name}, {"path", model.path}, {"sha256", model.sha256}};
  if (!model.architecture.empty()) json["architecture"] = model.architecture;
  if (model.parameters > 0) json["parameters"] = model.parameters;
  json["dtype"] = model.dtype;
  return json;
}

Ordered source_json(const ManifestSource& source) {
  Ordered json{
      {"kind", source.kind}, {"teacher", model_json(source.teacher)}, {"students", Ordered::array()}};
  for (const auto& student : source.students)
    json["students"].push_back(model_json(student));
  if (const auto& data = source.data) {
    json["data"] = {{"path", data->path},
                    {"sha256", data->sha256},
                    {"form", data->form},
                    {"template", data->prompt_template}};
  }
  if (const auto& tokenizer = source.tokenizer) {
    json["tokenizer"] = {{"description", tokenizer->description}, {"sha256", tokenizer->sha256}};
  }
  return json;
}

Ordered spec_json(const Manifest& manifest) {
  const auto& spec = manifest.spec;
  Ordered json{{"taus", spec.taus},
               {"tau_scaling", to_string(spec.tau_scaling)},
               {"dominant", to_string(spec.dominant)},
               {"mode", to_string(spec.mode)},
               {"variant", spec.variant},
               {"target", manifest.target},
               {"overlap_k", spec.overlap_k},
               {"average", to_string(spec.average)},
               {"tokens", to_string(spec.tokens)},
               {"keep_logits", keep_logits_text(spec.keep_logits)},
               {"keep_dtype", dtype_name(spec.keep_dtype)},
               {"device", manifest.device},
               {"dtype", manifest.dtype},
               {"threads", spec.threads},
               {"vocab", manifest.vocab}};
  for (const auto& [key, value] : manifest.more_settings.items())
    json[key] = value;
  return json;
}

Ordered ordered_manifest(const Manifest& manifest) {
  const auto& counts = manifest.counts;
  Ordered json{{"format", "tauscope-analysis"},
               {"version", 1},
               {"tauscope_version", manifest.tauscope_version},
               {"created_utc", manifest.created_utc},
               {"command", manifest.command},
               {"status", manifest.complete ? "complete" : "partial"},
               {"source", source_json(manifest.source)},
               {"spec", spec_json(manifest)},
               {"counts",
                {{"examples", counts.examples},
                 {"positions", counts.positions},
                 {"invalid_positions", counts.invalid_positions},
                 {"infinite_divergences", counts.infinite_divergences},
                 {"prompts_cut", manifest.prompts_cut}}},
               {"warnings", manifest.warnings},
               {"files", Ordered::array()}};
  for (const auto& file : manifest.files) {
    json["files"].push_back({{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  return json;
}

/// A path or a command line may hold bytes that are not UTF-8; they must not make the manifest fail.
std::string manifest_text(const Manifest& manifest) {
  return ordered_manifest(manifest).dump(2, ' ', false, Ordered::error_handler_t::replace);
}

}  // namespace

Json manifest_json(const Manifest& manifest) {
  return Json::parse(manifest_text(manifest));
}

Manifest manifest_of(const AnalysisResult& result, const AnalysisSpec& spec) {
  Manifest manifest;
  manifest.tauscope_version = TAUSCOPE_VERSION;
  manifest.created_utc = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  manifest.complete = result.complete;
  manifest.spec = spec;
  manifest.spec.mode = parse_analysis_mode(result.mode);
  manifest.spec.variant = result.variant;
  manifest.spec.threads = result.threads;
  manifest.target = result.target;
  manifest.vocab = result.vocab;
  manifest.counts = result.counts;
  manifest.warnings = result.warnings;
  return manifest;
}

void write_manifest(Manifest manifest, const std::filesystem::path& folder) {
  manifest.files.clear();
  for (const auto& name : analysis_files(folder)) {
    const auto path = folder / name;
    manifest.files.push_back({name, std::filesystem::file_size(path), sha256_file(path)});
  }
  write_file_atomically(folder / "manifest.json", manifest_text(manifest) + "\n");
}

}  // namespace tauscope
