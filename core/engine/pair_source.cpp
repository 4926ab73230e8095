#include "core/engine/pair_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/engine/shared_vocabulary.h"

namespace tauscope {
namespace {

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

ModelFacts read_facts(const std::string& name, const std::filesystem::path& folder) {
  ModelFacts facts;
  facts.name = name;
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

}  // namespace

ModelPairSource::ModelPairSource(ModelPairOptions options, ProgressSink& sink)
    : options_(std::move(options)) {
  if (options_.students.empty()) throw Error::usage("at least one student is needed").field("student");
  data_ = DataFile::open(options_.data, options_.data_options);
  check_data();
  open_models(sink);

  max_length_ = facts_.front().context;
  for (const ModelFacts& each : facts_)
    max_length_ = std::min(max_length_, each.context);
  if (options_.sequence.max_length > max_length_)
    sink.note(fmt::format("--max-length {} is beyond the models' context: sequences are kept to {} tokens",
                          options_.sequence.max_length, max_length_));
  if (options_.sequence.max_length > 0) max_length_ = std::min(max_length_, options_.sequence.max_length);

  std::int64_t row_bytes = 0;
  for (const ModelFacts& each : facts_)
    row_bytes += each.vocab * static_cast<std::int64_t>(sizeof(float));
  rows_per_chunk_ = std::max<std::int64_t>(1, options_.chunk_budget_bytes / row_bytes);
}

void ModelPairSource::check_data() const {
  if (data_->form() != DataForm::vicuna) return;
  throw Error::bad_input(options_.data.string(), "the data has no reference responses to score")
      .found(fmt::format("the {} form", data_form_name(data_->form())))
      .expected("a form with prompts and responses");
}

void ModelPairSource::open_models(ProgressSink& sink) {
  facts_.push_back(read_facts("teacher", options_.teacher));
  for (const auto& [name, folder] : options_.students)
    facts_.push_back(read_facts(name, folder));

  std::vector<std::unique_ptr<Tokenizer>> tokenizers;
  std::vector<VocabularyMember> members;
  for (const ModelFacts& each : facts_) {
    tokenizers.push_back(load_tokenizer(each.checkpoint->folder()));
    members.push_back({each.name, each.checkpoint->folder().string(), tokenizers.back().get(),
                       tokenizer_hash(*tokenizers.back()), each.vocab});
  }
  const SharedVocabulary shared = find_shared_vocabulary(members);
  vocab_ = shared.size;
  if (!shared.note.empty()) sink.note(shared.note);
  for (std::size_t i = 1; i < tokenizers.size(); ++i)
    if (!encodes_alike(*tokenizers.front(), *tokenizers[i]))
      sink.warning(
          fmt::format("the tokenizer of {} splits text differently from the teacher's, although their "
                      "tokens agree; the teacher's ids are used for both",
                      facts_[i].name));
  tokenizer_sha256_ = members.front().tokenizer_hash;
  tokenizer_ = std::move(tokenizers.front());

  for (const ModelFacts& each : facts_)
    models_.push_back(CausalLM::load(*each.checkpoint, options_.model));
}

std::vector<std::string> ModelPairSource::student_names() const {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < facts_.size(); ++i)
    names.push_back(facts_[i].name);
  return names;
}

std::string ModelPairSource::token_text(std::int64_t id) const {
  if (id < 0 || id >= tokenizer_->size()) return "";
  return tokenizer_->token_bytes(static_cast<std::int32_t>(id));
}

bool ModelPairSource::drops_vocabulary() const {
  return std::any_of(facts_.begin(), facts_.end(),
                     [&](const ModelFacts& each) { return each.vocab > vocab_; });
}

void ModelPairSource::check_ids(const Prepared& prepared) const {
  for (const std::int32_t id : prepared.sequence.ids)
    if (id < 0 || id >= vocab_)
      throw Error::bad_input(options_.data.string(),
                             "a token of the example is not among the ids that the models share")
          .field(fmt::format("example {}", prepared.index))
          .found(fmt::format("id {} ('{}')", id, printable_utf8(token_text(id))))
          .expected(fmt::format("0 to {}", vocab_ - 1));
}

std::optional<ModelPairSource::Prepared> ModelPairSource::read_example() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  while (const auto example = data_->next()) {
    Prepared prepared;
    prepared.index = example->index;
    prepared.category = example->category;
    prepared.sequence =
        make_sequence(*tokenizer_, *example, options_.data.string(), options_.sequence, max_length_);
    if (!prepared.sequence.fits) {
      too_long_.push_back(example->index);
      continue;
    }
    if (prepared.sequence.prompt_tokens_cut > 0) ++prompts_cut_;
    check_ids(prepared);
    return prepared;
  }
  return std::nullopt;
}

