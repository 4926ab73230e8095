// The options that say where and how a model runs; shared by the commands that load one.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "core/model/causal_lm.h"

namespace tauscope {

/// --device, --dtype, --threads.
class ModelCliOptions {
 public:
  void add_to(CLI::App& app);
  ModelOptions parsed() const;
  const std::string& device() const { return device_; }
  const std::string& dtype() const { return dtype_; }
  int threads() const { return threads_; }

 private:
  std::string device_ = "auto", dtype_ = "float32";
  int threads_ = 0;
};

}  // namespace tauscope
