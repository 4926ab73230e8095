// An engine without models: made-up logits, real kernels, and switches for delays and failures.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "app/session/kernel_engine.h"
#include "core/base/error.h"
#include "tests/app/session/fake_evaluation.h"
#include "tests/app/session/fake_run.h"

namespace tauscope::test {

class FakeEngine final : public KernelEngine {
 public:
  std::int64_t examples = 5;
  std::size_t rows = 12, vocab = 300, students = 2;
  std::vector<double>
      taus;  ///< not empty: examples know these temperatures only, as those of a run without logits
  std::set<std::string> broken;            ///< names of students that cannot be loaded
  int analysis_steps = 100;                ///< of a millisecond
  bool example_means = true;               ///< false: an analysis that wrote no tokens.csv
  std::atomic<int> delay_milliseconds{0};  ///< of every example and every block of statistics
  std::atomic<bool> fail_open{false}, fail_score{false}, fail_statistics{false}, fail_read{false},
      fail_evaluation{false}, fail_run{false};
  std::atomic<int> step_milliseconds{0};  ///< of a run
  std::vector<std::string> started_with;  ///< settings of the latest run
  std::atomic<int> opened{0}, scored{0}, blocks{0}, read{0}, evaluated{0}, evaluations_read{0};

  std::shared_ptr<const Workspace> open(const Sources& sources, ProgressSink& progress,
                                        std::stop_token stop) override {
    ++opened;
    pause(stop);
    if (fail_open) throw Error::bad_input(sources.teacher.string(), "the folder cannot be loaded");
    auto workspace = std::make_shared<Workspace>();
    workspace->id = ++next_id_;
    workspace->sources = sources;
    workspace->teacher = {"teacher", sources.teacher.string(), "fake", "float32", 100};
    const std::size_t count = sources.students.empty() ? students : sources.students.size();
    workspace->sources.students.clear();
    for (std::size_t i = 0; i < count; ++i) {
      if (i < sources.students.size()) {
        const NamedPath& student = sources.students[i];
        if (broken.contains(student.name)) {
          workspace->failed_students.push_back({student.name, student.path, "its weights are truncated"});
          continue;
        }
        workspace->sources.students.push_back(student);
      }
      workspace->students.push_back({fmt::format("student-{}", i), "", "fake", "float32", 10});
    }
    for (std::int64_t i = 0; i < examples; ++i) {
      workspace->examples.push_back({i, fmt::format("example {}", i), i % 2 == 0 ? "even" : "odd"});
    }
    workspace->data_description = "made up";
    workspace->vocab = static_cast<std::int64_t>(vocab);
    progress.note("opened");
    return workspace;
  }

  std::shared_ptr<const ScoredExample> score(const Workspace& workspace, std::int64_t index, ProgressSink&,
                                             std::stop_token stop) override {
    ++scored;
    pause(stop);
    if (fail_score) throw Error::failed("", "the model ran into something");
    auto buffer = std::make_shared<std::vector<float>>(rows * vocab * (workspace.students.size() + 1));
    std::mt19937 random(static_cast<unsigned>(index));
    std::normal_distribution<float> normal(0, 3);
    for (float& logit : *buffer)
      logit = normal(random);
    auto example = std::make_shared<HostExample>();
    example->id = ++next_id_;
    example->index = index;
    example->rows = rows;
    example->vocab = vocab;
    example->taus = taus;
    example->bytes = buffer->size() * sizeof(float);
    const auto view = [&](std::size_t model) {
      return LogitsView{buffer->data() + model * rows * vocab, rows, vocab, vocab, DType::float32};
    };
    example->teacher = view(0);
    for (std::size_t i = 0; i < workspace.students.size(); ++i)
      example->students.push_back(view(i + 1));
    for (std::size_t r = 0; r < rows; ++r) {
      example->targets.push_back(static_cast<std::int64_t>(random() % vocab));
      example->response.push_back(
          {static_cast<std::int32_t>(example->targets.back()), fmt::format(" word{}", r)});
    }
    example->prompt = {{1, "<s>"}, {2, "Say"}, {3, " something"}};
    example->token = [](std::int64_t id) { return fmt::format("tok{}", id); };
    example->keep_alive = buffer;
    return example;
  }

  bool statistics(const ScoredExample& example, std::size_t student, std::size_t first,
                  const StatisticsSpec& spec, Precision precision, std::span<RowStatistics> out,
                  std::stop_token stop) override {
    ++blocks;
    pause(stop);
    if (fail_statistics) throw Error::failed("", "the kernel ran into something");
    for (const double tau : spec.taus) {
      const auto& known = example.taus;
      if (!known.empty() && std::find(known.begin(), known.end(), tau) == known.end())
        throw Error::failed("", fmt::format("nobody knows tau = {}", tau));
    }
    return KernelEngine::statistics(example, student, first, spec, precision, out, stop);
  }

  PositionDetail detail(const ScoredExample& example, std::size_t student, std::size_t row,
                        const StatisticsSpec& spec, std::size_t top) override {
    if (!example.has_logits()) throw Error::failed("", "there are no logits");
    return KernelEngine::detail(example, student, row, spec, top);
  }

