#include "app/bench/kernels_bench_cases.h"

#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "app/bench/torch_baselines.h"
#include "app/bench/torch_objectives.h"
#include "core/base/error.h"
#include "kernels/objective.h"
#include "kernels/prepared_row.h"
#include "kernels/threads.h"

namespace tauscope::bench {
namespace {

/// Reads both arrays once: what memory alone costs.
void read_both(const BenchPair& pair, int threads) {
  static std::atomic<std::uint32_t> sink{0};
  parallel_for(pair.rows, threads, {}, [&](std::size_t row, int) {
    std::uint32_t lanes[16] = {};
    for (const float* side : {pair.teacher.data(), pair.student.data()}) {
      const auto* words = reinterpret_cast<const std::uint32_t*>(side + row * pair.vocab);
      std::size_t j = 0;
      for (; j + 16 <= pair.vocab; j += 16) {
        for (std::size_t k = 0; k < 16; ++k)
          lanes[k] ^= words[j + k];
      }
      for (; j < pair.vocab; ++j)
        lanes[0] ^= words[j];
    }
    for (const std::uint32_t lane : lanes)
      sink ^= lane;
  });
}

/// Copies one array, each thread its share in one piece, which memcpy writes past the cache: what memory
/// alone costs where as much is written as is read.
void copy_one(const BenchPair& pair, std::vector<float>& to, int threads) {
  const auto shares = static_cast<std::size_t>(threads);
  parallel_for(shares, threads, {}, [&](std::size_t share, int) {
    const std::size_t size = pair.student.size(), begin = size * share / shares,
                      end = size * (share + 1) / shares;
    std::memcpy(to.data() + begin, pair.student.data() + begin, (end - begin) * sizeof(float));
  });
}

class CaseList {
 public:
  CaseList(const BenchPair& pair, const KernelBenchOptions& options, int threads)
      : pair_(pair), options_(options), threads_(threads) {}

  std::vector<BenchCase> take() {
    add("read both arrays", "floor", {}, [pair = &pair_, threads = threads_] { read_both(*pair, threads); });
    if (options_.statistics) {
      if (options_.baselines) add_torch();
      add_kernels();
    }
    if (options_.temperatures) add_temperatures();
    if (options_.objectives) add_objectives();
    return std::move(cases_);
  }

 private:
  void add(const std::string& name, const std::string& side, std::vector<double> taus,
           std::function<void()> run, std::size_t bytes = 8, std::size_t rows = 0) {
    cases_.push_back({name, side, std::move(taus), rows == 0 ? pair_.rows : rows, bytes, std::move(run)});
  }

  void add_torch() {
    const auto torch =
        std::make_shared<TorchBaselines>(pair_.teacher.data(), pair_.student.data(), pair_.targets.data(),
                                         std::int64_t(pair_.rows), std::int64_t(pair_.vocab), threads_);
    const double tau = options_.tau;
    add("torch fkl", "torch", {tau}, [=] { torch->fkl(tau); });
    add("torch one-pass set", "torch", {tau}, [=] { torch->one_pass(std::vector{tau}); });
    add("torch one-pass set, ladder", "torch", options_.ladder,
        [=, taus = options_.ladder] { torch->one_pass(taus); });
    add("torch all columns", "torch", {tau}, [=] { torch->all_columns(tau); });
    add(
        "torch fkl forward + backward", "torch", {tau}, [=] { torch->fkl_gradient(tau); }, 12);
    add(
        "torch rkl forward + backward", "torch", {tau}, [=] { torch->rkl_gradient(tau); }, 12);
  }

  void add_statistics(const std::string& name, const std::string& variant, StatisticsSet set,
                      std::vector<double> taus, bool one_row = false) {
    const auto out = std::make_shared<std::vector<RowStatistics>>((one_row ? 1 : pair_.rows) * taus.size());
    StatisticsSpec spec;
    spec.taus = taus;
    spec.set = set;
    const StatisticsInput input = one_row ? pair_.one_row() : pair_.input();
    const KernelVariant* kernel = find_kernel_variant(variant);
    add(
        name, "tauscope", std::move(taus),
        [=, threads = threads_] {
          kernel->statistics(input, spec, *out, {threads, {}});
        },
        8, one_row ? 1 : 0);
  }

