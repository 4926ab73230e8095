#include "core/engine/model_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/engine/shared_vocabulary.h"

namespace tauscope {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t rows_per_block = 128;  ///< of one product with the head

/// The type that holds most of the elements.
std::string stored_dtype(const Checkpoint& checkpoint) {
  std::array<std::int64_t, 3> elements{};
  for (const auto& file : checkpoint.files()) {
    for (const TensorEntry& tensor : file->tensors()) {
      if (tensor.type == TensorType::F32) elements[0] += tensor.elements();
      if (tensor.type == TensorType::F16) elements[1] += tensor.elements();
      if (tensor.type == TensorType::BF16) elements[2] += tensor.elements();
    }
  }
  const auto most = std::max_element(elements.begin(), elements.end()) - elements.begin();
  return dtype_name(
      std::array{DType::float32, DType::float16, DType::bfloat16}[static_cast<std::size_t>(most)]);
}

ModelFacts read_facts(const std::filesystem::path& folder) {
  ModelFacts facts;
  facts.checkpoint = Checkpoint::open(folder);
  const DecoderConfig config = read_decoder_config(*facts.checkpoint);
  facts.architecture = config.architecture;
  facts.stored_dtype = stored_dtype(*facts.checkpoint);
  facts.parameters = facts.checkpoint->parameter_count();
  facts.vocab = config.vocab;
  facts.context = config.context;
  return facts;
}

/// Same strings do not make the same tokenizer: merges, scores and the added BOS may differ.
bool encodes_alike(const Tokenizer& a, const Tokenizer& b) {
  constexpr std::string_view probe =
      "Below is an instruction that describes a task.\n\n### Instruction:\nList 3 prime numbers > 100, e.g. "
      "1009; na\xC3\xAFve caf\xC3\xA9s  don't   count!\n\n### Response:\n\tunbelievably";
  return a.encode(probe, true) == b.encode(probe, true);
}

/// Changes whenever a file of the folder does. Nothing where the folder cannot be listed: reading it will say
/// why.
std::string fingerprint_of(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    std::error_code ignored;
    if (!entry.is_regular_file(ignored)) continue;
    files.push_back(fmt::format("{} {} {}\n", entry.path().filename().string(), entry.file_size(ignored),
                                entry.last_write_time(ignored).time_since_epoch().count()));
  }
  std::sort(files.begin(), files.end());
  return fmt::format("{}", fmt::join(files, ""));
}

std::shared_ptr<const LoadedModel> find_in(const ModelPool& pool, const fs::path& folder,
                                           const std::string& fingerprint) {
  for (const auto& each : pool)
    if (each->folder == folder && each->fingerprint == fingerprint) return each;
  return nullptr;
}

/// All but the weights.
std::shared_ptr<LoadedModel> open_model(const fs::path& folder, std::string fingerprint) {
  auto opened = std::make_shared<LoadedModel>();
  opened->folder = folder;
  opened->fingerprint = std::move(fingerprint);
  opened->facts = read_facts(folder);
  opened->tokenizer = load_tokenizer(folder);
  opened->tokenizer_sha256 = tokenizer_hash(*opened->tokenizer);
  return opened;
}

/// Where every model left its logits on the same GPU, they are handed on there too.
void keep_on_device(std::vector<std::shared_ptr<DeviceMatrix>> kept, ModelRows& rows) {
  for (const auto& matrix : kept)
    if (!matrix || matrix->device() != kept.front()->device()) return;
  const auto at = [](LogitsView view, const DeviceMatrix& matrix) {
    view.data = matrix.data();
    return view;
  };
  DeviceLogits on_device;
  on_device.device = kept.front()->device();
  on_device.stream = kept.front()->stream();
  on_device.teacher = at(rows.teacher, *kept.front());
  for (std::size_t i = 0; i < rows.students.size(); ++i)
    on_device.students.push_back(at(rows.students[i], *kept[i + 1]));
  rows.on_device = std::move(on_device);
  rows.device_memory = std::make_shared<std::vector<std::shared_ptr<DeviceMatrix>>>(std::move(kept));
}

}  // namespace

std::shared_ptr<const ModelSet> ModelSet::load(const ModelSetOptions& options, ProgressSink& sink,
                                               std::stop_token stop, ModelPool* pool) {
  if (options.students.empty()) throw Error::usage("at least one student is needed").field("student");
  std::vector<std::pair<std::string, fs::path>> named = {{"teacher", options.teacher}};
  named.insert(named.end(), options.students.begin(), options.students.end());

  const auto set = std::make_shared<ModelSet>();
  ModelPool own;
  ModelPool& known = pool ? *pool : own;
  std::vector<std::shared_ptr<LoadedModel>> waiting(named.size());  // for their weights
  for (std::size_t i = 0; i < named.size(); ++i) {
    std::string fingerprint = fingerprint_of(named[i].second);
    auto found = find_in(known, named[i].second, fingerprint);
    if (!found) found = find_in(set->members_, named[i].second, fingerprint);
    if (!found) found = waiting[i] = open_model(named[i].second, std::move(fingerprint));
    set->members_.push_back(found);
    set->facts_.push_back(found->facts);
    set->facts_.back().name = named[i].first;
  }
  // Memory of models that are no longer wanted is free before that of new ones is taken.
  std::erase_if(known, [&](const auto& each) {
    return std::find(set->members_.begin(), set->members_.end(), each) == set->members_.end();
  });
  set->compare_vocabularies(sink);

  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (stop.stop_requested()) return nullptr;
    sink.progress("models", static_cast<std::int64_t>(i), static_cast<std::int64_t>(waiting.size()));
    if (!waiting[i]) continue;
    waiting[i]->model = CausalLM::load(*waiting[i]->facts.checkpoint, options.model);
    known.push_back(waiting[i]);
  }
  for (std::size_t i = 0; i < named.size(); ++i)
    for (const std::string& remark : set->members_[i]->model->remarks())
      sink.warning(fmt::format("{}: {}", named[i].first, remark));
  return set;
}

