// Work in the background: how far it is, how long it takes, and a way to stop it.
#pragma once

#include "app/gui/panel.h"

namespace tauscope::gui {

class JobsPanel final : public Panel {
 public:
  const char* title() const override { return "Jobs"; }
  void draw(PanelContext& context) override;

 private:
  void draw_job(PanelContext& context, const JobStatus& job);
};

/// "2 min 5 s", "0.4 s"
std::string duration_text(double seconds);
/// "examples 12 of 200, 40 s left"
std::string progress_text(const JobStatus& job);

}  // namespace tauscope::gui
