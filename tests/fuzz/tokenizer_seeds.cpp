#include "tests/fuzz/tokenizer_seeds.h"

#include <cstdint>
#include <cstring>
#include <utility>

namespace tauscope::fuzz {
namespace {

/// A field of a protocol buffer: a varint, or bytes.
std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7)
    bytes += static_cast<char>(value | 128);
  return bytes + static_cast<char>(value);
}
std::string number_field(unsigned field, std::uint64_t value) {
  return varint(field << 3) + varint(value);
}
std::string bytes_field(unsigned field, const std::string& bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}

/// Names from sentencepiece_model.proto: pieces 1, trainer_spec 2, normalizer_spec 3.
std::string piece(const std::string& text, float score, unsigned type) {
  std::string score_bytes(4, '\0');
  std::memcpy(score_bytes.data(), &score, 4);
  return bytes_field(1, bytes_field(1, text) + varint(2 << 3 | 5) + score_bytes + number_field(3, type));
}

std::string sentencepiece_model(unsigned algorithm, bool byte_fallback) {
  constexpr unsigned normal = 1, unknown = 2, control = 3, user_defined = 4;
  std::string model = piece("<unk>", 0, unknown) + piece("<s>", 0, control) + piece("</s>", 0, control);
  if (byte_fallback) {
    constexpr const char* digits = "0123456789ABCDEF";
    for (unsigned byte = 0; byte < 256; ++byte)
      model += piece(std::string("<0x") + digits[byte / 16] + digits[byte % 16] + '>', 0, 6);
  }
  float score = -1;
  for (const char* text : {"\xE2\x96\x81", "h", "e", "l", "o", "he", "\xE2\x96\x81h", "ll", "\xE2\x96\x81he"})
    model += piece(text, score--, normal);
  model += piece("[L]", 0, user_defined);
  model += bytes_field(2, number_field(3, algorithm) + (byte_fallback ? number_field(35, 1) : ""));
  return model + bytes_field(3, bytes_field(1, "identity") + number_field(3, 1) + number_field(4, 1));
}

}  // namespace

std::vector<std::string> tokenizer_jsons() {
  const std::string model =
      R"("model":{"type":"BPE","dropout":null,"unk_token":null,"fuse_unk":false,"byte_fallback":false,)"
      R"("vocab":{"<s>":0,"h":1,"e":2,"l":3,"o":4,"Ġ":5,"he":6,"hel":7,"lo":8},"merges":["h e","he l","l o"]}})";
  const std::string pairs =
      R"("model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":false,)"
      R"("vocab":{"<unk>":0,"<s>":1,"▁":2,"h":3,"e":4,"l":5,"o":6,"▁h":7},"merges":[["▁","h"]]}})";
  const std::string added =
      R"("added_tokens":[{"id":0,"content":"<s>","single_word":false,"lstrip":true,"rstrip":true,"normalized":false,"special":true},)"
      R"({"id":9,"content":"[L]","single_word":true,"lstrip":false,"rstrip":false,"normalized":true,"special":false}],)";
  return {
      R"({"version":"1.0","truncation":null,"padding":null,)" + added +
          R"("normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},)"
          R"("post_processor":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true},)"
          R"("decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},)" +
          model,
      R"({"version":"1.0",)" + added +
          R"("normalizer":null,"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\p{N}{1,3}| ?\\p{L}+|\\s+(?!\\S)|\\s+"},)"
          R"("behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]},)"
          R"("post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],)"
          R"("pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}},"decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},)" +
          model,
      R"({"added_tokens":[{"id":0,"content":"<unk>","special":true,"single_word":false,"lstrip":false,"rstrip":false,"normalized":false}],)"
      R"("normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},)"
      R"("pre_tokenizer":null,"post_processor":null,"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},)"
      R"({"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},)" +
          pairs};
}

std::vector<std::string> sentencepiece_models() {
  return {sentencepiece_model(1, false), sentencepiece_model(2, false), sentencepiece_model(2, true)};
}

}  // namespace tauscope::fuzz
