#include "app/cli/summary_text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>

namespace tauscope {

namespace {

struct ShownQuantity {
  const char* name;
  const char* heading;
  bool median = false;  ///< a ratio of norms has a mean that a few positions decide
};

constexpr std::array<ShownQuantity, 10> shown{{{"fkl", "FKL"},
                                               {"rkl", "RKL"},
                                               {"fkl_grad_l2", "|gF|"},
                                               {"rkl_grad_l2", "|gR|"},
                                               {"grad_l2_ratio", "med F/R", true},
                                               {"grad_cosine", "cos(F,R)"},
                                               {"fkl_grad_cos_tau1", "cos1 F"},
                                               {"rkl_grad_cos_tau1", "cos1 R"},
                                               {"fkl_nd_share_l1", "nd F"},
                                               {"rkl_nd_share_l1", "nd R"}}};

std::string number(double value) {
  if (std::isnan(value)) return "-";
  return std::abs(value) < 1e-3 && value != 0 ? fmt::format("{:.2e}", value) : fmt::format("{:.4f}", value);
}

}  // namespace

std::string summary_text(const AnalyzeOutcome& outcome, const std::filesystem::path& folder) {
  const Manifest& manifest = outcome.manifest;
  std::map<std::pair<std::string, double>, std::map<std::string, std::pair<double, double>>> cells;
  for (const SummaryRow& row : outcome.tables.summary) {
    if (row.group == "all") cells[{row.student, row.tau}][row.quantity] = {row.mean, row.median};
  }
  std::string text;
  for (const ManifestModel& student : manifest.source.students) {
    text += fmt::format("\n{} against {}: means over {} positions of {} examples ({})\n", student.name,
                        manifest.source.teacher.name, manifest.counts.positions, manifest.counts.examples,
                        manifest.spec.variant);
    text += fmt::format("{:>8}", "tau");
    for (const ShownQuantity& quantity : shown)
      text += fmt::format("{:>11}", quantity.heading);
    text += "\n";
    for (const double tau : manifest.spec.taus) {
      text += fmt::format("{:>8.4g}", tau);
      auto& row = cells[{student.name, tau}];
      for (const ShownQuantity& quantity : shown) {
        const auto found = row.find(quantity.name);
        text += fmt::format(
            "{:>11}",
            found == row.end() ? "-" : number(quantity.median ? found->second.second : found->second.first));
      }
      text += "\n";
    }
  }
  text +=
      "\n|g|: L2 norm of the gradient; med F/R: median of |gF|/|gR|; cos1: cosine with the same gradient at "
      "tau = 1; nd: L1 share outside "
      "the ";
  text += fmt::format("dominant set ({})\n", to_string(manifest.spec.dominant));
  if (!manifest.complete) text += "PARTIAL: stopped before the end; the tables cover what was done.\n";
  text += "written to " + folder.string();
  return text;
}

}  // namespace tauscope
