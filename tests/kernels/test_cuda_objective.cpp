// The CUDA kernels of the objectives beyond what every variant is tested for: how a row lies in memory, the
// order of threads, and what the entry point refuses.
#include <array>

#include "kernels/cuda/tauscope_cuda.h"
#include "kernels/cuda_objective.h"
#include "tests/kernels/cuda_shim/tauscope_cuda_shim.h"
#include "tests/kernels/one_row.h"
#include "tests/kernels/random_row.h"

namespace tauscope::test {
namespace {

/// Puts the shim's settings back.
struct Restore {
  cuda_shim::Settings saved = cuda_shim::settings();
  ~Restore() { cuda_shim::settings() = saved; }
};

ObjectiveSpec spec_of(const ObjectiveCase& c, double tau) {
  ObjectiveSpec spec;
  spec.objective = c.objective;
  spec.parameters = c.parameters;
  spec.tau = tau;
  return spec;
}

struct DeviceResult : ObjectiveResult {
  int rows_in_double = 0;
};

/// Straight to the entry point: fkl and rkl have kernels of their own behind objective_gradient.
DeviceResult on_device(const ObjectiveInput& input, const ObjectiveSpec& spec) {
  using R = ObjectiveResult;
  const std::size_t rows = input.student.rows, vocab = input.student.vocab;
  DeviceResult result{{std::vector<float>(R::band + rows * (vocab + R::band), R::guard),
                       std::vector<double>(rows, R::guard),
                       {},
                       rows,
                       vocab}};
  std::vector<std::int32_t> flags(rows);
  cuda_objective({input.teacher, input.student, input.targets.data(), input.mask.data()}, spec,
                 result.gradient.data() + R::band, vocab + R::band, result.loss.data(), flags.data());
  for (const std::int32_t f : flags) {
    result.report.scored += (f & TAUSCOPE_CUDA_SCORED) != 0 ? 1 : 0;
    result.report.invalid += (f & TAUSCOPE_CUDA_ROW_INVALID) != 0 ? 1 : 0;
    result.rows_in_double += (f & TAUSCOPE_CUDA_ROW_IN_DOUBLE) != 0 ? 1 : 0;
  }
  return result;
}

}  // namespace

TEST_CASE(
    "a CUDA objective does not depend on how much of a row is in shared memory, nor on threads' order") {
  const Restore restore;
  constexpr std::size_t rows = 3;
  // Rows of 101 tokens are computed in double.
  for (const std::size_t vocab : {101, 1501}) {
    const bool in_double = vocab == 101;
    const Pair pair = make_pair(Shape::far, rows, vocab, 6);
    const Logits teacher(pair.teacher, rows, vocab, DType::float16, 1),
        student(pair.student, rows, vocab, DType::float32, 2);
    const ObjectiveInput input{teacher.view(), student.view(), pair.targets, {}};
    for (const ObjectiveCase& c : objective_cases()) {
      INFO(case_name(c) << ", V " << vocab);
      ObjectiveSpec spec = spec_of(c, 1.5);
      spec.ce_weight = 0.25;
      cuda_shim::settings() = restore.saved;
      const DeviceResult first = on_device(input, spec);
      const ObjectiveResult expected = run_objective("reference", input, spec);
      CHECK(first.guards_are_intact());
      CHECK(first.report.scored == 3);
      CHECK((first.rows_in_double == 3 || !in_double));
      for (std::size_t r = 0; r < rows; ++r) {
        CHECK(loss_error(expected.loss[r], first.loss[r]) <= (in_double ? 1e-7 : 1e-5));
        CHECK(gradient_error(expected.row(r), first.row(r)) <= (in_double ? 1e-6 : 1e-5));
      }
      for (const cuda_shim::Order order : {cuda_shim::Order::descending, cuda_shim::Order::shuffled}) {
        cuda_shim::settings().order = order;
        const ObjectiveResult again = on_device(input, spec);
        CHECK(again.gradient == first.gradient);
        CHECK(again.loss == first.loss);
      }
      // Room for the scratch alone, for a part of a row, and for all of it.
      for (const std::size_t limit : {std::size_t{60} << 10, std::size_t{64} << 10, std::size_t{150} << 10}) {
        cuda_shim::settings().shared_limit = limit;
        const ObjectiveResult again = on_device(input, spec);
        CHECK(again.gradient == first.gradient);
        CHECK(again.loss == first.loss);
      }
    }
  }
}

TEST_CASE("ordinary rows are computed in float on a device, and what is odd about others in double") {
  constexpr std::size_t rows = 3, vocab = 2000;
  for (const Objective& objective : kernel_objectives()) {
    const ObjectiveCase c{&objective, default_parameters(objective)};
    int of_rows = 0, in_double = 0;
    for (const Shape shape :
         {Shape::close, Shape::nearly_equal, Shape::peaked, Shape::peaked_close, Shape::offset}) {
      const Pair pair = make_pair(shape, rows, vocab, 7);
      const LogitsView teacher{pair.teacher.data(), rows, vocab, vocab, DType::float32},
          student{pair.student.data(), rows, vocab, vocab, DType::float32};
      const ObjectiveInput input{teacher, student, pair.targets, {}};
      for (const double tau : {0.7, 2.0}) {
        const DeviceResult found = on_device(input, spec_of(c, tau));
        of_rows += int(found.report.scored);
        in_double += found.rows_in_double;
      }
    }
    INFO(case_name(c) << ": " << in_double << " of " << of_rows << " rows in double");
    CHECK(in_double * 10 <= of_rows);
  }
  // A student equal to its teacher, a token masked on one side only, and a mask that is a huge number.
  const Pair pair = make_pair(Shape::far, 1, vocab, 3);
  const auto in_double = [&](std::vector<float> t, std::vector<float> s, float at_t, float at_s) {
    t[5] = at_t;
    s[5] = at_s;
    const LogitsView teacher{t.data(), 1, vocab, vocab, DType::float32},
        student{s.data(), 1, vocab, vocab, DType::float32};
    return on_device({teacher, student, {}, {}}, {find_kernel_objective("jsd"), {}}).rows_in_double;
  };
  constexpr float masked = -std::numeric_limits<float>::infinity(), huge = -1e30F;
  CHECK(in_double(pair.teacher, pair.student, 0, 0) == 0);
  CHECK(in_double(pair.teacher, pair.student, masked, masked) == 0);
  CHECK(in_double(pair.teacher, pair.teacher, 0, 0) == 1);
  CHECK(in_double(pair.teacher, pair.student, masked, 0) == 1);
  CHECK(in_double(pair.teacher, pair.student, 0, masked) == 1);
  CHECK(in_double(pair.teacher, pair.student, huge, huge) == 1);
}

TEST_CASE("random rows that are computed in float on a device are precise") {
  std::mt19937 random(17);
  const std::vector<ObjectiveCase> cases = objective_cases();
  int in_float = 0, long_rows = 0;
  constexpr int turns = 400;
  for (int turn = 0; turn < turns; ++turn) {
    const RandomRow row(random, turn);
    const ObjectiveCase& c = cases[std::size_t(turn) % cases.size()];
    const LogitsView teacher{row.pair.teacher.data(), 1, row.vocab, row.vocab, DType::float32},
        student{row.pair.student.data(), 1, row.vocab, row.vocab, DType::float32};
    const ObjectiveInput input{teacher, student, row.pair.targets, {}};
    ObjectiveSpec spec = spec_of(c, row.tau);
    if (turn % 5 == 0) spec.ce_weight = 0.5;
    const DeviceResult found = on_device(input, spec);
    const ObjectiveResult expected = run_objective("reference", input, spec);
    in_float += found.rows_in_double == 0 ? 1 : 0;
    long_rows += row.vocab >= 128 ? 1 : 0;
    INFO(case_name(c) << ", " << row.text() << ", loss " << expected.loss[0] << " found " << found.loss[0]);
    CHECK(loss_error(expected.loss[0], found.loss[0]) <= relative_bound(row.tau));
    CHECK(gradient_error(expected.row(0), found.row(0)) <= relative_bound(row.tau));
  }
  CHECK(in_float > long_rows / 2);
}

TEST_CASE("a CUDA objective's results may each be left out") {
  constexpr std::size_t rows = 2, vocab = 40;
  const Pair pair = make_pair(Shape::close, rows, vocab, 4);
  const LogitsView teacher{pair.teacher.data(), rows, vocab, vocab, DType::float32},
      student{pair.student.data(), rows, vocab, vocab, DType::float32};
  for (const Objective& objective : kernel_objectives()) {
    INFO(objective.text.name);
    const ObjectiveSpec spec{&objective, {}};
    const ObjectiveResult all = on_device({teacher, student, pair.targets, {}}, spec);
    std::vector<double> loss(rows);
    std::vector<float> gradient(rows * vocab);
    const DeviceObjectiveInput input{teacher, student, pair.targets.data(), nullptr};
    cuda_objective(input, spec, nullptr, 0, loss.data(), nullptr);
    CHECK(loss == all.loss);
    cuda_objective(input, spec, gradient.data(), vocab, nullptr, nullptr);
    for (std::size_t r = 0; r < rows; ++r)
      CHECK(std::equal(all.row(r).begin(), all.row(r).end(), gradient.begin() + std::ptrdiff_t(r * vocab)));
  }
}

TEST_CASE("the adaptive weight of the CUDA kernel takes the reference's head on flat rows and at any mass") {
  const Objective* akl = find_kernel_objective("akl");
  for (const Shape shape : {Shape::flat, Shape::bimodal, Shape::peaked, Shape::far}) {
    for (const std::size_t vocab : {2, 10, 300}) {
      Pair pair = make_pair(shape, 2, vocab, unsigned(vocab));
      if (shape == Shape::flat) std::fill(pair.teacher.begin(), pair.teacher.end(), 0.25F);
      const LogitsView teacher{pair.teacher.data(), 2, vocab, vocab, DType::float32},
          student{pair.student.data(), 2, vocab, vocab, DType::float32};
      for (const double mass : {1e-6, 0.1, 0.5, 0.9, 0.999999, 1.0}) {
        for (const double crossing : {0.0, 1.0}) {
          const ObjectiveSpec spec{akl, {mass, crossing}};
          const ObjectiveInput input{teacher, student, {}, {}};
          const ObjectiveResult expected = run_objective("reference", input, spec),
                                found = on_device(input, spec);
          INFO(shape_name(shape) << ", V " << vocab << ", mass " << mass << ", crossing " << crossing);
          for (std::size_t r = 0; r < 2; ++r) {
            CHECK(loss_error(expected.loss[r], found.loss[r]) <= 1e-7);
            CHECK(gradient_error(expected.row(r), found.row(r)) <= 1e-6);
          }
        }
      }
    }
  }
}

TEST_CASE(
    "a target beyond the vocabulary makes its row invalid: the host cannot look at those on the device") {
  const OneRow row{std::vector<float>(5, 0.5F), std::vector<float>(5, 1.5F), {5}};
  const LogitsView view{row.teacher.data(), 1, 5, 5, DType::float32};
  for (const char* name : {"ce", "dkd", "jsd"}) {
    const ObjectiveResult found = on_device({view, view, row.target, {}}, {find_kernel_objective(name), {}});
    CHECK(std::isnan(found.loss[0]));
    CHECK(found.report.invalid == 1);
    CHECK(std::isnan(found.row(0)[4]));
    CHECK(found.guards_are_intact());
  }
}

TEST_CASE("the entry point of the CUDA objectives refuses what is out of range, and says why") {
  std::array<float, 8> logits{};
  const tauscope_cuda_logits good{logits.data(), 2, 4, 4, TAUSCOPE_CUDA_FLOAT32};
  const std::array<std::int64_t, 2> targets{0, 1};
  tauscope_cuda_objective_options options{};
  options.objective = "jsd";
  options.tau = 1;
  options.weight = 1;
  options.targets = targets.data();
  const auto call = [&](const tauscope_cuda_objective_options& o, std::int64_t stride = 4) {
    return tauscope_cuda_objective(&good, &good, &o, logits.data(), stride, nullptr, nullptr, nullptr);
  };
  const auto with = [&](auto member, auto value) {
    tauscope_cuda_objective_options changed = options;
    changed.*member = value;
    return changed;
  };
  using O = tauscope_cuda_objective_options;
  CHECK(call(options) == TAUSCOPE_CUDA_OK);
  CHECK(call(with(&O::objective, "JSD")) == TAUSCOPE_CUDA_INVALID);
  CHECK(std::string(tauscope_cuda_message()) == "unknown objective JSD");
  CHECK(call(with(&O::objective, nullptr)) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(with(&O::tau, 0.0)) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(with(&O::tau_scaling, 2)) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(with(&O::weight, 0.0)) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(with(&O::ce_weight, -1.0)) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(options, 3) == TAUSCOPE_CUDA_INVALID);
  tauscope_cuda_objective_options changed = with(&O::parameter_count, 2);
  const std::array<double, 2> parameters{1.0, 0.5};
  changed.parameters = parameters.data();
  CHECK(call(changed) == TAUSCOPE_CUDA_INVALID);
  CHECK(std::string(tauscope_cuda_message()) == "jsd takes 1 parameters, not 2");
  changed.parameter_count = 1;
  CHECK(call(changed) == TAUSCOPE_CUDA_INVALID);
  CHECK(std::string(tauscope_cuda_message()).find("jsd: beta = 1.0") == 0);
  changed = with(&O::targets, nullptr);
  CHECK(call(changed) == TAUSCOPE_CUDA_OK);
  changed.ce_weight = 0.5;
  CHECK(call(changed) == TAUSCOPE_CUDA_INVALID);
  changed.ce_weight = 0;
  changed.objective = "dkd";
  CHECK(call(changed) == TAUSCOPE_CUDA_INVALID);
  CHECK(std::string(tauscope_cuda_message()) == "dkd needs a target for every row");
  CHECK(tauscope_cuda_objective(nullptr, &good, &options, nullptr, 0, nullptr, nullptr, nullptr) ==
        TAUSCOPE_CUDA_INVALID);
  options.objective = "ce";  // reads no teacher
  CHECK(tauscope_cuda_objective(nullptr, &good, &options, nullptr, 0, nullptr, nullptr, nullptr) ==
        TAUSCOPE_CUDA_OK);
}

}  // namespace tauscope::test
