// Saving, copying and exporting what is shown.
#include <fmt/format.h>

#include "app/session/export_view.h"
#include "app/session/plots.h"
#include "app/session/session_parts.h"
#include "core/base/csv.h"
#include "core/figure/figure_csv.h"

namespace tauscope {

namespace {

struct ShownFigure {
  Figure figure;
  Size size;
};

/// The plot as it is shown, or nothing if it is on its way.
std::optional<ShownFigure> shown_figure(const Session& session, const std::string& name, bool may_wait) {
  const PlotInfo* info = find_plot(name);
  if (info == nullptr) throw Error::usage("there is no plot called " + printable_utf8(name));
  PlotBook book;
  const Plot plot = book.plot(session, name);
  if (plot.loading && may_wait) return std::nullopt;
  if (!plot.figure) throw Error::usage(fmt::format("{}: {}", info->title, plot.note));
  const auto& views = session.view().plots;
  const auto view = views.find(name);
  return ShownFigure{view == views.end() ? *plot.figure : with_view(*plot.figure, view->second), info->size};
}

constexpr const char* export_name = "export into ";
constexpr JobId first_file_job = JobId{1} << 32;  // the lanes number their jobs each for itself

ViewTable shown_table(const Session& session, const std::string& name) {
  ViewTable table = view_table(session, name);
  if (table.rows.empty()) throw Error::usage(fmt::format("table {}: {}", printable_utf8(name), table.note));
  return table;
}

}  // namespace

std::vector<JobStatus> Session::jobs() const {
  std::vector<JobStatus> jobs = background_.jobs();
  for (JobStatus& job : files_.jobs()) {
    if (job.name.rfind(export_name, 0) != 0) continue;  // a picture is done before anybody could watch it
    job.id += first_file_job;
    jobs.push_back(std::move(job));
  }
  return jobs;
}
void Session::act(const CancelJob& c) {
  if (c.id > first_file_job)
    files_.cancel(c.id - first_file_job);
  else
    background_.cancel(c.id);
}

void Session::act(const SaveFigure& c) {
  const auto shown = shown_figure(*this, c.plot, !settled());
  if (!shown) {
    waiting_.push_back(c);
    return;
  }
  // A picture takes longer than a frame.
  files_.submit("picture " + c.path,
                [box = mailbox_, shown = *shown, path = c.path](ProgressSink&, std::stop_token) {
                  Message message{Message::Level::note, "saved " + path};
                  try {
                    save_figure(shown.figure, shown.size, path);
                  } catch (const std::exception& problem) {
                    message = {Message::Level::error, problem.what()};
                  }
                  box->post(&Mailbox::Content::messages, std::move(message));
                });
}
void Session::act(const CopyFigure& c) {
  const auto shown = shown_figure(*this, c.plot, !settled());
  if (shown)
    clipboard_ = figure_csv(shown->figure);
  else
    waiting_.push_back(c);
}
void Session::act(const SaveTable& c) {
  if (!settled()) {
    waiting_.push_back(c);
    return;
  }
  save_table(shown_table(*this, c.table), c.path);
  report(Message::Level::note, "saved " + c.path);
}
void Session::act(const CopyTable& c) {
  const TableFormat format = table_format(c.format);
  if (settled())
    clipboard_ = format_table(shown_table(*this, c.table), format);
  else
    waiting_.push_back(c);
}
void Session::act(const CopyCommandLine&) {
  clipboard_ = command_line(*this);
  report(Message::Level::note, "copied: " + *clipboard_);
}
void Session::act(const ExportAll& c) {
  if (c.folder.empty()) throw Error::usage("an export needs a folder to write to");
  if (!workspace_ && workspace_state_ != Loading::loading && !evaluation_ && !runs_)
    throw Error::usage("nothing is open that could be exported");
  export_waits_ = c.folder;
}

/// Copies and saves wait until what they are of has been computed; an export also for what other tabs show.
void Session::finish_waiting() {
  if ((waiting_.empty() && !export_waits_) || !settled()) return;
  for (const Command& command : std::exchange(waiting_, {})) {
    try {
      std::visit([this](const auto& c) { act(c); }, command);
    } catch (const std::exception& problem) {
      report(Message::Level::error, problem.what());
    }
  }
  if (!export_waits_) return;
  const std::filesystem::path folder = free_folder(*export_waits_);
  auto set = std::make_shared<const ExportSet>(export_set(*this));
  export_waits_.reset();
  files_.submit(export_name + folder.string(), [box = mailbox_, set, folder](ProgressSink& progress,
                                                                             std::stop_token stop) {
    const std::size_t files = write_export(*set, folder, progress, stop);
    if (stop.stop_requested()) return;
    std::string text = fmt::format("{} figures and {} tables are in {} ({} files)", set->figures.size(),
                                   set->tables.size(), folder.string(), files);
    if (!set->left_out.empty()) text += "; left out:";
    for (const std::string& reason : set->left_out)
      text += "\n" + reason;
    const auto level = set->left_out.empty() ? Message::Level::note : Message::Level::warning;
    box->post(&Mailbox::Content::messages, Message{level, std::move(text)});
  });
}

}  // namespace tauscope
