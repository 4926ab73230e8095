#include "tests/core/tokenizer/tokenizer_folder.h"

#include "core/tokenizer/byte_alphabet.h"
#include "tests/core/base/error_of.h"

namespace tauscope::test {

std::filesystem::path golden_tokenizer(const std::string& name) {
  return source_path("tests/golden/tokenizer/" + name);
}

TokenizerFolder::TokenizerFolder(const std::map<std::string, std::string>& files) {
  for (const auto& [name, text] : files)
    write_text(folder_ / name, text);
}

Error load_error(const std::map<std::string, std::string>& files) {
  const TokenizerFolder folder(files);
  const Error error = error_of([&] { folder.load(); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file().starts_with(folder.path().string()));
  CHECK(std::string(error.what()).size() < 2000);
  CHECK_NOTHROW(Json(error.what()).dump());  // valid UTF-8
  return error;
}

Json small_tokenizer_json() {
  Json vocab;
  for (int byte = 0; byte < 256; ++byte)
    vocab[byte_alphabet::characters()[static_cast<std::size_t>(byte)]] = byte;
  vocab["he"] = 256;
  vocab["hel"] = 257;
  Json json;
  json["version"] = "1.0";
  json["added_tokens"] = Json::array();
  json["normalizer"] = nullptr;
  json["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  json["post_processor"] = nullptr;
  json["decoder"] = {{"type", "ByteLevel"}};
  json["model"] = {{"type", "BPE"}, {"vocab", vocab}, {"merges", {"h e", "he l"}}};
  return json;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace tauscope::test
