// libFuzzer's mutations for files whose first eight bytes are the length of a JSON header: mostly the length
// is made right again, so that what lies behind that check is reached.
#pragma once

#ifdef TAUSCOPE_LIBFUZZER
#include <cstdint>
#include <cstring>
#include <string_view>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.rfind('}');
  if (seed % 8 != 0 && end != text.npos && end >= 8) {
    const std::uint64_t length = end - 7;
    std::memcpy(data, &length, sizeof length);
  }
  return size;
}
#endif
