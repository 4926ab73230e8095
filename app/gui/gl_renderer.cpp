#include "app/gui/gl_renderer.h"

#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <cstdint>
#include <cstdio>

#include "app/gui/gl_functions.h"
#include "app/gui/gl_plain_fill.h"
#include "core/base/error.h"

namespace tauscope::gui {

GlRenderer::GlRenderer(GlLookup lookup) : gl_(std::make_unique<GlFunctions>(lookup)) {
  const std::string version = gl_->text(GL_VERSION);
  int major = 0, minor = 0;
  if (std::sscanf(version.c_str(), "%d.%d", &major, &minor) != 2 || 10 * major + minor < 32)
    throw Error::failed("", "the window needs OpenGL 3.2")
        .found(version)
        .remedy("update the graphics driver");
  description_ = "OpenGL " + version + ", " + gl_->text(GL_RENDERER);
  if (!ImGui_ImplOpenGL3_Init("#version 150"))
    throw Error::failed("", "OpenGL does not start").found(version);
}

GlRenderer::~GlRenderer() {
  plain_fill_.reset();
  ImGui_ImplOpenGL3_Shutdown();
  if (framebuffer_) gl_->delete_framebuffers(1, &framebuffer_);
  if (colour_) gl_->delete_renderbuffers(1, &colour_);
}

void GlRenderer::use_framebuffer(int width, int height) {
  gl_->gen_renderbuffers(1, &colour_);
  gl_->bind_renderbuffer(GL_RENDERBUFFER, colour_);
  gl_->renderbuffer_storage(GL_RENDERBUFFER, GL_RGBA8, width, height);
  gl_->gen_framebuffers(1, &framebuffer_);
  gl_->bind_framebuffer(GL_FRAMEBUFFER, framebuffer_);
  gl_->framebuffer_renderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, colour_);
  if (gl_->check_framebuffer(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
    throw Error::failed("", "OpenGL cannot draw into a picture of this size")
        .found(std::to_string(width) + " by " + std::to_string(height));
  keeps_frames();
}

void GlRenderer::fonts_changed() {
  changes_.forget();
  ImGui_ImplOpenGL3_NewFrame();  // else the first frame would make shaders, and the texture once more
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
  // Letters stand on whole pixels (fonts.cpp): smoothing would change nothing and cost a third of a frame.
  GLint before = 0;
  gl_->get_integer(GL_TEXTURE_BINDING_2D, &before);
  gl_->bind_texture(GL_TEXTURE_2D, static_cast<GLuint>((std::intptr_t)ImGui::GetIO().Fonts->TexID));
  gl_->tex_parameter(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  gl_->tex_parameter(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  gl_->bind_texture(GL_TEXTURE_2D, static_cast<GLuint>(before));
}

void GlRenderer::draw(const ImDrawData& data, Colour background) {
  const int width = static_cast<int>(data.DisplaySize.x * data.FramebufferScale.x),
            height = static_cast<int>(data.DisplaySize.y * data.FramebufferScale.y);
  ImGui_ImplOpenGL3_NewFrame();  // makes shaders and buffers where they are not there yet
  drawn_ = {{0, 0, width, height}};
  if (keeps_frames_) drawn_ = changes_.find(data, background);
  if (drawn_.empty()) return;
  gl_->bind_framebuffer(GL_FRAMEBUFFER, framebuffer_);
  gl_->viewport(0, 0, width, height);
  gl_->clear_colour(background.r / 255.f, background.g / 255.f, background.b / 255.f, 1);
  gl_->enable(GL_SCISSOR_TEST);
  for (const PixelArea& area : drawn_) {
    gl_->scissor(area.x0, height - area.y1, area.x1 - area.x0, area.y1 - area.y0);
    gl_->clear(GL_COLOR_BUFFER_BIT);
  }
  gl_->disable(GL_SCISSOR_TEST);
  FrameChanges::keep_only(drawn_, data);
  if (!plain_fill_) plain_fill_ = std::make_unique<GlPlainFill>(*gl_);
  plain_fill_->take_large_areas(data);
  ImGui_ImplOpenGL3_RenderDrawData(const_cast<ImDrawData*>(&data));
}

Pixels GlRenderer::read(int width, int height) {
  Pixels out{width, height,
             std::vector<Colour>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height))};
  std::vector<Colour> upside_down(out.colours.size());
  gl_->bind_framebuffer(GL_FRAMEBUFFER, framebuffer_);
  gl_->pixel_store(GL_PACK_ALIGNMENT, 1);
  gl_->read_pixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, upside_down.data());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      Colour c = upside_down[static_cast<std::size_t>(height - 1 - y) * static_cast<std::size_t>(width) +
                             static_cast<std::size_t>(x)];
      c.a = 255;
      out.colours[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)] = c;
    }
  return out;
}

void GlRenderer::finish() {
  gl_->finish();
}

std::string GlRenderer::description() const {
  return description_;
}

bool GlRenderer::draws_in_software() const {
  return description_.find("llvmpipe") != std::string::npos ||
         description_.find("softpipe") != std::string::npos;
}

ImTextureID GlRenderer::make(int width, int height, const Colour* pixels) {
  GLint before = 0;
  gl_->get_integer(GL_TEXTURE_BINDING_2D, &before);
  GLuint texture = 0;
  gl_->gen_textures(1, &texture);
  gl_->bind_texture(GL_TEXTURE_2D, texture);
  gl_->tex_parameter(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  gl_->tex_parameter(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  gl_->tex_parameter(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  gl_->tex_parameter(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  gl_->pixel_store(GL_UNPACK_ALIGNMENT, 1);
  static_assert(sizeof(Colour) == 4);
  gl_->tex_image(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
  gl_->bind_texture(GL_TEXTURE_2D, static_cast<GLuint>(before));
  changes_.texture_changed(texture);
  return (ImTextureID)(std::intptr_t)texture;  // an integer or a pointer, as ImGui's version has it
}

void GlRenderer::destroy(ImTextureID texture) {
  const auto name = static_cast<GLuint>((std::intptr_t)texture);
  gl_->delete_textures(1, &name);
}

}  // namespace tauscope::gui
