"""Times the PyTorch operators against the same loss written in PyTorch: forward and backward, on the same logits, in one run.

    python tests/bench/operators.py build/release/libtauscope_torch.so [--threads 2] [--vocab 32000,50257,128256,151936]

Ratios of medians of interleaved repetitions: eager, torch.compile and, on a GPU, Liger-Kernel's JSD over the operator.
The losses are compared too.
"""
import argparse
import statistics
import time

import torch


def fkl(log_p, log_q, q):
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def rkl(log_p, log_q, q):
    return (q * (log_q - log_p)).sum(-1)


def jeffreys(log_p, log_q, q):
    return fkl(log_p, log_q, q) + rkl(log_p, log_q, q)


def jsd(log_p, log_q, q):  # beta = 0.5
    p = log_p.exp()
    log_m = (0.5 * p + 0.5 * q).log()
    return 0.5 * (p * (log_p - log_m)).sum(-1) + 0.5 * (q * (log_q - log_m)).sum(-1)


def skl(log_p, log_q, q):  # lambda = 0.1
    p = log_p.exp()
    return (p * (log_p - (0.1 * p + 0.9 * q).log())).sum(-1)


def srkl(log_p, log_q, q):  # lambda = 0.1
    return (q * (log_q - (0.1 * q + 0.9 * log_p.exp()).log())).sum(-1)


def tvd(log_p, log_q, q):
    return 0.5 * (log_p.exp() - q).abs().sum(-1)


def ab(log_p, log_q, q):  # alpha = 0.2, beta = 0.7
    terms = (0.2 * log_p + 0.7 * log_q).exp() - 2 / 9 * (0.9 * log_p).exp() - 7 / 9 * (0.9 * log_q).exp()
    return -terms.sum(-1) / 0.14


def todi(log_p, log_q, q):
    s = (log_p - log_q).detach().sigmoid()
    return (s * log_p.exp() * (log_p - log_q) + (1 - s) * q * (log_q - log_p)).sum(-1)


FORMULAS = {f.__name__: f for f in (fkl, rkl, jeffreys, jsd, skl, srkl, tvd, ab, todi)}


def liger(name, tau, device):
    """Liger-Kernel's loss from the same logits, or why there is none."""
    if device != "cuda":
        return None, "Liger-Kernel: not run: needs a GPU"
    if name != "jsd":
        return None, None
    try:
        from liger_kernel.transformers.jsd import LigerJSD
    except ImportError:
        return None, "Liger-Kernel: not run: not installed"
    kernel = LigerJSD(beta=0.5)

    def loss(teacher, student):  # its log-softmax passes included: it starts from log-probabilities
        return kernel((student / tau).log_softmax(-1), (teacher / tau).log_softmax(-1)) * tau**2
    return loss, None


def written_out(formula, tau):
    def loss(teacher, student):
        log_p, log_q = (teacher / tau).log_softmax(-1), (student / tau).log_softmax(-1)
        return formula(log_p, log_q, log_q.exp()).mean() * tau**2
    return loss


def seconds(loss, teacher, student):
    student.grad = None
    if student.is_cuda:
        torch.cuda.synchronize()
    begin = time.perf_counter()
    value = loss(teacher, student)
    value.backward()
    if student.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - begin, value.item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--vocab", default="32000,50257,128256,151936")
    parser.add_argument("--elements", type=int, default=8_000_000, help="rows x vocabulary")
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--tau", type=float, default=2.0)
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--objectives", default=",".join(FORMULAS))
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    torch.ops.load_library(args.library)
    print(f"torch {torch.__version__}, {args.device}, {args.threads} threads, tau {args.tau}, float32, forward and backward")
    print(f"{'objective':<10}{'vocab':>8}{'rows':>6}{'operator':>12}   times the operator")
    said = set()
    for vocab in map(int, args.vocab.split(",")):
        rows = max(1, args.elements // vocab)
        teacher = 3 * torch.randn(rows, vocab, device=args.device)
        student = (teacher + torch.randn(rows, vocab, device=args.device)).requires_grad_()
        for name in args.objectives.split(","):
            formula = FORMULAS[name]
            def operator(t, s, name=name):
                return torch.ops.tauscope.objective(t, s, name=name, tau=args.tau, tau_squared=True).mean()
            ways = {"operator": operator, "eager": written_out(formula, args.tau)}
            if not args.no_compile:
                torch._dynamo.reset()  # or it gives up: every formula is compiled from the same line
                ways["compile"] = torch.compile(written_out(formula, args.tau))
            ways["liger"], reason = liger(name, args.tau, args.device)
            if ways["liger"] is None:
                del ways["liger"]
            if reason and reason not in said:
                said.add(reason)
                print(reason, flush=True)
            times, values = {way: [] for way in ways}, {}
            for repetition in range(args.repetitions + 2):
                for way, loss in ways.items():
                    elapsed, values[way] = seconds(loss, teacher, student)
                    if repetition >= 2:  # the first ones compile and fill caches
                        times[way].append(elapsed)
            for way, value in values.items():
                assert abs(value - values["operator"]) <= 1e-4 * abs(value), (name, vocab, values)
            median = {way: statistics.median(of) for way, of in times.items()}
            ratios = ", ".join(f"{way} {median[way] / median['operator']:.1f}x" for way in list(ways)[1:])
            print(f"{name:<10}{vocab:>8}{rows:>6}{1e3 * median['operator']:>9.1f} ms   {ratios}", flush=True)


if __name__ == "__main__":
    main()
