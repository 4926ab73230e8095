#include "core/diagnostics/analysis.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/error.h"
#include "core/diagnostics/aggregates.h"
#include "core/diagnostics/analysis_texts.h"
#include "core/diagnostics/chunk_statistics.h"
#include "core/diagnostics/kept_logits.h"
#include "core/diagnostics/parallel.h"
#include "core/diagnostics/serial_worker.h"
#include "core/diagnostics/tokens_table.h"

namespace tauscope {
namespace {

class Analysis {
 public:
  Analysis(ScoredSource& source, const AnalysisSpec& spec, const std::filesystem::path& folder,
           ProgressSink& progress, std::stop_token stop)
      : source_(source),
        spec_(spec),
        folder_(folder),
        progress_(progress),
        stop_(std::move(stop)),
        measure_(spec, source),
        aggregates_(source.student_names(), spec, folder),
        distributions_(source.student_names().size(), spec.taus.size(), source.vocab()),
        writer_(2) {
    if (spec.tokens != TokensFormat::none) {
      const char* name = spec.tokens == TokensFormat::csv ? "tokens.csv" : "tokens.csv.gz";
      tokens_.emplace(folder / name, source.student_names(), spec.taus, source.drops_vocabulary());
    }
    if (spec.tokens != TokensFormat::none || spec.keep_logits > 0) examples_.emplace(folder / "examples.csv");
    if (spec.keep_logits > 0) kept_.emplace(folder / "logits", source.student_names(), spec.keep_dtype);
  }

  AnalysisResult run() {
    show_progress();
    while (auto chunk = next_chunk()) {
      if (chunk->teacher.rows > 0 && !measure_.add(*chunk, stop_)) break;
      if (keeps(*chunk)) kept_->add(*chunk);
      if (chunk->last_of_example || !source_.whole_examples()) end_unit(*chunk);
      if (stop_.stop_requested()) break;
    }
    finish();
    return std::move(result_);
  }

 private:
  /// Nothing at the end, and where the source fails after some work was done.
  std::optional<ScoredChunk> next_chunk() {
    try {
      auto chunk = source_.next(stop_);
      if (!chunk) ended_ = !stop_.stop_requested();
      return chunk;
    } catch (...) {
      if (result_.counts.positions == 0) throw;
      result_.failure = std::current_exception();
      return std::nullopt;
    }
  }

  bool keeps(const ScoredChunk& chunk) const {
    const std::int64_t ordinal = result_.counts.examples + (chunk.example == last_example_ ? 0 : 1);
    return kept_ && chunk.teacher.rows > 0 && ordinal <= spec_.keep_logits;
  }

  void end_unit(const ScoredChunk& chunk) {
    const auto unit = measure_.take();
    if (unit.statistics->rows() > 0) {
      if (chunk.last_of_example) end_kept_example();
      if (chunk.example != last_example_) {
        ++result_.counts.examples;
        if (examples_) examples_->add(chunk);
      }
      last_example_ = chunk.example;
      count(*unit.statistics);
      distributions_ += unit.distributions;
      aggregates_.add(*unit.statistics);
      if (tokens_) writer_.submit([this, statistics = unit.statistics] { tokens_->add(*statistics); });
    }
    if (chunk.last_of_example) ++examples_done_;
    show_progress();
  }

  void end_kept_example() {
    if (kept_ && kept_->has_rows()) kept_->end_example();
  }

  void count(const ExampleStatistics& unit) {
    const std::size_t taus = spec_.taus.size();
    result_.counts.positions += static_cast<std::int64_t>(unit.rows());
    for (std::size_t row = 0; row < unit.rows(); ++row) {
      bool invalid = false;
      for (const auto& cells : unit.students) {
        for (std::size_t cell = row * taus; cell < (row + 1) * taus; ++cell) {
          invalid = invalid || std::isnan(cells[cell].fkl);
          if (std::isinf(cells[cell].fkl) || std::isinf(cells[cell].rkl))
            ++result_.counts.infinite_divergences;
        }
      }
      if (invalid) ++result_.counts.invalid_positions;
    }
  }

