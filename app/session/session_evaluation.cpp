// Evaluations: running them, and reading back what they have so far.
#include <fmt/format.h>

#include <algorithm>

#include "app/session/session_parts.h"
#include "core/base/csv.h"

namespace tauscope {

namespace {

std::string job_name(const std::filesystem::path& folder) {
  return "evaluation into " + folder.string();
}

}  // namespace

Session::ShownEvaluation Session::evaluation() const {
  ShownEvaluation shown{evaluation_state_, evaluation_, evaluation_error_, evaluation_folder_, {}};
  if (evaluation_folder_.empty()) return shown;
  for (JobStatus& job : background_.jobs())
    if (job.name == job_name(evaluation_folder_)) shown.job = std::move(job);
  return shown;
}

/// What was read before stays until the new result is there.
void Session::read_evaluation() {
  if (evaluation_ && evaluation_->folder != evaluation_folder_) evaluation_.reset();
  evaluation_state_ = Loading::loading;
  evaluation_baseline_ = view_.evaluation.baseline;
  evaluation_lane_.submit([this, box = mailbox_, folder = evaluation_folder_, baseline = evaluation_baseline_,
                           reading = ++evaluation_number_](std::stop_token stop) {
    EvaluationRead read{reading, nullptr, ""};
    try {
      read.result = engine_.read_evaluation(folder, baseline, stop);
    } catch (...) {
      read.error = text_of(std::current_exception());
    }
    if (!stop.stop_requested()) box->post(&Mailbox::Content::evaluations, std::move(read));
  });
}

void Session::take_evaluations(std::vector<EvaluationRead> all) {
  for (EvaluationRead& read : all) {
    if (read.reading != evaluation_number_) continue;  // an older choice
    evaluation_state_ = read.result ? Loading::loaded : Loading::failed;
    evaluation_error_ = std::move(read.error);
    if (read.result) evaluation_ = std::move(read.result);
  }
}

void Session::act(const SetEvaluateView& c) {
  change(&ViewState::evaluate_view, c.view);
}

void Session::act(const ShowEvaluation& c) {
  if (evaluation_) {
    const auto& models = evaluation_->spec.models;
    const bool known = std::any_of(models.begin(), models.end(),
                                   [&](const NamedPath& model) { return model.name == c.pick.baseline; });
    if (!c.pick.baseline.empty() && !known)
      throw Error::usage("the evaluation has no model " + printable_utf8(c.pick.baseline));
  }
  change(&ViewState::evaluation, c.pick);
}

void Session::act(const SelectAnswer& c) {
  ViewState next = view_;
  next.answer = c.example;
  change_view(next);
}

void Session::act(const RunEvaluation& c) {
  if (c.folder.empty()) throw Error::usage("an evaluation needs a folder to write to");
  if (const std::string problem = evaluation_problem(c.spec); !problem.empty()) throw Error::usage(problem);
  const std::string name = job_name(c.folder);
  for (const JobStatus& job : background_.jobs())
    if (job.name == name && (job.state == JobState::queued || job.state == JobState::running))
      throw Error::usage("this evaluation is under way already");
  evaluation_folder_ = c.folder;
  evaluation_.reset();
  evaluation_error_.clear();
  evaluation_state_ = Loading::nothing;
  evaluation_lane_.cancel();
  ++evaluation_number_;
  background_.submit(name, [this, box = mailbox_, spec = c.spec, folder = evaluation_folder_](
                               ProgressSink& progress, std::stop_token stop) {
    const auto tell = [&] { box->post(&Mailbox::Content::evaluated, folder); };
    engine_.evaluate(spec, folder, tell, progress, stop);
    tell();
  });
  ViewState next = view_;
  next.evaluate_view = EvaluateView::scores;
  change_view(next);
}

void Session::act(const ReadEvaluation& c) {
  if (c.folder.empty()) throw Error::usage("which evaluation? A folder is needed");
  evaluation_folder_ = c.folder;
  evaluation_error_.clear();
  evaluation_.reset();
  read_evaluation();
  ViewState next = view_;
  next.tab = Tab::evaluate;
  next.evaluate_view = EvaluateView::scores;
  change_view(next);
}

}  // namespace tauscope
