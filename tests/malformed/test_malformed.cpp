// Each malformed input is refused (or, by `inspect`, reported) in a message of its own that says what is
// wrong and where, in under a second and in little memory.
#include <set>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/message.h"
#include "tests/core/checkpoint/pickle_builder.h"
#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/core/checkpoint/zip_builder.h"
#include "tests/malformed/cases.h"
#include "tests/malformed/in_child.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

/// Of the reader alone; what the table's inputs are built from lies in this process too.
constexpr long most_kilobytes = 256 * 1024;

std::string without(std::string text, const std::string& part) {
  for (std::size_t at; (at = text.find(part)) != text.npos;)
    text.erase(at, part.size());
  return text;
}

void check(const std::vector<MalformedCase>& cases, std::set<std::string>& messages) {
  for (const MalformedCase& each : cases) {
    const TemporaryFolder folder;
    for (const auto& [name, content] : each.files)
      write_text(folder / name, content);
    if (each.prepare) each.prepare(folder.path());
    const ChildReport report = in_child([&] { return read_with(each.reader, folder.path()); });
    INFO(each.reader << ": " << each.name << "\n" << report.message);
    using End = ChildReport::End;
    CHECK(report.end == (each.reader == "inspect" ? End::accepted : End::refused));
    REQUIRE_FALSE(each.fragments.empty());
    for (const std::string& fragment : each.fragments) {
      INFO("must say: " << fragment);
      CHECK(report.message.find(fragment) != std::string::npos);
    }
    if (each.reader != "inspect") CHECK(report.message.find(folder.path().string()) != std::string::npos);
    CHECK(report.message.size() < 4000);
    CHECK(printable_utf8(report.message) == report.message);
    CHECK(without_controls(report.message, true) == report.message);
    CHECK(report.seconds < 1.0);
    CHECK(report.peak_kilobytes < most_kilobytes);
    INFO("another input of the table has the same message");
    CHECK(messages.insert(without(report.message, folder.path().string())).second);
  }
}

}  // namespace

TEST_CASE("malformed weights and configs") {
  std::set<std::string> messages;
  check(weight_cases(), messages);
}
TEST_CASE("malformed archives of torch.save") {
  std::set<std::string> messages;
  check(archive_cases(), messages);
}
TEST_CASE("malformed pickles") {
  std::set<std::string> messages;
  check(pickle_cases(), messages);
}
TEST_CASE("malformed tokenizers") {
  std::set<std::string> messages;
  check(tokenizer_cases(), messages);
}
TEST_CASE("malformed data, tables and logits") {
  std::set<std::string> messages;
  check(data_cases(), messages);
}

TEST_CASE("the table has at least 80 inputs, each with a name of its own") {
  std::set<std::string> names;
  for (const MalformedCase& each : all_cases()) {
    INFO(each.name);
    CHECK(names.insert(each.reader + ": " + each.name).second);
  }
  CHECK(names.size() >= 80);
}

TEST_CASE("a child that crashes, hangs on to memory or throws something else is seen") {
  using End = ChildReport::End;
  CHECK(in_child([] { return std::string("fine"); }).end == End::accepted);
  CHECK(in_child([]() -> std::string { throw std::logic_error("x"); }).end == End::other_exception);
  CHECK(in_child([]() -> std::string { std::_Exit(3); }).end == End::killed);
  const ChildReport hungry = in_child([] {
    std::string filled(std::size_t{300} << 20, 'x');
    return std::to_string(filled[filled.size() / 2]);
  });
  CHECK(hungry.peak_kilobytes > most_kilobytes);
}

TEST_CASE("files cut off at any byte are refused, and never called something that they are not") {
  const TemporaryFolder folder;
  const std::string torch = torch_archive(pickle::dict(pickle::text("x") + pickle::plain_tensor()),
                                          {std::string(16, 'd')}, ZipStyle::descriptors);
  const std::string safetensors =
      safetensors_bytes(R"({"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", std::string(16, 'd'));
  const std::string logits = safetensors_bytes(
      R"({"logits":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", std::string(16, '\x3F'));
  struct Cut {
    const char *reader, *file;
    const std::string& whole;
  };
  for (const Cut& cut :
       {Cut{"torch", "pytorch_model.bin", torch}, Cut{"safetensors", "model.safetensors", safetensors},
        Cut{"logits", "logits.safetensors", logits}}) {
    write_text(folder / cut.file, cut.whole);
    CHECK(read_with(cut.reader, folder.path()).empty());
    for (std::size_t size = 0; size < cut.whole.size(); ++size) {
      INFO(cut.reader << " cut at " << size);
      write_text(folder / cut.file, cut.whole.substr(0, size));
      try {
        read_with(cut.reader, folder.path());
        FAIL("accepted");
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::bad_input);
        CHECK_FALSE(error.remedy_text().empty());
      }
    }
  }
}

TEST_CASE("pickles cut off at any byte are refused") {
  const std::string whole = pickle::dict(pickle::text("x") + pickle::plain_tensor());
  const TemporaryFolder folder;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    write_text(folder / "pytorch_model.bin", torch_archive(whole.substr(0, size), {std::string(16, 'd')}));
    CHECK_THROWS_AS(read_with("torch", folder.path()), Error);
  }
}
