#include "core/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/checkpoint/shard_index.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

constexpr const char* weights_name = "model.safetensors";
constexpr const char* index_name = "model.safetensors.index.json";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

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

std::vector<std::string> names_in(const fs::path& folder) {
  std::error_code code;
  std::vector<std::string> names;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
    names.push_back(at->path().filename().string());
  if (code) throw Error::bad_input(folder.string(), "the folder cannot be read: " + code.message());
  std::sort(names.begin(), names.end());
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  constexpr std::size_t most_shown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most_shown); ++i)
    text += (i > 0 ? ", " : "") + shown(names[i]);
  return names.size() > most_shown ? fmt::format("{} and {} more", text, names.size() - most_shown) : text;
}

/// The folder has no weights that can be read: says what it has instead, and what to do about it.
Error no_weights(const fs::path& folder) {
  const std::vector<std::string> names = names_in(folder);
  const auto found = [&](auto&& is_kind) {
    std::vector<std::string> some;
    std::copy_if(names.begin(), names.end(), std::back_inserter(some), is_kind);
    return joined(some);
  };
  const auto error = [&](std::string problem, std::string what, std::string remedy) {
    return Error::bad_input(folder.string(), std::move(problem))
        .found(std::move(what))
        .expected(fmt::format("{} or {}", weights_name, index_name))
        .remedy(std::move(remedy));
  };
  using Name = const std::string&;
  if (auto what = found([](Name n) { return n.starts_with("adapter_model."); }); !what.empty())
    return error("the folder holds an adapter, not a whole model", what,
                 "merge it into its base model: PEFT's merge_and_unload(), then save_pretrained(folder)");
  if (auto what = found([](Name n) { return n.starts_with("pytorch_model") || n.ends_with(".pth"); });
      !what.empty())
    return error("the weights are a PyTorch pickle, which can run code when it is read, and is not read here",
                 what,
                 "convert them: load the folder with transformers, then save_pretrained(folder, "
                 "safe_serialization=True)");
  if (auto what = found([](Name n) { return n.ends_with(".safetensors"); }); !what.empty())
    return error("the weights have another name, or their index is missing", what,
                 fmt::format("rename the file to {}, or get {} as well", weights_name, index_name));
  if (auto what = found([](Name n) {
        return n.ends_with(".gguf") || n.ends_with(".h5") || n.ends_with(".msgpack") || n.ends_with(".onnx");
      });
      !what.empty())
    return error("the weights are in a format that is not read here", what,
                 "get the checkpoint as safetensors");
  return error("the folder holds no weights", names.empty() ? "nothing: the folder is empty" : joined(names),
               "download the checkpoint again");
}

}  // namespace

Json Checkpoint::read_config(const fs::path& folder) {
  check_folder(folder);
  const fs::path path = folder / "config.json";
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
  if (is_there(folder_ / weights_name)) {
    files_.push_back(SafetensorsFile::open(folder_ / weights_name));
    if (is_there(folder_ / index_name))
      remarks_.push_back(
          fmt::format("{} is there too and is not read: {} comes first", index_name, weights_name));
  } else if (is_there(folder_ / index_name)) {
    is_sharded_ = true;
    open_shards(folder_ / index_name);
  } else {
    throw no_weights(folder_);
  }
  if (parameter_count() == 0)
    throw Error::bad_input(files_.front()->path().string(), "the file holds no tensors");
}

void Checkpoint::open_shards(const fs::path& index_file) {
  const ShardIndex index = ShardIndex::read(index_file);
  std::vector<std::string> missing;
  for (const std::string& shard : index.shards())
    if (!is_there(folder_ / shard)) missing.push_back(shard);
  if (!missing.empty())
    throw Error::bad_input(folder_.string(), fmt::format("{} of {} weight files are missing", missing.size(),
                                                         index.shards().size()))
        .field(fmt::format("{}, weight_map", index_name))
        .found("not there: " + joined(missing))
        .remedy("finish the download of the checkpoint");
  for (const std::string& shard : index.shards())
    files_.push_back(SafetensorsFile::open(folder_ / shard));
  index.check_against(files_);

  std::uint64_t bytes = 0;
  for (const auto& file : files_)
    for (const TensorEntry& tensor : file->tensors())
      bytes += tensor.bytes.size();
  if (index.total_size && *index.total_size != static_cast<double>(bytes))
    remarks_.push_back(fmt::format("{} says total_size {:.0f}, the tensors have {} bytes", index_name,
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
