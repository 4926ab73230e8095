#include "app/gui/open_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace tauscope::gui {

namespace fs = std::filesystem;

Command command_for(const UiState::Browse& what, const fs::path& path, const Sources& now) {
  const std::string text = path.string();
  switch (what.pick) {
    case Pick::teacher:
      return SetTeacher{text};
    case Pick::student:
      return AddStudent{text, ""};
    case Pick::replace_student: {
      Sources next = now;
      if (what.student >= next.students.size()) return AddStudent{text, ""};
      next.students[what.student] = {"", path};
      return OpenSources{next};
    }
    case Pick::data:
      return SetData{text};
    case Pick::teacher_logits: {
      Sources next;
      next.teacher_logits = path;
      next.student_logits = now.student_logits;
      return OpenSources{next};
    }
    case Pick::student_logits: {
      Sources next;
      next.teacher_logits = now.teacher_logits;
      next.student_logits = now.student_logits;
      next.student_logits.push_back({"", path});
      return OpenSources{next};
    }
    case Pick::run:
      return OpenRun{text};
    case Pick::data_analysis:
      return ReadAnalysis{text};
    case Pick::evaluation:
      return ReadEvaluation{text};
    case Pick::runs:
      return OpenRuns{text};
    case Pick::spec:
    case Pick::save_folder:
    case Pick::evaluated_model:
    case Pick::evaluated_set:
    case Pick::references:
      break;  // not opened: a folder to write to, or the entry of a form
  }
  return OpenPath{text};
}

Sources bundled_demo() {
  std::error_code error;
  std::vector<fs::path> roots{fs::current_path(error)};
  fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (int up = 0; up < 4 && program.has_parent_path(); ++up) {
    program = program.parent_path();
    roots.push_back(program);
  }
  for (const fs::path& root : roots) {
    const fs::path demo = root / "assets" / "demo";
    if (!fs::exists(demo / "teacher" / "config.json", error)) continue;
    Sources sources;
    sources.teacher = demo / "teacher";
    sources.students = {{"llama", demo / "student-llama"}, {"gpt2", demo / "student-gpt2"}};
    sources.data = demo / "data" / "test.jsonl";
    return sources;
  }
  return {};
}

std::string sources_text(const Sources& s) {
  if (!s.run.empty()) return "analysis " + s.run.filename().string();
  const bool logits = !s.teacher_logits.empty();
  const auto& students = logits ? s.student_logits : s.students;
  std::string out = (logits ? s.teacher_logits : s.teacher).filename().string();
  if (students.size() == 1) {
    out += " · " + (students.front().name.empty() ? students.front().path.filename().string()
                                                  : students.front().name);
  } else if (!students.empty()) {
    out += fmt::format(" · {} students", students.size());
  }
  if (!s.data.empty()) out += " · " + s.data.filename().string();
  return out;
}

void remember(std::vector<Sources>& recent, Sources sources) {
  if (sources.empty()) return;
  constexpr std::size_t most = 12;
  std::erase(recent, sources);
  recent.insert(recent.begin(), std::move(sources));
  if (recent.size() > most) recent.resize(most);
}

}  // namespace tauscope::gui
