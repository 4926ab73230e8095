#include "core/tokenizer/post_processor.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/tokenizer/components.h"
#include "core/tokenizer/vocabulary.h"

namespace tauscope {
namespace {

std::int32_t read_id(const Json& id, const std::string& file, const std::string& field) {
  if (!id.is_number_unsigned() || id.get<std::uint64_t>() > static_cast<std::uint64_t>(Vocabulary::max_id))
    throw Error::bad_input(file, "is not a token id").field(field);
  return id.get<std::int32_t>();
}

/// The ids that a template's special token stands for.
std::vector<std::int32_t> template_ids(const JsonFields& processor, const std::string& name) {
  const JsonFields token = processor.object("special_tokens").object(name);
  std::vector<std::int32_t> ids;
  for (const auto& [id, field] : components::parts(token, "ids"))
    ids.push_back(read_id(*id, processor.file(), field));
  return ids;
}

void put_around(PostProcessor& all, const std::vector<std::int32_t>& before,
                const std::vector<std::int32_t>& after) {
  all.before.insert(all.before.begin(), before.begin(), before.end());
  all.after.insert(all.after.end(), after.begin(), after.end());
}

void read_template(const JsonFields& processor, PostProcessor& all) {
  std::vector<std::int32_t> before, after;
  int sequences = 0;
  for (const auto& [piece, field] : components::parts(processor, "single")) {
    const JsonFields fields(*piece, processor.file(), field);
    if (fields.has("Sequence")) {
      ++sequences;
      continue;
    }
    const auto ids = template_ids(processor, fields.object("SpecialToken").string("id"));
    auto& side = sequences == 0 ? before : after;
    side.insert(side.end(), ids.begin(), ids.end());
  }
  if (sequences != 1)
    throw Error::bad_input(processor.file(), "the template does not hold the text exactly once")
        .field(processor.path_of("single"))
        .found(fmt::format("{} times", sequences));
  put_around(all, before, after);
}

/// BERT's and RoBERTa's processors name their tokens as ["</s>", 2].
std::vector<std::int32_t> named_id(const JsonFields& processor, const char* key) {
  const auto pair = components::parts(processor, key);
  if (pair.size() != 2)
    throw Error::bad_input(processor.file(), "is not a token with its id").field(processor.path_of(key));
  return {read_id(*pair[1].first, processor.file(), pair[1].second)};
}

void read_processor(const Json& json, const std::string& file, const std::string& field, PostProcessor& all) {
  const JsonFields fields(json, file, field);
  const std::string type = fields.string("type");
  if (type == "ByteLevel") return;  // moves offsets only
  if (type == "TemplateProcessing")
    read_template(fields, all);
  else if (type == "BertProcessing" || type == "RobertaProcessing")
    put_around(all, named_id(fields, "cls"), named_id(fields, "sep"));
  else if (type == "Sequence")
    for (const auto& [part, name] : components::parts(fields, "processors"))
      read_processor(*part, file, name, all);
  else
    throw components::unsupported(
        fields, "ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing, Sequence");
}

}  // namespace

PostProcessor PostProcessor::from_json(const Json& json, const std::string& file, const std::string& field) {
  PostProcessor all;
  if (!json.is_null()) read_processor(json, file, field, all);
  return all;
}

}  // namespace tauscope
