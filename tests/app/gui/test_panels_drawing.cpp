// The whole window, drawn in part and as a whole: the same pixels.
#include "app/gui/offscreen.h"
#include "core/base/error.h"
#include "tests/app/gui/random_events.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

/// ImGui's frame, kept: drawing takes commands out of it.
class KeptFrame {
 public:
  explicit KeptFrame(const ImDrawData& data) : data_(data) {
    for (int i = 0; i < data.CmdListsCount; ++i)
      lists_.push_back(data.CmdLists[i]->CloneOutput());
    data_.CmdLists = lists_.data();
  }
  ~KeptFrame() {
    for (ImDrawList* list : lists_)
      IM_DELETE(list);
  }
  KeptFrame(const KeptFrame&) = delete;
  KeptFrame& operator=(const KeptFrame&) = delete;

  const ImDrawData& data() const { return data_; }
  /// The panels were laid out without textures: letters get theirs.
  void set_font_texture(ImTextureID texture) {
    for (ImDrawList* list : lists_)
      for (ImDrawCmd& command : list->CmdBuffer)
        if (!command.TextureId) command.TextureId = texture;
  }

 private:
  ImDrawData data_;
  std::vector<ImDrawList*> lists_;
};

}  // namespace

TEST_CASE("panels: frames that draw only what changed give the same pixels as whole ones", "[gui]") {
  test::PanelsWindow window(900, 640);
  window.engine.rows = 10;
  window.engine.vocab = 60;
  window.open();
  std::unique_ptr<gui::Surface> surface;
  try {
    surface = gui::make_offscreen(900, 640, 1);
  } catch (const Error& error) {
    TS_SKIP(std::string("nothing can draw without a display here: ") + error.what());
  }
  const auto writes_nothing = window.applies;
  window.applies = [&](const Command& command) {
    return writes_nothing(command) && !std::holds_alternative<Quit>(command) &&
           !std::holds_alternative<SetUiScale>(command);
  };
  std::mt19937 random(31);
  int different = 0, partial = 0;
  const void* atlas = nullptr;
  ImTextureID letters{};
  for (int frame = 0; frame < 250; ++frame) {
    for (int event = 0; event < 3; ++event)
      test::random_event(window, random);
    window.frame();
    const Colour ground = window.bench.theme().background;
    if (ImGui::GetIO().Fonts->TexPixelsAlpha8 != atlas) {
      atlas = ImGui::GetIO().Fonts->TexPixelsAlpha8;
      surface->fonts_changed();
      letters = ImGui::GetIO().Fonts->TexID;
    }
    KeptFrame in_part(*ImGui::GetDrawData()), whole(*ImGui::GetDrawData());
    in_part.set_font_texture(letters);
    whole.set_font_texture(letters);
    surface->draw(in_part.data(), ground);
    const auto pixels = surface->read().colours;
    surface->draw_anew();
    surface->draw(whole.data(), ground);
    different += pixels != surface->read().colours;
    const auto triangles = [](const ImDrawData& data) {
      unsigned count = 0;
      for (int i = 0; i < data.CmdListsCount; ++i)
        count += static_cast<unsigned>(data.CmdLists[i]->IdxBuffer.Size) / 3;
      return count;
    };
    partial += triangles(in_part.data()) < triangles(whole.data());
  }
  CHECK(different == 0);
  CHECK(partial > 50);  // most events change little
}
