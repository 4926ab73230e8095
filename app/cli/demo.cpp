#include "app/cli/demo.h"

#include <cstdlib>
#include <vector>

namespace tauscope {

namespace {

namespace fs = std::filesystem;

bool is_demo(const fs::path& folder) {
  std::error_code ignored;
  for (const char* part :
       {"teacher/config.json", "student-llama/config.json", "student-gpt2/config.json", "data/test.jsonl"})
    if (!fs::is_regular_file(folder / part, ignored)) return false;
  return true;
}

std::vector<fs::path> candidates() {
  std::vector<fs::path> folders;
  if (const char* assets = std::getenv("TAUSCOPE_ASSETS"); assets && *assets)
    folders.push_back(fs::path(assets) / "demo");
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  constexpr int levels = 4;  // build/release/tauscope lies two below the source tree
  fs::path above = program;
  for (int i = 0; i < levels && !above.empty(); ++i, above = above.parent_path())
    folders.push_back(above / "assets" / "demo");
  folders.push_back(program.parent_path() / "share" / "tauscope" / "demo");
  return folders;
}

}  // namespace

std::optional<Sources> find_demo() {
  for (const fs::path& folder : candidates()) {
    if (!is_demo(folder)) continue;
    Sources sources;
    sources.teacher = folder / "teacher";
    sources.students = {{"llama", folder / "student-llama"}, {"gpt2", folder / "student-gpt2"}};
    sources.data = folder / "data" / "test.jsonl";
    return sources;
  }
  return std::nullopt;
}

}  // namespace tauscope
