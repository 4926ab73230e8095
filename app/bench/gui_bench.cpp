#include "app/bench/gui_bench.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <random>
#include <thread>

#include "app/gui/offscreen.h"
#include "app/gui/workbench.h"
#include "app/session/kernel_engine.h"
#include "core/base/error.h"
#include "core/figure/layout.h"

namespace tauscope {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto frame_period = std::chrono::microseconds(16667);

double milliseconds(Clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

/// One example of normal logits with a few likely tokens a row; a student is the teacher with noise.
class MadeUpEngine final : public KernelEngine {
 public:
  explicit MadeUpEngine(const GuiBenchOptions& options) : options_(options) {}

  std::shared_ptr<const Workspace> open(const Sources& sources, ProgressSink&, std::stop_token) override {
    auto workspace = std::make_shared<Workspace>();
    workspace->id = 1;
    workspace->sources = sources;
    workspace->teacher = {"teacher", "", "made up", "float32", 0};
    for (int s = 0; s < options_.students; ++s)
      workspace->students.push_back({fmt::format("student-{}", s), "", "made up", "float32", 0});
    workspace->examples = {{0, "made-up logits", ""}};
    workspace->data_description = "made-up logits";
    workspace->vocab = options_.vocab;
    return workspace;
  }

  std::shared_ptr<const ScoredExample> score(const Workspace&, std::int64_t, ProgressSink&,
                                             std::stop_token) override {
    const auto rows = static_cast<std::size_t>(options_.rows),
               vocab = static_cast<std::size_t>(options_.vocab);
    const std::size_t cells = rows * vocab;
    auto logits =
        std::make_shared<std::vector<float>>(cells * static_cast<std::size_t>(options_.students + 1));
    std::mt19937_64 random(options_.seed);
    std::normal_distribution<float> normal;
    std::vector<float> pool(std::size_t{1} << 20);  // a draw a logit would take longer than the benchmark
    for (float& x : pool)
      x = normal(random);
    for (std::size_t i = 0; i < cells; ++i)
      (*logits)[i] = 2.5f * pool[random() & (pool.size() - 1)];
    auto example = std::make_shared<HostExample>();
    for (std::size_t r = 0; r < rows; ++r) {
      for (int likely = 0; likely < 4; ++likely)
        (*logits)[r * vocab + random() % vocab] += 9;
      example->targets.push_back(static_cast<std::int64_t>(random() % vocab));
      example->response.push_back(
          {static_cast<std::int32_t>(example->targets.back()), fmt::format(" word{}", r)});
    }
    for (std::size_t i = cells; i < logits->size(); ++i)
      (*logits)[i] = (*logits)[i % cells] + pool[random() & (pool.size() - 1)];
    const auto view = [&](std::size_t model) {
      return LogitsView{logits->data() + model * cells, rows, vocab, vocab, DType::float32};
    };
    example->id = 1;
    example->rows = rows;
    example->vocab = vocab;
    example->bytes = logits->size() * sizeof(float);
    example->prompt = {{1, "<s>"}, {2, "made"}, {3, " up"}};
    example->teacher = view(0);
    for (int s = 0; s < options_.students; ++s)
      example->students.push_back(view(static_cast<std::size_t>(s) + 1));
    example->token = [](std::int64_t id) { return fmt::format("tok{}", id); };
    example->keep_alive = logits;
    return example;
  }

  void analyze(const Sources&, const StatisticsSpec&, std::int64_t, const std::filesystem::path&,
               ProgressSink&, std::stop_token) override {
    throw Error::failed("", "made-up logits cannot be analysed");
  }
  std::shared_ptr<const DataSummary> read_analysis(const std::filesystem::path& folder, ProgressSink&,
                                                   std::stop_token) override {
    throw Error::failed(folder.string(), "made-up logits have no analysis");
  }

 private:
  GuiBenchOptions options_;
};

/// Sorted samples.
class Samples {
 public:
  void add(double value) { values_.push_back(value); }
  double share(double p) const {
    if (values_.empty()) return 0;
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(p * static_cast<double>(sorted.size())))];
  }
  std::size_t size() const { return values_.size(); }

 private:
  std::vector<double> values_;
};

Json frames_json(const std::string& name, const Samples& s) {
  return {{"name", name},           {"count", s.size()},       {"p50_ms", s.share(0.5)},
          {"p90_ms", s.share(0.9)}, {"p99_ms", s.share(0.99)}, {"max_ms", s.share(1)}};
}
Json time_json(const std::string& name, const std::string& unit, const Samples& s, double judged,
               double target) {
  Json out = {
      {"name", name}, {"unit", unit}, {"p50", s.share(0.5)}, {"p90", s.share(0.9)}, {"max", s.share(1)}};
  if (target > 0) {
    out["target"] = target;
    out["met"] = judged <= target;
  }
  return out;
}

