#include "app/gui/workbench.h"

#include <utility>

namespace tauscope::gui {

Workbench::Workbench(Engine& engine, SessionOptions options, TextureMaker* textures)
    : session(engine, std::move(options)), renderer_(fonts_, textures) {}

bool Workbench::prepare(float display_scale) {
  const ViewState& view = session.view();
  const std::pair wanted{view.theme, display_scale * static_cast<float>(view.ui_scale)};
  if (themed_for_ != wanted) {
    theme_ = apply_theme(wanted.first, wanted.second);
    themed_for_ = wanted;
  }
  return fonts_.update(wanted.second);
}

std::vector<Command> Workbench::draw(const std::function<void(PanelContext&)>& over) {
  renderer_.begin_frame();
  std::vector<Command> out;
  std::optional<std::int64_t> hovered;
  PanelContext context{session, plots, renderer_, theme_, fonts_, out, hovered};
  shell.draw(context);
  if (over) over(context);
  session.hover(hovered);
  return out;
}

}  // namespace tauscope::gui
