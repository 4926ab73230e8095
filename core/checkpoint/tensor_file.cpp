#include "core/checkpoint/tensor_file.h"

namespace tauscope {

TensorFile::TensorFile(const std::filesystem::path& path) : path_(path), mapping_(MappedFile::open(path)) {}

void TensorFile::set_tensors(std::vector<TensorEntry> tensors) {
  tensors_ = std::move(tensors);
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    index_.emplace(tensors_[i].name, i);
}

const TensorEntry* TensorFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

}  // namespace tauscope
