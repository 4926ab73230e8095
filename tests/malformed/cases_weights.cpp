#include <filesystem>
#include <limits>

#include "core/base/json.h"
#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/malformed/cases.h"

namespace tauscope::test {
namespace {

namespace fs = std::filesystem;

const std::string data16(16, 'd');

std::string entry(const std::string& type, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string one(const std::string& type, const std::string& shape, const std::string& offsets) {
  return safetensors_bytes("{\"x\":" + entry(type, shape, offsets) + "}", data16);
}

std::string length_bytes(std::uint64_t length) {
  return {reinterpret_cast<const char*>(&length), sizeof length};
}

const std::string config_text =
    R"({"model_type":"gpt2","n_embd":2,"n_layer":1,"n_head":1,"n_positions":2,"vocab_size":2})";

/// The tensors of that config, with these bytes for the final norm's weight.
std::string gpt2_weights(const std::string& norm_type, const std::string& norm_bytes) {
  Json header;
  std::string data;
  const auto add = [&](const char* name, const char* type, const Json& shape, const std::string& bytes) {
    header[name] = {
        {"dtype", type}, {"shape", shape}, {"data_offsets", {data.size(), data.size() + bytes.size()}}};
    data += bytes;
  };
  add("transformer.wte.weight", "F32", {2, 2}, std::string(16, '\0'));
  add("transformer.wpe.weight", "F32", {2, 2}, std::string(16, '\0'));
  add("transformer.ln_f.weight", norm_type.c_str(), {2}, norm_bytes);
  add("transformer.ln_f.bias", "F32", {2}, std::string(8, '\0'));
  return safetensors_bytes(header.dump(), data);
}

template <class T>
std::string bytes_of_values(std::initializer_list<T> values) {
  std::string bytes;
  for (const T value : values)
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  return bytes;
}

Files index(const std::string& weight_map) {
  return {{"config.json", "{}"},
          {"model.safetensors.index.json", "{\"weight_map\":" + weight_map + "}"},
          {"a.safetensors", one("F32", "[4]", "[0,16]")}};
}

Files inspected(const std::string& config) {
  return {{"config.json", config}};
}

void add_safetensors(std::vector<MalformedCase>& cases) {
  const auto add = [&](std::string name, std::string bytes, std::vector<std::string> fragments) {
    cases.push_back(
        {std::move(name), "safetensors", {{"model.safetensors", std::move(bytes)}}, std::move(fragments)});
  };
  add("an empty file", "", {"the file is empty"});
  add("seven bytes", "1234567", {"truncated", "header's length", "7 bytes"});
  add("a header of 2^63 bytes", length_bytes(1ULL << 63) + "{}",
      {"header length", "9223372036854775808", "100000000"});
  add("a header beyond the file", length_bytes(90'000'000) + "{}", {"truncated", "90000000", "at most 2"});
  add("a header that is no JSON", safetensors_bytes("{\"x\":}", data16), {"header, line 1, column 6"});
  add("a deep header", safetensors_bytes("{\"x\":" + std::string(1'000'000, '['), ""),
      {"nested deeper than 128"});
  add("a name that stands twice",
      safetensors_bytes(
          "{\"x\":" + entry("F32", "[4]", "[0,16]") + ",\"x\":" + entry("F32", "[4]", "[0,16]") + "}",
          data16),
      {"\"x\" stands twice"});
  add("an unknown type", one("F33", "[4]", "[0,16]"), {"\"x\".dtype", "\"F33\"", "F8_E4M3FNUZ", "F4"});
  add("a negative size", one("F32", "[-4]", "[0,16]"), {"\"x\".shape", "[-4]"});
  add("a size of half", one("F32", "[4.5]", "[0,16]"), {"\"x\".shape", "[4.5]"});
  add("sizes whose product overflows", one("F32", "[4294967296,4294967296,4]", "[0,16]"),
      {"\"x\".shape", "63 bits"});
  add("a size beyond 64 bits", one("F32", "[18446744073709551616]", "[0,16]"),
      {"out of the range of 64 bits"});
  add("offsets in reverse", one("F32", "[4]", "[16,0]"), {"\"x\".data_offsets", "[16,0]", "begin <= end"});
  add("offsets beyond the file", one("F32", "[5]", "[0,20]"),
      {"ends before the tensor does", "end 20", "at most 16"});
  add("an offset of 2^64 - 1", one("F32", "[4]", "[0,18446744073709551615]"), {"end 18446744073709551615"});
  add("bytes that do not match", one("F32", "[3]", "[0,16]"), {"16 bytes", "12 bytes for F32 [3]"});
  add("a packed type of half a byte", one("F4", "[3]", "[0,16]"), {"do not fill whole bytes", "[3]"});
  add("tensors that overlap",
      safetensors_bytes(
          "{\"x\":" + entry("F32", "[3]", "[0,12]") + ",\"y\":" + entry("F32", "[2]", "[8,16]") + "}",
          data16),
      {"\"y\".data_offsets", "overlaps the one before", "begin 12"});
  add("a gap",
      safetensors_bytes(
          "{\"x\":" + entry("F32", "[1]", "[0,4]") + ",\"y\":" + entry("F32", "[2]", "[8,16]") + "}", data16),
      {"gap before the tensor", "begin 8"});
  add("bytes behind the tensors", one("F32", "[2]", "[0,8]"), {"bytes behind the last tensor", "16 bytes"});
  add("a field of its own",
      safetensors_bytes(R"({"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"run":"rm"}})", data16),
      {"field that the format does not have", "\"x\".run"});
  add("metadata that is no text", safetensors_bytes(R"({"__metadata__":{"n":1}})", ""),
      {"__metadata__.n", "the number 1"});
  add("a list of tensors", safetensors_bytes("[" + entry("F32", "[4]", "[0,16]") + "]", data16),
      {"header", "0x5b"});
  add("a legacy pickle", "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02",
      {"PyTorch file", "convert"});
}

void add_folders(std::vector<MalformedCase>& cases) {
  const auto add = [&](std::string name, Files files, std::vector<std::string> fragments,
                       std::function<void(const fs::path&)> prepare = {}) {
    cases.push_back(
        {std::move(name), "checkpoint", std::move(files), std::move(fragments), std::move(prepare)});
  };
  const auto named = [&](const std::string& shard) { return index("{\"x\":\"" + shard + "\"}"); };
  add("an index that is no JSON", {{"config.json", "{}"}, {"model.safetensors.index.json", "weights"}},
      {"model.safetensors.index.json", "line 1, column 1"});
  add("an index without a map",
      {{"config.json", "{}"}, {"model.safetensors.index.json", "{\"metadata\":{}}"}},
      {"weight_map", "missing"});
  add("a map that is a list", index("[\"a.safetensors\"]"), {"weight_map", "is not an object"});
  add("an empty map", index("{}"), {"names no tensors"});
  add("a shard that is a number", index("{\"x\":7}"), {"weight_map.x", "the number 7"});
  add("a shard that climbs", named("../../etc/passwd.safetensors"),
      {"weight_map.x", "is not a plain file name", "../../etc"});
  add("an absolute shard", named("/etc/passwd.safetensors"), {"is not a plain file name", "\"/etc/"});
  add("a shard in a folder", named("b/a.safetensors"), {"is not a plain file name", "\"b/a"});
  add("a shard with a zero byte", named("a\\u0000.safetensors"),
      {"is not a plain file name", "weight_map.x"});
  add("a shard of another kind", named("a.bin"), {"is not a plain file name", "a.bin", ".safetensors file"});
  add("a shard of 300 characters", named(std::string(300, 'n') + ".safetensors"),
      {"is not a plain file name", "nnn"});
  add("a shard that is not there", named("b.safetensors"),
      {"1 of 1 weight files are missing", "b.safetensors", "finish the download"});
  add("a tensor that is not in its shard", index(R"({"x":"a.safetensors","y":"a.safetensors"})"),
      {"not in its weight file", "weight_map.y"});
  add("a tensor that is not in the index", index(R"({"y":"a.safetensors"})"),
      {"does not place this tensor here", "\"x\""});
  add("a deep index", index(std::string(300'000, '[')), {"nested deeper than 128", "index.json"});
  add("a shard of torch.save that climbs",
      {{"config.json", "{}"}, {"pytorch_model.bin.index.json", R"({"weight_map":{"x":"../a.bin"}})"}},
      {"is not a plain file name", ".bin file"});
  const auto outside = [](const char* link, const char* target) {
    return [link, target](const fs::path& folder) { fs::create_symlink(target, folder / link); };
  };
  add("weights that are a link out of the folder", {{"config.json", "{}"}},
      {"leads out of the checkpoint's folder", "/etc/passwd", "copy the file"},
      outside("model.safetensors", "/etc/passwd"));
  add("a shard that is a link out of the folder",
      {{"config.json", "{}"}, {"model.safetensors.index.json", R"({"weight_map":{"x":"s.safetensors"}})"}},
      {"leads out of the checkpoint's folder", "s.safetensors"}, outside("s.safetensors", "/etc/hostname"));
  add("a config that is a link out of the folder", {},
      {"config.json", "leads out of the checkpoint's folder"}, outside("config.json", "/etc/passwd"));
  add("an index that is a link out of the folder", {{"config.json", "{}"}},
      {"model.safetensors.index.json", "leads out of"},
      outside("model.safetensors.index.json", "/etc/passwd"));
  add("weights that are a link to themselves",
      {{"config.json", "{}"}, {"model.safetensors.index.json", R"({"weight_map":{"x":"loop.safetensors"}})"}},
      {"weight files are missing", "loop.safetensors"}, outside("loop.safetensors", "loop.safetensors"));
  add("weights that are a pipe", {{"config.json", "{}"}}, {"is not an ordinary file"},
      [](const fs::path& folder) {
        if (std::system(("mkfifo '" + (folder / "model.safetensors").string() + "'").c_str()) != 0)
          throw std::runtime_error("no pipe");
      });
  add("weights that are a folder", {{"config.json", "{}"}}, {"model.safetensors", "is a folder"},
      [](const fs::path& folder) { fs::create_directory(folder / "model.safetensors"); });
  add("no weights at all", {{"config.json", "{}"}}, {"the folder holds no weights", "model.safetensors"});
  add("no config", {{"model.safetensors", one("F32", "[4]", "[0,16]")}},
      {"config.json", "there is no such file"});
  add("a config that is no JSON", {{"config.json", "{\"a\": 1,}"}}, {"config.json", "line 1, column 9"});
  add("a config that is a list", {{"config.json", "[1]"}}, {"config.json", "an array"});
  add("a deep config", {{"config.json", "{\"a\":" + std::string(2'000'000, '[')}},
      {"config.json", "nested deeper than 128"});
  add("a config with a key that stands twice", {{"config.json", R"({"n_layer":1,"n_layer":2})"}},
      {"\"n_layer\" stands twice"});
  add("a config that is not UTF-8", {{"config.json", "{\"a\": \"\xFF\"}"}}, {"config.json", "UTF-8"});
  add("a config of 20 MB", {{"config.json", std::string(20'000'000, ' ') + "{}"}},
      {"the file is too large", "16777216"});
}

void add_inspections(std::vector<MalformedCase>& cases) {
  const auto add = [&](std::string name, Files files, std::vector<std::string> fragments) {
    cases.push_back({std::move(name), "inspect", std::move(files), std::move(fragments)});
  };
  add("heads that do not divide the hidden size",
      inspected(R"({"model_type":"gpt2","vocab_size":8,"n_positions":8,"n_layer":1,"n_embd":10,"n_head":3})"),
      {"n_embd is no multiple of n_head", "n_embd 10, n_head 3"});
  add("key-value heads that do not divide the heads",
      inspected(
          R"({"model_type":"llama","vocab_size":8,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":4,)"
          R"("num_key_value_heads":3,"intermediate_size":8,"max_position_embeddings":8})"),
      {"4 heads, 3 key-value heads"});
  add("a negative number of layers",
      inspected(R"({"model_type":"gpt2","vocab_size":8,"n_positions":8,"n_embd":8,"n_head":2,"n_layer":-2})"),
      {"n_layer", "-2"});
  add("a number of layers beyond all",
      inspected(
          R"({"model_type":"gpt2","vocab_size":8,"n_positions":8,"n_embd":8,"n_head":2,"n_layer":1e300})"),
      {"n_layer"});
  add("a number of layers in words",
      inspected(
          R"({"model_type":"gpt2","vocab_size":8,"n_positions":8,"n_embd":8,"n_head":2,"n_layer":"two"})"),
      {"n_layer", "\"two\""});
  add("a family that is not known", inspected(R"({"model_type":"gpt9"})"), {"gpt9", "gpt2"});
  const auto weights = [&](const std::string& bytes) {
    return Files{{"config.json", config_text}, {"model.safetensors", bytes}};
  };
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(),
                  infinite = std::numeric_limits<float>::infinity();
  add("weights that are NaN", weights(gpt2_weights("F32", bytes_of_values({nan, 1.0F}))),
      {"transformer.ln_f.weight (1 NaN and 0 infinite of 2)", "every result will be NaN"});
  add("weights that are infinite", weights(gpt2_weights("F32", bytes_of_values({infinite, -infinite}))),
      {"transformer.ln_f.weight (0 NaN and 2 infinite of 2)"});
  add("half weights that are NaN",
      weights(gpt2_weights("F16", bytes_of_values<std::uint16_t>({0x7E00, 0x7C00}))),
      {"(1 NaN and 1 infinite of 2)"});
  add("bfloat16 weights that are NaN",
      weights(gpt2_weights("BF16", bytes_of_values<std::uint16_t>({0xFFC0, 0x7FFF}))),
      {"(2 NaN and 0 infinite of 2)"});
  add("weights of eight bits", weights(gpt2_weights("F8_E4M3", "ab")),
      {"not F32, F16 or BF16", "transformer.ln_f.weight (F8_E4M3)"});
  add("weights of another shape",
      Files{{"config.json",
             R"({"model_type":"gpt2","n_embd":4,"n_layer":1,"n_head":1,"n_positions":2,"vocab_size":2})"},
            {"model.safetensors", gpt2_weights("F16", "abcd")}},
      {"transformer.wte.weight is [2, 2], config.json asks for [2, 4]"});
  add("a generation config that is broken",
      {{"config.json", config_text},
       {"model.safetensors", gpt2_weights("F32", std::string(8, '\0'))},
       {"generation_config.json", "{\"top_p\":"}},
      {"generation_config.json", "line 1"});
  add("a generation config that is a list",
      {{"config.json", config_text},
       {"model.safetensors", gpt2_weights("F32", std::string(8, '\0'))},
       {"generation_config.json", "[]"}},
      {"generation_config.json", "an array"});
}

}  // namespace

std::vector<MalformedCase> weight_cases() {
  std::vector<MalformedCase> cases;
  add_safetensors(cases);
  add_folders(cases);
  add_inspections(cases);
  return cases;
}

}  // namespace tauscope::test