  void show_progress() {
    if (source_.whole_examples()) {
      progress_.progress("examples", examples_done_, source_.example_count());
    } else {
      progress_.progress("positions", result_.counts.positions, source_.row_count());
    }
  }

  void finish() {
    result_.complete = ended_ || (!result_.failure && everything_done());
    if (result_.complete && result_.counts.positions == 0) {
      throw Error::bad_input("", "no position was scored").remedy("check the data, its mask and its targets");
    }
    // Rows that stand alone are worth keeping even where the file's end was not reached.
    if (!source_.whole_examples()) end_kept_example();
    progress_.progress("summary tables", 0, 1);
    result_.tables.summary = aggregates_.summarise();
    result_.tables.histogram = histogram_rows(distributions_, source_.student_names(), spec_.taus);
    result_.tables.head_curve = head_curve_rows(distributions_, source_.student_names(), spec_.taus);
    writer_.finish();
    if (tokens_) tokens_->commit();
    if (examples_) {
      examples_->commit();
      write_vocabulary(source_, folder_ / "vocabulary.csv");
    }
    write_tables(result_.tables, folder_);
    progress_.progress("summary tables", 1, 1);
    describe();
  }

  bool everything_done() const {
    return source_.whole_examples() ? source_.example_count() > 0 && examples_done_ == source_.example_count()
                                    : result_.counts.positions == source_.row_count();
  }

  void describe() {
    result_.variant = measure_.variant().name();
    result_.mode = measure_.variant().mode();
    result_.target = measure_.target();
    result_.rows_recomputed = measure_.rows_recomputed();
    result_.threads = thread_count(spec_.threads);
    result_.vocab = source_.vocab();
    result_.spilled_bytes = aggregates_.spilled_bytes();
    const auto& counts = result_.counts;
    if (counts.invalid_positions > 0) {
      warn(fmt::format(
          "{} of {} positions have a logit that is not a number; they are counted as invalid and left out "
          "of the aggregates",
          counts.invalid_positions, counts.positions));
    }
    if (counts.infinite_divergences > 0) {
      warn(fmt::format(
          "{} divergences are infinite (a token is masked on one side alone); they are counted as invalid "
          "and left out of the aggregates",
          counts.infinite_divergences));
    }
    if (kept_ && kept_->overflowed() > 0) {
      warn(fmt::format(
          "{} kept logits are beyond float16 and became infinite; --keep-dtype bfloat16 keeps them",
          kept_->overflowed()));
    }
    if (aggregates_.too_many_categories()) {
      warn(fmt::format("there are more than {} categories; the rest share one group", most_categories));
    }
  }

  void warn(const std::string& message) {
    result_.warnings.push_back(message);
    progress_.warning(message);
  }

  ScoredSource& source_;
  const AnalysisSpec& spec_;
  const std::filesystem::path& folder_;
  ProgressSink& progress_;
  std::stop_token stop_;
  ChunkStatistics measure_;
  Aggregates aggregates_;
  CorpusDistributions distributions_;
  std::optional<KeptLogits> kept_;
  std::optional<ExamplesTable> examples_;
  AnalysisResult result_;
  std::int64_t examples_done_ = 0, last_example_ = -1;
  bool ended_ = false;  // the source said so, and not because it was stopped
  std::optional<TokensTable> tokens_;
  SerialWorker writer_;  // last: its jobs use tokens_
};

}  // namespace

AnalysisResult run_analysis(ScoredSource& source, const AnalysisSpec& spec,
                            const std::filesystem::path& folder, ProgressSink& progress,
                            std::stop_token stop) {
  check_spec(spec);
  return Analysis(source, spec, folder, progress, std::move(stop)).run();
}

}  // namespace tauscope
