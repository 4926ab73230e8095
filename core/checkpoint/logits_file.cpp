#include "core/checkpoint/logits_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/error.h"
#include "core/base/message.h"

namespace tauscope {
namespace {

constexpr const char* layout =
    "logits [N, V] in F32, F16 or BF16, optional targets [N] I64, optional mask [N] U8 or BOOL";

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string described(const TensorEntry& tensor) {
  return fmt::format("{} {}", tensor_type_name(tensor.type), shape_text(tensor.shape));
}

Error wrong(const SafetensorsFile& file, const TensorEntry& tensor, std::string problem) {
  return Error::bad_input(file.path().string(), std::move(problem)).field(tensor.name);
}

std::optional<DType> dtype_of(TensorType type) {
  switch (type) {
    case TensorType::F32:
      return DType::float32;
    case TensorType::F16:
      return DType::float16;
    case TensorType::BF16:
      return DType::bfloat16;
    default:
      return std::nullopt;
  }
}

const TensorEntry& find_logits(const SafetensorsFile& file) {
  if (const TensorEntry* logits = file.find("logits")) return *logits;
  std::string names;
  for (const TensorEntry& tensor : file.tensors())
    names += (names.empty() ? "" : ", ") + shown(tensor.name);
  throw Error::bad_input(file.path().string(), "the file has no tensor of this name")
      .field("logits")
      .found(names.empty() ? "no tensors" : shown(names, 200))
      .expected(layout);
}

/// (rows, vocab); `data` is left to the caller.
LogitsView layout_of(const SafetensorsFile& file, const TensorEntry& tensor) {
  const auto dtype = dtype_of(tensor.type);
  if (!dtype)
    throw wrong(file, tensor, "the element type cannot be used")
        .found(described(tensor))
        .expected("F32, F16 or BF16");
  if (tensor.shape.size() != 2)
    throw wrong(file, tensor, "is not a matrix")
        .found(described(tensor))
        .expected("[N, V]: one row per position, one entry per token")
        .remedy("reshape it before it is saved: logits.reshape(-1, logits.shape[-1])");
  if (tensor.shape[0] < 1 || tensor.shape[1] < 2)
    throw wrong(file, tensor, "there is nothing to compare")
        .found(described(tensor))
        .expected("at least one row of at least two entries");
  const auto vocab = static_cast<std::size_t>(tensor.shape[1]);
  return {nullptr, static_cast<std::size_t>(tensor.shape[0]), vocab, vocab, *dtype};
}

/// Copies a vector with one value per row out of the file, where it need not be aligned.
template <class T>
std::vector<T> read_rows(const SafetensorsFile& file, const TensorEntry& tensor, std::size_t rows) {
  if (tensor.shape.size() != 1 || static_cast<std::size_t>(tensor.shape[0]) != rows)
    throw wrong(file, tensor, "does not have one value for each row of logits")
        .found(described(tensor))
        .expected(fmt::format("[{}]", rows));
  std::vector<T> values(rows);
  std::memcpy(values.data(), tensor.bytes.data(), rows * sizeof(T));
  return values;
}

std::vector<std::int64_t> read_targets(const SafetensorsFile& file, const TensorEntry& tensor,
                                       const LogitsView& logits) {
  if (tensor.type != TensorType::I64)
    throw wrong(file, tensor, "the element type cannot be used").found(described(tensor)).expected("I64");
  auto targets = read_rows<std::int64_t>(file, tensor, logits.rows);
  const auto vocab = static_cast<std::int64_t>(logits.vocab);
  for (std::size_t row = 0; row < targets.size(); ++row)
    if (targets[row] < -1 || targets[row] >= vocab)
      throw wrong(file, tensor, "is not a token of the vocabulary")
          .found(fmt::format("{} in row {}", targets[row], row))
          .expected(fmt::format("from 0 to {}, or -1 where the position is not scored", vocab - 1))
          .remedy("-100, as PyTorch's losses ignore it, must be written as -1");
  return targets;
}

std::vector<std::uint8_t> read_mask(const SafetensorsFile& file, const TensorEntry& tensor,
                                    std::size_t rows) {
  if (tensor.type != TensorType::U8 && tensor.type != TensorType::BOOL)
    throw wrong(file, tensor, "the element type cannot be used")
        .found(described(tensor))
        .expected("U8 or BOOL");
  auto mask = read_rows<std::uint8_t>(file, tensor, rows);
  for (std::size_t row = 0; row < rows; ++row)
    if (mask[row] > 1)
      throw wrong(file, tensor, "is neither 0 nor 1")
          .found(fmt::format("{} in row {}", mask[row], row))
          .expected("0 or 1");
  return mask;
}

}  // namespace

std::shared_ptr<const LogitsFile> LogitsFile::open(const std::filesystem::path& path) {
  auto file = std::make_shared<LogitsFile>();
  file->file_ = SafetensorsFile::open(path);
  const SafetensorsFile& tensors = *file->file_;
  const TensorEntry& logits = find_logits(tensors);
  file->logits_ = layout_of(tensors, logits);
  file->logits_.data = logits.bytes.data();
  if (reinterpret_cast<std::uintptr_t>(logits.bytes.data()) % dtype_bytes(file->logits_.dtype) != 0) {
    file->aligned_copy_.assign(logits.bytes.begin(), logits.bytes.end());
    file->logits_.data = file->aligned_copy_.data();
  }
  if (const TensorEntry* targets = tensors.find("targets"))
    file->targets_ = read_targets(tensors, *targets, file->logits_);
  if (const TensorEntry* mask = tensors.find("mask"))
    file->mask_ = read_mask(tensors, *mask, file->logits_.rows);
  for (const TensorEntry& tensor : tensors.tensors())
    if (tensor.name != "logits" && tensor.name != "targets" && tensor.name != "mask" && tensor.name != "ids")
      file->ignored_.push_back(tensor.name);
  return file;
}

namespace {

using Files = std::vector<std::shared_ptr<const LogitsFile>>;

void check_rows(const Files& files) {
  const std::size_t rows = files.front()->logits().rows;
  for (const auto& file : files)
    if (file->logits().rows != rows)
      throw Error::bad_input(file->path().string(), "has another number of rows than the teacher's file")
          .field("logits")
          .found(fmt::format("{} rows", file->logits().rows))
          .expected(fmt::format("{} rows, as in {}", rows, files.front()->path().string()))
          .remedy("write both from the same tokens: row i of each file must be the same position");
}

std::size_t shared_vocab(const Files& files, VocabularyRule rule) {
  const std::size_t teacher = files.front()->logits().vocab;
  std::size_t vocab = teacher;
  for (const auto& file : files) {
    const std::size_t own = file->logits().vocab;
    if (own != teacher && rule == VocabularyRule::must_agree)
      throw Error::bad_input(file->path().string(), "the vocabulary differs from the teacher's")
          .field("logits")
          .found(fmt::format("{} entries", own))
          .expected(fmt::format("{} entries, as in {}", teacher, files.front()->path().string()))
          .remedy("where the sizes differ by padding only, compare the shared entries: --vocab intersect");
    vocab = std::min(vocab, own);
  }
  return vocab;
}

/// The values of the first file that has any; every other file that has some must have the same.
template <class T>
std::vector<T> agreed(const Files& files, const char* name,
                      const std::optional<std::vector<T>>& (LogitsFile::*values)() const) {
  const LogitsFile* first = nullptr;
  for (const auto& file : files) {
    const auto& own = (*file.*values)();
    if (!own) continue;
    if (!first) {
      first = file.get();
      continue;
    }
    const auto& known = *(first->*values)();
    const auto [a, b] = std::mismatch(known.begin(), known.end(), own->begin());
    if (a == known.end()) continue;
    throw Error::bad_input(file->path().string(), fmt::format("differs from {}", first->path().string()))
        .field(name)
        .found(fmt::format("{} in row {}", *b, b - own->begin()))
        .expected(fmt::format("{}", *a))
        .remedy("write the files from the same tokens, or keep this tensor in one of them only");
  }
  return first ? *(first->*values)() : std::vector<T>();
}

void check_targets(const JoinedLogits& joined) {
  const auto vocab = static_cast<std::int64_t>(joined.vocab());
  for (std::size_t row = 0; row < joined.targets.size(); ++row)
    if (joined.targets[row] >= vocab && joined.is_scored(row))
      throw Error::bad_input(joined.teacher_file->path().string(),
                             "the target is outside the shared vocabulary")
          .field("targets")
          .found(fmt::format("{} in row {}", joined.targets[row], row))
          .expected(fmt::format("at most {}", vocab - 1))
          .remedy("leave the position out: -1 in targets, or 0 in mask");
}

}  // namespace

std::size_t JoinedLogits::scored_rows() const {
  std::size_t count = 0;
  for (std::size_t row = 0; row < rows(); ++row)
    count += is_scored(row) ? 1 : 0;
  return count;
}

JoinedLogits join_logits(std::shared_ptr<const LogitsFile> teacher,
                         std::vector<std::shared_ptr<const LogitsFile>> students, VocabularyRule rule) {
  Files files{teacher};
  files.insert(files.end(), students.begin(), students.end());
  check_rows(files);
  const std::size_t vocab = shared_vocab(files, rule);
  const auto cut = [vocab](LogitsView view) {
    view.vocab = vocab;
    return view;
  };

  JoinedLogits joined;
  joined.teacher = cut(teacher->logits());
  joined.teacher_dropped = teacher->logits().vocab - vocab;
  for (const auto& student : students) {
    joined.students.push_back(cut(student->logits()));
    joined.student_dropped.push_back(student->logits().vocab - vocab);
  }
  joined.targets = agreed(files, "targets", &LogitsFile::targets);
  joined.mask = agreed(files, "mask", &LogitsFile::mask);
  joined.teacher_file = std::move(teacher);
  joined.student_files = std::move(students);
  check_targets(joined);
  if (joined.scored_rows() == 0)
    throw Error::bad_input(joined.teacher_file->path().string(), "no row is scored")
        .found(fmt::format("{} rows, all left out by targets or mask", joined.rows()))
        .expected("at least one row with a target other than -1 and mask 1");
  return joined;
}

}  // namespace tauscope
