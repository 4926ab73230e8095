// ts_fuzz_seeds FOLDER: the valid inputs of each target as files, and its words as a dictionary of libFuzzer.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/targets.h"

namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string dictionary_line(const std::string& word) {
  std::string line = "\"";
  for (const char c : word) {
    char escaped[5];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    line += escaped;
  }
  return line + "\"\n";
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: ts_fuzz_seeds FOLDER\n");
    return 2;
  }
  for (const auto& target : tauscope::fuzz::all_targets()) {
    const fs::path folder = fs::path(arguments[1]) / target.name;
    fs::create_directories(folder);
    for (std::size_t i = 0; i < target.corpus.size(); ++i)
      write(folder / ("seed-" + std::to_string(i)), target.corpus[i]);
    std::string dictionary;
    for (const std::string& word : target.dictionary)
      dictionary += dictionary_line(word);
    write(fs::path(arguments[1]) / (target.name + ".dict"), dictionary);
  }
}
