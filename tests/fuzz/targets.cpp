#include "tests/fuzz/targets.h"

#include "tests/core/checkpoint/pickle_builder.h"
#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/core/checkpoint/zip_builder.h"
#include "tests/fuzz/tokenizer_seeds.h"

namespace tauscope::fuzz {
namespace {

using test::safetensors_bytes;
using Texts = std::vector<std::string>;

const Texts json_words{"{",    "}",    "[",    "]",       "\"",      ":",
                       ",",    "null", "true", "\\u0000", "\\ud800", "\xEF\xBB\xBF",
                       "\xFF", "\n",   "-",    "e5",      "{\"a\":", "[[[[[[[[[["};

Texts with_json_words(Texts words) {
  words.insert(words.end(), json_words.begin(), json_words.end());
  return words;
}

Target json_target() {
  return {"json",
          run_json,
          {R"({"a": [1, -2, 3.5e2, true, false, null, "x\u00e9\n"], "b": {"c": {}, "d": [[], [[7]]]}})",
           R"([18446744073709551615, -9223372036854775808, 0.1, 1e-300, ""])",
           "\xEF\xBB\xBF{\n \"k\": \"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"\n}\n", "7", "\"text\"",
           std::string(120, '[') + std::string(120, ']')},
          json_words,
          30,
          30};
}

Target csv_target() {
  return {"csv",
          run_csv,
          {"a,b,c\n1,2.5,inf\n\"x,y\",\"say \"\"hi\"\"\",\"two\r\nlines\"\n",
           "\xEF\xBB\xBFone\r\n\"\"\r\nü\r\n", "x,y\n1,2\n\n3,4"},
          {"\"", "\"\"", ",", "\n", "\r\n", "\r", "\x1F\x8B", "\xFF"},
          10,
          5};
}

Target safetensors_target() {
  return {
      "safetensors",
      run_safetensors,
      {safetensors_bytes(R"({"x":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", "0123456789abcdef"),
       safetensors_bytes(
           R"({"__metadata__":{"format":"pt","n":"1"},"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
           R"("b":{"dtype":"BF16","shape":[2,1,2],"data_offsets":[8,16]},"c":{"dtype":"U8","shape":[],)"
           R"("data_offsets":[16,17]},"d":{"dtype":"BOOL","shape":[0,4],"data_offsets":[17,17]}}   )",
           "0123456789abcdefg"),
       safetensors_bytes("{}      ", "")},
      with_json_words({"\"dtype\":", "\"shape\":", "\"data_offsets\":", "\"F64\"", "\"F8_E4M3\"", "\"F4\"",
                       "\"C64\"", "\"__metadata__\":", "[0,0]", "[2,2]", "\"x\":", "{}"}),
      40,
      60,
      true};
}

Target shard_index_target() {
  return {"shard_index",
          run_shard_index,
          {R"({"metadata": {"total_size": 6816}, "weight_map": {"a": "model-00001-of-00002.safetensors",)"
           R"( "b": "model-00002-of-00002.safetensors", "c": "model-00001-of-00002.safetensors"}})",
           R"({"weight_map": {"x": "m.safetensors"}})"},
          with_json_words({"../", "/", "\\\\", ".safetensors", "..", "\"weight_map\":", "\"metadata\":",
                           "/etc/passwd", "\"a\": \"../x.safetensors\","}),
          10,
          20};
}

Target logits_file_target() {
  const std::string floats(48, '\x3F');
  std::string targets(24, '\0');
  targets[0] = 3;
  for (std::size_t i = 8; i < 16; ++i)
    targets[i] = '\xFF';
  return {"logits_file",
          run_logits_file,
          {safetensors_bytes(R"({"targets":{"dtype":"I64","shape":[3],"data_offsets":[0,24]},)"
                             R"("logits":{"dtype":"F32","shape":[3,4],"data_offsets":[24,72]},)"
                             R"("mask":{"dtype":"U8","shape":[3],"data_offsets":[72,75]}})",
                             targets + floats + std::string("\1\1\0", 3)),
           safetensors_bytes(
               R"({"mask":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]},"p":{"dtype":"U8","shape":[1],)"
               R"("data_offsets":[2,3]},"logits":{"dtype":"F16","shape":[2,12],"data_offsets":[3,51]}})",
               std::string("\1\0x", 3) + floats)},
          with_json_words({"\"logits\":", "\"targets\":", "\"mask\":", "\"ids\":", "\"BF16\"", "\"F64\"",
                           "[3,4]", "[12]", "[3]"}),
          10,
          30,
          true};
}

/// State dicts over the storages of run_pickle.
Texts pickles() {
  using namespace test::pickle;
  const std::string strided =
      tensor(storage("HalfStorage", "1", 12), 0, integer(3) + integer(4), integer(1) + integer(3));
  const std::string parameter =
      call(global("torch._utils", "_rebuild_parameter"),
           tensor(storage("LongStorage", "2", 30), 6, integer(8) + integer(3), integer(3) + integer(1)) +
               "\x88" + hooks());
  const std::string typed = call(global("torch._utils", "_rebuild_tensor_v3"),
                                 storage("UntypedStorage", "0", 16) + integer(2) + tuple(integer(4)) +
                                     tuple(integer(1)) + "\x89" + hooks() + global("torch", "float8_e4m3fn"));
  const std::string scalar = tensor(storage("BFloat16Storage", "1", 12), 11, "", "");
  const std::string empty =
      tensor(storage("FloatStorage", "3", 0), 0, integer(0) + integer(7), integer(7) + integer(1));
  // As a module's state dict is: an OrderedDict with a memo and an attribute.
  const std::string module = std::string("\x80\x02") + global("collections", "OrderedDict") +
                             std::string("q\0)Rq\1(", 7) + text("weight") + "q\2" + plain_tensor() + "q\3" +
                             text("tied") + "h\3u}q\4" + text("_metadata") + std::string("h\0)Rsb.", 7);
  return {dict(text("a") + plain_tensor()), dict(text("a") + strided + text("b") + parameter),
          dict(text("t") + typed + text("s") + scalar + text("e") + empty), module};
}

Target pickle_target() {
  using namespace test::pickle;
  Texts words{"(",
              ")",
              "t",
              "R",
              "Q",
              "u",
              "s",
              "}",
              "]",
              "e",
              "a",
              "b",
              ".",
              "\x85",
              "\x86",
              "\x87",
              "N",
              "\x88",
              "\x89",
              std::string("q\0", 2),
              std::string("h\0", 2),
              "h\1",
              std::string("\x8a\1\x80", 3),
              integer(-1),
              integer(std::int64_t{1} << 62),
              std::string("J\xFF\xFF\xFF\x7F", 5),
              "M\xFF\xFF",
              plain_tensor(),
              hooks(),
              storage("FloatStorage", "0", 4),
              storage("ByteStorage", "2", 240),
              global("torch", "IntStorage"),
              global("torch._utils", "_rebuild_tensor_v2"),
              global("os", "system"),
              text("x"),
              tuple(integer(1))};
  return {"pickle", run_pickle, pickles(), words, 30, 25};
}

Target torch_file_target() {
  const Texts storages{std::string(16, '\x3F'), std::string(24, '\1'), std::string(240, '\2'), ""};
  const Texts all = pickles();
  using test::ZipStyle;
  const Texts words{"PK\3\4",
                    "PK\1\2",
                    "PK\5\6",
                    "PK\6\6",
                    "PK\6\7",
                    "PK\7\x08",
                    "a/data/0",
                    "a/data.pkl",
                    "../",
                    "constants.pkl",
                    std::string("\0\0\0\0", 4),
                    "\xFF\xFF\xFF\xFF",
                    "big"};
  return {
      "torch_file",
      run_torch_file,
      {test::torch_archive(all[0], storages), test::torch_archive(all[1], storages, ZipStyle::descriptors),
       test::torch_archive(all[2], storages, ZipStyle::plain),
       test::torch_archive(all[3], storages, ZipStyle::zip64)},
      words,
      20,
      25};
}

Target config_target() {
  return {
      "config",
      run_config,
      {R"({"model_type":"llama","architectures":["LlamaForCausalLM"],"hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":100,"max_position_embeddings":64,"rope_theta":10000.0,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":32},"tie_word_embeddings":false,"torch_dtype":"bfloat16","eos_token_id":[2,3],"hidden_act":"silu"})",
       R"({"model_type":"gpt2","n_embd":64,"n_layer":2,"n_head":4,"n_positions":64,"vocab_size":100,"activation_function":"gelu_new","dtype":"float32"})",
       R"({"bos_token_id":1,"eos_token_id":2,"do_sample":true,"temperature":0.6,"top_p":0.9,"max_length":1000000000000000019884624838656})"},
      with_json_words({"\"model_type\":", "\"num_attention_heads\":", "\"hidden_size\":", "\"rope_scaling\":",
                       "\"quantization_config\":", "\"opt\"", "\"qwen3\"", "1e400"}),
      10,
      20};
}

