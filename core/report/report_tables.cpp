// Tables, provenance and definitions of the report.
#include <fmt/format.h>

#include <cmath>

#include "core/report/figure_parts.h"
#include "core/report/manifest_text.h"
#include "core/report/report_text.h"

namespace tauscope::detail {

namespace {

enum class Show { mean, median_range };

struct Column {
  std::string title, quantity;
  Show show = Show::mean;
};

std::string cell(const SummaryRow* row, Show show) {
  if (!row) return "–";
  if (show == Show::mean) return short_number(row->mean);
  return fmt::format("{} [{}, {}]", short_number(row->median), short_number(row->p25),
                     short_number(row->p75));
}

void add_table(HtmlPage& page, const TableView& view, const std::string& student, const std::string& caption,
               const std::vector<Column>& columns) {
  std::vector<Column> known;
  for (const Column& column : columns)
    if (!view.curve(student, column.quantity).empty()) known.push_back(column);
  if (known.empty()) return;
  std::vector<std::string> header = {"τ"};
  for (const Column& column : known)
    header.push_back(column.title);
  std::vector<std::vector<std::string>> rows;
  for (const double tau : view.taus()) {
    std::vector<std::string> row = {tau_text(tau)};
    for (const Column& column : known)
      row.push_back(cell(view.row(student, column.quantity, tau), column.show));
    rows.push_back(std::move(row));
  }
  page.table(caption, header, rows);
}

std::string model_text(const Json& model) {
  std::string out = text_of(model, "name");
  const auto add = [&out](const std::string& text) {
    if (!text.empty()) out += ", " + text;
  };
  add(text_of(model, "path"));
  add(text_of(model, "architecture"));
  const Json& parameters = member(model, "parameters");
  if (parameters.is_number()) add(short_number(parameters.get<double>() / 1e6) + "M parameters");
  add(text_of(model, "dtype"));
  const std::string hash = text_of(model, "sha256");
  if (!hash.empty()) add("sha256 " + hash);
  return out;
}

}  // namespace

void add_student_tables(HtmlPage& page, const TableView& view, const std::string& student,
                        const Json& manifest) {
  const std::string who = view.students().size() > 1 ? ", " + student : "";
  add_table(page, view, student,
            "Gradient norms over τ" + who + ": median [25th, 75th percentile] over positions; ‖g‖₂ with " +
                scaling_text(manifest) + ".",
            {{"forward KL ‖g‖₂", "fkl_grad_l2", Show::median_range},
             {"reverse KL ‖g‖₂", "rkl_grad_l2", Show::median_range},
             {"forward KL, ratio to τ = 1", "fkl_grad_ratio_tau1", Show::median_range},
             {"reverse KL, ratio to τ = 1", "rkl_grad_ratio_tau1", Show::median_range},
             {"forward / reverse KL", "grad_l2_ratio", Show::median_range}});
  add_table(page, view, student,
            "Direction and place of the gradients over τ" + who + ": means over positions.",
            {{"forward KL, cosine with τ = 1", "fkl_grad_cos_tau1"},
             {"reverse KL, cosine with τ = 1", "rkl_grad_cos_tau1"},
             {"cosine forward–reverse", "grad_cosine"},
             {"forward KL, non-dominant share", "fkl_nd_share_l1"},
             {"reverse KL, non-dominant share", "rkl_nd_share_l1"},
             {"teacher mass outside", "teacher_nd_mass"},
             {"student mass outside", "student_nd_mass"}});
  add_table(page, view, student,
            "Divergences and entropies over τ" + who +
                ": means over positions; nats, without the factor τ² (total variation "
                "has no unit).",
            {{"forward KL", "fkl"},
             {"reverse KL", "rkl"},
             {"Jensen–Shannon", "jsd"},
             {"total variation", "tvd"},
             {"entropy, teacher", "entropy_teacher"},
             {"entropy, student", "entropy_student"},
             {"NLL of the target", "nll_target"}});
}

void add_provenance(HtmlPage& page, const Json& manifest) {
  page.heading(2, "What was run", "provenance");
  std::vector<std::pair<std::string, std::string>> entries = {
      {"Program", "TauScope " + text_of(manifest, "tauscope_version")},
      {"Finished", text_of(manifest, "created_utc")},
      {"Status", text_of(manifest, "status")},
      {"Teacher", model_text(member(manifest, "source/teacher"))}};
  const Json& students = member(manifest, "source/students");
  if (students.is_array())
    for (const Json& student : students)
      entries.emplace_back("Student", model_text(student));
  const std::string data = text_of(manifest, "source/data/path");
  if (!data.empty())
    entries.emplace_back(
        "Data",
        fmt::format("{}, form {}, template {}, sha256 {}", data, text_of(manifest, "source/data/form"),
                    text_of(manifest, "source/data/template"), text_of(manifest, "source/data/sha256")));
  const Json& tokenizer = member(manifest, "source/tokenizer");
  if (tokenizer.is_object()) {
    const std::string hash = text_of(tokenizer, "sha256");
    entries.emplace_back("Tokenizer",
                         text_of(tokenizer, "description") + (hash.empty() ? "" : ", sha256 " + hash));
  }
  for (const char* group : {"counts", "spec"}) {
    const Json& values = member(manifest, group);
    if (!values.is_object()) continue;
    for (const auto& [key, value] : values.items())
      entries.emplace_back(key, value.is_string()
                                    ? value.get<std::string>()
                                    : value.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  page.definitions(entries);
  const Json& warnings = member(manifest, "warnings");
  if (warnings.is_array() && !warnings.empty()) {
    page.heading(3, "Warnings");
    std::vector<std::string> items;
    for (const Json& warning : warnings)
      items.push_back(warning.is_string() ? warning.get<std::string>() : warning.dump());
    page.list(items);
  }
  const std::string command = command_text(manifest);
  if (!command.empty()) {
    page.heading(3, "To repeat it");
    page.preformatted(command);
  }
}

void add_definitions(HtmlPage& page, const Json& manifest) {
  const bool squared = tau_squared(manifest);
  page.heading(2, "Definitions", "definitions");
  page.definitions({
      {"p, q",
       "Softened distributions of teacher and student: p = softmax(zᵀ/τ), q = softmax(zˢ/τ), with the logits "
       "z of "
       "both divided by the temperature τ. Logarithms are natural."},
      {"Forward KL, reverse KL", "FKL = Σ p log(p/q) and RKL = Σ q log(q/p), at each scored position."},
      {"Gradient",
       std::string("g = ∂L/∂zˢ, the gradient with respect to the student's logits, where L is ") +
           (squared
                ? "τ²·D (Hinton, Vinyals and Dean 2015): forward KL g = τ (q − p), reverse KL gⱼ = τ qⱼ "
                  "(log qⱼ/pⱼ − RKL). With this factor both tend to the same limit as τ grows, so their "
                  "cosine "
                  "tends to 1 and their ratio of norms to 1."
                : "D without the factor τ²: forward KL g = (q − p)/τ, reverse KL gⱼ = qⱼ (log qⱼ/pⱼ − "
                  "RKL)/τ. "
                  "Norms at different τ contain the factor 1/τ; cosines and shares do not depend on it.")},
      {"Cosine with τ = 1, ratio to τ = 1",
       "cos(g(τ), g(1)) and ‖g(τ)‖₂ / ‖g(1)‖₂ at the same position, for each divergence by "
       "itself."},
      {"Dominant set",
       "The tokens that the teacher finds most probable at τ = 1 (" +
           (text_of(manifest, "spec/dominant").empty() ? std::string("see manifest.json")
                                                       : text_of(manifest, "spec/dominant")) +
           "), held fixed over τ. Non-dominant share: Σ|gⱼ| over the tokens outside it, divided by Σ|gⱼ|."},
      {"Mainly rescaled, turned",
       "Wording of this page: a direction counts as kept if the mean cosine with τ = 1 is at least " +
           short_number(cosine_near_one) + "; a non-dominant share as risen from a rise of " +
           short_number(share_rise) +
           " on; a norm as changed from 10% on; two gradients as alike "
           "if their mean cosines and their rises differ by less than " +
           short_number(alike_within) + ". These limits choose words; they are not tests."},
      {"Medians, bands, means",
       "Taken over scored positions (n in the tables of summary.csv). Bands show how positions differ; "
       "they are not confidence intervals. Positions of one response depend on each other, so no "
       "interval is given here. Means weigh every " +
           std::string(text_of(manifest, "spec/average") == "example" ? "example" : "position") +
           " equally."},
      {"Jensen–Shannon, total variation", "½ KL(p‖m) + ½ KL(q‖m) with m = (p + q)/2, and ½ Σ |p − q|."},
      {"Effective number of tokens", "exp of the entropy of |g| / Σ|g|."},
  });
}

}  // namespace tauscope::detail
