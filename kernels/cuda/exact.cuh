// The sums of `exact`, one block per row, in double: the method of exact_passes.h token by token. First what
// does not depend on tau (largest tokens, masks, ranks, the dominant set), then for each tau a pass for the
// normalisers and one for everything else. The gradients at tau = 1, with which every tau is compared, are
// computed again beside those at tau rather than kept: that costs two exponentials a token and no memory. The
// host makes the columns of the sums (kernels/exact_finish.cpp).
//
// Double arithmetic runs at half of float's rate on the devices that this is built for (A100, H100) and far
// slower on graphics cards. `fast` is the mode for speed.
#pragma once

#include "kernels/cuda/exact_order.cuh"
#include "kernels/cuda/exact_second_pass.cuh"

namespace tauscope::cuda {

template <bool kAll>
__global__ void __launch_bounds__(order_threads) exact_kernel(const ExactTask task) {
  unsigned char* const memory = shared_memory();
  ExactScratch& scratch = *reinterpret_cast<ExactScratch*>(memory);
  const tauscope_cuda_exact_options& options = task.options;
  const long long place = blockIdx.x, r = options.rows != nullptr ? options.rows[place] : place;
  ExactRow x;
  x.row = open_row(task.teacher, task.student, r, task.vocab, task.resident, memory + exact_scratch_bytes);
  const int target = options.targets != nullptr ? static_cast<int>(options.targets[r]) : -1;
  (options.without_target != 0 ? x.left_out : x.target) = target;
  tauscope_cuda_exact_row& out = task.rows[place];
  if (!look_at(x, scratch, out)) return;
  x.cut = {-__builtin_huge_valf(), task.vocab};
  if (kAll) {
    x.cut = dominant_cut(x, task, scratch);
    order_columns(x, task, scratch, out);
  }
  if (x.target >= 0) x.add_special(x.target);
  x.add_special(x.argmax_t);
  x.add_special(x.argmax_s);
  if (threadIdx.x == 0) {
    out.special_count = x.special_count;
    for (int i = 0; i < x.special_count; ++i) {
      const float t = teacher_of(x.row, x.special[i]);
      out.special_token[i] = x.special[i];
      out.special_teacher[i] = t;
      out.special_student[i] = student_of(x.row, x.special[i]);
      out.special_dominant[i] = x.cut.contains(t, x.special[i]) ? 1 : 0;
    }
  }
  if (kAll) {
    first_pass(x, 1, scratch, nullptr, scratch.first);
    if (threadIdx.x == 0) {
      out.first_p_scale = scratch.first.p_scale, out.first_q_scale = scratch.first.q_scale;
      out.first_log_ratio = scratch.first.log_ratio, out.first_mean = scratch.first.mean_delta;
    }
  }
  for (int k = 0; k < options.tau_count; ++k) {
    tauscope_cuda_exact_sums& sums = task.sums[place * options.tau_count + k];
    first_pass(x, options.taus[k], scratch, &sums, scratch.norm);
    if (kAll)
      second_pass(x, options.taus[k], scratch, sums);
    else
      second_pass_core(x, options.taus[k], scratch, sums);
  }
}

}  // namespace tauscope::cuda
