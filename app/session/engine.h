// What the session asks of the machinery behind it. The real engine has models and kernels; tests use a fake.
// No torch, no widgets: plain values and immutable results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/diagnostics/tables.h"
#include "kernels/objective.h"
#include "kernels/statistics.h"

namespace tauscope {

struct NamedPath {
  std::string name;  ///< "" = chosen from the path
  std::filesystem::path path;
  bool operator==(const NamedPath&) const = default;
};

/// What is open: either checkpoints and a data file, or logits files, or the folder of an earlier analysis.
struct Sources {
  std::filesystem::path teacher;
  std::vector<NamedPath> students;
  std::filesystem::path data;
  std::filesystem::path teacher_logits;
  std::vector<NamedPath> student_logits;
  std::filesystem::path run;
  std::string prompt_template = "alpaca";
  bool operator==(const Sources&) const = default;
  bool empty() const {
    return teacher.empty() && students.empty() && data.empty() && teacher_logits.empty() &&
           student_logits.empty() && run.empty();
  }
};

/// One line of the example list.
struct ExampleTitle {
  std::int64_t index = 0;  ///< of the record in its file
  std::string title;       ///< the instruction, or the first words of the prompt
  std::string category;
};

struct ModelCard {
  std::string name, path, architecture, dtype;
  std::int64_t parameters = 0;
};

/// A student that could not be loaded and was left out.
struct FailedStudent {
  std::string name;
  std::filesystem::path path;
  std::string error;
};

/// What an engine keeps for a workspace: models, mapped files. Only its engine knows more.
struct EngineData {
  virtual ~EngineData() = default;
};

/// What opening gives. Immutable; a new opening makes a new one with a new id.
struct Workspace {
  std::uint64_t id = 0;
  Sources sources;  ///< without the students that failed
  ModelCard teacher;
  std::vector<ModelCard> students;             ///< in the order of the sources
  std::vector<FailedStudent> failed_students;  ///< what was asked for and left out
  std::vector<ExampleTitle> examples;
  std::string data_description;  ///< form, template, count
  std::int64_t vocab = 0;
  std::shared_ptr<const EngineData> engine_data;
};

/// One token of an example's strip.
struct StripToken {
  std::int32_t id = -1;  ///< -1: not known (logits without targets)
  std::string bytes;     ///< what the token stands for; not necessarily valid UTF-8
};

/// Teacher and student logits of one example: `rows` scored positions. Immutable.
struct ScoredExample {
  std::uint64_t id = 0;  ///< unique in the process; part of every cache key
  std::int64_t index = 0;
  std::string category;
  std::vector<StripToken> prompt;       ///< before the first scored token
  std::vector<StripToken> response;     ///< (rows): the token that each position predicts
  std::vector<std::int64_t> targets;    ///< (rows), or empty where none are known
  std::vector<std::int64_t> positions;  ///< (rows): as in tokens.csv; empty: 0, 1, …
  std::size_t rows = 0, vocab = 0;
  std::uint64_t bytes = 0;  ///< held in memory
  /// Ascending temperatures that statistics() can answer for; empty: any, because the logits are there. An
  /// example of an earlier analysis that kept no logits knows only what its tables say: no detail() either.
  std::vector<double> taus;
  std::string logits_problem;  ///< why there are none, where the analysis had kept some
  bool has_logits() const { return taus.empty(); }
  virtual ~ScoredExample() = default;
};

/// What an analysis of a whole data set found, read back from its folder. Immutable.
struct DataSummary {
  std::uint64_t id = 0;  ///< unique in the process
  std::filesystem::path folder;
  Json manifest;
  AnalysisTables tables;
  std::vector<std::string> students;  ///< in the order of the workspace's where they have the same names
  std::vector<double> taus;           ///< ascending
  /// Mean over each example's positions, finite values only, NaN where there are none: (students, taus,
  /// columns of statistics_columns(), examples), row-major. Empty if tokens.csv was not written.
  std::vector<std::int64_t> examples;
  std::vector<double> example_means;
  double example_mean(std::size_t student, std::size_t tau, std::size_t column, std::size_t example) const;
};

/// The distribution and the gradients of one position at one τ, for the tokens worth showing.
struct PositionDetail {
  struct Entry {
    std::int32_t id = 0;
    std::string label;  ///< the token's text, printable
    std::int64_t teacher_rank = 0;
    double log_ratio = 0;  ///< log q − log p, finite also where a probability underflows
    double p = 0, q = 0, fkl_gradient = 0, rkl_gradient = 0;
    bool dominant = false, target = false;
  };
  /// Everything that is not among the entries.
  struct Rest {
    std::int64_t tokens = 0;
    double p = 0, q = 0;
    double fkl_up = 0, fkl_down = 0, rkl_up = 0, rkl_down = 0;  ///< sums of negative and of positive entries
  };
  std::vector<Entry> entries;  ///< by teacher rank; the target is always among them
  Rest rest;
  std::vector<double> bin_low, teacher_mass,
      student_mass;  ///< octave bins of token probability: mass of each
  std::vector<double> head_rank, fkl_head_share, rkl_head_share;  ///< cumulative share of |g| by teacher rank
};

struct EvaluationSpec;    // evaluation.h
struct EvaluationResult;  // evaluation.h

/// Which kernel answers: `fast` fills the one-pass columns in time for a moving slider, `exact` everything.
enum class Precision : std::uint8_t { fast, exact };

/// Throws Error::bad_input where `folder` does not hold an analysis' manifest.json.
void check_is_analysis(const std::filesystem::path& folder);

class Engine {
 public:
  virtual ~Engine() = default;