class GuiBench {
 public:
  GuiBench(const GuiBenchOptions& options, ProgressSink& progress)
      : options_(options),
        progress_(progress),
        surface_(gui::make_offscreen(options.width, options.height, static_cast<float>(options.scale))),
        engine_(options),
        workbench_(engine_, {.wake = [this] { surface_->wake(); }}, &surface_->textures()) {}

  Json run() {
    Json report = {{"format", "tauscope-bench-gui"}, {"version", 1}, {"context", context()}};
    report["frames"] = Json::array();
    report["times"] = Json::array();
    open();
    if (!stopped()) idle(report);
    if (!stopped()) drag(report);
    if (!stopped()) whole_example(report, "the example is computed", "whole example after a change of τ");
    // Columns that only the exact kernel gives, one of each kind of work.
    for (const char* column :
         {"jsd", "fkl_grad_l1", "fkl_nd_share_l1", "fkl_effective_tokens", "tckd", "fkl_grad_cos_tau1"}) {
      if (stopped()) break;
      session().apply(SetColourBy{column});
      wait_idle();
      whole_example(report, column, fmt::format("the same, coloured by {}", column));
    }
    if (!stopped()) long_series(report);
    report["stopped"] = stopped();
    return report;
  }

 private:
  Session& session() { return workbench_.session; }
  bool stopped() const { return options_.stop.stop_requested(); }

  /// From taking results over to the last pixel, in milliseconds. `paint` in place of the panels.
  double frame(const std::function<void()>& paint = {}) {
    const auto begin = Clock::now();
    session().update();
    if (workbench_.prepare(surface_->scale())) surface_->fonts_changed();
    surface_->begin_frame();
    ImGui::NewFrame();
    if (paint)
      paint();
    else
      workbench_.draw();
    ImGui::Render();
    surface_->draw(*ImGui::GetDrawData(), workbench_.theme().background);
    surface_->finish();
    return milliseconds(Clock::now() - begin);
  }

  /// Frames as a screen would ask for them; `each` before every one, until it says no.
  void paced(const std::function<bool()>& each, Samples& times) {
    auto next = Clock::now();
    while (!stopped() && each()) {
      times.add(frame());
      next = std::max(next + frame_period, Clock::now());
      std::this_thread::sleep_until(next);
    }
  }

  void wait_idle() {
    do {
      frame();
      surface_->wait(0.01);
    } while (session().busy() && !stopped());
    for (int i = 0; i < 10; ++i)
      frame();
  }

  void open() {
    progress_.progress("making up logits", 0, 0);
    Sources sources;
    sources.teacher = "teacher";
    sources.students = {{"student", "student"}};
    sources.data = "data";
    session().apply(OpenSources{sources});
    wait_idle();
    session().apply(SelectExample{0});
    wait_idle();
    session().apply(PinToken{options_.rows / 2});
    wait_idle();
    if (!session().example()) throw Error::failed("", "the made-up example did not open");
  }

  void idle(Json& report) {
    progress_.progress("idle frames", 0, options_.frames);
    Samples same, anew;
    for (int i = 0; i < options_.frames && !stopped(); ++i) {
      same.add(frame());
      surface_->draw_anew();
      anew.add(frame());
    }
    report["frames"].push_back(frames_json("nothing changed", same));
    report["frames"].push_back(frames_json("the whole window", anew));
  }

  double dragged(int i) const {  // to and fro, never twice the same
    const double x = std::abs(std::remainder(0.013 * i, 2.0));
    return std::clamp(0.2 * std::pow(50, x) * (1 + 1e-6 * i), 0.1, 20.0);
  }

  void drag(Json& report) {
    progress_.progress("dragging τ", 0, options_.frames);
    Samples times, lag;
    std::vector<double> taus;
    paced(
        [&] {
          if (!taus.empty()) {  // what the frame before has shown
            const auto shown = session().detail(0).result;
            const auto at = shown ? std::find(taus.rbegin(), taus.rend(), shown->key.tau) : taus.rend();
            lag.add(static_cast<double>(at - taus.rbegin()));
          }
          if (static_cast<int>(taus.size()) == options_.frames) return false;
          taus.push_back(dragged(static_cast<int>(taus.size())));
          session().apply(SetTau{taus.back()});
          return true;
        },
        times);
    Json frames = frames_json("dragging τ", times);
    frames["target_p99_ms"] = 20;
    frames["met"] = times.share(0.99) <= 20;
    report["frames"].push_back(std::move(frames));
    report["times"].push_back(time_json("pinned token's plots behind τ", "frames", lag, lag.share(0.99), 1));
    wait_idle();
  }

