#include "core/distillation/distill_models.h"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/distillation/initial_weights.h"
#include "core/engine/shared_vocabulary.h"
#include "core/model/runtime.h"

namespace tauscope {
namespace {

at::ScalarType compute_type(const RunSpec& spec) {
  return spec.dtype == "bfloat16" ? at::kBFloat16 : at::kFloat;
}

Decoder load_frozen(const Checkpoint& checkpoint, at::ScalarType type, at::Device device) {
  const c10::NoGradGuard no_grad;
  DecoderConfig config = read_decoder_config(checkpoint);
  DecoderWeights weights = load_weights(checkpoint, config, type, device);
  weights.head = weights.head.to(at::kFloat);  // once, rather than for every block of rows
  return {std::move(config), std::move(weights)};
}

TrainableModel random_model(const Json& json, const RunSpec& spec, at::Device device) {
  const std::string file = spec.student.init.string();
  DecoderConfig config = read_decoder_config(json, file);
  const Family& family = family_of(JsonFields(json, file));
  DecoderNames names = family.names(config, std::string(family.base_prefix));
  DecoderWeights weights = random_weights(config, names, json, file, spec.seed);
  return {std::move(config), std::move(names), std::move(weights), compute_type(spec), device};
}

VocabularyMember member(const std::string& name, const std::filesystem::path& folder,
                        const Tokenizer& tokenizer, std::int64_t width) {
  return {name, folder.string(), &tokenizer, tokenizer_hash(tokenizer), width};
}

/// As the objectives' comparisons want it: the same weights give the same logits.
void note_dropout(const Json& config, ProgressSink& progress) {
  for (const char* key : {"attn_pdrop", "resid_pdrop", "embd_pdrop", "attention_dropout", "dropout"})
    if (config.contains(key) && config[key].is_number() && config[key].get<double>() > 0) {
      progress.note(fmt::format("the student's config asks for dropout ({} {}); training does without", key,
                                config[key].get<double>()));
      return;
    }
}

void compare_vocabularies(DistillModels& models, const Tokenizer& of_student, ProgressSink& progress) {
  const std::int64_t width = models.student->config().vocab;
  std::vector<VocabularyMember> members;
  if (models.teacher)
    members.push_back(member("teacher", models.teacher_source->folder(), *models.tokenizer,
                             models.teacher->config().vocab));
  members.push_back(member("student", models.student_folder, of_student, width));
  const SharedVocabulary shared = find_shared_vocabulary(members);
  models.vocab = shared.size;
  if (!shared.note.empty()) progress.note(shared.note);
}

}  // namespace

DistillModels load_distill_models(const RunSpec& spec, ProgressSink& progress) {
  const at::Device device = parse_device(spec.device);
  DistillModels models;
  models.recompute_layers = spec.student.gradient_checkpointing;
  try {
    if (!spec.teacher.path.empty()) {
      models.teacher_source = Checkpoint::open(spec.teacher.path);
      models.teacher.emplace(load_frozen(*models.teacher_source, compute_type(spec), device));
      for (const std::string& remark : models.teacher->weights().remarks)
        progress.warning("teacher: " + remark);
    }
    if (spec.student.init.empty()) {
      const auto source = Checkpoint::open(spec.student.path);
      models.student_folder = spec.student.path;
      models.student_config = source->config();
      models.student.emplace(TrainableModel::load(*source, compute_type(spec), device));
    } else {
      // A config alone has no tokenizer: the teacher's, or what lies beside it.
      models.student_folder =
          models.teacher_source ? models.teacher_source->folder() : spec.student.init.parent_path();
      models.student_config = read_json_file(spec.student.init);
      models.student.emplace(random_model(models.student_config, spec, device));
    }
    for (const std::string& remark : models.student->remarks())
      progress.warning("student: " + remark);
    note_dropout(models.student_config, progress);
  } catch (const c10::Error& error) {
    throw translated(error, "loading the models");
  }
  const std::shared_ptr<const Tokenizer> of_student = load_tokenizer(models.student_folder);
  models.tokenizer = models.teacher_source ? load_tokenizer(models.teacher_source->folder()) : of_student;
  models.tokenizer_sha256 = tokenizer_hash(*models.tokenizer);
  models.context = models.student->config().context;
  if (models.teacher) models.context = std::min(models.context, models.teacher->config().context);
  compare_vocabularies(models, *of_student, progress);
  return models;
}

std::string weights_sha256(const TrainableModel& model) {
  const c10::NoGradGuard no_grad;
  std::string all;
  for (const TrainedTensor& tensor : model.tensors()) {
    const at::Tensor values = tensor.value.cpu();
    const std::string_view bytes(static_cast<const char*>(values.const_data_ptr()), values.nbytes());
    all += fmt::format("{} [{}] {}\n", tensor.name, fmt::join(values.sizes(), ", "), sha256(bytes));
  }
  return sha256(all);
}

}  // namespace tauscope
