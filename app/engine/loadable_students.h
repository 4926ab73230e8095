// Students that can be loaded, where not all can.
#pragma once

#include <exception>
#include <vector>

#include "app/session/engine.h"
#include "core/base/error.h"

namespace tauscope {

/// `load(students)` with all of them; where that throws an Error, they are tried one after the other, each
/// beside those before it that could be loaded; the others go from `students` into `failed`, and what is left
/// is loaded. With one student, or where none can be loaded, the error of the first attempt: it may be the
/// teacher's. A result that is false (stopped) ends it.
template <typename Load>
auto load_loadable(std::vector<NamedPath>& students, std::vector<FailedStudent>& failed, Load load) {
  std::exception_ptr first_problem;
  try {
    return load(students);
  } catch (const Error&) {
    if (students.size() == 1) throw;
    first_problem = std::current_exception();
  }
  std::vector<NamedPath> good;
  std::vector<FailedStudent> bad;
  for (const NamedPath& student : students) {
    good.push_back(student);
    try {
      if (auto loaded = load(good); !loaded) return loaded;
    } catch (const Error& error) {
      good.pop_back();
      bad.push_back({student.name, student.path, error.what()});
    }
  }
  if (good.empty()) std::rethrow_exception(first_problem);
  students = std::move(good);
  failed = std::move(bad);
  return load(students);
}

}  // namespace tauscope
