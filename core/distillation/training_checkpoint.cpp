#include "core/distillation/training_checkpoint.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/safetensors.h"

namespace tauscope {
namespace {

namespace fs = std::filesystem;

constexpr const char* model_file = "model.safetensors";
constexpr const char* optimizer_file = "tauscope_trainer.safetensors";
constexpr const char* state_file = "tauscope_trainer.json";
constexpr int state_version = 1;

/// What transformers reads beside config and weights.
constexpr std::array companions = {
    "tokenizer.json",     "tokenizer_config.json", "tokenizer.model",         "vocab.json",
    "merges.txt",         "added_tokens.json",     "special_tokens_map.json", "chat_template.jinja",
    "chat_template.json", "generation_config.json"};

struct NamedTensor {
  std::string name;
  at::Tensor value;
};

std::vector<NamedTensor> optimizer_tensors(const DistillModels& models, const AdamW& optimizer) {
  std::vector<NamedTensor> all;
  const auto& tensors = models.student->tensors();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    all.push_back({"mean." + tensors[i].name, optimizer.means()[i]});
    all.push_back({"square." + tensors[i].name, optimizer.squares()[i]});
  }
  return all;
}

std::vector<NamedTensor> model_tensors(const DistillModels& models) {
  std::vector<NamedTensor> all;
  for (const TrainedTensor& tensor : models.student->tensors())
    all.push_back({tensor.name, tensor.value});
  return all;
}

/// One after the other through host memory; float32, so that the file's order is that of the names.
void write_tensors(const fs::path& path, std::vector<NamedTensor> tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::vector<SafetensorsStream::Layout> layout;
  for (const NamedTensor& tensor : tensors)
    layout.push_back({tensor.name, TensorType::F32, tensor.value.sizes().vec()});
  SafetensorsStream stream(path, layout, {{"format", "pt"}});
  for (const NamedTensor& tensor : tensors) {
    const at::Tensor values = tensor.value.cpu().contiguous();
    stream.write({static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()});
  }
  stream.commit();
}

void read_tensors(const fs::path& path, const std::vector<NamedTensor>& tensors) {
  const auto file = SafetensorsFile::open(path);
  for (const NamedTensor& tensor : tensors) {
    const TensorEntry* entry = file->find(tensor.name);
    const std::vector<std::int64_t> expected = tensor.value.sizes().vec();
    if (entry == nullptr || entry->type != TensorType::F32 || entry->shape != expected)
      throw Error::bad_input(path.string(), "the checkpoint is not one of this student")
          .field(tensor.name)
          .found(entry == nullptr
                     ? "no such tensor"
                     : fmt::format("{} [{}]", tensor_type_name(entry->type), fmt::join(entry->shape, ", ")))
          .expected(fmt::format("F32 [{}]", fmt::join(expected, ", ")));
    void* data = const_cast<std::byte*>(entry->bytes.data());
    at::Tensor(tensor.value).copy_(at::from_blob(data, expected, at::TensorOptions().dtype(at::kFloat)));
  }
}

/// The student's, with the type that the weights now have: transformers would round them to the old one.
Json config_of(const DistillModels& models) {
  Json config = models.student_config;
  config.erase("torch_dtype");
  config["dtype"] = "float32";
  config["tie_word_embeddings"] = models.student->config().tied_head;
  return config;
}

Json facts_of(const fs::path& file) {
  return {{"bytes", fs::file_size(file)}, {"sha256", sha256_file(file)}};
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && (::fsync(descriptor) == 0 || errno == EINVAL);
  const int problem = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced)
    throw Error::failed(folder.string(), "the folder cannot be synced").found(std::strerror(problem));
}

[[noreturn]] void throw_failed(const fs::path& folder, const std::error_code& problem) {
  throw Error::failed(folder.string(), "the checkpoint's folder cannot be made").found(problem.message());
}

void write_files(const fs::path& folder, const DistillModels& models, const AdamW& optimizer, Json state) {
  for (const char* name : companions)
    if (fs::exists(models.student_folder / name))
      write_file_atomically(folder / name, read_file(models.student_folder / name));
  write_file_atomically(folder / "config.json", config_of(models).dump(2) + "\n");
  write_tensors(folder / model_file, model_tensors(models));
  write_tensors(folder / optimizer_file, optimizer_tensors(models, optimizer));
  state["format"] = "tauscope-trainer";
  state["version"] = state_version;
  for (const char* name : {model_file, optimizer_file})
    state["files"][name] = facts_of(folder / name);
  write_file_atomically(folder / state_file, state.dump(2) + "\n");
}

}  // namespace

void write_training_checkpoint(const fs::path& folder, const DistillModels& models, const AdamW& optimizer,
                               const Json& state) {
  const c10::NoGradGuard no_grad;
  std::error_code problem;
  if (fs::exists(folder)) throw Error::failed(folder.string(), "a checkpoint is there already");
  const fs::path partial = folder.string() + ".partial";
  fs::remove_all(partial, problem);  // of a process that was killed
  if (fs::create_directories(partial, problem); problem) throw_failed(partial, problem);
  try {
    write_files(partial, models, optimizer, state);
    if (fs::rename(partial, folder, problem); problem) throw_failed(folder, problem);
    sync_folder(folder.has_parent_path() ? folder.parent_path() : ".");
  } catch (...) {
    fs::remove_all(partial, problem);
    throw;
  }
}

Json read_training_state(const fs::path& folder) {
  const fs::path file = folder / state_file;
  if (!fs::exists(file))
    throw Error::bad_input(folder.string(), "the folder is no checkpoint that a run can go on from")
        .expected(state_file)
        .remedy("name a folder below checkpoints/ of a run, or start a new run from this model");
  const Json state = read_json_file(file);
  const JsonFields fields(state, file.string());
  if (fields.string("format") != "tauscope-trainer" || fields.integer("version", 0, 1 << 20) != state_version)
    throw Error::bad_input(file.string(), "the trainer's state is of another version")
        .found(fmt::format("{} {}", fields.string("format"), fields.integer("version", 0, 1 << 20)))
        .expected(fmt::format("tauscope-trainer {}", state_version));
  const JsonFields files = fields.object("files");
  for (const char* name : {model_file, optimizer_file})
    if (files.object(name).string("sha256") != sha256_file(folder / name))
      throw Error::bad_input((folder / name).string(),
                             "the file is not the one that the checkpoint was written with")
          .found("another SHA-256 than tauscope_trainer.json states")
          .remedy("go on from an earlier checkpoint of the run");
  return state;
}

void load_training_checkpoint(const fs::path& folder, const DistillModels& models, const AdamW& optimizer) {
  const c10::NoGradGuard no_grad;
  read_tensors(folder / model_file, model_tensors(models));
  read_tensors(folder / optimizer_file, optimizer_tensors(models, optimizer));
}

}  // namespace tauscope
