#include "app/gui/saved_state.h"

#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope::gui {

namespace fs = std::filesystem;

std::string put_aside(const fs::path& file, const std::string& why) {
  const fs::path aside = file.string() + ".broken";
  std::error_code error;
  fs::rename(file, aside, error);
  return "the last session cannot be restored (" + why + "); " +
         (error ? "its file is " + file.string() : "its file was kept as " + aside.string());
}

std::optional<SavedState> load_state(const fs::path& file, std::string& problem) {
  std::error_code error;
  if (file.empty() || !fs::exists(file, error)) return std::nullopt;
  try {
    constexpr std::uint64_t most = std::uint64_t{16} << 20;
    const Json json = read_json_file(file, most);
    const JsonFields fields(json, file.string());
    if (fields.string("format") != "tauscope-window")
      throw Error::bad_input(file.string(), "not a saved window").field("format");
    fields.integer("version", 1, 1);
    SavedState state;
    state.session = fields.at("session");
    if (fields.has("layout")) state.layout = fields.at("layout");
    state.width = static_cast<int>(fields.integer_or("width", 0, 0, 20000));
    state.height = static_cast<int>(fields.integer_or("height", 0, 0, 20000));
    return state;
  } catch (const Error& e) {
    problem = put_aside(file, e.what());
    return std::nullopt;
  }
}

void save_state(const fs::path& file, const SavedState& state) {
  std::error_code error;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  const Json json = {{"format", "tauscope-window"}, {"version", 1},         {"session", state.session},
                     {"layout", state.layout},      {"width", state.width}, {"height", state.height}};
  write_file_atomically(file, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace tauscope::gui
