// OpenGL's functions, looked up in the context that is current.
#pragma once

#include <GL/gl.h>
#include <GL/glext.h>

#include <string>
#include <type_traits>

#include "app/gui/gl_renderer.h"
#include "core/base/error.h"

namespace tauscope::gui {

/// The part of OpenGL 3.2 that the window uses itself.
struct GlFunctions {
  using Viewport = void(APIENTRY*)(GLint, GLint, GLsizei, GLsizei);
  using ClearColour = void(APIENTRY*)(GLfloat, GLfloat, GLfloat, GLfloat);
  using Clear = void(APIENTRY*)(GLbitfield);
  using Enable = void(APIENTRY*)(GLenum);
  using GetString = const GLubyte*(APIENTRY*)(GLenum);
  using GetIntegerv = void(APIENTRY*)(GLenum, GLint*);
  using GenTextures = void(APIENTRY*)(GLsizei, GLuint*);
  using DeleteTextures = void(APIENTRY*)(GLsizei, const GLuint*);
  using BindTexture = void(APIENTRY*)(GLenum, GLuint);
  using TexParameteri = void(APIENTRY*)(GLenum, GLenum, GLint);
  using TexImage2D = void(APIENTRY*)(GLenum, GLint, GLint, GLsizei, GLsizei, GLint, GLenum, GLenum,
                                     const void*);
  using PixelStorei = void(APIENTRY*)(GLenum, GLint);
  using ReadPixels = void(APIENTRY*)(GLint, GLint, GLsizei, GLsizei, GLenum, GLenum, void*);

  using Scissor = void(APIENTRY*)(GLint, GLint, GLsizei, GLsizei);
  using Finish = void(APIENTRY*)();

  Viewport viewport;
  ClearColour clear_colour;
  Clear clear;
  Enable disable;
  GetString get_string;
  GetIntegerv get_integer;
  GenTextures gen_textures;
  DeleteTextures delete_textures;
  BindTexture bind_texture;
  TexParameteri tex_parameter;
  TexImage2D tex_image;
  PixelStorei pixel_store;
  ReadPixels read_pixels;
  Scissor scissor;
  Finish finish;
  Enable enable;
  PFNGLCREATESHADERPROC create_shader;
  PFNGLSHADERSOURCEPROC shader_source;
  PFNGLCOMPILESHADERPROC compile_shader;
  PFNGLDELETESHADERPROC delete_shader;
  PFNGLCREATEPROGRAMPROC create_program;
  PFNGLDELETEPROGRAMPROC delete_program;
  PFNGLATTACHSHADERPROC attach_shader;
  PFNGLBINDATTRIBLOCATIONPROC bind_attribute;
  PFNGLGETATTRIBLOCATIONPROC attribute;
  PFNGLLINKPROGRAMPROC link_program;
  PFNGLGETPROGRAMIVPROC get_program;
  PFNGLUSEPROGRAMPROC use_program;
  PFNGLGETUNIFORMLOCATIONPROC uniform;
  PFNGLUNIFORMMATRIX4FVPROC set_matrix;
  PFNGLGENFRAMEBUFFERSPROC gen_framebuffers;
  PFNGLDELETEFRAMEBUFFERSPROC delete_framebuffers;
  PFNGLBINDFRAMEBUFFERPROC bind_framebuffer;
  PFNGLGENRENDERBUFFERSPROC gen_renderbuffers;
  PFNGLDELETERENDERBUFFERSPROC delete_renderbuffers;
  PFNGLBINDRENDERBUFFERPROC bind_renderbuffer;
  PFNGLRENDERBUFFERSTORAGEPROC renderbuffer_storage;
  PFNGLFRAMEBUFFERRENDERBUFFERPROC framebuffer_renderbuffer;
  PFNGLCHECKFRAMEBUFFERSTATUSPROC check_framebuffer;

  explicit GlFunctions(GlLookup lookup) {
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::decay_t<decltype(function)>>(lookup(name));
      if (!function) throw Error::failed("", std::string("this OpenGL lacks ") + name);
    };
    find(viewport, "glViewport");
    find(clear_colour, "glClearColor");
    find(clear, "glClear");
    find(disable, "glDisable");
    find(get_string, "glGetString");
    find(get_integer, "glGetIntegerv");
    find(gen_textures, "glGenTextures");
    find(delete_textures, "glDeleteTextures");
    find(bind_texture, "glBindTexture");
    find(tex_parameter, "glTexParameteri");
    find(tex_image, "glTexImage2D");
    find(pixel_store, "glPixelStorei");
    find(read_pixels, "glReadPixels");
    find(scissor, "glScissor");
    find(finish, "glFinish");
    find(enable, "glEnable");
    find(create_shader, "glCreateShader");
    find(shader_source, "glShaderSource");
    find(compile_shader, "glCompileShader");
    find(delete_shader, "glDeleteShader");
    find(create_program, "glCreateProgram");
    find(delete_program, "glDeleteProgram");
    find(attach_shader, "glAttachShader");
    find(bind_attribute, "glBindAttribLocation");
    find(attribute, "glGetAttribLocation");
    find(link_program, "glLinkProgram");
    find(get_program, "glGetProgramiv");
    find(use_program, "glUseProgram");
    find(uniform, "glGetUniformLocation");
    find(set_matrix, "glUniformMatrix4fv");
    find(gen_framebuffers, "glGenFramebuffers");
    find(delete_framebuffers, "glDeleteFramebuffers");
    find(bind_framebuffer, "glBindFramebuffer");
    find(gen_renderbuffers, "glGenRenderbuffers");
    find(delete_renderbuffers, "glDeleteRenderbuffers");
    find(bind_renderbuffer, "glBindRenderbuffer");
    find(renderbuffer_storage, "glRenderbufferStorage");
    find(framebuffer_renderbuffer, "glFramebufferRenderbuffer");
    find(check_framebuffer, "glCheckFramebufferStatus");
  }

  std::string text(GLenum name) const {
    const GLubyte* value = get_string(name);
    return value ? reinterpret_cast<const char*>(value) : "";
  }
};

}  // namespace tauscope::gui
