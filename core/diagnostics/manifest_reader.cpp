#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/error.h"
#include "core/diagnostics/manifest.h"

namespace tauscope {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

Error wrong(const JsonFields& fields, const std::string& key, const std::string& found,
            const std::string& expected) {
  return Error::bad_input(fields.file(), "the value is not valid")
      .field(fields.path_of(key))
      .found(found)
      .expected(expected);
}

const Json& list(const JsonFields& fields, const std::string& key) {
  const Json& value = fields.at(key);
  if (!value.is_array()) throw wrong(fields, key, value.type_name(), "a list");
  return value;
}

std::vector<std::string> strings(const JsonFields& fields, const std::string& key) {
  std::vector<std::string> result;
  for (const auto& value : list(fields, key)) {
    if (!value.is_string()) throw wrong(fields, key, value.type_name(), "a list of texts");
    result.push_back(value.get<std::string>());
  }
  return result;
}

/// Runs a parser of option values; its complaint becomes one about the file.
template <class Parse>
auto parsed(const JsonFields& fields, const std::string& key, Parse&& parse) {
  const std::string text = fields.string(key);
  try {
    return parse(text);
  } catch (const Error& error) {
    throw wrong(fields, key, text, error.expected_value());
  }
}

std::string hash(const JsonFields& fields) {
  const std::string value = fields.string("sha256");
  if (value.size() != 64 || value.find_first_not_of("0123456789abcdef") != value.npos) {
    throw wrong(fields, "sha256", value, "64 hexadecimal digits");
  }
  return value;
}

ManifestModel read_model(const JsonFields& fields) {
  return {fields.string("name"),
          fields.string("path"),
          hash(fields),
          fields.string_or("architecture", ""),
          fields.integer_or("parameters", 0, 0, most),
          fields.string("dtype")};
}

ManifestSource read_source(const JsonFields& fields) {
  ManifestSource source;
  source.kind = fields.string("kind");
  if (source.kind != "checkpoints" && source.kind != "logits") {
    throw wrong(fields, "kind", source.kind, "checkpoints or logits");
  }
  source.teacher = read_model(fields.object("teacher"));
  for (const auto& student : list(fields, "students")) {
    source.students.push_back(read_model({student, fields.file(), fields.path_of("students")}));
  }
  if (fields.has("data")) {
    const auto data = fields.object("data");
    source.data = {data.string("path"), hash(data), data.string("form"), data.string("template")};
  }
  if (fields.has("tokenizer")) {
    const auto tokenizer = fields.object("tokenizer");
    source.tokenizer = {tokenizer.string("description"), hash(tokenizer)};
  }
  return source;
}

void read_spec(const JsonFields& fields, Manifest& manifest) {
  auto& spec = manifest.spec;
  spec.taus.clear();
  for (const auto& tau : list(fields, "taus")) {
    if (!tau.is_number()) throw wrong(fields, "taus", tau.type_name(), "a list of numbers");
    spec.taus.push_back(tau.get<double>());
  }
  spec.tau_scaling = parsed(fields, "tau_scaling", parse_tau_scaling);
  spec.dominant = parsed(fields, "dominant", parse_dominant);
  spec.mode = parsed(fields, "mode", parse_analysis_mode);
  spec.variant = fields.string("variant");
  spec.overlap_k = static_cast<int>(fields.integer("overlap_k", 1, std::numeric_limits<int>::max()));
  spec.average = parsed(fields, "average", parse_average);
  spec.tokens = parsed(fields, "tokens", parse_tokens_format);
  spec.keep_logits = parsed(fields, "keep_logits", parse_keep_logits);
  spec.keep_dtype = parsed(fields, "keep_dtype", parse_keep_dtype);
  spec.threads = static_cast<int>(fields.integer("threads", 1, std::numeric_limits<int>::max()));
  manifest.target = fields.string("target");
  manifest.device = fields.string("device");
  manifest.dtype = fields.string("dtype");
  manifest.vocab = fields.integer("vocab", 1, most);
  try {
    check_spec(spec);
  } catch (const Error& error) {
    throw wrong(fields, "taus", error.found_value(), error.expected_value());
  }
  manifest.more_settings = fields.json();
  for (const char* own :
       {"taus", "tau_scaling", "dominant", "mode", "variant", "target", "overlap_k", "average", "tokens",
        "keep_logits", "keep_dtype", "device", "dtype", "threads", "vocab"}) {
    manifest.more_settings.erase(own);
  }
}

ManifestFile read_file_entry(const JsonFields& fields) {
  ManifestFile file{fields.string("path"), static_cast<std::uint64_t>(fields.integer("bytes", 0, most)),
                    hash(fields)};
  const std::filesystem::path path(file.path);
  const bool outside = path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end();
  if (file.path.empty() || outside) throw wrong(fields, "path", file.path, "a path inside the folder");
  return file;
}

}  // namespace

Manifest read_manifest(const std::filesystem::path& folder) {
  const auto path = folder / "manifest.json";
  const Json json = read_json_file(path);
  const JsonFields fields(json, path.string());
  if (const auto format = fields.string("format"); format != "tauscope-analysis") {
    throw wrong(fields, "format", format, "tauscope-analysis");
  }
  fields.integer("version", 1, 1);
  Manifest manifest;
  manifest.tauscope_version = fields.string("tauscope_version");
  manifest.created_utc = fields.string("created_utc");
  manifest.command = strings(fields, "command");
  const auto status = fields.string("status");
  if (status != "complete" && status != "partial")
    throw wrong(fields, "status", status, "complete or partial");
  manifest.complete = status == "complete";
  manifest.source = read_source(fields.object("source"));
  read_spec(fields.object("spec"), manifest);
  const auto counts = fields.object("counts");
  manifest.counts = {counts.integer("examples", 0, most), counts.integer("positions", 0, most),
                     counts.integer("invalid_positions", 0, most),
                     counts.integer("infinite_divergences", 0, most)};
  manifest.prompts_cut = counts.integer("prompts_cut", 0, most);
  manifest.warnings = strings(fields, "warnings");
  for (const auto& file : list(fields, "files")) {
    manifest.files.push_back(read_file_entry({file, path.string(), "files"}));
  }
  return manifest;
}

}  // namespace tauscope
