// What a fuzz target is: a function that takes any bytes and throws unless the reader kept its promises.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/csv.h"
#include "core/base/error.h"

namespace tauscope::fuzz {

/// How the reader took an input. Targets throw std::logic_error where it broke a promise: bytes out of range
/// handed out, an exception that is no Error, an Error without a file or a problem, a message that is too
/// long or not UTF-8.
struct Outcome {
  bool accepted = false;
  std::string problem;  ///< why it was refused
};

Outcome run_json(std::string_view bytes);
Outcome run_csv(std::string_view bytes);
Outcome run_safetensors(std::string_view bytes);
Outcome run_shard_index(std::string_view bytes);
Outcome run_logits_file(std::string_view bytes);
Outcome run_torch_file(std::string_view bytes);
Outcome run_pickle(std::string_view bytes);
Outcome run_config(std::string_view bytes);
Outcome run_tokenizer_json(std::string_view bytes);
Outcome run_tokenizer_config(std::string_view bytes);
Outcome run_merges(std::string_view bytes);
Outcome run_sentencepiece(std::string_view bytes);
Outcome run_data_file(std::string_view bytes);

/// Throws std::logic_error(what) unless `ok`.
void promise(bool ok, const char* what);

/// Runs `read`; an Error is looked at and becomes a refusal.
template <class Action>
Outcome outcome_of(Action&& read) {
  try {
    read();
    return {true, ""};
  } catch (const Error& error) {
    const std::string message = error.what();
    promise(error.kind() == ErrorKind::bad_input, "a refusal blames the input");
    promise(!error.file().empty() && !error.problem().empty(), "a refusal names file and problem");
    promise(message.size() < 4000, "a message has a bounded length");
    promise(printable_utf8(message) == message, "a message is UTF-8");
    return {false, error.problem()};
  }
}

}  // namespace tauscope::fuzz

// Under libFuzzer every source file of a target is a program of its own.
#ifdef TAUSCOPE_LIBFUZZER
#define TS_FUZZ_ENTRY(function)                                                       \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    tauscope::fuzz::function({reinterpret_cast<const char*>(data), size});            \
    return 0;                                                                         \
  }
#else
#define TS_FUZZ_ENTRY(function)
#endif
