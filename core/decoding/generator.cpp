#include "core/decoding/generator.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/base/counter_random.h"
#include "core/decoding/logits_processor.h"
#include "kernels/threads.h"

namespace tauscope {

const char* finish_reason_name(FinishReason reason) {
  switch (reason) {
    case FinishReason::end:
      return "eos";
    case FinishReason::length:
      return "length";
    case FinishReason::stop:
      return "stop";
    case FinishReason::blocked:
      break;
  }
  return "blocked";
}

std::vector<std::int32_t> fit_prompt(std::vector<std::int32_t> ids, const DecodingOptions& options,
                                     std::int64_t context, std::int64_t& cut) {
  std::int64_t most = std::max<std::int64_t>(1, context - options.max_new_tokens);
  if (options.max_prompt_length > 0) most = std::min(options.max_prompt_length, context - 1);
  cut = std::max<std::int64_t>(0, static_cast<std::int64_t>(ids.size()) - most);
  ids.erase(ids.begin(), ids.begin() + cut);
  return ids;
}

namespace {

constexpr std::int64_t tokens_per_prefill = 2048;
/// Below so many logits a second thread costs more than it saves.
constexpr std::size_t logits_worth_threads = std::size_t{1} << 18;

/// Which random numbers belong to a prompt (FNV-1a over its ids).
std::uint64_t stream_of(std::span<const std::int32_t> ids) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::int32_t id : ids) {
    for (int byte = 0; byte < 4; ++byte) {
      hash ^= static_cast<std::uint64_t>(id) >> (8 * byte) & 0xff;
      hash *= 0x100000001b3u;
    }
  }
  return hash;
}

/// An answer under way. Row i of the batch is sequence i of the cache.
struct Row {
  std::int64_t example;
  std::size_t prompt_tokens;
  std::vector<std::int32_t> history;  ///< prompt and answer
  CounterRandom random;
  std::optional<FinishReason> finish{};
  std::string text{};

  std::size_t made() const { return history.size() - prompt_tokens; }
  std::span<const std::int32_t> answer() const { return std::span(history).subspan(prompt_tokens); }
};

class Run {
 public:
  Run(const CausalLM& model, const Tokenizer& tokenizer, const std::vector<std::int32_t>& end_ids,
      const DecodingOptions& options, std::int64_t batch, std::span<const Prompt> prompts, std::uint64_t seed,
      GenerationCounts& counts)
      : model_(model),
        tokenizer_(tokenizer),
        end_ids_(end_ids),
        options_(options),
        batch_(static_cast<std::size_t>(
            std::min<std::int64_t>(batch, static_cast<std::int64_t>(prompts.size())))),
        vocab_(static_cast<std::size_t>(model.vocab_size())),
        prompts_(prompts),
        seed_(seed),
        counts_(counts),
        cache_(model.make_cache(static_cast<std::int64_t>(batch_))),
        logits_(batch_ * vocab_),
        processors_(batch_, LogitsProcessor(options)) {}

  bool go(const std::function<void(GeneratedAnswer)>& take, ProgressSink& progress,
          const std::stop_token& stop) {
    const auto all = static_cast<std::int64_t>(prompts_.size());
    while (!rows_.empty() || next_ < prompts_.size()) {
      progress.progress("answers", all - static_cast<std::int64_t>(prompts_.size() - next_ + rows_.size()),
                        all);
      if (stop.stop_requested()) return false;
      if (!add_rows()) advance();
      hand_out(take);
    }
    progress.progress("answers", all, all);
    return true;
  }

 private:
  /// Prompts for the free rows, as many as one pass may hold. False where there was nothing to add.
  bool add_rows() {
    const std::size_t first = rows_.size();
    std::vector<NewTokens> additions;
    std::int64_t tokens = 0;
    while (rows_.size() < batch_ && next_ < prompts_.size()) {
      const Prompt& prompt = prompts_[next_];
      const auto length = static_cast<std::int64_t>(prompt.ids.size());
      if (!additions.empty() && tokens + length > tokens_per_prefill) break;
      tokens += length;
      ++next_;
      additions.push_back({static_cast<std::int64_t>(rows_.size()), prompt.ids});
      rows_.push_back(
          {prompt.example, prompt.ids.size(), prompt.ids, CounterRandom(seed_, stream_of(prompt.ids))});
    }
    if (additions.empty()) return false;
    counts_.prompt_tokens += tokens;
    extend(first, additions);
    return true;
  }

