// What one distillation run is asked for: every setting, with its default. No torch, no files opened.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "kernels/statistics.h"

namespace tauscope {

/// A temperature (or another number) that moves over the steps of a run.
struct TauSchedule {
  enum class Kind : std::uint8_t { constant, linear, cosine };
  Kind kind = Kind::constant;
  double from = 1, to = 1;  ///< at the first and at the last step
  bool operator==(const TauSchedule&) const = default;
};

struct RunSpec {
  std::string name = "run";
  std::uint64_t seed = 0;
  std::string device = "auto";    ///< auto | cpu | cuda | cuda:i
  std::string dtype = "float32";  ///< float32 | bfloat16 (float32 master weights)

  struct Teacher {
    std::filesystem::path path;  ///< empty: none, which `ce` allows
    /// Logits on disk, made once and read in every epoch: "none" | "full" | "top-k:K" (the k most probable
    /// tokens and the mass of the rest).
    std::string cache = "none";
    bool operator==(const Teacher&) const = default;
  } teacher;

  struct Student {
    std::filesystem::path path;  ///< a checkpoint to start from
    std::filesystem::path init;  ///< or a config.json: random weights from the seed, tokenizer of the teacher
    bool gradient_checkpointing = false;  ///< layers are computed a second time in place of being kept
    bool operator==(const Student&) const = default;
  } student;

  enum class Policy : std::uint8_t { fixed, seqkd, on_policy };
  struct Data {
    std::filesystem::path train, validation;
    std::string form_template = "alpaca";  ///< key `template`: alpaca | none | a file
    std::int64_t max_length = 512, max_prompt_length = 256;
    std::int64_t limit = 0;  ///< examples; 0 = all
    bool shuffle = true;     ///< false: file order, consecutive records form a batch
    Policy policy = Policy::fixed;
    double student_share = 1;  ///< on-policy: share of batches whose responses the student samples
    bool operator==(const Data&) const = default;
  } data;

  struct Sampling {  ///< of responses, for seqkd and on-policy
    double temperature = 1, top_p = 1;
    std::int64_t top_k = 0, max_new_tokens = 256;
    bool operator==(const Sampling&) const = default;
  } sampling;

  enum class Average : std::uint8_t { token, example };
  struct Objective {
    std::string name = "fkl";
    std::string preset;                   ///< in place of a name: "distillm-skl"
    std::vector<std::string> parameters;  ///< table `params`, as "key=value"
    TauSchedule tau;                      ///< `tau`, or `tau_schedule`
    TauScaling tau_scaling = TauScaling::squared;
    double ce_weight = 0;  ///< loss = (1 - ce_weight) * divergence + ce_weight * cross entropy; [0, 1)
    /// token: over the scored tokens of the whole batch (all its accumulated parts); example: over tokens
    /// within each example first.
    Average average = Average::token;
    /// eopd: h_max is this quantile of the teacher's entropies in the batch, in place of a fixed number.
    std::optional<double> h_max_quantile;
    bool operator==(const Objective&) const = default;
  } objective;

  struct Optimizer {  ///< AdamW; weight decay is decoupled and for parameters of two or more dimensions
    double learning_rate = 5e-4;
    std::array<double, 2> betas{0.9, 0.999};
    double epsilon = 1e-8, weight_decay = 0.01;
    double clip_norm = 1;  ///< of the gradient of all parameters; 0 = off
    bool operator==(const Optimizer&) const = default;
  } optimizer;

  enum class Decay : std::uint8_t { constant, linear, cosine };
  struct Schedule {
    Decay kind = Decay::cosine;
    std::int64_t warmup_steps = 0;
    std::int64_t steps = 0;  ///< 0: as many as `epochs` make
    double epochs = 1;
    double min_learning_rate = 0;
    bool operator==(const Schedule&) const = default;
  } schedule;

  struct Batch {
    std::int64_t size = 8;             ///< examples of one forward pass
    std::int64_t accumulation = 1;     ///< passes of one step
    bool halve_on_exhaustion = false;  ///< out of memory: half the size, twice the accumulation
    bool operator==(const Batch&) const = default;
  } batch;

  struct Evaluation {
    std::int64_t every = 0;  ///< steps; 0 = at the end only
    std::string metric = "rouge-l";
    std::int64_t limit = 100;
    std::int64_t max_new_tokens = 256;  ///< of an answer that is scored
    std::int64_t patience =
        0;  ///< evaluations without a better validation loss after which a run stops; 0 = never
    bool operator==(const Evaluation&) const = default;
  } evaluation;

  struct Probe {  ///< the diagnostics of `analyze` on fixed examples of the training data
    std::int64_t every = 0;
    std::vector<double> tau{1, 2, 4};
    std::int64_t limit = 16;
    bool operator==(const Probe&) const = default;
  } probe;

  struct CheckpointPolicy {
    std::int64_t every = 0;  ///< steps; 0 = at the end only
    std::int64_t keep_last = 2;
    bool keep_best = true;
    bool operator==(const CheckpointPolicy&) const = default;
  } checkpoint;

  bool operator==(const RunSpec&) const = default;
};

/// Learning rate of step s (from 1) of S: linear warm-up from 0, then the schedule's decay (contract).
double learning_rate_at(const RunSpec& spec, std::int64_t step, std::int64_t steps);
/// Temperature of step s (from 1) of S: `from` at the first, `to` at the last.
double tau_at(const TauSchedule& schedule, std::int64_t step, std::int64_t steps);

/// Every key, defaults included; null where a value is said by another key, or absent.
Json to_json(const RunSpec& spec);

/// SHA-256 of that text: two runs with the same were asked for the same.
std::string spec_hash(const RunSpec& spec);

}  // namespace tauscope
