#include "core/checkpoint/shard_index.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/message.h"

namespace tauscope {
namespace {

bool is_plain_name(const std::string& name, const std::string& extension) {
  constexpr std::string_view kForbidden("/\\\0", 3);
  return name.find_first_of(kForbidden) == name.npos && name.ends_with(extension) && name.front() != '.' &&
         name.size() <= 255;
}

constexpr const char* index_remedy = "get the index and the weight files again, from one source";

}  // namespace

ShardIndex ShardIndex::read(const std::filesystem::path& path, const std::string& extension) {
  ShardIndex index;
  index.file = path.string();
  const Json json = read_json_file(path);
  const JsonFields fields(json, index.file);
  const JsonFields map = fields.object("weight_map");
  for (const auto& [tensor, unused] : map.json().items()) {
    const std::string shard = map.string(tensor);
    if (!is_plain_name(shard, extension))
      throw Error::bad_input(index.file, "is not a plain file name")
          .field("weight_map." + shown(tensor))
          .found(in_quotes(shard))
          .expected(fmt::format("the name of a {} file in the same folder, without separators", extension));
    index.shard_of.emplace(tensor, shard);
  }
  if (index.shard_of.empty())
    throw Error::bad_input(index.file, "the index names no tensors").field("weight_map").remedy(index_remedy);
  if (fields.has("metadata")) {
    const JsonFields metadata = fields.object("metadata");
    if (metadata.has("total_size")) index.total_size = metadata.number("total_size");
  }
  return index;
}

std::vector<std::string> ShardIndex::shards() const {
  std::vector<std::string> names;
  for (const auto& [tensor, shard] : shard_of)
    names.push_back(shard);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void ShardIndex::check_against(const std::vector<std::shared_ptr<const TensorFile>>& files) const {
  std::map<std::string, std::string> found_in;
  for (const auto& shard : files) {
    const std::string name = shard->path().filename().string();
    for (const TensorEntry& tensor : shard->tensors()) {
      const auto [other, is_new] = found_in.emplace(tensor.name, name);
      if (!is_new)
        throw Error::bad_input(shard->path().string(), "the tensor stands in another weight file too")
            .field(in_quotes(tensor.name))
            .found("also in " + other->second)
            .remedy(index_remedy);
      const auto listed = shard_of.find(tensor.name);
      if (listed == shard_of.end() || listed->second != name)
        throw Error::bad_input(shard->path().string(), "the index does not place this tensor here")
            .field(in_quotes(tensor.name))
            .found(listed == shard_of.end() ? "not in the index" : "in the index under " + listed->second)
            .remedy(index_remedy);
    }
  }
  for (const auto& [tensor, shard] : shard_of)
    if (!found_in.contains(tensor))
      throw Error::bad_input(file, "the tensor is not in its weight file")
          .field("weight_map." + shown(tensor))
          .found("no such tensor in " + shard)
          .remedy(index_remedy);
}

}  // namespace tauscope
