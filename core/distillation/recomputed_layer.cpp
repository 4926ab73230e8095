#include "core/distillation/recomputed_layer.h"

#include <ATen/core/ivalue.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace tauscope {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the way back needs beside the input.
struct Recipe : torch::CustomClassHolder {
  Recipe(DecoderLayer of_layer, std::shared_ptr<const void> of_owner)
      : layer(std::move(of_layer)), owner(std::move(of_owner)) {}
  DecoderLayer layer;
  std::shared_ptr<const void> owner;
};

class RecomputedLayer : public torch::autograd::Function<RecomputedLayer> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const c10::intrusive_ptr<Recipe>& recipe) {
    context->save_for_backward({x});
    context->saved_data["recipe"] = c10::IValue::make_capsule(recipe);
    return recipe->layer(x);
  }

  /// The weights get their gradients from the inner graph; the input's goes on.
  static variable_list backward(AutogradContext* context, variable_list of_output) {
    const auto capsule = context->saved_data["recipe"].toCapsule();
    const auto* recipe = static_cast<const Recipe*>(capsule.get());
    const c10::AutoGradMode recording(true);
    const Tensor x = context->get_saved_variables().front().detach().set_requires_grad(true);
    torch::autograd::backward(variable_list{recipe->layer(x)}, variable_list{of_output.front()});
    return {x.grad(), Tensor()};
  }
};

}  // namespace

LayerRunner recomputing(std::shared_ptr<const void> owner) {
  return [owner = std::move(owner)](const DecoderLayer& layer, const Tensor& x) {
    return RecomputedLayer::apply(x, c10::make_intrusive<Recipe>(layer, owner));
  };
}

}  // namespace tauscope
