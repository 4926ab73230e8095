#include "core/distillation/step_examples.h"

#include <algorithm>

#include "core/base/counter_random.h"
#include "core/base/error.h"
#include "core/decoding/end_tokens.h"
#include "core/decoding/generator.h"
#include "core/model/torch_causal_lm.h"

namespace tauscope {
namespace {

/// Tell these numbers apart from those of other purposes under one seed.
constexpr std::uint64_t share_stream = 0x73686172;    // "shar"
constexpr std::uint64_t student_stream = 0x7374756E;  // "stun"
constexpr std::uint64_t teacher_stream = 0x74656163;  // "teac"

/// Answers that are decoded side by side.
constexpr std::int64_t decoded_together = 32;

std::uint64_t seed_of(std::uint64_t seed, std::uint64_t stream, std::int64_t item) {
  const auto four = CounterRandom(seed, stream).block(static_cast<std::uint64_t>(item));
  return std::uint64_t{four[0]} << 32 | four[1];
}

DecodingOptions options_of(const RunSpec& spec) {
  DecodingOptions options;
  options.sample = true;
  options.temperature = spec.sampling.temperature;
  options.top_p = spec.sampling.top_p;
  options.top_k = spec.sampling.top_k;
  options.max_new_tokens = spec.sampling.max_new_tokens;
  return options;
}

}  // namespace

StepExamples::StepExamples(const RunSpec& spec, const DistillModels& models, const TrainingData& data)
    : spec_(spec), models_(models), data_(data) {
  if (spec.data.policy == RunSpec::Policy::fixed) return;
  const auto& folder = spec.data.policy == RunSpec::Policy::seqkd ? spec.teacher.path : models.student_folder;
  end_ids_ = end_tokens(folder, *models.tokenizer);
}

const char* StepExamples::source(std::int64_t s) const {
  if (spec_.data.policy == RunSpec::Policy::fixed) return "data";
  if (spec_.data.policy == RunSpec::Policy::seqkd) return "teacher";
  const double drawn = CounterRandom(spec_.seed, share_stream).uniform(static_cast<std::uint64_t>(s));
  return drawn < spec_.data.student_share ? "student" : "data";
}

std::optional<std::vector<const TrainingExample*>> StepExamples::of_step(
    std::int64_t s, const std::vector<std::int64_t>& places, const std::stop_token& stop) {
  const std::string_view from = source(s);
  std::vector<const TrainingExample*> examples;
  for (const std::int64_t place : places) {
    const TrainingExample* example =
        from == "teacher" ? of_teacher(place, stop) : &data_.examples[static_cast<std::size_t>(place)];
    if (example == nullptr) return std::nullopt;
    examples.push_back(example);
  }
  if (from != "student") return examples;
  auto made = sampled(models_.student->decoder(), examples, seed_of(spec_.seed, student_stream, s), stop);
  if (!made) return std::nullopt;
  of_student_ = std::move(*made);
  for (std::size_t i = 0; i < examples.size(); ++i)
    examples[i] = &of_student_[i];
  return examples;
}

std::optional<StepExamples::Examples> StepExamples::sampled(const Decoder& model,
                                                            std::span<const TrainingExample* const> examples,
                                                            std::uint64_t seed,
                                                            const std::stop_token& stop) const {
  std::vector<Prompt> prompts;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto& ids = examples[i]->ids;
    prompts.push_back({static_cast<std::int64_t>(i), {ids.begin(), ids.begin() + examples[i]->first_scored}});
  }
  Examples made(examples.size());
  const auto longest = static_cast<std::size_t>(std::min(models_.context, spec_.data.max_length));
  const auto take = [&](const GeneratedAnswer& answer) {
    const auto at = static_cast<std::size_t>(answer.example);
    made[at] = {examples[at]->index, prompts[at].ids, examples[at]->first_scored};
    auto& ids = made[at].ids;
    ids.insert(ids.end(), answer.ids.begin(), answer.ids.end());
    // What a larger vocabulary than the shared one gave cannot be compared, nor what lies behind it.
    ids.erase(std::find_if(ids.begin(), ids.end(), [&](std::int32_t id) { return id >= models_.vocab; }),
              ids.end());
    ids.resize(std::min(ids.size(), longest));
  };
  const auto lm = causal_lm_of(model);
  SilentProgress silent;
  Generator generator(*lm, *models_.tokenizer, end_ids_, options_of(spec_), decoded_together);
  if (!generator.run(prompts, seed, take, silent, stop)) return std::nullopt;
  for (std::size_t i = 0; i < made.size(); ++i)
    if (made[i].scored() < 1) made[i] = *examples[i];
  return made;
}

const TrainingExample* StepExamples::of_teacher(std::int64_t place, const std::stop_token& stop) {
  const std::int64_t group = place / decoded_together, first = group * decoded_together;
  auto found = groups_.find(group);
  if (found == groups_.end()) {
    const auto count = static_cast<std::int64_t>(data_.examples.size());
    std::vector<const TrainingExample*> neighbours;
    for (std::int64_t at = first; at < std::min(first + decoded_together, count); ++at)
      neighbours.push_back(&data_.examples[static_cast<std::size_t>(at)]);
    auto made = sampled(*models_.teacher, neighbours, seed_of(spec_.seed, teacher_stream, group), stop);
    if (!made) return nullptr;
    found = groups_.emplace(group, std::move(*made)).first;
  }
  return &found->second[static_cast<std::size_t>(place - first)];
}

}  // namespace tauscope