Target data_file_target() {
  return {"data_file",
          run_data_file,
          {"{\"prompt\": \"p<n>\", \"output\": [\"a\", \"b\"], \"topic\": \"t\"}\n{\"prompt\": \"q\", "
           "\"output\": \"c\"}\n",
           "{\"instruction\": \"i\", \"context\": \"\", \"response\": \"r\", \"category\": "
           "\"x\"}\r\n\n{\"instruction\": \"j\", \"context\": \"k\", \"response\": \"\\u00e9\"}",
           "[{\"instruction\": \"i\", \"input\": \"\", \"output\": \"o\"},\n {\"instruction\": \"j\", "
           "\"input\": \"x\", \"output\": \"\\\"]\"}]",
           "{\"instruction\": \"i\", \"instances\": [{\"input\": \"x\", \"output\": \"o\"}, {\"input\": "
           "\"\", \"output\": \"p\"}]}\n",
           "{\"question_id\": 1, \"text\": \"why?\", \"category\": \"c\"}\n{\"question_id\": 2, \"turns\": "
           "[\"a\", \"b\"]}\n",
           "{\n \"Definition\": [\"d\"],\n \"Instances\": [{\"id\": \"1\", \"input\": \"x\", \"output\": "
           "[\"o\"]}]\n}\n"},
          with_json_words({"\"output\":", "\"answer_id\": 1,", "<n>", "\r\n",
                           "\"Definition\":", "\"instances\":", "\"instruction\":"}),
          10,
          20};
}

