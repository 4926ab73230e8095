// A manifest in which every member differs from its default.
#pragma once

#include "core/diagnostics/manifest.h"

namespace tauscope::test {

inline Manifest sample_manifest() {
  const std::string hash(64, 'a');
  Manifest manifest;
  manifest.tauscope_version = "9.8.7";
  manifest.created_utc = "2026-01-02T03:04:05Z";
  manifest.command = {"tauscope", "analyze", "--out", "a b"};
  manifest.complete = false;
  manifest.source.kind = "checkpoints";
  manifest.source.teacher = {"big", "/models/big", hash, "llama", 6400000, "bfloat16"};
  manifest.source.students = {{"small", "/models/small", hash, "gpt2", 1200000, "float32"},
                              {"other", "/models/other", hash, "llama", 1100000, "float32"}};
  manifest.source.data = ManifestData{"data.jsonl", hash, "Dolly", "alpaca"};
  manifest.source.tokenizer = ManifestTokenizer{"sentencepiece", hash};
  manifest.spec.taus = {0.1, 1.0 / 3};
  manifest.spec.tau_scaling = TauScaling::none;
  manifest.spec.dominant = {DominantSpec::Kind::top_k, 7};
  manifest.spec.overlap_k = 5;
  manifest.spec.mode = AnalysisMode::fast;
  manifest.spec.variant = "cpu-fast";
  manifest.spec.threads = 3;
  manifest.spec.tokens = TokensFormat::csv_gz;
  manifest.spec.average = Average::example;
  manifest.spec.keep_logits = AnalysisSpec::keep_all;
  manifest.spec.keep_dtype = DType::bfloat16;
  manifest.target = "AVX3";
  manifest.device = "cuda:1";
  manifest.dtype = "bfloat16";
  manifest.vocab = 4096;
  manifest.more_settings = {{"limit", 20}, {"max_length", 512}};
  manifest.counts = {20, 800, 3, 4};
  manifest.prompts_cut = 2;
  manifest.warnings = {"one \"thing\"", "another"};
  return manifest;
}

}  // namespace tauscope::test
