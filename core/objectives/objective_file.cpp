#include "core/objectives/objective_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/objectives/choice.h"
#include "kernels/cuda_device.h"

namespace tauscope {

namespace {

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code ignored;
  return std::filesystem::equivalent(a, b, ignored);
}

void check_output(const ObjectiveFileRequest& request) {
  if (is_same_file(request.out, request.student) || is_same_file(request.out, request.teacher)) {
    throw Error::failed(request.out.string(), "the result would replace an input, which is kept")
        .remedy("give --out another name");
  }
  if (std::filesystem::exists(request.out) && !request.force) {
    throw Error::failed(request.out.string(), "the file exists already, and is kept")
        .remedy("--force replaces it");
  }
}

JoinedLogits open_inputs(const ObjectiveFileRequest& request) {
  const auto student = LogitsFile::open(request.student);
  const bool with_teacher = request.spec.objective->needs.teacher || !request.teacher.empty();
  JoinedLogits joined =
      join_logits(with_teacher ? LogitsFile::open(request.teacher) : student, {student}, request.vocabulary);
  if (joined.targets.empty() && request.spec.needs_target()) {
    throw Error::bad_input(request.student.string(),
                           fmt::format("{} needs a target for every row",
                                       request.spec.ce_weight != 0 ? "the label's cross entropy"
                                                                   : request.spec.objective->text.name))
        .field("targets")
        .found("no such tensor in any of the files")
        .expected("I64 [N], -1 where a position is not scored");
  }
  return joined;
}

std::map<std::string, std::string> metadata(const ObjectiveFileRequest& request) {
  const ObjectiveSpec& spec = request.spec;
  return {{"format", "tauscope-objective"},
          {"objective", spec.objective->text.name},
          {"parameters", parameter_text(spec)},
          {"tau", format_number(spec.tau)},
          {"tau_scaling", spec.tau_scaling == TauScaling::squared ? "squared" : "none"},
          {"weight", format_number(spec.weight)},
          {"ce_weight", format_number(spec.ce_weight)},
          {"variant", request.variant->name()},
          {"command", request.command}};
}

/// Rows of the files, block after block.
class ObjectiveFileRun {
 public:
  ObjectiveFileRun(const ObjectiveFileRequest& request, JoinedLogits joined)
      : request_(request), joined_(std::move(joined)), loss_(joined_.rows()) {
    const std::size_t row_bytes = joined_.vocab() * sizeof(float);
    block_rows_ = std::clamp<std::size_t>(request.block_bytes / row_bytes, 1, joined_.rows());
    gradient_.resize(block_rows_ * joined_.vocab());
  }

  ObjectiveFileResult write(ProgressSink& sink, const std::stop_token& stop) {
    const auto rows = static_cast<std::int64_t>(joined_.rows()),
               vocab = static_cast<std::int64_t>(joined_.vocab());
    // "grad" comes before "loss": tensors of one width lie in the order of their names.
    SafetensorsStream file(request_.out,
                           {{"grad", TensorType::F32, {rows, vocab}}, {"loss", TensorType::F32, {rows}}},
                           metadata(request_));
    result_.rows = rows;
    result_.vocab = vocab;
    for (std::size_t first = 0; first < joined_.rows(); first += block_rows_) {
      const std::size_t count = std::min(block_rows_, joined_.rows() - first);
      compute(first, count, stop);
      if (stop.stop_requested()) return result_;
      file.write(std::as_bytes(std::span(gradient_).first(count * joined_.vocab())));
      sink.progress("positions", static_cast<std::int64_t>(first + count), rows);
    }
    const std::vector<float> loss(loss_.begin(), loss_.end());
    file.write(std::as_bytes(std::span(loss)));
    file.commit();
    result_.mean_loss = mean_loss();
    result_.finished = true;
    return result_;
  }

 private:
  void compute(std::size_t first, std::size_t count, const std::stop_token& stop) {
    ObjectiveInput input{
        joined_.teacher.slice(first, count), joined_.students[0].slice(first, count), {}, {}};
    if (!joined_.targets.empty()) input.targets = std::span(joined_.targets).subspan(first, count);
    if (!joined_.mask.empty()) input.mask = std::span(joined_.mask).subspan(first, count);
    const cuda_host::UseDevice on(request_.device);
    const ObjectiveReport report =
        objective_gradient(*request_.variant, input, request_.spec, gradient_, joined_.vocab(),
                           std::span(loss_).subspan(first, count), {request_.threads, stop});
    result_.report.kernel = report.kernel;
    result_.report.scored += report.scored;
    result_.report.infinite += report.infinite;
    result_.report.invalid += report.invalid;
    result_.report.undefined += report.undefined;
  }

  double mean_loss() const {
    double sum = 0;
    std::int64_t count = 0;
    for (std::size_t r = 0; r < loss_.size(); ++r) {
      if (!joined_.is_scored(r) || !std::isfinite(loss_[r])) continue;
      sum += loss_[r];
      ++count;
    }
    return sum / static_cast<double>(count);
  }

  const ObjectiveFileRequest& request_;
  JoinedLogits joined_;
  std::vector<double> loss_;
  std::vector<float> gradient_;
  std::size_t block_rows_ = 1;
  ObjectiveFileResult result_;
};

void warn(const ObjectiveReport& report, ProgressSink& sink) {
  if (report.infinite > 0) {
    sink.warning(
        fmt::format("the loss of {} of {} positions is infinite: a token is masked (-inf) on one side only",
                    report.infinite, report.scored));
  }
  if (report.undefined > 0) {
    sink.warning(fmt::format("the gradient of {} of {} positions does not exist there and is NaN",
                             report.undefined, report.scored));
  }
  if (report.invalid > 0) {
    sink.warning(fmt::format(
        "{} of {} positions are invalid (NaN or +inf among the logits, all of one side masked, or no "
        "value): loss and gradient are NaN",
        report.invalid, report.scored));
  }
}

}  // namespace

ObjectiveFileResult write_objective_file(const ObjectiveFileRequest& request, ProgressSink& sink,
                                         const std::stop_token& stop) {
  check_output(request);
  ObjectiveFileRun run(request, open_inputs(request));
  const ObjectiveFileResult result = run.write(sink, stop);
  if (result.finished) warn(result.report, sink);
  return result;
}

}  // namespace tauscope
