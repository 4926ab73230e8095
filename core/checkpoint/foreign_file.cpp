#include "core/checkpoint/foreign_file.h"

#include <algorithm>

namespace tauscope {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

}  // namespace

bool looks_like_zip(std::string_view content) {
  return content.starts_with("PK\x03\x04") || content.starts_with("PK\x05\x06");
}

bool looks_like_pickle(std::string_view content) {
  // The opcode PROTO, a version, and the number that opens PyTorch's old files or an opcode of any pickle.
  return content.size() > 2 && content[0] == '\x80' && content[1] >= 2 && content[1] <= 5;
}

bool looks_like_safetensors(std::string_view content) {
  // The length of the header, in 64 bits of which it needs fewer than 32, and the header.
  return content.size() > 8 && content[8] == '{' && content.substr(4, 4) == std::string_view("\0\0\0\0", 4);
}

std::optional<ForeignKind> foreign_kind(std::string_view content) {
  if (content.starts_with("version https://git-lfs"))
    return ForeignKind{"this is a git-lfs pointer, not the file it stands for",
                       "run `git lfs pull` in the checkpoint's folder"};
  std::string_view text = content;
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  for (const char* start : {"<!doctype", "<html", "<?xml", "<head", "<!--"})
    if (starts_with_ignoring_case(text, start))
      return ForeignKind{"this is a web page, not a model: the download was answered with HTML",
                         "download the file again, logged in where the model asks for it"};
  if (looks_like_zip(content) || (looks_like_pickle(content) && content.size() > 8))
    return ForeignKind{
        "this is a PyTorch file (zip or pickle), whatever its name says",
        "convert it: load it with transformers, then save_pretrained(folder, safe_serialization=True)"};
  if (content.starts_with("GGUF"))
    return ForeignKind{"this is a GGUF file", "use the checkpoint that it was converted from"};
  if (text.starts_with("{")) return ForeignKind{"this is JSON text, not a model", download_again};
  return std::nullopt;
}

}  // namespace tauscope
