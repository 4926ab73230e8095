// Named tensors in a file, whatever its format: what core/model and `inspect` see of a checkpoint's weights.
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

/// Element types that safetensors names (C64: a pair of floats; F4 and F6 are packed). Not all of them can be
/// computed with; all of them are read and reported.
enum class TensorType {
  F64,
  F32,
  F16,
  BF16,
  I64,
  I32,
  I16,
  I8,
  U64,
  U32,
  U16,
  U8,
  BOOL,
  C64,
  F8_E4M3,
  F8_E4M3FNUZ,
  F8_E5M2,
  F8_E5M2FNUZ,
  F8_E8M0,
  F6_E2M3,
  F6_E3M2,
  F4
};
const char* tensor_type_name(TensorType type);
std::size_t tensor_type_bits(TensorType type);
/// Of types whose elements are whole bytes; 0 for the packed ones.
std::size_t tensor_type_bytes(TensorType type);
std::optional<TensorType> tensor_type_of_name(std::string_view name);
std::string tensor_type_names();  ///< all of them, for messages
/// Bytes of a tensor; empty where an extent is negative, the product does not fit 63 bits, or packed elements
/// do not fill their last byte.
std::optional<std::uint64_t> tensor_bytes(TensorType type, const std::vector<std::int64_t>& shape);

/// One tensor of a mapped file; `bytes` lives as long as the file object.
struct TensorEntry {
  std::string name;
  TensorType type = TensorType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  ///< row-major, little-endian; alignment is not promised

  std::int64_t elements() const;
};

/// A file that was validated in full before any tensor is handed out. It must not shrink while the object
/// lives (see MappedFile).
class TensorFile {
 public:
  virtual ~TensorFile() = default;
  TensorFile(const TensorFile&) = delete;
  TensorFile& operator=(const TensorFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::vector<TensorEntry>& tensors() const { return tensors_; }  ///< in the order of the file
  const TensorEntry* find(std::string_view name) const;                 ///< null where there is none
  /// Compares the bytes with the checksums that the file states, if it does: reads the whole file. Throws
  /// Error::bad_input.
  virtual void verify_checksums() const {}

 protected:
  explicit TensorFile(const std::filesystem::path& path);
  std::span<const std::byte> content() const { return mapping_->bytes(); }
  /// Called once, when everything is known to be right. Names must differ.
  void set_tensors(std::vector<TensorEntry> tensors);

 private:
  std::filesystem::path path_;
  std::shared_ptr<const MappedFile> mapping_;
  std::vector<TensorEntry> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

}  // namespace tauscope