  void analyze(const Sources&, const StatisticsSpec&, std::int64_t, const std::filesystem::path&,
               ProgressSink& progress, std::stop_token stop) override {
    for (int i = 0; i < analysis_steps && !stop.stop_requested(); ++i) {
      progress.progress("examples", i, analysis_steps);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  /// A small data set's worth of made-up figures, whatever the folder.
  std::shared_ptr<const DataSummary> read_analysis(const std::filesystem::path& folder, ProgressSink&,
                                                   std::stop_token stop) override {
    ++read;
    pause(stop);
    if (fail_read) throw Error::bad_input(folder.string(), "the folder holds no analysis");
    auto summary = std::make_shared<DataSummary>();
    summary->id = ++next_id_;
    summary->folder = folder;
    summary->students = {"student-0", "student-1"};
    summary->taus = {0.5, 1, 2, 4, 8};
    for (std::int64_t i = 0; i < examples; ++i)
      summary->examples.push_back(i);
    const auto columns = statistics_columns();
    for (std::size_t s = 0; s < summary->students.size(); ++s) {
      for (const double tau : summary->taus) {
        for (std::size_t c = 0; c < columns.size(); ++c) {
          const double middle = static_cast<double>(c + 1) / tau + static_cast<double>(s);
          summary->tables.summary.push_back({summary->students[s], tau, "all", "", columns[c].name, middle,
                                             middle, middle * 0.5, middle * 0.8, middle * 1.2, middle * 2,
                                             100, 0});
          for (std::int64_t i = 0; i < examples && example_means; ++i)
            summary->example_means.push_back(middle + 0.1 * static_cast<double>(i));
        }
      }
    }
    return summary;
  }

  void evaluate(const EvaluationSpec& spec, const std::filesystem::path& folder,
                const std::function<void()>& scored, ProgressSink& progress, std::stop_token stop) override {
    ++evaluated;
    {
      const std::lock_guard lock(mutex_);
      evaluations_[folder.string()].first = spec;
    }
    const std::size_t cells = spec.models.size() * spec.sets.size();
    for (std::size_t cell = 0; cell < cells; ++cell) {
      for (int i = 0; i < analysis_steps && !stop.stop_requested(); ++i) {
        progress.progress("answers", i, analysis_steps);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      if (fail_evaluation) throw Error::failed(folder.string(), "the model ran into something");
      if (stop.stop_requested()) return;
      {
        const std::lock_guard lock(mutex_);
        std::size_t& done = evaluations_[folder.string()].second;
        done = std::max(done, cell + 1);
      }
      scored();
    }
  }

  /// Made-up answers and scores of the cells that are done; of a folder that nobody evaluated, of everything.
  std::shared_ptr<const EvaluationResult> read_evaluation(const std::filesystem::path& folder,
                                                          const std::string& baseline,
                                                          std::stop_token stop) override {
    ++evaluations_read;
    pause(stop);
    if (fail_read) throw Error::bad_input(folder.string(), "this is not the folder of an evaluation");
    EvaluationSpec spec;
    std::size_t done = 0;
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = evaluations_.find(folder.string()); known != evaluations_.end()) {
        std::tie(spec, done) = known->second;
      } else {
        spec = some_evaluation();
        done = spec.models.size() * spec.sets.size();
      }
    }
    return made_up_evaluation(spec, done, folder, baseline, ++next_id_);
  }

  /// The spec is not read: the run's name is that of its folder.
  void start_run(const std::filesystem::path&, const std::vector<std::string>& settings,
                 const std::filesystem::path& folder, ProgressSink&, std::stop_token stop) override {
    if (fail_run) throw Error::bad_input("spec.toml", "the spec cannot be used");
    started_with = settings;
    const RunSpec spec = some_run(folder.filename().string());
    const auto run = RunDir::create(folder, spec, Json::object());
    go_through(*run, 1, spec.schedule.steps, step_milliseconds, stop);
  }
  void resume_run(const std::filesystem::path& folder, ProgressSink& progress,
                  std::stop_token stop) override {
    const auto run = RunDir::resume(folder, progress);
    const std::int64_t done = run->last_checkpoint() ? run->last_checkpoint()->step : 0;
    go_through(*run, done + 1, run->spec().schedule.steps, step_milliseconds, stop);
  }

 private:
  void pause(const std::stop_token& stop) const {
    for (int i = 0; i < delay_milliseconds && !stop.stop_requested(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::atomic<std::uint64_t> next_id_{0};
  std::mutex mutex_;  ///< of the next one
  std::map<std::string, std::pair<EvaluationSpec, std::size_t>>
      evaluations_;  ///< by folder: cells that are done
};

/// Sources that are complete.
inline Sources some_sources() {
  Sources sources;
  sources.teacher = "/models/teacher";
  sources.students = {{"a", "/models/a"}, {"b", "/models/b"}};
  sources.data = "/data/test.jsonl";
  return sources;
}

}  // namespace tauscope::test
