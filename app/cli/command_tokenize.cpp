#include <fmt/format.h>

#include <iostream>

#include "app/cli/commands.h"
#include "core/base/error.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope {

namespace {

class TokenizeCommand final : public CliCommand {
 public:
  std::string name() const override { return "tokenize"; }
  std::string summary() const override { return "text to token ids, line by line, or back"; }
  std::vector<std::string> examples() const override {
    return {"echo 'Name three colours.' | tauscope tokenize --model assets/demo/teacher",
            "echo '[1, 20, 30]' | tauscope tokenize --model assets/demo/teacher --decode"};
  }
  void add_options(CLI::App& app) override {
    app.add_option("--model", model_, "folder with the tokenizer's files")->required();
    app.add_flag("--decode", decode_, "ids (one JSON array a line) to text");
    app.add_flag("--json-lines", json_lines_,
                 "each line of text is a JSON string, so that it can hold line ends");
    app.add_flag("--no-special-tokens", no_special_, "encode without BOS and EOS");
    app.add_flag("--skip-special-tokens", skip_special_, "leave special tokens out of decoded text");
  }

  void run(CommandContext& context) override {
    const auto tokenizer = load_tokenizer(model_);
    context.console.note(tokenizer->description());
    Json lines = Json::array();
    std::int64_t number = 0;
    for (std::string line; !context.stop.stop_requested() && std::getline(std::cin, line);) {
      ++number;
      Json result = decode_ ? decoded(*tokenizer, line, number) : encoded(*tokenizer, line, number);
      if (context.console.json()) {
        lines.push_back(std::move(result));
      } else if (decode_ && !json_lines_) {
        context.console.write(result.get<std::string>() + "\n");
      } else {
        context.console.write(result.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
      }
    }
    context.console.document(name(),
                             {{"tokenizer", tokenizer->description()}, {decode_ ? "texts" : "ids", lines}});
  }

 private:
  Json encoded(const Tokenizer& tokenizer, const std::string& line, std::int64_t number) const {
    std::string text = line;
    if (json_lines_) {
      const Json parsed = parse_json(line, "standard input", number);
      if (!parsed.is_string()) {
        throw Error::bad_input(fmt::format("standard input:{}", number), "not a JSON string")
            .found(parsed.type_name())
            .expected("one JSON string a line (--json-lines)");
      }
      text = parsed.get<std::string>();
    }
    return tokenizer.encode(text, !no_special_);
  }

  Json decoded(const Tokenizer& tokenizer, const std::string& line, std::int64_t number) const {
    const Json parsed = parse_json(line, "standard input", number);
    std::vector<std::int32_t> ids;
    const auto refuse = [&](const std::string& found) {
      throw Error::bad_input(fmt::format("standard input:{}", number), "not an array of token ids")
          .found(found)
          .expected(fmt::format("one JSON array a line, of integers from 0 to {}", tokenizer.size() - 1));
    };
    if (!parsed.is_array()) refuse(parsed.type_name());
    for (const Json& id : parsed) {
      if (!id.is_number_integer() || id < 0 || id >= tokenizer.size()) refuse(id.dump());
      ids.push_back(id.get<std::int32_t>());
    }
    return tokenizer.decode(ids, skip_special_);
  }

  std::string model_;
  bool decode_ = false, json_lines_ = false, no_special_ = false, skip_special_ = false;
};

}  // namespace

std::unique_ptr<CliCommand> make_tokenize_command() {
  return std::make_unique<TokenizeCommand>();
}

}  // namespace tauscope
