#include "app/gui/gl_plain_fill.h"

#include <imgui.h>

#include <cmath>

#include "app/gui/gl_functions.h"

namespace tauscope::gui {

namespace {

constexpr float large = 1500;  // square pixels; a split costs about as much as so many pixels

constexpr const char* vertex_shader = R"(#version 150
uniform mat4 matrix;
in vec2 Position;
in vec4 Color;
flat out vec4 colour;
void main() {
  colour = Color;
  gl_Position = matrix * vec4(Position, 0, 1);
})";
constexpr const char* fragment_shader = R"(#version 150
flat in vec4 colour;
out vec4 result;
void main() { result = colour; })";

/// Whether the triangle at `index` has one opaque colour, no texture, and covers much.
bool qualifies(const ImDrawList& list, const ImDrawCmd& command, unsigned index, ImVec2 white) {
  const auto vertex = [&](unsigned i) -> const ImDrawVert& {
    return list.VtxBuffer[static_cast<int>(command.VtxOffset + list.IdxBuffer[static_cast<int>(index + i)])];
  };
  const ImDrawVert &a = vertex(0), &b = vertex(1), &c = vertex(2);
  if ((a.col & IM_COL32_A_MASK) != IM_COL32_A_MASK || a.col != b.col || a.col != c.col) return false;
  for (const ImDrawVert* v : {&a, &b, &c})
    if (v->uv.x != white.x || v->uv.y != white.y) return false;
  const float twice = (b.pos.x - a.pos.x) * (c.pos.y - a.pos.y) - (c.pos.x - a.pos.x) * (b.pos.y - a.pos.y);
  return std::abs(twice) > 2 * large;
}

}  // namespace

GlPlainFill::GlPlainFill(const GlFunctions& gl) : gl_(gl) {}

GlPlainFill::~GlPlainFill() {
  if (program_) gl_.delete_program(program_);
}

/// With the attributes where ImGui's own program has them: its buffers are bound while this one draws.
void GlPlainFill::compile() {
  GLint theirs = 0;
  gl_.get_integer(GL_CURRENT_PROGRAM, &theirs);
  program_ = gl_.create_program();
  for (const auto& [kind, source] :
       {std::pair(GL_VERTEX_SHADER, vertex_shader), std::pair(GL_FRAGMENT_SHADER, fragment_shader)}) {
    const GLuint shader = gl_.create_shader(static_cast<GLenum>(kind));
    gl_.shader_source(shader, 1, &source, nullptr);
    gl_.compile_shader(shader);
    gl_.attach_shader(program_, shader);
    gl_.delete_shader(shader);
  }
  for (const char* name : {"Position", "Color"}) {
    const GLint at = gl_.attribute(static_cast<GLuint>(theirs), name);
    if (at >= 0) gl_.bind_attribute(program_, static_cast<GLuint>(at), name);
  }
  gl_.link_program(program_);
  GLint linked = 0;
  gl_.get_program(program_, GL_LINK_STATUS, &linked);
  if (!linked) throw Error::failed("", "OpenGL does not take a shader").found(gl_.text(GL_VERSION));
  matrix_location_ = gl_.uniform(program_, "matrix");
}

void GlPlainFill::begin(const ImDrawList*, const ImDrawCmd* command) {
  auto& self = *static_cast<GlPlainFill*>(command->UserCallbackData);
  if (!self.program_) self.compile();
  self.gl_.use_program(self.program_);
  self.gl_.set_matrix(self.matrix_location_, 1, GL_FALSE, self.matrix_.data());
  self.gl_.disable(GL_BLEND);
}

void GlPlainFill::take_large_areas(const ImDrawData& data) {
  const float l = data.DisplayPos.x, r = l + data.DisplaySize.x, t = data.DisplayPos.y,
              b = t + data.DisplaySize.y;
  matrix_ = {2 / (r - l),       0, 0, 0, 0, 2 / (t - b), 0, 0, 0, 0, -1, 0, (r + l) / (l - r),
             (t + b) / (b - t), 0, 1};
  const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
  ImVector<ImDrawCmd> commands;
  for (int i = 0; i < data.CmdListsCount; ++i) {
    ImDrawList& list = *data.CmdLists[i];
    commands.resize(0);
    for (const ImDrawCmd& command : list.CmdBuffer) {
      if (command.UserCallback) {
        commands.push_back(command);
        continue;
      }
      const unsigned end = command.IdxOffset + command.ElemCount;
      for (unsigned at = command.IdxOffset, next = at; at < end; at = next) {
        const bool plain = qualifies(list, command, at, white);
        for (next = at + 3; next < end && qualifies(list, command, next, white) == plain;)
          next += 3;
        ImDrawCmd part = command;
        part.IdxOffset = at;
        part.ElemCount = next - at;
        ImDrawCmd call = part;
        call.ElemCount = 0;
        call.UserCallbackData = this;
        call.UserCallback = &GlPlainFill::begin;
        if (plain) commands.push_back(call);
        commands.push_back(part);
        call.UserCallback = ImDrawCallback_ResetRenderState;
        if (plain) commands.push_back(call);
      }
    }
    list.CmdBuffer.swap(commands);
  }
}

}  // namespace tauscope::gui