  /// Loads checkpoints and lists the data. A student that cannot be loaded is left out and told in the
  /// workspace, as long as another one can. Throws Error.
  virtual std::shared_ptr<const Workspace> open(const Sources& sources, ProgressSink& progress,
                                                std::stop_token stop) = 0;

  /// Runs the models over one example. Throws Error. Null if stopped.
  virtual std::shared_ptr<const ScoredExample> score(const Workspace& workspace, std::int64_t example,
                                                     ProgressSink& progress, std::stop_token stop) = 0;

  /// Statistics of rows [first, first + out.size() / taus): out is (rows, taus). False if stopped before the
  /// end.
  virtual bool statistics(const ScoredExample& example, std::size_t student, std::size_t first,
                          const StatisticsSpec& spec, Precision precision, std::span<RowStatistics> out,
                          std::stop_token stop) = 0;

  /// One position for the plots around it. `top` tokens by teacher rank. Only where the example has logits.
  virtual PositionDetail detail(const ScoredExample& example, std::size_t student, std::size_t row,
                                const StatisticsSpec& spec, std::size_t top) = 0;

  /// One position's loss and gradient of any objective: `gradient` is (vocab) or empty. NaN where the
  /// position has no target and the objective needs one. Only where the example has logits.
  virtual double objective(const ScoredExample& example, std::size_t student, std::size_t row,
                           const ObjectiveSpec& spec, std::span<float> gradient) = 0;

  /// A whole analysis into `folder`, as `tauscope analyze` does it; `command_line` repeats it.
  virtual void analyze(const Sources& sources, const StatisticsSpec& spec, std::int64_t limit,
                       const std::filesystem::path& folder, ProgressSink& progress, std::stop_token stop) = 0;

  /// The tables of the analysis in `folder`. Throws Error. Null if stopped.
  virtual std::shared_ptr<const DataSummary> read_analysis(const std::filesystem::path& folder,
                                                           ProgressSink& progress, std::stop_token stop) = 0;

  /// `tauscope eval` into `folder`; what is there of it already stays, so that an interrupted one goes on.
  /// `scored` is called when a model's answers to a set have been scored.
  virtual void evaluate(const EvaluationSpec& spec, const std::filesystem::path& folder,
                        const std::function<void()>& scored, ProgressSink& progress,
                        std::stop_token stop) = 0;

  /// What the evaluation in `folder` has so far, held against `baseline` ("": its first model). Throws Error.
  /// Null if stopped.
  virtual std::shared_ptr<const EvaluationResult> read_evaluation(const std::filesystem::path& folder,
                                                                  const std::string& baseline,
                                                                  std::stop_token stop) = 0;

  /// `tauscope distill`: the spec with "key=value" on top, into a new folder. Stopped, it ends with a
  /// checkpoint from which resume_run goes on.
  virtual void start_run(const std::filesystem::path& spec, const std::vector<std::string>& settings,
                         const std::filesystem::path& folder, ProgressSink& progress,
                         std::stop_token stop) = 0;
  virtual void resume_run(const std::filesystem::path& folder, ProgressSink& progress,
                          std::stop_token stop) = 0;
};

}  // namespace tauscope
