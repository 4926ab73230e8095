// What the view needs computed, what is there, and the way from one to the other.
#include <algorithm>
#include <cmath>

#include "app/session/objective_results.h"
#include "app/session/session_parts.h"

namespace tauscope {

namespace {

constexpr std::size_t most_works = 4;           // interrupted curves that are kept
constexpr std::size_t most_other_students = 8;  // that a table shows beside those on the page

ColumnSet all_columns() {
  return wanted_columns(StatisticsSpec{});
}

/// The rows that a page coloured by `quantity` shows: all one-pass columns come together, of the others only
/// the one.
RowsKey rows_coloured_by(const std::string& quantity, const ResultBasis& basis, double tau) {
  const StatisticsColumn* column = find_statistics_column(quantity);
  if (column == nullptr) return {basis, tau, StatisticsSet::all, every_column};
  if (column->one_pass) return {basis, tau, StatisticsSet::one_pass, every_column};
  return {basis, tau, StatisticsSet::all, column_set(quantity)};
}

ColumnSet columns_of(const std::string& quantity) {
  return find_statistics_column(quantity) ? column_set(quantity) : all_columns();
}

ResultBasis basis_of(const ViewState& view, const ScoredExample& example, std::size_t student) {
  return {example.id, student, view.tau_scaling, view.dominant};
}

/// Between two temperatures, by ratio.
double distance(double a, double b) {
  return std::abs(std::log(a / b));
}

double nearest(const std::vector<double>& taus, double tau) {
  return *std::min_element(taus.begin(), taus.end(),
                           [&](double a, double b) { return distance(a, tau) < distance(b, tau); });
}

template <typename Key>
bool holds_all(const std::vector<Key>& all, const std::vector<Key>& some) {
  return std::all_of(some.begin(), some.end(),
                     [&](const Key& key) { return std::find(all.begin(), all.end(), key) != all.end(); });
}

}  // namespace

bool Session::Request::contains(const Request& other) const {
  return holds_all(details, other.details) && holds_all(rows, other.rows) &&
         holds_all(curves, other.curves) && holds_all(more_details, other.more_details) &&
         holds_all(objectives, other.objectives);
}

/// What the page that is open shows.
struct Session::Needs {
  std::vector<std::size_t> students;
  std::string colour;  ///< the quantity that is needed soon
  bool all = false;    ///< every column
};

Session::Needs Session::needs() const {
  Needs needs;
  const bool compares = view_.tab == Tab::compare;
  needs.colour = compares ? view_.compare_quantity : view_.colour_by;
  // The comparison's table has every quantity; the strip shows one.
  needs.all = compares || export_waits_;
  if (!compares || export_waits_) needs.students.push_back(view_.student);
  if (compares || export_waits_)
    needs.students.insert(needs.students.end(), {view_.compare_a, view_.compare_b});
  std::sort(needs.students.begin(), needs.students.end());
  needs.students.erase(std::unique(needs.students.begin(), needs.students.end()), needs.students.end());
  const std::size_t count = workspace_ ? workspace_->students.size() : 0;
  std::erase_if(needs.students, [&](std::size_t student) { return student >= count; });
  return needs;
}

double Session::shown_tau() const {
  if (!example_ || example_->has_logits()) return view_.tau;
  return nearest(example_->taus, view_.tau);
}

std::string Session::detail_note() const {
  if (!example_ || example_->has_logits()) return "";
  if (!example_->logits_problem.empty())
    return "The logits that this run kept of this example cannot be read: " + example_->logits_problem +
           "\nWhat its tables say is shown. Put the folder back and select the example again, or open the "
           "checkpoints.";
  return "This run kept no logits of this example, so distributions and gradients token by token are not "
         "known. "
         "Analyse again with --keep-logits N (or all), or open the checkpoints.";
}

/// Computed at this τ, or a τ of the grid of curves that are complete.
std::shared_ptr<const RowsResult> Session::find_rows(const RowsKey& key) const {
  if (auto found = cache_.rows.find(key)) return found;
  if (key.set != StatisticsSet::all || key.columns != every_column) return nullptr;
  const auto curves = cache_.curves.find({key.basis, std::nullopt});
  if (!curves || curves->set != StatisticsSet::all) return nullptr;
  const auto at = std::find(curves->taus.begin(), curves->taus.end(), key.tau);
  if (at == curves->taus.end()) return nullptr;
  auto rows = std::make_shared<RowsResult>();
  rows->key = key;
  for (auto cell = static_cast<std::size_t>(at - curves->taus.begin()); cell < curves->cells.size();
       cell += curves->taus.size())
    rows->rows.push_back(curves->cells[cell]);
  cache_.rows.insert(rows);
  return rows;
}

/// What is shown while the rows of `wanted` are computed: under its own τ, the nearest there is that has
/// `columns`.
std::shared_ptr<const RowsResult> Session::rows_before(const RowsKey& wanted, ColumnSet columns) const {
  const auto latest = cache_.rows.latest([&](const RowsKey& other) {
    return other.basis.example == wanted.basis.example && other.basis.student == wanted.basis.student &&
           other.holds(columns);
  });
  const auto curves = cache_.curves.find({wanted.basis, std::nullopt});
  if (!curves || curves->set != StatisticsSet::all) return latest;
  const double near = nearest(curves->taus, wanted.tau);
  const bool latest_is_nearer = latest && latest->key.basis == wanted.basis &&
                                distance(latest->key.tau, wanted.tau) <= distance(near, wanted.tau);
  return latest_is_nearer ? latest : find_rows({wanted.basis, near, StatisticsSet::all});
}

Session::Shown Session::rows(std::size_t student) const {
  if (!example_) return {};
  RowsKey key{basis_of(view_, *example_, student), shown_tau(), StatisticsSet::all};
  if (auto found = find_rows(key)) return {found, true};
  const std::string colour = needs().colour;
  key = rows_coloured_by(colour, key.basis, key.tau);
  if (auto found = cache_.rows.find(key)) return {found, true};
  return {rows_before(key, columns_of(colour)), false};
}

Session::Shown Session::all_rows(std::size_t student) const {
  if (!example_) return {};
  const RowsKey key{basis_of(view_, *example_, student), shown_tau(), StatisticsSet::all};
  if (auto found = find_rows(key)) return {found, true};
  return {rows_before(key, all_columns()), false};
}

Session::ShownDetail Session::detail(std::size_t student) const {
  const auto position = focused_position();
  if (!position) return {};
  const DetailKey key{basis_of(view_, *example_, student), shown_tau(), *position, view_.top_k};
  if (auto found = cache_.details.find(key)) return {found, true};
  return {cache_.details.latest([&](const DetailKey& other) {
            return other.basis.example == example_->id && other.basis.student == student &&
                   other.position == *position;
          }),
          false};
}

Session::ShownCurves Session::curves_of(const CurvesKey& key) const {
  if (auto found = cache_.curves.find(key)) return {found, true};
  if (key.position) {
    const auto whole = cache_.curves.find({key.basis, std::nullopt});
    if (whole && whole->set == StatisticsSet::all) {
      cache_.curves.insert(token_curves(*whole, key));
      return {cache_.curves.find(key), true};
    }
  }
  return {cache_.curves.latest([&](const CurvesKey& other) {
            return other.basis.example == key.basis.example && other.basis.student == key.basis.student &&
                   other.position == key.position;
          }),
          false};
}

Session::ShownCurves Session::example_curves(std::size_t student) const {
  if (!example_) return {};
  return curves_of({basis_of(view_, *example_, student), std::nullopt});
}

Session::ShownCurves Session::curves(std::size_t student) const {
  if (view_.curve_scope != CurveScope::token) return example_curves(student);
  const auto position = focused_position();
  if (!position) return {};
  return curves_of({basis_of(view_, *example_, student), position});
}

ObjectivesKey Session::objectives_key() const {
  return {{basis_of(view_, *example_, view_.student), shown_tau(), *focused_position(), view_.top_k},
          {view_.objective_a, view_.objective_b}};
}

/// Only their page shows them.
std::optional<ObjectivesKey> Session::wanted_objectives() const {
  const bool shown = view_.tab == Tab::objectives || export_waits_;
  if (!shown || !example_->has_logits() || !focused_position() ||
      view_.student >= workspace_->students.size())
    return std::nullopt;
  const ObjectivesKey key = objectives_key();
  return cache_.objectives.find(key) ? std::nullopt : std::optional(key);
}

Session::ShownObjectives Session::objectives() const {
  if (!example_ || !focused_position()) return {};
  const ObjectivesKey key = objectives_key();
  if (auto found = cache_.objectives.find(key)) return {found, true};
  return {cache_.objectives.latest([&](const ObjectivesKey& other) {
            return other.detail.basis.example == example_->id &&
                   other.detail.basis.student == view_.student &&
                   other.detail.position == key.detail.position && other.picks == key.picks;
          }),
          false};
}

Session::Request Session::wanted() const {
  Request request;
  if (!example_ || !workspace_ || example_->rows == 0) return request;
  const bool logits = example_->has_logits();
  const Needs needs = this->needs();
  const double tau = shown_tau();
  const auto position = focused_position();
  for (const std::size_t student : needs.students) {
    const ResultBasis basis = basis_of(view_, *example_, student);
    if (position && logits) {
      const DetailKey key{basis, tau, *position, view_.top_k};
      if (!cache_.details.find(key)) request.details.push_back(key);
    }
    const RowsKey all{basis, tau, StatisticsSet::all}, coloured = rows_coloured_by(needs.colour, basis, tau);
    if (!find_rows(all)) {
      if (logits && coloured != all && !cache_.rows.find(coloured)) request.rows.push_back(coloured);
      if (!logits || needs.all || coloured == all) request.rows.push_back(all);
    }
    if (position && view_.curve_scope == CurveScope::token) {
      const CurvesKey key{basis, position};
      if (!curves_of(key).is_current) request.curves.push_back(key);
    }
  }
  if (const auto key = wanted_objectives()) request.objectives.push_back(*key);
  // What colours all students' strips before anybody's other columns.
  std::stable_partition(request.rows.begin(), request.rows.end(), [](const RowsKey& key) {
    return key.set == StatisticsSet::one_pass || key.columns != every_column;
  });
  // The other students' columns of the pinned token's table; a preview does without them where they cost
  // something.
  if (!position || (logits && hovered_)) return request;
  const std::size_t others = std::min(workspace_->students.size(), most_other_students);
  for (std::size_t student = 0; student < others; ++student) {
    if (std::find(needs.students.begin(), needs.students.end(), student) != needs.students.end()) continue;
    const ResultBasis basis = basis_of(view_, *example_, student);
    const DetailKey detail{basis, tau, *position, view_.top_k};
    const RowsKey rows{basis, tau, StatisticsSet::all};
    if (logits && !cache_.details.find(detail)) request.more_details.push_back(detail);
    if (!logits && !find_rows(rows)) request.rows.push_back(rows);
  }
  return request;
}

Session::Request Session::wanted_curves() const {
  Request request;
  if (!example_ || !workspace_ || example_->rows == 0) return request;
  for (const std::size_t student : needs().students) {
    const CurvesKey key{basis_of(view_, *example_, student), std::nullopt};
    const auto found = cache_.curves.find(key);
    if (!found || found->set != StatisticsSet::all) request.curves.push_back(key);
  }
  return request;
}

void Session::request_results() {
  Request request = wanted();
  if (request.empty() || (failed_ && *failed_ == request))
    return;  // what failed is not tried again and again
  // What is being worked on shrinks the request as its parts arrive: as long as nothing new is wanted, let it
  // finish.
  if (asked_ && interactive_.busy() && asked_->contains(request)) return;
  asked_ = std::make_shared<const Request>(std::move(request));
  gate_.touch();
  interactive_.submit([this, box = mailbox_, example = example_, request = asked_](std::stop_token stop) {
    const YieldGate::Pass pass(gate_);
    try {
      answer(*box, *example, *request, stop);
    } catch (...) {
      box->post(&Mailbox::Content::failed, request);
      throw;
    }
  });
}

void Session::answer(Mailbox& box, const ScoredExample& example, const Request& request,
                     std::stop_token stop) {
  const auto details = [&](const std::vector<DetailKey>& keys) {
    for (const DetailKey& key : keys) {
      if (stop.stop_requested()) return;
      box.post(&Mailbox::Content::details, compute_detail(engine_, example, key, stop));
    }
  };
  details(request.details);
  for (const RowsKey& key : request.rows) {
    if (auto result = compute_rows(engine_, example, key, stop))
      box.post(&Mailbox::Content::rows, std::move(result));
  }
  for (const CurvesKey& key : request.curves) {
    if (stop.stop_requested()) return;
    if (auto result = compute_token_curves(engine_, example, key, stop))
      box.post(&Mailbox::Content::curves, std::move(result));
  }
  for (const ObjectivesKey& key : request.objectives) {
    if (auto result = compute_objectives(engine_, example, key, stop))
      box.post(&Mailbox::Content::objectives, std::move(result));
  }
  details(request.more_details);
}

void Session::request_curves() {
  Request request = wanted_curves();
  if (!example_ && curves_lane_.busy()) curves_lane_.cancel();
  if (request.empty() || (failed_curves_ && *failed_curves_ == request)) return;
  if (asked_curves_ && curves_lane_.busy() && asked_curves_->contains(request)) return;
  std::vector<std::shared_ptr<CurvesWork>> works;
  for (const CurvesKey& key : request.curves) {
    const auto known = std::find_if(curves_work_.begin(), curves_work_.end(),
                                    [&](const auto& work) { return work->key() == key; });
    works.push_back(known != curves_work_.end() ? *known : std::make_shared<CurvesWork>(example_, key));
  }
  for (const auto& work : works) {
    std::erase(curves_work_, work);
    curves_work_.push_back(work);
  }
  while (curves_work_.size() > std::max(most_works, works.size()))
    curves_work_.erase(curves_work_.begin());
  asked_curves_ = std::make_shared<const Request>(std::move(request));
  curves_lane_.submit([this, box = mailbox_, works, request = asked_curves_](std::stop_token stop) {
    try {
      for (const auto& work : works) {
        const auto publish = [&](std::shared_ptr<const CurvesResult> result) {
          box->post(&Mailbox::Content::curves, std::move(result));
        };
        if (!work->go_on(engine_, gate_, publish, stop)) return;
      }
    } catch (...) {
      box->post(&Mailbox::Content::failed_curves, request);
      throw;
    }
  });
}

bool Session::lacks_something() const {
  const Request request = wanted(), curves = wanted_curves();
  return (!request.empty() && !(failed_ && *failed_ == request)) ||
         (!curves.empty() && !(failed_curves_ && *failed_curves_ == curves));
}

}  // namespace tauscope