  void whole_example(Json& report, const std::string& what, const std::string& name) {
    Samples latency, times;
    for (int i = 0; i < options_.changes && !stopped(); ++i) {
      progress_.progress(name, i, options_.changes);
      session().apply(SetTau{0.31 * std::pow(1.19, i) * (1 + 1e-6 * changes_)});  // never twice the same
      const auto begin = Clock::now();
      paced(
          [&] {
            session().update();
            if (!session().rows(0).is_current) return true;
            latency.add(milliseconds(Clock::now() - begin));
            return false;
          },
          times);
      wait_idle();
      ++changes_;
    }
    report["frames"].push_back(frames_json("while " + what, times));
    report["times"].push_back(time_json(name, "ms", latency, latency.share(0.9), 100));
  }

  /// A plot of its own in place of the panels: laid out once, drawn in every frame.
  Samples series_frames(std::size_t points, double& layout_ms) {
    std::vector<double> y(points);
    std::mt19937_64 random(options_.seed);
    for (std::size_t i = 0; i < points; ++i)
      y[i] = std::sin(20 * static_cast<double>(i) / static_cast<double>(points)) +
             static_cast<double>(random() >> 11) * 0x1p-53;
    Figure figure;
    Panel panel;
    panel.x = {.label = "step"};
    panel.y = {.label = "loss"};
    panel.series = {{"loss", look_of(0), Line{{}, Values(std::move(y))}}};
    figure.panels = {panel};
    gui::SceneRenderer renderer(workbench_.fonts(), &surface_->textures());
    const auto begin = Clock::now();
    const Scene scene =
        layout(figure, {options_.width * options_.scale - 40, options_.height * options_.scale - 40},
               renderer.metrics(), workbench_.theme().figure);
    layout_ms = milliseconds(Clock::now() - begin);
    Samples times;
    for (int i = 0; i < options_.frames && !stopped(); ++i) {
      surface_->draw_anew();  // else there would be nothing to draw
      times.add(frame([&] {
        renderer.begin_frame();
        renderer.draw(scene, *ImGui::GetBackgroundDrawList(), 20, 20);
      }));
    }
    return times;
  }

  void long_series(Json& report) {
    progress_.progress("long series", 0, 0);
    double short_layout = 0, long_layout = 0;
    const Samples few = series_frames(1000, short_layout);
    const Samples many = series_frames(static_cast<std::size_t>(options_.long_series), long_layout);
    report["frames"].push_back(frames_json("a plot of 1000 points", few));
    report["frames"].push_back(frames_json(fmt::format("a plot of {} points", options_.long_series), many));
    Samples ratio, once;
    ratio.add(many.share(0.5) / std::max(1e-6, few.share(0.5)));
    once.add(long_layout);
    report["times"].push_back(
        time_json("long series against 1000 points", "ratio", ratio, ratio.share(0.5), 1.5));
    report["times"].push_back(time_json("its layout, once", "ms", once, 0, 0));
  }

  Json context() const {
    std::string cpu = "unknown";
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
      if (line.starts_with("model name")) {
        cpu = line.substr(std::min(line.size(), line.find(':') + 2));
        break;
      }
    return {{"cpu", cpu},
            {"cores", std::thread::hardware_concurrency()},
            {"renderer", surface_->description()},
            {"imgui", IMGUI_VERSION},
            {"compiler", __VERSION__},
            {"tauscope_version", TAUSCOPE_VERSION},
            {"date_utc", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
            {"width", options_.width},
            {"height", options_.height},
            {"scale", options_.scale},
            {"rows", options_.rows},
            {"vocab", options_.vocab},
            {"students", options_.students},
            {"dtype", "float32"},
            {"frames", options_.frames},
            {"changes", options_.changes},
            {"seed", options_.seed}};
  }

  const GuiBenchOptions& options_;
  ProgressSink& progress_;
  int changes_ = 0;  ///< of τ so far
  gui::ImGuiOwner imgui_;
  std::unique_ptr<gui::Surface> surface_;
  MadeUpEngine engine_;
  gui::Workbench workbench_;
};

void check(const GuiBenchOptions& o) {
  const auto in = [](const char* name, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high)
      throw Error::usage(std::string(name) + " is out of range")
          .found(std::to_string(value))
          .expected(fmt::format("{} to {}", low, high));
  };
  in("--rows", o.rows, 1, 1 << 16);
  in("--vocab-size", o.vocab, 2, 1 << 21);
  in("--frames", o.frames, 10, 1000000);
  in("--changes", o.changes, 1, 10000);
  in("--series", o.long_series, 1000, 100'000'000);
}

}  // namespace

Json run_gui_bench(const GuiBenchOptions& options, ProgressSink& progress) {
  check(options);
  return GuiBench(options, progress).run();
}

}  // namespace tauscope
