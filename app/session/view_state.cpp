#include "app/session/view_state.h"

#include "app/session/fields.h"
#include "app/session/objective_results.h"
#include "core/base/csv.h"

namespace tauscope {

namespace {

template <typename Visitor>
void visit_fields(ViewState& view, Visitor& visit) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  visit("tab", named(view.tab));
  visit("tau", bounded_tau(view.tau));
  visit("tau_scaling", named(view.tau_scaling));
  tauscope::visit_fields(view.dominant, visit);
  visit("colour_by", view.colour_by);
  visit("explore_view", named(view.explore_view));
  visit("compare_view", named(view.compare_view));
  visit("strip_colours", named(view.strip_colours));
  visit("example", Bounded{view.example, std::int64_t{-1}, most});
  visit("pinned", view.pinned);
  visit("student", Bounded{view.student, std::size_t{0}, std::size_t{1000}});
  visit("compare_a", Bounded{view.compare_a, std::size_t{0}, std::size_t{1000}});
  visit("compare_b", Bounded{view.compare_b, std::size_t{0}, std::size_t{1000}});
  visit("marked", view.marked);
  visit("compare_quantity", view.compare_quantity);
  visit("top_k", Bounded{view.top_k, 5, 200});
  visit("histogram", Named{view.histogram, {"by_rank", "by_probability"}});
  visit("log_scale", view.log_scale);
  visit("curve_scope", Named{view.curve_scope, {"token", "example", "data"}});
  visit("search", view.search);
  visit("plots", view.plots);
  visit("objective_a", view.objective_a.name);
  visit("parameters_a", view.objective_a.parameters);
  visit("objective_b", view.objective_b.name);
  visit("parameters_b", view.objective_b.parameters);
  visit("evaluate_view", named(view.evaluate_view));
  visit("evaluation", Nested{view.evaluation});
  visit("answer", Bounded{view.answer, std::int64_t{-1}, most});
  visit("distill_view", named(view.distill_view));
  visit("smoothing", Bounded{view.smoothing, 0.0, 0.999});
  visit("theme", Named{view.theme, {"dark", "light"}});
  visit("ui_scale", Bounded{view.ui_scale, 0.5, 3.0});
}

}  // namespace

Json view_to_json(const ViewState& view) {
  FieldWriter writer;
  ViewState copy = view;  // the visitor takes references that could be written to
  visit_fields(copy, writer);
  return writer.take();
}

ViewState view_from_json(const Json& json, const std::string& file) {
  ViewState view;
  FieldReader reader(json, file);
  visit_fields(view, reader);
  reader.refuse_unknown();
  for (const auto& [field, column] :
       {std::pair("colour_by", view.colour_by), {"compare_quantity", view.compare_quantity}})
    if (!find_statistics_column(column))
      throw Error::bad_input(file, "unknown quantity")
          .field(field)
          .found(printable_utf8(column))
          .expected("a column of tokens.csv");
  for (const auto& [field, pick] :
       {std::pair("objective_a", view.objective_a), {"objective_b", view.objective_b}}) {
    try {
      objective_spec(pick, 1, TauScaling::squared);
    } catch (const Error& problem) {
      throw Error::bad_input(file, problem.what()).field(field);
    }
  }
  return view;
}

}  // namespace tauscope
