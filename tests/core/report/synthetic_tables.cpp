#include "tests/core/report/synthetic_tables.h"

#include <algorithm>
#include <cmath>

namespace tauscope::test {

namespace {

SummaryRow row_of(const std::string& student, double tau, const std::string& quantity, double mean,
                  double spread, std::int64_t count) {
  SummaryRow row;
  row.student = student;
  row.tau = tau;
  row.group = "all";
  row.quantity = quantity;
  row.mean = mean;
  row.median = mean * (1 - 0.1 * spread);
  row.p5 = mean * (1 - 0.9 * spread);
  row.p25 = mean * (1 - 0.4 * spread);
  row.p75 = mean * (1 + 0.3 * spread);
  row.p95 = mean * (1 + 0.9 * spread);
  row.count = count;
  return row;
}

/// Quantities of one student at one τ; `harder` scales divergences for groups.
std::vector<SummaryRow> quantities(const SyntheticStudent& s, double tau, double harder, std::int64_t count) {
  const double fkl = 0.4 * harder / (1 + 0.6 * tau * tau), rkl = 1.1 * fkl;
  const double fkl_norm = 0.35 * harder * tau / (0.4 + tau * tau),
               rkl_norm = 0.3 * harder * tau / (0.5 + tau * tau);
  const auto capped = [](double v) { return std::clamp(v, 0.0, 1.0); };
  std::vector<SummaryRow> rows;
  const auto add = [&](const char* name, double mean, double spread) {
    SummaryRow row = row_of(s.name, tau, name, mean, spread, count);
    rows.push_back(row);
  };
  const auto add_share = [&](const char* name, double mean) {  // within 0…1
    SummaryRow row = row_of(s.name, tau, name, mean, 0.5, count);
    for (double* v : {&row.median, &row.p5, &row.p25, &row.p75, &row.p95})
      *v = capped(*v);
    rows.push_back(row);
  };
  const auto add_cosine = [&](const char* name, double mean) {
    SummaryRow row = row_of(s.name, tau, name, mean, 0, count);
    row.median = mean == 1 ? 1 : std::min(1.0, mean + 0.02);
    row.p25 = mean - 0.4 * (1 - mean);
    row.p75 = mean + 0.5 * (1 - mean);
    row.p5 = mean - (1 - mean);
    row.p95 = mean + 0.9 * (1 - mean);
    rows.push_back(row);
  };
  add("fkl", fkl, 1);
  add("rkl", rkl, 1);
  add("jsd", 0.24 * fkl, 1);
  add("tvd", 0.5 * std::sqrt(fkl), 1);
  add("entropy_teacher", 8.3 * tau / (1.6 + tau), 0.5);
  add("entropy_student", 8.3 * tau / (1.4 + tau), 0.5);
  add("fkl_grad_l1", 2 * fkl_norm, 0.8);
  add("rkl_grad_l1", 2 * rkl_norm, 0.8);
  add("fkl_grad_l2", fkl_norm, 0.8);
  add("rkl_grad_l2", rkl_norm, 0.8);
  add("grad_l2_ratio", fkl_norm / rkl_norm, 0.4);
  add_cosine("grad_cosine", 1 - 0.3 / (1 + tau));
  add_cosine("fkl_grad_cos_tau1", s.fkl_cosine(tau));
  add_cosine("rkl_grad_cos_tau1", s.rkl_cosine(tau));
  add("fkl_grad_ratio_tau1", fkl_norm / (0.35 * harder / 1.4), 0.3);
  add("rkl_grad_ratio_tau1", rkl_norm / (0.3 * harder / 1.5), 0.3);
  add_share("teacher_nd_mass", capped(0.05 + 0.1 * tau));
  add_share("student_nd_mass", capped(0.07 + 0.1 * tau));
  add_share("fkl_nd_share_l1", s.fkl_share(tau));
  add_share("rkl_nd_share_l1", s.rkl_share(tau));
  add("fkl_effective_tokens", 3 * std::pow(tau, 2.2), 0.9);
  add("rkl_effective_tokens", 2.5 * std::pow(tau, 1.7), 0.9);
  return rows;
}

void add_group(std::vector<SummaryRow>& out, std::vector<SummaryRow> rows, const std::string& group,
               const std::string& value) {
  for (SummaryRow& row : rows) {
    row.group = group;
    row.group_value = value;
    out.push_back(std::move(row));
  }
}

void add_distributions(AnalysisTables& out, const SyntheticStudent& s, double tau) {
  for (const char* source : {"teacher", "student", "fkl_gradient", "rkl_gradient"}) {
    const bool gradient = std::string(source).find("gradient") != std::string::npos;
    const double centre =
        (gradient ? -3.0 : -1.0) - 1.2 * tau + (std::string(source) == "student" ? 0.4 : 0.0);
    for (int octave = -40; octave < (gradient ? 3 : 0); ++octave) {
      const double mass = std::exp(-0.12 * (octave - centre) * (octave - centre));
      out.histogram.push_back(
          {s.name, tau, source, std::exp2(octave), std::exp2(octave + 1), 1000, 2500 * mass});
    }
    for (const std::int64_t rank : {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4096}) {
      const double steep = std::string(source) == "fkl_gradient" ? 1.6 : 1.2;
      const double share =
          1 - std::exp(-std::pow(static_cast<double>(rank) / (3 * std::pow(tau, steep)), 0.6));
      out.head_curve.push_back({s.name, tau, source, rank, rank == 4096 ? 1.0 : share});
    }
  }
}

}  // namespace

SyntheticStudent asymmetric_student(const std::string& name) {
  return {name, [](double tau) { return tau == 1 ? 1.0 : 1 / (1 + 0.08 * std::abs(tau - 1)); },
          [](double tau) { return tau == 1 ? 1.0 : 1 - 0.004 * std::abs(tau - 1); },
          [](double tau) { return 0.8 * tau / (3 + tau); }, [](double tau) { return 0.2 + 0.002 * tau; }};
}

SyntheticStudent symmetric_student(const std::string& name) {
  return {name, [](double tau) { return tau == 1 ? 1.0 : 1 / (1 + 0.5 * std::abs(tau - 1)); },
          [](double tau) { return tau == 1 ? 1.0 : 1 / (1 + 0.48 * std::abs(tau - 1)); },
          [](double tau) { return 0.9 * tau / (2 + tau); },
          [](double tau) { return 0.02 + 0.9 * tau / (2.1 + tau); }};
}

AnalysisTables synthetic_tables(const std::vector<SyntheticStudent>& students, const SyntheticSpec& spec) {
  AnalysisTables out;
  for (const SyntheticStudent& s : students)
    for (const double tau : spec.taus) {
      add_group(out.summary, quantities(s, tau, 1, 2500), "all", "");
      for (int q = 1; q <= 4; ++q)
        add_group(out.summary, quantities(s, tau, 0.4 * q, 625), "entropy_quartile", std::to_string(q));
      for (int p = 0; p < spec.positions; ++p)
        add_group(out.summary, quantities(s, tau, 1 + 0.6 * std::sin(p * 0.7) + 0.01 * p, 100 - p),
                  "position", std::to_string(p));
      for (std::size_t c = 0; c < spec.categories.size(); ++c)
        add_group(
            out.summary,
            quantities(s, tau, 0.5 + 0.4 * static_cast<double>(c), 900 - 150 * static_cast<std::int64_t>(c)),
            "category", spec.categories[c]);
      add_distributions(out, s, tau);
    }
  return out;
}

Json synthetic_manifest(const std::vector<SyntheticStudent>& students, const SyntheticSpec& spec) {
  Json manifest = {
      {"format", "tauscope-analysis"},
      {"version", 1},
      {"tauscope_version", "0.1.0"},
      {"created_utc", "2026-01-02T03:04:05Z"},
      {"command", {"tauscope", "analyze", "--teacher", "a teacher", "--data", "it's.jsonl", "--out", "out"}},
      {"status", "complete"},
      {"source",
       {{"kind", "checkpoints"},
        {"teacher",
         {{"name", "teacher"},
          {"path", "/m/teacher"},
          {"sha256", std::string(64, 'a')},
          {"architecture", "llama"},
          {"parameters", 6400000},
          {"dtype", "bfloat16"}}},
        {"students", Json::array()},
        {"data",
         {{"path", "dolly.jsonl"},
          {"sha256", std::string(64, 'b')},
          {"form", "Dolly"},
          {"template", "alpaca"}}}}},
      {"spec",
       {{"taus", spec.taus},
        {"tau_scaling", "squared"},
        {"dominant", "nucleus:0.9"},
        {"mode", "exact"},
        {"variant", "cpu-exact"},
        {"average", "token"},
        {"vocab", 4096}}},
      {"counts",
       {{"examples", 25},
        {"positions", 2500},
        {"invalid_positions", 0},
        {"infinite_divergences", 0},
        {"prompts_cut", 0}}},
      {"warnings", Json::array()}};
  for (const SyntheticStudent& s : students)
    manifest["source"]["students"].push_back({{"name", s.name},
                                              {"path", "/m/" + s.name},
                                              {"sha256", std::string(64, 'c')},
                                              {"architecture", "gpt2"},
                                              {"parameters", 1100000},
                                              {"dtype", "float32"}});
  return manifest;
}

}  // namespace tauscope::test
