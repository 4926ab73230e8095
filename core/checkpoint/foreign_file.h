// Files that are not what their name says: downloads that went wrong, and formats of other programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tauscope {

struct ForeignKind {
  std::string problem, remedy;
};

/// What the first bytes of a file betray: a git-lfs pointer, a web page, a PyTorch, GGUF or JSON file.
/// Nothing where they say nothing.
std::optional<ForeignKind> foreign_kind(std::string_view content);

/// Zip, as torch.save writes since PyTorch 1.6; or a bare pickle, as before.
bool looks_like_zip(std::string_view content);
bool looks_like_pickle(std::string_view content);
bool looks_like_safetensors(std::string_view content);

inline constexpr const char* download_again =
    "download or copy the file again; its size should equal that at the source";

}  // namespace tauscope
