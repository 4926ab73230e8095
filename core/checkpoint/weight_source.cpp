#include "core/checkpoint/weight_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/error.h"
#include "core/base/message.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

struct Known {
  const char* name;
  bool is_index, is_torch;
};

/// In transformers' order.
constexpr std::array sources{
    Known{"model.safetensors", false, false}, Known{"model.safetensors.index.json", true, false},
    Known{"pytorch_model.bin", false, true}, Known{"pytorch_model.bin.index.json", true, true}};

std::vector<std::string> names_in(const fs::path& folder) {
  std::error_code code;
  std::vector<std::string> names;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
    names.push_back(at->path().filename().string());
  if (code) throw Error::bad_input(folder.string(), "the folder cannot be read: " + code.message());
  std::sort(names.begin(), names.end());
  return names;
}

/// The folder has no weights that can be read: says what it has instead, and what to do about it.
Error no_weights(const fs::path& folder) {
  const std::vector<std::string> names = names_in(folder);
  const auto found = [&](auto&& is_kind) {
    std::vector<std::string> some;
    std::copy_if(names.begin(), names.end(), std::back_inserter(some), is_kind);
    return some_names(some);
  };
  const auto error = [&](std::string problem, std::string what, std::string remedy) {
    return Error::bad_input(folder.string(), std::move(problem))
        .found(std::move(what))
        .expected(fmt::format("{}, {}, or their .index.json", sources[0].name, sources[2].name))
        .remedy(std::move(remedy));
  };
  using Name = const std::string&;
  if (auto what = found([](Name n) { return n.starts_with("adapter_model."); }); !what.empty())
    return error("the folder holds an adapter, not a whole model", what,
                 "merge it into its base model: PEFT's merge_and_unload(), then save_pretrained(folder)");
  if (auto what = found([](Name n) { return n.starts_with("pytorch_model"); }); !what.empty())
    return error("the weights have another name, or their index is missing", what,
                 fmt::format("rename the file to {}, or get {} as well", sources[2].name, sources[3].name));
  if (auto what = found([](Name n) { return n.ends_with(".pth"); }); !what.empty())
    return error(
        "the weights are in the layout of the model's own repository, not of Hugging Face", what,
        "get the checkpoint in the Hugging Face layout, or convert it with transformers' conversion script");
  if (auto what = found([](Name n) { return n.ends_with(".safetensors"); }); !what.empty())
    return error("the weights have another name, or their index is missing", what,
                 fmt::format("rename the file to {}, or get {} as well", sources[0].name, sources[1].name));
  if (auto what = found([](Name n) {
        return n.ends_with(".gguf") || n.ends_with(".h5") || n.ends_with(".msgpack") || n.ends_with(".onnx");
      });
      !what.empty())
    return error("the weights are in a format that is not read here", what,
                 "get the checkpoint as safetensors");
  return error("the folder holds no weights",
               names.empty() ? "nothing: the folder is empty" : some_names(names),
               "download the checkpoint again");
}

/// config.json may name the file. transformers takes safetensors only.
std::optional<WeightSource> stated_weights(const fs::path& folder, const Json& config) {
  const std::string file = (folder / "config.json").string();
  const JsonFields fields(config, file);
  if (!fields.has("transformers_weights")) return std::nullopt;
  const std::string name = fields.string("transformers_weights");
  const bool is_index = name.ends_with(".safetensors.index.json");
  const bool is_plain =
      !name.empty() && name.find('/') == name.npos && name.find('\\') == name.npos && name.front() != '.';
  if (!is_plain || (!is_index && !name.ends_with(".safetensors")))
    throw Error::bad_input(file, "does not name a weight file of the folder")
        .field("transformers_weights")
        .found(in_quotes(name))
        .expected("the plain name of a .safetensors or .safetensors.index.json file");
  if (!is_there(folder / name))
    throw Error::bad_input(file, "the weight file that is named here is not there")
        .field("transformers_weights")
        .found(in_quotes(name))
        .remedy("finish the download of the checkpoint");
  return WeightSource{name, is_index, false, {}};
}

bool is_hub_blob(const fs::path& target, const fs::path& folder) {
  for (fs::path at = folder; at.has_relative_path(); at = at.parent_path())
    if (at.filename() == "snapshots" && target.parent_path() == at.parent_path() / "blobs") return true;
  return false;
}

}  // namespace

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string some_names(const std::vector<std::string>& names) {
  constexpr std::size_t most_shown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most_shown); ++i)
    text += (i > 0 ? ", " : "") + shown(names[i]);
  return names.size() > most_shown ? fmt::format("{} and {} more", text, names.size() - most_shown) : text;
}

WeightSource find_weights(const fs::path& folder, const Json& config) {
  std::optional<WeightSource> chosen = stated_weights(folder, config);
  for (const Known& each : sources) {
    if (!is_there(folder / each.name) || (chosen && chosen->name == each.name)) continue;
    if (chosen)
      chosen->passed.push_back(each.name);
    else
      chosen = WeightSource{each.name, each.is_index, each.is_torch, {}};
  }
  if (!chosen) throw no_weights(folder);
  return *chosen;
}

fs::path file_of_folder(const fs::path& folder, const std::string& name) {
  const fs::path path = folder / name;
  std::error_code code;
  if (!fs::is_symlink(path, code)) return path;
  const fs::path target = fs::canonical(path, code);
  if (code)
    throw Error::bad_input(path.string(), "is a link to nothing")
        .found(shown(code.message()))
        .remedy("finish the download of the checkpoint");
  const fs::path home = fs::canonical(folder, code);
  const fs::path inside = target.lexically_relative(home);
  if (code || inside.empty() || *inside.begin() == "..")
    if (!is_hub_blob(target, home))
      throw Error::bad_input(path.string(), "is a link that leads out of the checkpoint's folder")
          .found(shown(target.string(), 200))
          .expected("a file in the folder, or in the blobs of a hub cache")
          .remedy("copy the file into the folder");
  return path;
}

}  // namespace tauscope