  /// One column of the exact kernel at a temperature other than 1, as a window asks for it: the first time,
  /// and again with what the first call left about the rows.
  void add_column(const std::string& column) {
    const auto out = std::make_shared<std::vector<RowStatistics>>(pair_.rows);
    StatisticsSpec spec;
    spec.taus = {options_.arbitrary.front()};
    spec.columns = column_set(column);
    const KernelVariant* kernel = find_kernel_variant("cpu-exact");
    const StatisticsInput input = pair_.input();
    add("cpu-exact " + column, "tauscope", spec.taus, [=, threads = threads_] {
      kernel->statistics(input, spec, *out, {threads, {}});
    });
    const auto prepared = std::make_shared<std::vector<PreparedRow>>(pair_.rows);
    add("cpu-exact " + column + ", prepared", "tauscope", spec.taus, [=, threads = threads_] {
      KernelOptions options;
      options.threads = threads;
      options.prepared = prepared->data();
      kernel->statistics(input, spec, *out, options);
    });
  }

  void add_gradient(const std::string& name, KlDirection direction) {
    const auto out = std::make_shared<std::vector<float>>(pair_.rows * pair_.vocab);
    const auto loss = std::make_shared<std::vector<double>>(pair_.rows);  // torch computes it too
    const GradientSpec spec{direction, options_.tau, TauScaling::squared};
    const KernelVariant* kernel = find_kernel_variant("cpu-fast");
    add(
        name, "tauscope", {options_.tau},
        [=, pair = &pair_, threads = threads_] {
          const StatisticsInput input = pair->input();
          kl_gradient(*kernel, input.teacher, input.student, spec, *out, pair->vocab, *loss, {threads, {}});
        },
        12);
  }

  void add_kernels() {
    const std::vector<double> one = {options_.tau};
    add_statistics("cpu-fast one-pass set", "cpu-fast", StatisticsSet::one_pass, one);
    add_statistics("cpu-fast one-pass set, ladder", "cpu-fast", StatisticsSet::one_pass, options_.ladder);
    add_statistics("cpu-fast one-pass set, arbitrary", "cpu-fast", StatisticsSet::one_pass,
                   options_.arbitrary);
    add_statistics("cpu-exact all columns", "cpu-exact", StatisticsSet::all, one);
    add_statistics("cpu-exact all columns, ladder", "cpu-exact", StatisticsSet::all, options_.ladder);
    for (const char* column : {"entropy_teacher", "fkl", "jsd", "fkl_grad_l1", "fkl_nd_share_l1",
                               "fkl_effective_tokens", "tckd", "fkl_grad_cos_tau1"})
      add_column(column);
    add_gradient("fkl gradient", KlDirection::forward);
    add_gradient("rkl gradient", KlDirection::reverse);
    add_statistics("one row, cpu-fast one-pass set", "cpu-fast", StatisticsSet::one_pass, one, true);
    add_statistics("one row, cpu-exact all columns", "cpu-exact", StatisticsSet::all, one, true);
  }

  /// Statistics over sets of temperatures that no ladder joins.
  void add_temperatures() {
    std::shared_ptr<TorchBaselines> torch;
    if (options_.baselines) {
      torch =
          std::make_shared<TorchBaselines>(pair_.teacher.data(), pair_.student.data(), pair_.targets.data(),
                                           std::int64_t(pair_.rows), std::int64_t(pair_.vocab), threads_);
    }
    for (const int count : options_.counts) {
      const std::vector<double> taus = spread_temperatures(count);
      const std::string label = fmt::format(", K = {}", count);
      if (torch) add("torch one-pass set" + label, "torch", taus, [=] { torch->one_pass(taus); });
      add_statistics("cpu-fast one-pass set" + label, "cpu-fast", StatisticsSet::one_pass, taus);
      add_statistics("cpu-exact all columns" + label, "cpu-exact", StatisticsSet::all, taus);
    }
  }

  /// Value and gradient of every objective at its defaults.
  void add_objectives() {
    std::shared_ptr<TorchObjectives> torch;
    if (options_.baselines) {
      torch =
          std::make_shared<TorchObjectives>(pair_.teacher.data(), pair_.student.data(), pair_.targets.data(),
                                            std::int64_t(pair_.rows), std::int64_t(pair_.vocab), threads_);
      check_baselines();
    }
    const auto out = std::make_shared<std::vector<float>>(pair_.rows * pair_.vocab);
    const auto loss = std::make_shared<std::vector<double>>(pair_.rows);
    add("copy one array", "floor", {},
        [=, pair = &pair_, threads = threads_] { copy_one(*pair, *out, threads); });
    for (const Objective& objective : kernel_objectives()) {
      const std::string name = objective.text.name;
      const std::vector<double> parameters = default_parameters(objective);
      const double tau = options_.tau;
      if (torch)
        add(
            torch_objective(name), "torch", {tau}, [=] { torch->run(name, parameters, tau); },
            objective.needs.teacher ? 12 : 8);
      add(
          "objective " + name, "tauscope", {tau},
          [=, this_objective = &objective, pair = &pair_, threads = threads_] {
            run_objective(*this_objective, *pair, pair->rows, tau, threads, *out, *loss);
          },
          objective.needs.teacher ? 12 : 8);
    }
  }

