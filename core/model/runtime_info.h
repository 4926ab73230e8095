// What LibTorch says about itself and this machine. No torch in this header.
#pragma once

#include <string>
#include <vector>

namespace tauscope {

struct RuntimeInfo {
  std::string version;                    ///< LibTorch's
  bool cuda_built = false;                ///< this LibTorch was built with CUDA
  std::vector<std::string> cuda_devices;  ///< "cuda:0", …
};

RuntimeInfo runtime_info();

}  // namespace tauscope
