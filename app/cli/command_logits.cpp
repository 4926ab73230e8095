#include <fmt/format.h>

#include "app/cli/commands.h"
#include "app/cli/model_options.h"
#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/causal_lm.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope {

namespace {

class LogitsCommand final : public CliCommand {
 public:
  std::string name() const override { return "logits"; }
  std::string summary() const override {
    return "the logits of one text or one list of ids, as a safetensors file";
  }
  std::vector<std::string> examples() const override {
    return {
        "tauscope logits --model assets/demo/teacher --text 'Name three colours.' --out teacher.safetensors",
        "tauscope logits --model assets/demo/student-llama --text 'Name three colours.' --out "
        "student.safetensors"};
  }
  void add_options(CLI::App& app) override {
    app.add_option("--model", model_, "a Hugging Face checkpoint folder")->required();
    auto* text = app.add_option("--text", text_, "text, tokenized as `tokenize` does it");
    app.add_option("--ids", ids_file_, "JSON file with one array of token ids")->excludes(text);
    app.add_flag("--no-special-tokens", no_special_, "encode the text without BOS and EOS");
    app.add_option("--out", out_, "safetensors file: ids, targets, logits")->required();
    app.add_flag("--force", force_, "replace the file if it exists");
    options_.add_to(app);
    text_option_ = text;
  }

  void run(CommandContext& context) override {
    const bool has_text = text_option_->count() > 0;
    if (!has_text && ids_file_.empty()) throw Error::usage("--text or --ids is missing");
    if (std::filesystem::exists(out_) && !force_) {
      throw Error::failed(out_, "the file exists already, and is kept").remedy("--force replaces it");
    }
    const auto checkpoint = Checkpoint::open(model_);
    const std::vector<std::int32_t> ids =
        has_text ? load_tokenizer(model_)->encode(text_, !no_special_) : read_ids();
    if (ids.empty()) throw Error::usage("there are no tokens, so there are no logits");
    const auto model = CausalLM::load(*checkpoint, options_.parsed());
    for (const std::string& remark : model->remarks())
      context.console.warning(remark);
    check_ids(ids, *model);
    const std::vector<float> logits = sequence_logits(*model, ids);
    write(ids, logits, *model);

    const auto tokens = static_cast<std::int64_t>(ids.size());
    context.console.result(
        fmt::format("{}: logits ({}, {}) of {}", out_, tokens, model->vocab_size(), model_));
    context.console.document(
        name(), {{"out", out_}, {"tokens", tokens}, {"vocab", model->vocab_size()}, {"ids", ids}});
  }

 private:
  std::vector<std::int32_t> read_ids() const {
    const Json list = read_json_file(ids_file_);
    const auto refuse = [&](const std::string& found) {
      throw Error::bad_input(ids_file_, "not one array of token ids").found(found).expected("[1, 20, 30]");
    };
    if (!list.is_array()) refuse(list.type_name());
    std::vector<std::int32_t> ids;
    for (const Json& id : list) {
      if (!id.is_number_integer() || id < 0 || id > std::numeric_limits<std::int32_t>::max())
        refuse(id.dump());
      ids.push_back(id.get<std::int32_t>());
    }
    return ids;
  }

  void check_ids(const std::vector<std::int32_t>& ids, const CausalLM& model) const {
    for (const std::int32_t id : ids) {
      if (id < model.vocab_size()) continue;
      throw Error::bad_input(ids_file_.empty() ? model_ : ids_file_,
                             "a token id outside the model's vocabulary")
          .found(std::to_string(id))
          .expected(fmt::format("0 to {}", model.vocab_size() - 1));
    }
    if (static_cast<std::int64_t>(ids.size()) > model.context_length()) {
      throw Error::bad_input(ids_file_.empty() ? "--text" : ids_file_, "longer than the model's context")
          .found(fmt::format("{} tokens", ids.size()))
          .expected(fmt::format("at most {}", model.context_length()));
    }
  }

  void write(const std::vector<std::int32_t>& ids, const std::vector<float>& logits,
             const CausalLM& model) const {
    const auto tokens = static_cast<std::int64_t>(ids.size());
    const std::vector<std::int64_t> wide(ids.begin(), ids.end());
    std::vector<std::int64_t> targets(wide.begin() + 1, wide.end());
    targets.push_back(-1);  // nothing is known to follow the last token
    write_safetensors(
        out_, {{"ids", TensorType::I64, {tokens}, std::as_bytes(std::span(wide))},
               {"targets", TensorType::I64, {tokens}, std::as_bytes(std::span(targets))},
               {"logits", TensorType::F32, {tokens, model.vocab_size()}, std::as_bytes(std::span(logits))}});
  }

  std::string model_, text_, ids_file_, out_;
  bool no_special_ = false, force_ = false;
  const CLI::Option* text_option_ = nullptr;
  ModelCliOptions options_;
};

}  // namespace

std::unique_ptr<CliCommand> make_logits_command() {
  return std::make_unique<LogitsCommand>();
}

}  // namespace tauscope