  static double run_objective(const Objective& objective, const BenchPair& pair, std::size_t rows, double tau,
                              int threads, std::vector<float>& out, std::vector<double>& loss) {
    const StatisticsInput input = pair.input();
    ObjectiveSpec spec;
    spec.objective = &objective;
    spec.tau = tau;
    objective_gradient(
        *find_kernel_variant("cpu-exact"),
        {input.teacher.slice(0, rows), input.student.slice(0, rows), input.targets.first(rows), {}}, spec,
        out, pair.vocab, std::span(loss).first(rows), {threads, {}});
    return std::accumulate(loss.begin(), loss.begin() + std::ptrdiff_t(rows), 0.0);
  }

  /// Both sides have to compute the same: a few rows of each objective.
  void check_baselines() const {
    const std::size_t rows = std::min<std::size_t>(2, pair_.rows);
    const TorchObjectives torch(pair_.teacher.data(), pair_.student.data(), pair_.targets.data(),
                                std::int64_t(rows), std::int64_t(pair_.vocab), threads_);
    std::vector<float> out(rows * pair_.vocab);
    std::vector<double> loss(rows);
    for (const Objective& objective : kernel_objectives()) {
      const double theirs = torch.run(objective.text.name, default_parameters(objective), options_.tau);
      const double ours = run_objective(objective, pair_, rows, options_.tau, threads_, out, loss);
      if (!(std::abs(ours - theirs) <= 1e-3 * std::abs(ours))) {
        throw Error::failed("", fmt::format("{} is {} here and {} in LibTorch, on the same rows",
                                            objective.text.name, ours, theirs));
      }
    }
  }

  const BenchPair& pair_;
  const KernelBenchOptions& options_;
  const int threads_;
  std::vector<BenchCase> cases_;
};

}  // namespace

BenchPair::BenchPair(std::int64_t rows_wanted, std::int64_t vocab_wanted, std::uint64_t seed)
    : rows(static_cast<std::size_t>(rows_wanted)),
      vocab(static_cast<std::size_t>(vocab_wanted)),
      teacher(rows * vocab),
      student(rows * vocab),
      targets(rows) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> pool(std::size_t{1}
                          << 20);  // drawn from by index: a draw a logit would take longer than the benchmark
  for (float& x : pool)
    x = normal(random);
  const auto draw = [&] { return pool[random() & (pool.size() - 1)]; };
  for (std::size_t i = 0; i < teacher.size(); ++i) {
    teacher[i] = 2.5f * draw();
    student[i] = teacher[i] + draw();
  }
  for (std::size_t r = 0; r < rows; ++r) {
    for (int k = 0; k < 4; ++k) {  // the few tokens that are likely here
      const std::size_t j = r * vocab + random() % vocab;
      const float height = 8.0f + 2.0f * draw();
      teacher[j] += height;
      student[j] += height + 0.5f * draw();
    }
    targets[r] = static_cast<std::int64_t>(random() % vocab);
  }
}

StatisticsInput BenchPair::input() const {
  return {{teacher.data(), rows, vocab, vocab, DType::float32},
          {student.data(), rows, vocab, vocab, DType::float32},
          targets};
}

StatisticsInput BenchPair::one_row() const {
  const StatisticsInput all = input();
  return {all.teacher.slice(0, 1), all.student.slice(0, 1), all.targets.first(1)};
}

std::string torch_objective(const std::string& name) {
  return "torch " + name + " objective";
}

std::vector<double> spread_temperatures(int count) {
  if (count == 1) return {1.0};
  std::vector<double> taus;
  for (int i = 0; i < count; ++i)
    taus.push_back(0.5 * std::exp2(4.0 * i / (count - 1)));
  return taus;
}

std::vector<BenchCase> bench_cases(const BenchPair& pair, const KernelBenchOptions& options, int threads) {
  return CaseList(pair, options, threads).take();
}

}  // namespace tauscope::bench
