// The safetensors container: mapped for reading, validated in full before any tensor is handed out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/checkpoint/tensor_file.h"

namespace tauscope {

class SafetensorsFile : public TensorFile {
 public:
  /// Maps and validates: header length, JSON (duplicate keys refused), every dtype, shape (overflow), offsets
  /// (order, holes, overlaps, end of file). A git-lfs pointer, a web page, a PyTorch file, an empty and a
  /// truncated file each get their own message. The tensors are in the order of their offsets.
  static std::shared_ptr<const SafetensorsFile> open(const std::filesystem::path& path);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  explicit SafetensorsFile(const std::filesystem::path& path);

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
