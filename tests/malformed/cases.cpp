#include "tests/malformed/cases.h"

#include <stdexcept>

#include "core/base/csv.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/inspection.h"
#include "core/checkpoint/logits_file.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/torch_file.h"
#include "core/data/data_file.h"
#include "core/model/describe.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope::test {

std::string read_with(const std::string& reader, const std::filesystem::path& folder) {
  if (reader == "safetensors") {
    SafetensorsFile::open(folder / "model.safetensors");
  } else if (reader == "torch") {
    TorchFile::open(folder / "pytorch_model.bin");
  } else if (reader == "checkpoint") {
    Checkpoint::open(folder);
  } else if (reader == "inspect") {
    const CheckpointInspection inspection = inspect_checkpoint(folder, describe_model);
    std::string text;
    for (const auto* list : {&inspection.problems, &inspection.remarks})
      for (const std::string& line : *list)
        text += line + "\n";
    return text;
  } else if (reader == "tokenizer") {
    const auto tokenizer = load_tokenizer(folder);
    tokenizer->encode("hello, w\xC3\xB6rld  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
                      true);
  } else if (reader == "data") {
    const auto data = DataFile::open(folder / "data.jsonl", {});
    while (data->next()) {
    }
  } else if (reader == "csv") {
    CsvTable::read(folder / "table.csv");
  } else if (reader == "logits") {
    const auto file = LogitsFile::open(folder / "logits.safetensors");
    join_logits(file, {file});
  } else {
    throw std::invalid_argument("no such reader: " + reader);
  }
  return "";
}

std::vector<MalformedCase> all_cases() {
  std::vector<MalformedCase> all;
  for (auto* const part : {weight_cases, archive_cases, pickle_cases, tokenizer_cases, data_cases})
    for (MalformedCase& each : part())
      all.push_back(std::move(each));
  return all;
}

}  // namespace tauscope::test
