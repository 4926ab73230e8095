/* The CUDA kernels as plain C: no CUDA header, no C++, no framework. Pointers called "device" are addresses
 * that the current device can read; a stream is a cudaStream_t as void*, null for the default stream. Every
 * function returns TAUSCOPE_CUDA_OK or an error, of which tauscope_cuda_message() says more. Formulas,
 * conventions and bounds are those of kernels/gradient.h, kernels/objective.h and kernels/statistics.h.
 */
#ifndef TAUSCOPE_KERNELS_CUDA_TAUSCOPE_CUDA_H_
#define TAUSCOPE_KERNELS_CUDA_TAUSCOPE_CUDA_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  TAUSCOPE_CUDA_OK = 0,
  TAUSCOPE_CUDA_INVALID = 1,       /* an argument out of range */
  TAUSCOPE_CUDA_NO_DEVICE = 2,     /* no device, or one that this build has no code for */
  TAUSCOPE_CUDA_OUT_OF_MEMORY = 3, /* of the device */
  TAUSCOPE_CUDA_FAILED = 4,        /* anything else that the CUDA runtime reports */
  TAUSCOPE_CUDA_NOT_BUILT = 5      /* this build has no CUDA kernels */
};

enum { TAUSCOPE_CUDA_FLOAT32 = 0, TAUSCOPE_CUDA_FLOAT16 = 1, TAUSCOPE_CUDA_BFLOAT16 = 2 };
enum { TAUSCOPE_CUDA_FORWARD = 0, TAUSCOPE_CUDA_REVERSE = 1 };
enum { TAUSCOPE_CUDA_SQUARED = 0, TAUSCOPE_CUDA_NONE = 1 };

/* (rows, vocab) on the device; row r begins at element r * row_stride. Aligned to one element. */
typedef struct {
  const void* data;
  int64_t rows, vocab, row_stride;
  int32_t dtype;
} tauscope_cuda_logits;

/* What the last call of this thread that did not return TAUSCOPE_CUDA_OK has to say; never null. */
const char* tauscope_cuda_message(void);

/* Which device this thread's calls use from now on, from 0; `before` gets what it was, or is null. */
int tauscope_cuda_use_device(int device, int* before);

/* TAUSCOPE_CUDA_OK where kernels can run on the current device. */
int tauscope_cuda_available(void);

/* Compute capability of the current device times ten: 80, 90, ... */
int tauscope_cuda_architecture(int* architecture);

/* The gradient of FKL or RKL with respect to the student's logits, (rows, vocab) float32 on the device with
 * `gradient_stride` elements a row, and the loss, (rows) double on the device or null. Returns once the work
 * is queued. */
int tauscope_cuda_kl_gradient(const tauscope_cuda_logits* teacher, const tauscope_cuda_logits* student,
                              int direction, double tau, int tau_scaling, float* gradient,
                              int64_t gradient_stride, double* loss, void* stream);

/* What becomes of a row of an objective. */
enum {
  TAUSCOPE_CUDA_SCORED = 1,        /* its mask and its target let it count; else loss and gradient are 0 */
  TAUSCOPE_CUDA_ROW_INVALID = 2,   /* the loss is NaN, and the gradient too */
  TAUSCOPE_CUDA_ROW_UNDEFINED = 4, /* the gradient is NaN */
  TAUSCOPE_CUDA_ROW_IN_DOUBLE = 8  /* float would not have been precise enough, or the row is short */
};

typedef struct {
  const char* objective;    /* its name: "fkl", "jsd", ... (kernels/objectives) */
  const double* parameters; /* on the host, in the order of the objective; null = the defaults */
  int32_t parameter_count;  /* 0 = the defaults */
  int32_t tau_scaling;
  double tau;
  double weight, ce_weight; /* loss = weight s D + ce_weight (-log q_y at tau = 1), s = tau^2 or 1 */
  const int64_t* targets;   /* (rows) on the device, -1 = not scored; null where none is needed */
  const uint8_t* mask;      /* (rows) on the device, 0 = not scored; null = all are */
} tauscope_cuda_objective_options;

/* Value and gradient of any objective with respect to the student's logits: `gradient` (rows, vocab) float32
 * on the device with `gradient_stride` elements a row, `loss` (rows) double and `flags` (rows) on the device;
 * any of the three may be null. `teacher` may be null where the objective reads none. Computed in double.
 * Returns once the work is queued. */
int tauscope_cuda_objective(const tauscope_cuda_logits* teacher, const tauscope_cuda_logits* student,
                            const tauscope_cuda_objective_options* options, float* gradient,
                            int64_t gradient_stride, double* loss, int32_t* flags, void* stream);

/* What one look at a row says for `fast`: the tokens that stay out of its sums (both argmaxima and the
 * target, each once), and the largest logits with and without them. Where `usable` is 0 nothing else is set:
 * the row is left to `exact`. */
