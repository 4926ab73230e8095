// The safetensors container: mapped for reading, validated in full before any tensor is handed out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/files.h"

namespace tauscope {

/// Element types the format names. Not all of them can be computed with; all of them are read and reported.
enum class TensorType { F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, F8_E4M3, F8_E5M2 };
const char* tensor_type_name(TensorType type);
std::size_t tensor_type_bytes(TensorType type);
std::optional<TensorType> tensor_type_of_name(std::string_view name);
std::string tensor_type_names();  ///< all of them, for messages
/// Bytes of a tensor; empty where an extent is negative or the product does not fit 63 bits.
std::optional<std::uint64_t> tensor_bytes(TensorType type, const std::vector<std::int64_t>& shape);

/// One tensor of a mapped file; `bytes` lives as long as the file object.
struct TensorEntry {
  std::string name;
  TensorType type = TensorType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  ///< row-major, little-endian; alignment is not promised

  std::int64_t elements() const;
};

class SafetensorsFile {
 public:
  /// Maps and validates: header length, JSON (duplicate keys refused), every dtype, shape (overflow), offsets
  /// (order, holes, overlaps, end of file). A git-lfs pointer, a web page, a PyTorch file, an empty and a
  /// truncated file each get their own message. The file must not shrink while the object lives (see
  /// MappedFile).
  static std::shared_ptr<const SafetensorsFile> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::vector<TensorEntry>& tensors() const { return tensors_; }  ///< by offset
  const TensorEntry* find(std::string_view name) const;                 ///< null where there is none
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  void read(std::span<const std::byte> bytes);

  std::filesystem::path path_;
  std::shared_ptr<const MappedFile> mapping_;
  std::vector<TensorEntry> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::map<std::string, std::string> metadata_;
};

/// One tensor to write; `bytes` must hold elements x type size.
struct TensorToWrite {
  std::string name;
  TensorType type = TensorType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// The same, for tensors that are not in memory at once. Nothing appears under the name before commit().
class SafetensorsStream {
 public:
  /// What a tensor will be. Its bytes follow in the order of the file: widest element types first, then by
  /// name.
  struct Layout {
    std::string name;
    TensorType type = TensorType::F32;
    std::vector<std::int64_t> shape;
  };
  SafetensorsStream(const std::filesystem::path& path, const std::vector<Layout>& tensors,
                    const std::map<std::string, std::string>& metadata = {});
  void write(std::span<const std::byte> bytes);
  /// Throws Error::failed unless exactly the bytes of all tensors were written.
  void commit();

 private:
  AtomicFile file_;
  std::uint64_t expected_ = 0;  ///< bytes of header and tensors
};

/// Writes atomically (temp file, fsync, rename, fsync of the folder). The widest element types come first,
/// then by name, and the data begin at a multiple of 8, so that every tensor is aligned to its elements.
/// transformers loads the file only if `metadata` has {"format": "pt"}.
void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace tauscope
