#include "app/cli/model_options.h"

namespace tauscope {

void ModelCliOptions::add_to(CLI::App& app) {
  const std::string group = "Machine";
  app.add_option("--device", device_, "auto, cpu, cuda or cuda:i")->capture_default_str()->group(group);
  app.add_option("--dtype", dtype_, "of the models' weights and activations")
      ->check(CLI::IsMember({"float32", "bfloat16", "float16"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--threads", threads_, "0 = all cores")->check(CLI::Range(0, 1024))->group(group);
}

ModelOptions ModelCliOptions::parsed() const {
  return model_options(device_, dtype_, threads_);
}

}  // namespace tauscope