typedef struct {
  double max_teacher, max_student, rest_max_teacher, rest_max_student;
  double outlier_teacher[3], outlier_student[3]; /* their logits */
  int32_t outlier_index[3], outlier_count;
  int32_t argmax_teacher, argmax_student;
  int32_t usable, rest_empty,
      variety; /* variety: neighbouring groups of tokens that differ in their maxima */
} tauscope_cuda_fast_row;

/* Sums over the other tokens with p = e^(x_t / tau), q = e^(x_s / tau), x = logit - largest of the rest, D =
 * x_t - x_s: p, q, pD, qD, p x_t, q x_s, pq, qqDD, pqD, pp, qq, qqD. The last three are set for the last tau
 * of a call only: those of another are sums 0, 1 and 3 of the tau after it. */
typedef struct {
  double sum[12], largest_difference;
} tauscope_cuda_fast_sums;

/* The sums of `fast` for `tau`, tau / 2, ..., `count` (1 to 4) in all. `targets` is (rows) on the device, -1
 * = none, or null; `rows` is (rows) and `sums` (rows, count), on the device. Returns once the work is queued.
 */
int tauscope_cuda_fast(const tauscope_cuda_logits* teacher, const tauscope_cuda_logits* student,
                       const int64_t* targets, double tau, int count, tauscope_cuda_fast_row* rows,
                       tauscope_cuda_fast_sums* sums, void* stream);

enum { TAUSCOPE_CUDA_NUCLEUS = 0, TAUSCOPE_CUDA_TOP_K = 1, TAUSCOPE_CUDA_THRESHOLD = 2 };

typedef struct {
  const int64_t* targets; /* (rows of the logits) on the device, -1 = none, or null */
  const int32_t* rows;    /* (row_count) on the device: which rows; null = the first row_count */
  int64_t row_count;
  const double* taus; /* (tau_count) on the device */
  int32_t tau_count;
  int32_t all; /* 0: only what the one-pass set needs */
  int32_t
      without_target;    /* the target is taken as masked on both sides; rows without a target are left out */
  int32_t dominant_kind; /* with all: the dominant set, at tau = 1 from the teacher */
  double dominant_value;
  int32_t overlap_k;
} tauscope_cuda_exact_options;

/* What does not depend on tau. Specials are tokens outside the sums: the target, then each side's largest
 * token. */
typedef struct {
  double max_teacher, max_student;
  double special_teacher[3], special_student[3]; /* their logits */
  double rank_teacher, rank_student, overlap;    /* with all; overlap: common tokens of both top-k, over k */
  double others_teacher, others_student;         /* finite tokens besides the target */
  double first_p_scale, first_q_scale, first_log_ratio, first_mean; /* with all: as in the sums, at tau = 1 */
  int32_t special_token[3], special_dominant[3], special_count;
  int32_t argmax_teacher, argmax_student;
  int32_t teacher_lost, student_lost; /* a token other than the target is masked on that side only */
  int32_t valid;
} tauscope_cuda_exact_row;

/* Sums over the tokens that are no specials; u = q - p, v = q (log q - log p - RKL), D relative to the
 * largest tokens and less that of the student's largest. The scales are those of all tokens. */
typedef struct {
  double z_t, z_s, difference, t_a, s_b, t_b, s_delta;
  double fkl, rkl, u_l2, v_l2, uv;
  double jsd, u_l1, v_l1, u_log, v_log, u_first, v_first, first_u_l2, first_v_l2, u_max, v_max;
  double outside_z_t, outside_z_s, outside_fkl, outside_rkl, outside_u_l1, outside_u_l2, outside_v_l1,
      outside_v_l2;
  double p_scale, q_scale, log_ratio, mean_delta;
} tauscope_cuda_exact_sums;

/* The sums of `exact`. `rows` is (row_count) and `sums` (row_count, tau_count), on the device. Returns once
 * the work is queued. */
int tauscope_cuda_exact(const tauscope_cuda_logits* teacher, const tauscope_cuda_logits* student,
                        const tauscope_cuda_exact_options* options, tauscope_cuda_exact_row* rows,
                        tauscope_cuda_exact_sums* sums, void* stream);

/* Memory and streams for callers without the CUDA runtime. Copies are queued; wait before the host's side is
 * used. */
int tauscope_cuda_allocate(void** device, size_t bytes);
int tauscope_cuda_release(void* device);
int tauscope_cuda_copy_to_device(void* device, size_t device_pitch, const void* host, size_t host_pitch,
                                 size_t width_bytes, size_t rows, void* stream);
int tauscope_cuda_copy_to_host(void* host, size_t host_pitch, const void* device, size_t device_pitch,
                               size_t width_bytes, size_t rows, void* stream);
int tauscope_cuda_wait(void* stream);

#ifdef __cplusplus
}
#endif

#endif
