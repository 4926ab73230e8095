#include "kernels/gradient.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

#include "kernels/cuda_variants.h"
#include "kernels/gradient_rows.h"
#include "kernels/load_row.h"
#include "kernels/threads.h"
#include "kernels/validate.h"

namespace tauscope {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t streaming_bytes = std::size_t{8}
                                        << 20;  // larger results would only push the logits out of the cache

void validate(const LogitsView& teacher, const LogitsView& student, const GradientSpec& spec,
              std::span<float> gradient, std::size_t stride, std::span<double> loss) {
  validate_pair(teacher, student);
  validate_tau(spec.tau);
  if (stride < teacher.vocab) {
    throw std::invalid_argument("gradient stride " + std::to_string(stride) +
                                " is less than the vocabulary, " + std::to_string(teacher.vocab));
  }
  const std::size_t needed = teacher.rows == 0 ? 0 : (teacher.rows - 1) * stride + teacher.vocab;
  if (gradient.size() < needed) {
    throw std::invalid_argument("gradient holds " + std::to_string(gradient.size()) +
                                " entries; the shape needs " + std::to_string(needed));
  }
  if (!loss.empty() && loss.size() != teacher.rows) {
    throw std::invalid_argument("loss holds " + std::to_string(loss.size()) + " entries for " +
                                std::to_string(teacher.rows) + " rows");
  }
}

/// Exponentials are kept up to this size, which second-level caches have room for beside a row's logits.
constexpr std::size_t kept_bytes = std::size_t{512} << 10;

/// Memory of one thread: O(vocabulary).
struct Scratch {
  explicit Scratch(std::size_t vocab) : workspace(vocab, 0), block(1) {
    const std::size_t blocks = (vocab + fast::block_size - 1) / fast::block_size;
    const std::size_t blocks_to_keep =
        (2 * blocks * fast::block_size * sizeof(float) + sizeof(gradient::Block) - 1) /
        sizeof(gradient::Block);
    if (blocks_to_keep * sizeof(gradient::Block) <= kept_bytes) kept.resize(blocks_to_keep);
  }
  float* kept_floats() { return kept.empty() ? nullptr : kept.front().teacher; }
  fast::Workspace workspace;
  std::vector<gradient::Block> block;
  std::vector<gradient::Block> kept;    // for its alignment
  std::vector<float> teacher, student;  // only for rows that take the reference's way
  std::vector<double> row;
};

class GradientRun {
 public:
  GradientRun(const LogitsView& teacher, const LogitsView& student, const GradientSpec& spec, bool reference,
              bool streaming)
      : teacher_(teacher), student_(student), spec_(spec), reference_(reference), streaming_(streaming) {}

  /// Returns the plain divergence (where it is wanted).
  double row(std::size_t r, Scratch& scratch, bool wants_loss, float* out) const {
    fast::Row scanned;
    if (!reference_ && scan(r, scratch, scanned)) {
      const fast::FlushSubnormals flush;
      const gradient::Job work = job(scanned, wants_loss, scratch.kept_floats());
      double divergence = none;
      if (gradient::plain_row_gradient(work, scratch.block.front(), out, divergence)) return divergence;
      return gradient::row_gradient(work, scratch.block.front(), out);
    }
    return in_long_double(r, scratch, out);
  }

 private:
  bool scan(std::size_t r, Scratch& scratch, fast::Row& row) const {
    row.teacher.data = teacher_.row(r);
    row.teacher.dtype = teacher_.dtype;
    row.student.data = student_.row(r);
    row.student.dtype = student_.dtype;
    row.vocab = teacher_.vocab;
    return fast::scan_row(row, scratch.workspace);
  }

  gradient::Job job(const fast::Row& row, bool wants_loss, float* kept) const {
    gradient::Job job;
    job.row = row;
    for (const fast::OutlierToken& token : row.outlier_span()) {
      if (token.index != row.student.argmax) continue;
      job.base_teacher = token.teacher + row.teacher.rest_maximum;
      job.base_student = token.student + row.student.rest_maximum;
    }
    job.direction = spec_.direction;
    job.tau = spec_.tau;
    job.factor = gradient_factor(spec_.tau_scaling, spec_.tau);
    job.wants_loss = wants_loss;
    job.streaming = streaming_;
    job.kept = kept;
    return job;
  }

  double in_long_double(std::size_t r, Scratch& scratch, float* out) const {
    const std::size_t V = teacher_.vocab;
    scratch.teacher.resize(V);
    scratch.student.resize(V);
    scratch.row.resize(V);
    load_row(teacher_, r, scratch.teacher);
    load_row(student_, r, scratch.student);
    double loss = none;
    if (valid(scratch.teacher) && valid(scratch.student)) {
      loss = gradient::reference_row_gradient(scratch.teacher, scratch.student, spec_, scratch.row);
    } else {
      std::fill(scratch.row.begin(), scratch.row.end(), none);
    }
    std::transform(scratch.row.begin(), scratch.row.end(), out, [](double g) { return float(g); });
    return loss;
  }

  static bool valid(std::span<const float> z) {
    const auto bad = [](float x) { return std::isnan(x) || x == std::numeric_limits<float>::infinity(); };
    const auto finite = [](float x) { return std::isfinite(x); };
    return std::none_of(z.begin(), z.end(), bad) && std::any_of(z.begin(), z.end(), finite);
  }

  const LogitsView &teacher_, &student_;
  const GradientSpec& spec_;
  const bool reference_, streaming_;
};

}  // namespace

KernelReport kl_gradient(const KernelVariant& variant, const LogitsView& teacher, const LogitsView& student,
                         const GradientSpec& spec, std::span<float> gradient, std::size_t gradient_stride,
                         std::span<double> loss, const KernelOptions& options) {
  validate(teacher, student, spec, gradient, gradient_stride, loss);
  if (variant.device() == "cuda") {
    return cuda_gradient_of_host(variant.name(), teacher, student, spec, gradient, gradient_stride, loss,
                                 options);
  }
  const std::size_t rows = teacher.rows;
  const int threads = resolve_threads(options.threads, rows);
  const bool reference = variant.name() == "reference";
  const bool streaming = rows * teacher.vocab * sizeof(float) > streaming_bytes;
  const double scale = spec.tau_scaling == TauScaling::squared ? spec.tau * spec.tau : 1.0;
  const GradientRun run(teacher, student, spec, reference, streaming);
  std::vector<std::unique_ptr<Scratch>> scratch(static_cast<std::size_t>(threads));
  const bool finished = parallel_for(rows, threads, options.stop, [&](std::size_t r, int thread) {
    auto& mine = scratch[static_cast<std::size_t>(thread)];
    if (!mine) mine = std::make_unique<Scratch>(teacher.vocab);
    const double divergence = run.row(r, *mine, !loss.empty(), gradient.data() + r * gradient_stride);
    if (!loss.empty()) loss[r] = scale * divergence;
    gradient::finish_stores();
  });
  return {variant.name(), reference ? "scalar" : fast::target_name(), 0, !finished};
}

}  // namespace tauscope