const Texts tokenizer_words{"\"type\":",  "\"ids\":",   "\"content\":", "\"Sequence\"",  "\"ByteLevel\"",
                            "\"Split\"",  "\"Regex\":", "\"Unigram\"",  "\"Metaspace\"", "\"special\":true",
                            "(",          "\\\\S",      "(?:a*)*",      "{1,65535}",     "\"id\":",
                            "\"vocab\":", "\"merges\":"};

Target tokenizer_json_target() {
  return {"tokenizer_json", run_tokenizer_json, tokenizer_jsons(), with_json_words(tokenizer_words), 10, 15};
}

Target tokenizer_config_target() {
  return {
      "tokenizer_config",
      run_tokenizer_config,
      {R"({"tokenizer_class":"GPT2Tokenizer","add_bos_token":true,"add_prefix_space":false,"bos_token":"<|endoftext|>","eos_token":{"__type":"AddedToken","content":"<|endoftext|>","lstrip":false,"normalized":true,"rstrip":false,"single_word":false},"unk_token":"<|endoftext|>"})",
       R"({"added_tokens_decoder":{"0":{"content":"<|endoftext|>","special":true},"9":{"content":"<pad>","lstrip":true,"special":true}},"additional_special_tokens":["<pad>"],"pad_token":null,"model_max_length":1000000000000000019884624838656})"},
      with_json_words({"\"added_tokens_decoder\":", "\"bos_token\":", "\"content\":", "\"8\":",
                       "\"4294967296\":", "\"tokenizer_class\":", "\"LlamaTokenizer\"",
                       "\"chat_template\":"}),
      10,
      15};
}

Target merges_target() {
  return {"merges",
          run_merges,
          {"#version: 0.2\nh e\nhe l\nl o\n", "h e\r\nhe l\r\n\r\n", "l o\nh e"},
          {" ", "\n", "\r\n", "\xC4\xA0", "#version", "\xFF", "h e\n", "hel", "lo lo\n"},
          5,
          2};
}

Target sentencepiece_target() {
  return {"sentencepiece",
          run_sentencepiece,
          sentencepiece_models(),
          {std::string("\x12\x00", 2), std::string("\0", 1), "\xFF\xFF\xFF\xFF\x0F", "\x0A\x05", "\x18\x06",
           "\x18\x02", std::string("\x15\0\0\x80\x7F", 5), "\x1A\x02\x18\x01", "\xE2\x96\x81"},
          10,
          10};
}

}  // namespace

std::vector<Target> all_targets() {
  return {json_target(),           csv_target(),
          safetensors_target(),    shard_index_target(),
          logits_file_target(),    torch_file_target(),
          pickle_target(),         config_target(),
          tokenizer_json_target(), tokenizer_config_target(),
          merges_target(),         sentencepiece_target(),
          data_file_target()};
}

}  // namespace tauscope::fuzz
