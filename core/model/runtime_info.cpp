#include "core/model/runtime_info.h"

#include <ATen/Context.h>
#include <torch/headeronly/version.h>

namespace tauscope {

RuntimeInfo runtime_info() {
  RuntimeInfo info;
  info.version = TORCH_VERSION;
  info.cuda_built = at::hasCUDA();
  for (int i = 0; info.cuda_built && i < static_cast<int>(at::detail::getCUDAHooks().deviceCount()); ++i) {
    info.cuda_devices.push_back("cuda:" + std::to_string(i));
  }
  return info;
}

}  // namespace tauscope
