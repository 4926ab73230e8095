#include "core/diagnostics/kept_logits.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/diagnostics/half.h"
#include "kernels/load_row.h"

namespace tauscope {
namespace {

TensorType tensor_type(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return TensorType::F32;
    case DType::float16:
      return TensorType::F16;
    case DType::bfloat16:
      return TensorType::BF16;
  }
  return TensorType::F32;
}

void store_logit(float value, DType dtype, std::byte* out) {
  if (dtype == DType::float32) {
    std::memcpy(out, &value, sizeof value);
    return;
  }
  const std::uint16_t bits = dtype == DType::float16 ? float16_from_float(value) : bfloat16_from_float(value);
  std::memcpy(out, &bits, sizeof bits);
}

std::string unique_stem(const std::string& name, std::set<std::string>& taken) {
  const std::string base = file_safe_name(name);
  std::string stem = base;
  for (int i = 2; !taken.insert(stem).second; ++i)
    stem = base + "-" + std::to_string(i);
  return stem;
}

bool counts_from_zero(const std::vector<std::int64_t>& positions) {
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (positions[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

}  // namespace

std::string file_safe_name(const std::string& name) {
  std::string safe = name.substr(0, 100);
  for (char& c : safe) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!plain && c != '.') c = '_';
  }
  if (safe.empty() || safe[0] == '.') safe.insert(safe.begin(), '_');
  return safe;
}

std::vector<std::string> kept_stems(const std::vector<std::string>& students) {
  std::set<std::string> taken;
  std::vector<std::string> stems = {unique_stem("teacher", taken)};
  for (const auto& student : students)
    stems.push_back(unique_stem(student, taken));
  return stems;
}

KeptLogits::KeptLogits(std::filesystem::path folder, const std::vector<std::string>& students, DType dtype)
    : folder_(std::move(folder)), dtype_(dtype) {
  std::error_code failure;
  std::filesystem::create_directories(folder_, failure);
  if (failure) throw Error::failed(folder_.string(), "the folder cannot be made: " + failure.message());
  const std::vector<std::string> stems = kept_stems(students);
  for (std::size_t i = 0; i < stems.size(); ++i) {
    members_.push_back(std::unique_ptr<Member>(new Member{i == 0 ? "teacher" : "student",
                                                          i == 0 ? "teacher" : students[i - 1], stems[i],
                                                          TemporaryFile(folder_)}));
  }
}

void KeptLogits::add(const ScoredChunk& chunk) {
  example_ = chunk.example;
  vocab_ = chunk.teacher.vocab;
  add_rows(chunk.teacher, members_[0]->rows);
  for (std::size_t i = 0; i < chunk.students.size(); ++i)
    add_rows(chunk.students[i], members_[i + 1]->rows);
  targets_.insert(targets_.end(), chunk.targets.begin(), chunk.targets.end());
  for (std::size_t row = 0; row < chunk.teacher.rows; ++row)
    positions_.push_back(chunk.position(row));
}

void KeptLogits::add_rows(const LogitsView& view, TemporaryFile& out) {
  const std::size_t bytes = view.vocab * dtype_bytes(dtype_);
  values_.resize(view.vocab);
  packed_.resize(bytes);
  for (std::size_t r = 0; r < view.rows; ++r) {
    if (view.dtype == dtype_) {
      out.append({static_cast<const std::byte*>(view.row(r)), bytes});
      continue;
    }
    load_row(view, r, values_);
    for (std::size_t j = 0; j < view.vocab; ++j) {
      store_logit(values_[j], dtype_, packed_.data() + j * dtype_bytes(dtype_));
      if (dtype_ == DType::float16 && std::isfinite(values_[j]) && std::abs(values_[j]) >= 65520.0f)
        ++overflowed_;
    }
    out.append(packed_);
  }
}

void KeptLogits::end_example() {
  const auto rows = static_cast<std::int64_t>(positions_.size());
  std::vector<TensorToWrite> shared;
  const auto integers = [&](const char* name, const std::vector<std::int64_t>& values) {
    shared.push_back({name, TensorType::I64, {rows}, std::as_bytes(std::span(values))});
  };
  if (!targets_.empty()) integers("targets", targets_);
  if (!counts_from_zero(positions_)) integers("positions", positions_);
  for (auto& member : members_) {
    std::vector<TensorToWrite> tensors = {
        {"logits", tensor_type(dtype_), {rows, static_cast<std::int64_t>(vocab_)}, member->rows.map()}};
    tensors.insert(tensors.end(), shared.begin(), shared.end());
    write_safetensors(
        folder_ / (std::to_string(example_) + "-" + member->stem + ".safetensors"), tensors,
        {{"role", member->role}, {"name", member->name}, {"example", std::to_string(example_)}});
    member->rows.clear();
  }
  targets_.clear();
  positions_.clear();
}

}  // namespace tauscope
