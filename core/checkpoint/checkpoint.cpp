#include "core/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/shard_index.h"
#include "core/checkpoint/torch_file.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

/// A name of the form "organisation/model" that is no path here was meant for a hub.
bool looks_like_hub_name(const std::string& name) {
  return std::count(name.begin(), name.end(), '/') == 1 && name.front() != '/' && name.front() != '.' &&
         name.back() != '/';
}

void check_folder(const fs::path& folder) {
  std::error_code code;
  const fs::file_status status = fs::status(folder, code);
  const std::string name = folder.string();
  if (status.type() == fs::file_type::not_found || status.type() == fs::file_type::none) {
    if (status.type() == fs::file_type::none && code)
      throw Error::bad_input(name, "the folder cannot be read: " + code.message());
    Error missing = Error::bad_input(name, "there is no such folder").expected("the folder of a checkpoint");
    if (name.empty() || !looks_like_hub_name(name)) throw missing;
    throw std::move(missing).remedy("models are not downloaded: get the folder first and give its path");
  }
  if (status.type() != fs::file_type::directory)
    throw Error::bad_input(name, "is a file, not a folder")
        .expected("the folder of a checkpoint")
        .remedy("give the folder that holds config.json and the weights");
}

std::shared_ptr<const TensorFile> open_file(const fs::path& path, bool is_torch) {
  if (is_torch) return TorchFile::open(path);
  return SafetensorsFile::open(path);
}

}  // namespace

Json Checkpoint::read_config(const fs::path& folder) {
  check_folder(folder);
  const fs::path path = file_of_folder(folder, "config.json");
  if (!is_there(path))
    throw Error::bad_input(path.string(), "there is no such file")
        .expected("a folder that transformers' save_pretrained wrote")
        .remedy("give the folder that holds config.json; a git-lfs or hub download may be incomplete");
  Json config = read_json_file(path, std::uint64_t{16} << 20, HugeIntegers::as_double);
  const JsonFields object(config, path.string());  // throws unless it is one
  return config;
}

std::shared_ptr<const Checkpoint> Checkpoint::open(const fs::path& folder) {
  auto checkpoint = std::make_shared<Checkpoint>();
  checkpoint->folder_ = folder;
  checkpoint->config_ = read_config(folder);
  checkpoint->open_weights();
  return checkpoint;
}

void Checkpoint::open_weights() {
  source_ = find_weights(folder_, config_);
  for (const std::string& other : source_.passed)
    remarks_.push_back(fmt::format("{} is there too and is not read: {} comes first", other, source_.name));
  const fs::path path = file_of_folder(folder_, source_.name);
  if (source_.is_index)
    open_shards(path);
  else
    files_.push_back(open_file(path, source_.is_torch));
  if (parameter_count() == 0)
    throw Error::bad_input(files_.front()->path().string(), "the file holds no tensors");
}

void Checkpoint::open_shards(const fs::path& index_file) {
  const ShardIndex index = ShardIndex::read(index_file, source_.is_torch ? ".bin" : ".safetensors");
  std::vector<std::string> missing;
  for (const std::string& shard : index.shards())
    if (!is_there(folder_ / shard)) missing.push_back(shard);
  if (!missing.empty())
    throw Error::bad_input(folder_.string(), fmt::format("{} of {} weight files are missing", missing.size(),
                                                         index.shards().size()))
        .field(fmt::format("{}, weight_map", source_.name))
        .found("not there: " + some_names(missing))
        .remedy("finish the download of the checkpoint");
  for (const std::string& shard : index.shards())
    files_.push_back(open_file(file_of_folder(folder_, shard), source_.is_torch));
  index.check_against(files_);

  // Tensors that share their bytes, as torch.save keeps them, count once.
  std::set<const std::byte*> counted;
  std::uint64_t bytes = 0;
  for (const auto& file : files_)
    for (const TensorEntry& tensor : file->tensors())
      if (counted.insert(tensor.bytes.data()).second) bytes += tensor.bytes.size();
  if (index.total_size && *index.total_size != static_cast<double>(bytes))
    remarks_.push_back(fmt::format("{} says total_size {:.0f}, the tensors have {} bytes", source_.name,
                                   *index.total_size, bytes));
}

std::string Checkpoint::model_type() const {
  return JsonFields(config_, config_file()).string("model_type");
}

const TensorEntry* Checkpoint::find(const std::string& name) const {
  for (const auto& file : files_)
    if (const TensorEntry* tensor = file->find(name)) return tensor;
  return nullptr;
}

std::vector<std::string> Checkpoint::tensor_names() const {
  std::vector<std::string> names;
  for (const auto& file : files_)
    for (const TensorEntry& tensor : file->tensors())
      names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  return names;
}

std::int64_t Checkpoint::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& file : files_)
    for (const TensorEntry& tensor : file->tensors())
      count += tensor.elements();
  return count;
}

std::string Checkpoint::hash() const {
  const std::lock_guard lock(hash_mutex_);
  if (!hash_.empty()) return hash_;
  std::vector<fs::path> paths{folder_ / "config.json"};
  for (const auto& file : files_)
    paths.push_back(file->path());
  std::sort(paths.begin() + 1, paths.end());
  std::string listing;
  for (const fs::path& path : paths)
    listing += fmt::format("{}  {}\n", sha256_file(path), path.filename().string());
  return hash_ = sha256(listing);
}

}  // namespace tauscope
