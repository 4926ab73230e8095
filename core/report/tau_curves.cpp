// Quantities over τ: one panel per student, or one line per student.
#include <algorithm>

#include "core/report/figure_parts.h"
#include "core/report/manifest_text.h"

namespace tauscope::detail {

namespace {

struct CurveLine {
  std::string quantity, name;
  Look look;
};

const std::string band_text =
    " Lines: median over scored positions; bands: 25th to 75th percentile over positions.";

struct CurveFigure {
  std::string name, section, title, caption;
  Axis y;
  std::vector<CurveLine> lines;
  bool mark_tau1 = false;
};

/// One panel per student, the lines of `spec` in each.
void add_by_student(const Sources& sources, const CurveFigure& spec, std::vector<NamedFigure>& out) {
  std::vector<Panel> panels;
  const auto& students = sources.view.students();
  for (const std::string& student : students) {
    Panel panel{students.size() > 1 ? student : "", tau_axis(sources.view.taus()), spec.y};
    for (const CurveLine& line : spec.lines)
      add_median(panel, sources.view.curve(student, line.quantity), line.name, line.look);
    if (!has_series(panel)) continue;
    if (spec.mark_tau1) panel.series.push_back({"", {}, Rule{1, true, panels.empty() ? "τ = 1" : ""}});
    panels.push_back(std::move(panel));
  }
  if (panels.empty()) return;
  const int columns = std::min<int>(3, static_cast<int>(panels.size()));
  NamedFigure figure = assemble(sources, spec.name, spec.section, spec.title, spec.caption + band_text,
                                std::move(panels), columns, 160);
  figure.figure.share_x = figure.figure.share_y = true;
  out.push_back(std::move(figure));
}

/// One panel, a line per student.
void add_over_students(const Sources& sources, const CurveFigure& spec, std::vector<NamedFigure>& out) {
  const auto& students = sources.view.students();
  Panel panel{"", tau_axis(sources.view.taus()), spec.y};
  for (std::size_t s = 0; s < students.size(); ++s)
    for (const CurveLine& line : spec.lines)
      add_median(panel, sources.view.curve(students[s], line.quantity), students[s], student_look(s),
                 students.size() <= 3);
  if (!has_series(panel)) return;
  if (spec.mark_tau1) panel.series.push_back({"", {}, Rule{1, true, "τ = 1"}});
  out.push_back(assemble(sources, spec.name, spec.section, spec.title,
                         spec.caption + (students.size() <= 3 ? band_text : " Median over scored positions."),
                         {panel}, 1, 160));
}

std::vector<CurveLine> both(const std::string& forward, const std::string& reverse) {
  return {{forward, forward_name, forward_look()}, {reverse, reverse_name, reverse_look()}};
}

}  // namespace

void add_tau_curves(const Sources& sources, std::vector<NamedFigure>& out) {
  if (sources.view.taus().size() < 2) return;
  const std::string scaling = scaling_text(sources.manifest);
  const std::string size = "Size of the gradient", direction = "Direction of the gradient";
  const std::string where = "Where the gradient acts", values = "Divergences and entropies";
  add_by_student(
      sources,
      {"gradient_norm", size, "Gradient norm over τ",
       "L2 norm of the gradient with respect to the student's logits at one position (" + scaling + ").",
       value_axis("‖g‖₂", scaling, Scale::log), both("fkl_grad_l2", "rkl_grad_l2")},
      out);
  add_by_student(
      sources,
      {"gradient_ratio_tau1", size, "Gradient norm relative to τ = 1",
       "Norm of each gradient divided by the norm of the same gradient at τ = 1 (" + scaling + ").",
       value_axis("‖g(τ)‖₂ / ‖g(1)‖₂", "", Scale::log), both("fkl_grad_ratio_tau1", "rkl_grad_ratio_tau1"),
       true},
      out);
  add_over_students(
      sources,
      {"gradient_norm_ratio",
       size,
       "Forward-KL over reverse-KL gradient norm",
       "Norm of the forward-KL gradient divided by that of the reverse-KL gradient at the same τ; the "
       "scaling cancels.",
       value_axis("‖g‖₂ forward KL / reverse KL", "", Scale::log),
       {{"grad_l2_ratio", "", {}}}},
      out);
  add_by_student(
      sources,
      {"gradient_cosine_tau1", direction, "Direction of each gradient relative to τ = 1",
       "Cosine between each gradient at τ and the same gradient at τ = 1: a curve that stays near 1 means "
       "that τ mainly rescales the gradient, one that falls means that τ turns it.",
       value_axis("cosine of g(τ) and g(1)"), both("fkl_grad_cos_tau1", "rkl_grad_cos_tau1"), true},
      out);
  add_over_students(sources,
                    {"gradient_cosine",
                     direction,
                     "Direction of forward against reverse KL",
                     "Cosine between the forward-KL and the reverse-KL gradient at the same τ.",
                     value_axis("cosine of forward and reverse KL"),
                     {{"grad_cosine", "", {}}}},
                    out);
  const std::string dominant = text_of(sources.manifest, "spec/dominant");
  add_by_student(
      sources,
      {"non_dominant_share",
       where,
       "Share outside the dominant set",
       "Share of the gradient's L1 norm, and of the probability mass, on tokens outside the dominant set" +
           (dominant.empty() ? std::string() : " (" + dominant + ")") +
           ", which the teacher fixes at τ = 1 for all τ.",
       share_axis("non-dominant share"),
       {{"fkl_nd_share_l1", "forward-KL gradient", forward_look()},
        {"rkl_nd_share_l1", "reverse-KL gradient", reverse_look()},
        {"teacher_nd_mass", "teacher probability", teacher_look()},
        {"student_nd_mass", "student probability", student_look(0)}}},
      out);
  add_by_student(sources,
                 {"effective_tokens", where, "Effective number of tokens",
                  "Effective number of tokens that carry the gradient, exp of the entropy of |g| / Σ|g|.",
                  value_axis("effective number of tokens", "", Scale::log),
                  both("fkl_effective_tokens", "rkl_effective_tokens")},
                 out);
  add_by_student(sources,
                 {"divergence",
                  values,
                  "Divergences over τ",
                  "Divergence between the softened distributions (no τ² factor).",
                  value_axis("divergence", "nats", Scale::log),
                  {{"fkl", forward_name, forward_look()},
                   {"rkl", reverse_name, reverse_look()},
                   {"jsd", "Jensen–Shannon", look_of(3)}}},
                 out);
  Axis entropy = value_axis("entropy", "nats");
  entropy.include_zero = true;
  add_by_student(
      sources,
      {"entropy",
       values,
       "Entropies over τ",
       "Entropy of the softened distributions.",
       entropy,
       {{"entropy_teacher", "teacher", teacher_look()}, {"entropy_student", "student", student_look(0)}}},
      out);
}

void add_student_comparison(const Sources& sources, std::vector<NamedFigure>& out) {
  const auto& students = sources.view.students();
  if (students.size() < 2 || sources.view.taus().size() < 2) return;
  const std::string scaling = scaling_text(sources.manifest);
  const std::vector<std::pair<std::string, Axis>> quantities = {
      {"fkl", value_axis("forward KL", "nats", Scale::log)},
      {"fkl_grad_l2", value_axis("‖g‖₂ forward KL", scaling, Scale::log)},
      {"fkl_grad_cos_tau1", value_axis("cosine with τ = 1, forward KL")},
      {"fkl_nd_share_l1", share_axis("non-dominant share, forward KL")},
      {"rkl", value_axis("reverse KL", "nats", Scale::log)},
      {"rkl_grad_l2", value_axis("‖g‖₂ reverse KL", scaling, Scale::log)},
      {"rkl_grad_cos_tau1", value_axis("cosine with τ = 1, reverse KL")},
      {"rkl_nd_share_l1", share_axis("non-dominant share, reverse KL")}};
  std::vector<Panel> panels;
  for (const auto& [quantity, axis] : quantities) {
    Panel panel{"", tau_axis(sources.view.taus()), axis};
    for (std::size_t s = 0; s < students.size(); ++s)
      add_median(panel, sources.view.curve(students[s], quantity), students[s], student_look(s),
                 students.size() <= 3);
    if (has_series(panel)) panels.push_back(std::move(panel));
  }
  if (panels.empty()) return;
  const int columns = std::min<int>(4, static_cast<int>(panels.size()));
  NamedFigure figure = assemble(
      sources, "students", "Students side by side", "Students side by side",
      "The same quantities for every student, forward KL above and reverse KL below. Lines: median over "
      "scored positions" +
          std::string(students.size() <= 3 ? "; bands: 25th to 75th percentile over positions." : "."),
      std::move(panels), columns, 130);
  figure.figure.share_x = true;
  out.push_back(std::move(figure));
}

}  // namespace tauscope::detail