std::vector<ModelPairSource::Prepared> ModelPairSource::read_batch() {
  std::vector<Prepared> batch;
  std::int64_t tokens = 0;
  while (auto example = read_example()) {
    const auto length = static_cast<std::int64_t>(example->sequence.ids.size());
    if (!batch.empty() && tokens + length > options_.batch_tokens) {
      ahead_ = std::move(example);
      break;
    }
    tokens += length;
    batch.push_back(std::move(*example));
  }
  return batch;
}

bool ModelPairSource::prepare_batch(const std::stop_token& stop) {
  std::vector<Prepared> batch = read_batch();
  if (batch.empty()) return false;
  std::vector<std::vector<std::int32_t>> ids;
  for (const Prepared& each : batch)
    ids.push_back(each.sequence.ids);
  for (const auto& model : models_) {
    if (stop.stop_requested()) return false;
    const auto states = model->hidden_states_batch(ids);
    for (std::size_t i = 0; i < batch.size(); ++i)
      batch[i].hidden.push_back(states[i]);
  }
  std::move(batch.begin(), batch.end(), std::back_inserter(prepared_));
  return true;
}

std::optional<ScoredChunk> ModelPairSource::next(std::stop_token stop) {
  if (stop.stop_requested()) return std::nullopt;
  if (prepared_.empty() && !prepare_batch(stop)) return std::nullopt;
  ScoredChunk chunk = make_chunk(prepared_.front());
  if (chunk.last_of_example) prepared_.pop_front();
  return chunk;
}

ScoredChunk ModelPairSource::make_chunk(Prepared& example) {
  const auto& sequence = example.sequence;
  const std::int64_t scored = static_cast<std::int64_t>(sequence.ids.size()) - sequence.first_scored;
  const std::int64_t rows = std::min(rows_per_chunk_, scored - example.done);
  std::size_t floats = 0;
  for (const ModelFacts& each : facts_)
    floats += static_cast<std::size_t>(rows * each.vocab);
  const auto buffer = take_buffer(floats);

  ScoredChunk chunk;
  float* out = buffer->data();
  for (std::size_t m = 0; m < models_.size(); ++m) {
    const auto width = static_cast<std::size_t>(facts_[m].vocab);
    const std::span<float> target(out, static_cast<std::size_t>(rows) * width);
    models_[m]->logits(*example.hidden[m], sequence.first_scored - 1 + example.done, rows, target);
    const LogitsView view{out, static_cast<std::size_t>(rows), static_cast<std::size_t>(vocab_), width,
                          DType::float32};
    const std::size_t dropped = width - view.vocab;
    if (m == 0) {
      chunk.teacher = view;
      chunk.teacher_dropped = dropped;
    } else {
      chunk.students.push_back(view);
      chunk.student_dropped.push_back(dropped);
    }
    out += target.size();
  }
  chunk.example = example.index;
  chunk.category = example.category;
  chunk.first_position = example.done;
  const auto first_target = sequence.ids.begin() + sequence.first_scored + example.done;
  chunk.targets.assign(first_target, first_target + rows);
  example.done += rows;
  chunk.last_of_example = example.done == scored;
  chunk.keep_alive = buffer;
  return chunk;
}

std::shared_ptr<std::vector<float>> ModelPairSource::take_buffer(std::size_t floats) {
  for (auto& buffer : buffers_) {
    if (buffer.use_count() > 1) continue;
    // Pairs with the release in the consumer's last reference: its reads come before our writes.
    std::atomic_thread_fence(std::memory_order_acquire);
    if (buffer->size() < floats) buffer->resize(floats);
    return buffer;
  }
  buffers_.push_back(std::make_shared<std::vector<float>>(floats));
  return buffers_.back();
}

}  // namespace tauscope