void ModelSet::compare_vocabularies(ProgressSink& sink) {
  std::vector<VocabularyMember> members;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    members.push_back({facts_[i].name, members_[i]->folder.string(), members_[i]->tokenizer.get(),
                       members_[i]->tokenizer_sha256, facts_[i].vocab});
  }
  const SharedVocabulary shared = find_shared_vocabulary(members);
  vocab_ = shared.size;
  if (!shared.note.empty()) sink.note(shared.note);
  for (std::size_t i = 1; i < members_.size(); ++i)
    if (!encodes_alike(tokenizer(), *members_[i]->tokenizer))
      sink.warning(
          fmt::format("the tokenizer of {} splits text differently from the teacher's, although their "
                      "tokens agree; the teacher's ids are used for both",
                      facts_[i].name));
}

std::vector<std::string> ModelSet::student_names() const {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < facts_.size(); ++i)
    names.push_back(facts_[i].name);
  return names;
}

std::int64_t ModelSet::context() const {
  std::int64_t shortest = facts_.front().context;
  for (const ModelFacts& each : facts_)
    shortest = std::min(shortest, each.context);
  return shortest;
}

bool ModelSet::drops_vocabulary() const {
  return std::any_of(facts_.begin(), facts_.end(),
                     [&](const ModelFacts& each) { return each.vocab > vocab_; });
}

std::string ModelSet::token_text(std::int64_t id) const {
  if (id < 0 || id >= tokenizer().size()) return "";
  return tokenizer().token_bytes(static_cast<std::int32_t>(id));
}

std::int64_t ModelSet::floats_per_row() const {
  std::int64_t floats = 0;
  for (const ModelFacts& each : facts_)
    floats += each.vocab;
  return floats;
}

TeacherForcedSequence ModelSet::sequence(const Example& example, const std::string& file,
                                         const SequenceOptions& options, std::int64_t max_length) const {
  TeacherForcedSequence sequence = make_sequence(tokenizer(), example, file, options, max_length);
  if (!sequence.fits) return sequence;
  for (const std::int32_t id : sequence.ids)
    if (id < 0 || id >= vocab_)
      throw Error::bad_input(file, "a token of the example is not among the ids that the models share")
          .field(fmt::format("example {}", example.index))
          .found(fmt::format("id {} ('{}')", id, printable_utf8(token_text(id))))
          .expected(fmt::format("0 to {}", vocab_ - 1));
  return sequence;
}

std::vector<ModelSet::States> ModelSet::hidden_states(const std::vector<std::vector<std::int32_t>>& batch,
                                                      const std::stop_token& stop) const {
  std::vector<States> states(batch.size());
  for (const auto& member : members_) {
    const auto of_model = member->model->hidden_states_batch(batch, stop);
    if (of_model.size() != batch.size()) return {};
    for (std::size_t i = 0; i < batch.size(); ++i)
      states[i].push_back(of_model[i]);
  }
  return states;
}

ModelRows ModelSet::logits(const States& states, std::int64_t first, std::int64_t rows, std::span<float> out,
                           const std::stop_token& stop) const {
  ModelRows views;
  std::vector<std::shared_ptr<DeviceMatrix>> kept;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    const CausalLM& model = *members_[m]->model;
    kept.push_back(model.device_matrix(rows));
    const auto width = static_cast<std::size_t>(facts_[m].vocab);
    const auto target = out.first(static_cast<std::size_t>(rows) * width);
    for (std::int64_t done = 0; done < rows; done += rows_per_block) {
      if (stop.stop_requested()) return {};
      const std::int64_t count = std::min(rows_per_block, rows - done);
      model.logits(
          *states[m], first + done, count,
          target.subspan(static_cast<std::size_t>(done) * width, static_cast<std::size_t>(count) * width),
          kept[m].get(), done);
    }
    const LogitsView view{target.data(), static_cast<std::size_t>(rows), static_cast<std::size_t>(vocab_),
                          width, DType::float32};
    if (m == 0) {
      views.teacher = view;
      views.teacher_dropped = width - view.vocab;
    } else {
      views.students.push_back(view);
      views.student_dropped.push_back(width - view.vocab);
    }
    out = out.subspan(target.size());
  }
  keep_on_device(std::move(kept), views);
  return views;
}

}  // namespace tauscope
