// Every component and option of a tokenizer.json, and the files beside it, against Hugging Face tokenizers
// and transformers: tests/golden/tokenizer/options.json.
#include <set>

#include "core/base/json.h"
#include "tests/core/tokenizer/tokenizer_folder.h"

using namespace tauscope;

namespace {

using Ids = std::vector<std::int32_t>;

const Json& golden() {
  static const Json all = read_json_file(test::golden_tokenizer("options.json"));
  return all;
}

test::TokenizerFolder folder_of(const Json& given) {
  Json json = given["components"];
  json["model"] = golden()["models"][given["model"].get<std::string>()];
  for (const auto& [key, value] : given["changes"].items())
    json["model"][key] = value;
  std::map<std::string, std::string> files{{"tokenizer.json", json.dump()}};
  for (const auto& [name, content] : given["files"].items())
    files[name] = content.dump();
  return test::TokenizerFolder(files);
}

/// null: the text itself; "-": nothing is known.
void check_decoded(const std::string& found, const Json& told, const std::string& text) {
  if (told != "-") CHECK(found == (told.is_null() ? text : told.get<std::string>()));
}

void check_case(const Json& given) {
  const auto tokenizer = folder_of(given).load();
  if (!given["size"].is_null()) CHECK(tokenizer->size() == given["size"].get<std::int32_t>());
  REQUIRE(given["texts"].size() == golden()["texts"].size());
  for (std::size_t i = 0; i < given["texts"].size(); ++i) {
    const auto text = golden()["texts"][i].get<std::string>();
    const Json& told = given["texts"][i];
    CAPTURE(text);
    const auto ids = told[0].get<Ids>();
    CHECK(tokenizer->encode(text, true) == ids);
    if (told.size() == 1) continue;  // of a case without a decoder, only the ids
    check_decoded(tokenizer->decode(ids, false), told[1], text);
    check_decoded(tokenizer->decode(ids, true), told[2], text);
  }
}

}  // namespace

TEST_CASE("each option gives the ids and texts of the Hugging Face library") {
  std::set<std::string> names;
  for (const Json& given : golden()["cases"]) {
    const auto name = given["name"].get<std::string>();
    CAPTURE(name);
    CHECK(names.insert(name).second);
    check_case(given);
  }
  CHECK(names.size() >= 90);
}
