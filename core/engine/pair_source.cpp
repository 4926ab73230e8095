#include "core/engine/pair_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "core/base/error.h"
#include "core/data/title.h"

namespace tauscope {

std::unique_ptr<DataFile> open_reference_data(const std::filesystem::path& path, const DataOptions& options) {
  auto data = DataFile::open(path, options);
  if (data->form() != DataForm::vicuna) return data;
  throw Error::bad_input(path.string(), "the data has no reference responses to score")
      .found(fmt::format("the {} form", data_form_name(data->form())))
      .expected("a form with prompts and responses");
}

ModelPairSource::ModelPairSource(ModelPairOptions options, ProgressSink& sink)
    : options_(std::move(options)) {
  if (options_.students.empty()) throw Error::usage("at least one student is needed").field("student");
  data_ = open_reference_data(options_.data, options_.data_options);
  models_ = options_.models ? options_.models
                            : ModelSet::load({options_.teacher, options_.students, options_.model}, sink);

  max_length_ = models_->context();
  if (options_.sequence.max_length > max_length_)
    sink.note(fmt::format("--max-length {} is beyond the models' context: sequences are kept to {} tokens",
                          options_.sequence.max_length, max_length_));
  if (options_.sequence.max_length > 0) max_length_ = std::min(max_length_, options_.sequence.max_length);

  const std::int64_t row_bytes = models_->floats_per_row() * static_cast<std::int64_t>(sizeof(float));
  rows_per_chunk_ = std::max<std::int64_t>(1, options_.chunk_budget_bytes / row_bytes);
}

std::optional<ModelPairSource::Prepared> ModelPairSource::read_example() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  while (const auto example = data_->next()) {
    Prepared prepared;
    prepared.index = example->index;
    prepared.category = example->category;
    prepared.title = title_of(*example);
    prepared.sequence = models_->sequence(*example, options_.data.string(), options_.sequence, max_length_);
    if (!prepared.sequence.fits) {
      too_long_.push_back(example->index);
      continue;
    }
    if (prepared.sequence.prompt_tokens_cut > 0) ++prompts_cut_;
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
  auto states = models_->hidden_states(ids, stop);
  if (states.empty()) return false;
  for (std::size_t i = 0; i < batch.size(); ++i)
    batch[i].hidden = std::move(states[i]);
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
  const auto floats = static_cast<std::size_t>(rows * models_->floats_per_row());
  const auto buffer = take_buffer(floats);
  ModelRows views = models_->logits(example.hidden, sequence.first_scored - 1 + example.done, rows,
                                    std::span(*buffer).first(floats));

  ScoredChunk chunk;
  chunk.teacher = views.teacher;
  chunk.students = std::move(views.students);
  chunk.teacher_dropped = views.teacher_dropped;
  chunk.student_dropped = std::move(views.student_dropped);
  chunk.example = example.index;
  chunk.category = example.category;
  chunk.title = example.title;
  chunk.prompt.assign(sequence.ids.begin(), sequence.ids.begin() + sequence.first_scored);
  chunk.first_position = example.done;
  const auto first_target = sequence.ids.begin() + sequence.first_scored + example.done;
  chunk.targets.assign(first_target, first_target + rows);
  example.done += rows;
  chunk.last_of_example = example.done == scored;
  chunk.on_device = std::move(views.on_device);
  // The buffer is used again once nothing but this source holds it.
  using Memory = std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>;
  chunk.keep_alive = std::make_shared<const Memory>(buffer, std::move(views.device_memory));
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
