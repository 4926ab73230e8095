// Logits that any test can make again: every number is a pure function of where it stands.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/diagnostics/scored_chunk.h"

namespace tauscope::test {

struct SyntheticShape {
  std::int64_t examples = 6;
  std::vector<std::string> students = {"near", "far"};
  std::size_t vocab = 37;
  std::size_t chunk_rows = 5;  ///< row budget
  bool targets = true;
  bool whole_examples = true;
  std::vector<std::string> categories = {"brainstorming", "open, \"quoted\"", ""};  ///< in turn
  std::function<std::size_t(std::int64_t)> rows_of = [](std::int64_t example) {
    return 4 + 3 * (example % 5);
  };
  /// May change a row of one side before it is handed out: (side: 0 = teacher, example, position, row).
  std::function<void(std::size_t, std::int64_t, std::int64_t, float*)> edit = [](auto, auto, auto, auto) {};
};

class SyntheticSource final : public ScoredSource {
 public:
  explicit SyntheticSource(SyntheticShape shape) : shape_(std::move(shape)) {}

  std::optional<ScoredChunk> next(std::stop_token stop) override {
    if (before_chunk) before_chunk(example_, position_);
    if (stop.stop_requested() || example_ == shape_.examples) return std::nullopt;
    const auto all = static_cast<std::int64_t>(shape_.rows_of(example_));
    const auto rows = std::min<std::int64_t>(static_cast<std::int64_t>(shape_.chunk_rows), all - position_);
    ScoredChunk chunk;
    chunk.example = shape_.whole_examples ? 10 * example_ + 3 : 0;  // numbers in the file, after a filter
    chunk.first_position = position_;
    chunk.last_of_example = position_ + rows == all;
    chunk.category = shape_.categories[static_cast<std::size_t>(example_) % shape_.categories.size()];
    fill(chunk, static_cast<std::size_t>(rows));
    position_ += rows;
    if (chunk.last_of_example) {
      ++example_;
      position_ = 0;
    }
    return chunk;
  }
  std::vector<std::string> student_names() const override { return shape_.students; }
  std::int64_t vocab() const override { return static_cast<std::int64_t>(shape_.vocab); }
  std::string token_text(std::int64_t id) const override {
    return id % 7 == 0 ? "\xff" : id % 7 == 1 ? "a,\"b\"\n" : std::to_string(id) + "t";
  }
  std::int64_t example_count() const override { return shape_.whole_examples ? shape_.examples : 1; }
  bool whole_examples() const override { return shape_.whole_examples; }
  std::int64_t row_count() const override {
    return shape_.whole_examples ? 0 : static_cast<std::int64_t>(shape_.rows_of(0));
  }

  std::function<void(std::int64_t example, std::int64_t position)> before_chunk;

 private:
  /// Uniform in [0, 1), by a mixing function of the coordinates.
  static double noise(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
    std::uint64_t x = a * 0x9e3779b97f4a7c15u + b * 0xbf58476d1ce4e5b9u + c * 0x94d049bb133111ebu + d + 1;
    for (int i = 0; i < 3; ++i)
      x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9u;
    return static_cast<double>((x ^ (x >> 32)) >> 11) * 0x1p-53;
  }

  void fill(ScoredChunk& chunk, std::size_t rows) {
    const std::size_t sides = 1 + shape_.students.size(), vocab = shape_.vocab;
    auto values = std::make_shared<std::vector<float>>(sides * rows * vocab);
    for (std::size_t side = 0; side < sides; ++side) {
      for (std::size_t r = 0; r < rows; ++r) {
        const auto position = position_ + static_cast<std::int64_t>(r);
        float* row = values->data() + (side * rows + r) * vocab;
        for (std::size_t j = 0; j < vocab; ++j) {
          const auto at = [&](std::size_t s) {
            return noise(s, static_cast<std::uint64_t>(example_), static_cast<std::uint64_t>(position), j);
          };
          const double teacher = -2.0 * std::log(at(0) + 1e-9) * (1 + static_cast<double>(position % 4));
          const double spread = side == 1 ? 0.05 : 3.0;
          row[j] = static_cast<float>(side == 0 ? teacher : teacher + spread * (at(side) - 0.5));
        }
        shape_.edit(side, example_, position, row);
      }
      const LogitsView view{values->data() + side * rows * vocab, rows, vocab, vocab, DType::float32};
      if (side == 0) {
        chunk.teacher = view;
      } else {
        chunk.students.push_back(view);
      }
    }
    for (std::size_t r = 0; r < rows && shape_.targets; ++r) {
      const auto position = static_cast<std::uint64_t>(position_) + r;
      const double draw = noise(99, static_cast<std::uint64_t>(example_), position, 0);
      chunk.targets.push_back(static_cast<std::int64_t>(draw * static_cast<double>(vocab)));
    }
    chunk.keep_alive = values;
  }

  SyntheticShape shape_;
  std::int64_t example_ = 0, position_ = 0;
};

}  // namespace tauscope::test
