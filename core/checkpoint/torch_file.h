// pytorch_model.bin: a state dict as torch.save writes it since PyTorch 1.6, a zip archive of one pickle and
// the bytes of each storage. Nothing in it is executed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/stored_zip.h"
#include "core/checkpoint/tensor_file.h"

namespace tauscope {

struct TorchTensor;

class TorchFile : public TensorFile {
 public:
  /// Maps and validates: the archive (see read_stored_zip), byte order, version and checksum of the pickle,
  /// the pickle (see PickleTree), each storage's size against its entry, each tensor's type, shape, strides
  /// and offset against its storage. The tensors are in the order of the state dict; those that lie row by
  /// row in their storage stay mapped, and may share it; others are copied into that order. Files from before
  /// PyTorch 1.6, TorchScript archives and whatever is no flat state dict are refused with the way out.
  static std::shared_ptr<const TorchFile> open(const std::filesystem::path& path);

  /// torch.save can be told to write no checksums.
  bool has_checksums() const;
  void verify_checksums() const override;

 private:
  explicit TorchFile(const std::filesystem::path& path);

  const ZipEntry* find_entry(std::string_view name) const;
  void verify(const ZipEntry& entry) const;
  void check_archive();
  void check_version(const ZipEntry& entry) const;
  void read_state_dict();
  void check_names(const std::vector<TensorEntry>& tensors) const;
  TensorEntry map_or_copy(std::string_view name, const TorchTensor& tensor);

  std::vector<ZipEntry> entries_;  ///< by name
  std::string root_;               ///< the folder inside the archive, with its '/'
  std::vector<std::unique_ptr<std::byte[]>> copies_;
  std::uint64_t copied_bytes_ = 0;
};

}  // namespace tauscope
