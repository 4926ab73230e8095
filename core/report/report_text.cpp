#include "core/report/report_text.h"

#include <fmt/format.h>

#include <cmath>

#include "core/figure/ticks.h"
#include "core/report/figure_parts.h"

namespace tauscope::detail {

namespace {

std::string tau_list(const std::vector<double>& taus) {
  std::string out;
  for (std::size_t i = 0; i < taus.size(); ++i) {
    if (i > 0) out += i + 1 == taus.size() ? " and " : ", ";
    out += tau_text(taus[i]);
  }
  return "τ = " + out;
}

std::string kind_text(const GradientChange& change) {
  switch (kind_of(change)) {
    case ChangeKind::enriched:
      return "turned to non-dominant tokens";
    case ChangeKind::turned:
      return "turned";
    case ChangeKind::rescaled:
      return "mainly rescaled";
    case ChangeKind::unchanged:
      return "nearly unchanged";
  }
  return "";
}

std::vector<std::string> row_of(double tau, const std::string& name, const GradientChange& c) {
  return {tau_text(tau),
          name,
          short_number(c.cosine),
          short_number(c.share_at_one) + " → " + short_number(c.share),
          c.ratio ? short_number(*c.ratio) : "–",
          kind_text(c)};
}

std::string headline_of(Asymmetry asymmetry, const std::string& where) {
  switch (asymmetry) {
    case Asymmetry::visible:
      return "The asymmetry is visible at " + where +
             ": there the forward-KL gradient turns towards non-dominant tokens as τ grows, while the "
             "reverse-KL gradient "
             "keeps its direction.";
    case Asymmetry::alike:
      return "The asymmetry is not visible at " + where +
             ": the forward-KL and the reverse-KL gradient change alike with τ.";
    case Asymmetry::forward_more:
      return "At " + where +
             " the forward-KL gradient changes more than the reverse-KL gradient, but the clean contrast "
             "(one turned towards "
             "non-dominant tokens, the other only rescaled) is not seen.";
    case Asymmetry::reverse_more:
      return "At " + where +
             " the contrast is the opposite one: the reverse-KL gradient changes more than the forward-KL "
             "gradient.";
    case Asymmetry::mixed:
      return "At " + where +
             " the picture is mixed: by direction one gradient changes more, by non-dominant share the "
             "other.";
  }
  return "";
}

}  // namespace

std::string short_number(double value) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  if (value == 0) return "0";
  const double size = std::abs(value);
  std::string digits;
  if (size < 1e-3 || size >= 1e5) {
    const double unit = std::pow(10.0, std::floor(std::log10(size) - 2));
    return power_label(std::round(value / unit) * unit);
  }
  const int decimals = std::max(0, 2 - static_cast<int>(std::floor(std::log10(size))));
  digits = fmt::format("{:.{}f}", size, decimals);
  if (digits.find('.') != std::string::npos) {
    while (digits.back() == '0')
      digits.pop_back();
    if (digits.back() == '.') digits.pop_back();
  }
  return (value < 0 ? "−" : "") + digits;
}

FindingText describe(const StudentFinding& finding) {
  FindingText out;
  std::vector<const TauFinding*> above;
  for (const TauFinding& f : finding.taus)
    if (f.tau > 1) above.push_back(&f);
  if (above.empty()) {
    out.headline = "Whether τ turns or only rescales the gradients cannot be said from this run.";
    out.note =
        "It needs the temperature 1, at least one above it, and for both divergences the cosine with τ = 1 "
        "and the "
        "non-dominant share.";
    return out;
  }
  for (const Asymmetry kind : {Asymmetry::visible, Asymmetry::forward_more, Asymmetry::alike,
                               Asymmetry::mixed, Asymmetry::reverse_more}) {
    std::vector<double> taus;
    for (const TauFinding* f : above)
      if (f->asymmetry == kind) taus.push_back(f->tau);
    if (taus.empty()) continue;
    const std::string where =
        taus.size() == above.size() && taus.size() > 1 ? "any of " + tau_list(taus) : tau_list(taus);
    const bool all = taus.size() == above.size() && taus.size() > 1;
    if (!out.headline.empty()) out.headline += ' ';
    out.headline += headline_of(kind, all && kind != Asymmetry::alike ? tau_list(taus) : where);
  }
  out.header = {"τ", "gradient", "cosine with τ = 1", "non-dominant share", "ratio of norms", "in words"};
  std::vector<double> differ;
  for (const TauFinding& f : finding.taus) {
    out.rows.push_back(row_of(f.tau, forward_name, f.forward));
    out.rows.push_back(row_of(f.tau, reverse_name, f.reverse));
    if (f.tau > 1 && f.asymmetry != f.asymmetry_of_medians) differ.push_back(f.tau);
  }
  if (!differ.empty())
    out.note = "With medians in place of means the wording would differ at " + tau_list(differ) +
               ": positions vary widely, see the figures.";
  return out;
}

}  // namespace tauscope::detail