  /// One token more for every row.
  void advance() {
    std::vector<NewTokens> additions;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      additions.push_back({static_cast<std::int64_t>(i), std::span(rows_[i].history).last(1)});
    extend(0, additions);
  }

  void extend(std::size_t first, std::span<const NewTokens> additions) {
    const std::span logits = std::span(logits_).first(additions.size() * vocab_);
    model_.extend(*cache_, additions, logits);
    const int threads = logits.size() < logits_worth_threads ? 1 : 0;
    parallel_for(additions.size(), resolve_threads(threads, additions.size()), {}, [&](std::size_t i, int) {
      choose(rows_[first + i], logits.subspan(i * vocab_, vocab_), i);
    });
  }

  void choose(Row& row, std::span<float> logits, std::size_t processor) {
    LogitsProcessor& rules = processors_[processor];
    rules.process(logits, row.history);
    const auto token = rules.choose(logits, row.random.uniform(row.made()));
    if (!token) {
      row.finish = FinishReason::blocked;
    } else {
      row.history.push_back(*token);
      if (std::find(end_ids_.begin(), end_ids_.end(), *token) != end_ids_.end()) {
        row.finish = FinishReason::end;
      } else if (static_cast<std::int64_t>(row.made()) >= options_.max_new_tokens ||
                 static_cast<std::int64_t>(row.history.size()) >= model_.context_length()) {
        row.finish = FinishReason::length;
      }
    }
    if (row.finish || !options_.stop.empty()) row.text = tokenizer_.decode(row.answer(), true);
    cut_at_stop(row);
  }

  void cut_at_stop(Row& row) const {
    std::size_t at = std::string::npos;
    for (const std::string& stop : options_.stop)
      at = std::min(at, row.text.find(stop));
    if (at == std::string::npos) return;
    row.text.resize(at);
    row.finish = FinishReason::stop;
  }

  /// The last row takes the place of one that has finished: the rows stay the first of the cache.
  void hand_out(const std::function<void(GeneratedAnswer)>& take) {
    for (std::size_t i = 0; i < rows_.size();) {
      Row& row = rows_[i];
      if (!row.finish) {
        ++i;
        continue;
      }
      const auto answer = row.answer();
      counts_.answers += 1;
      counts_.new_tokens += static_cast<std::int64_t>(answer.size());
      take({row.example, {answer.begin(), answer.end()}, std::move(row.text), *row.finish});
      const std::size_t last = rows_.size() - 1;
      if (i < last) {
        cache_->move(static_cast<std::int64_t>(last), static_cast<std::int64_t>(i));
        rows_[i] = std::move(rows_[last]);
      } else {
        cache_->clear(static_cast<std::int64_t>(i));
      }
      rows_.pop_back();
    }
  }

  const CausalLM& model_;
  const Tokenizer& tokenizer_;
  const std::vector<std::int32_t>& end_ids_;
  const DecodingOptions& options_;
  std::size_t batch_, vocab_;
  std::span<const Prompt> prompts_;
  std::uint64_t seed_;
  GenerationCounts& counts_;
  std::unique_ptr<KeyValueCache> cache_;
  std::vector<float> logits_;
  std::vector<LogitsProcessor> processors_;  ///< one per row of a pass
  std::vector<Row> rows_;
  std::size_t next_ = 0;  ///< prompt
};

}  // namespace

Generator::Generator(const CausalLM& model, const Tokenizer& tokenizer, std::vector<std::int32_t> end_ids,
                     DecodingOptions options, std::int64_t batch)
    : model_(model),
      tokenizer_(tokenizer),
      end_ids_(std::move(end_ids)),
      options_(std::move(options)),
      batch_(batch) {
  check(options_);
  if (batch < 1) throw std::invalid_argument("Generator: a batch of no answers");
}

bool Generator::run(std::span<const Prompt> prompts, std::uint64_t seed,
                    const std::function<void(GeneratedAnswer)>& take, ProgressSink& progress,
                    std::stop_token stop) {
  if (prompts.empty()) return true;
  return Run(model_, tokenizer_, end_ids_, options_, batch_, prompts, seed, counts_).go(take, progress, stop);
}

}  // namespace tauscope
