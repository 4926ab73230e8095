"""Times the PyTorch operators against the same loss written in PyTorch: forward and backward, on the same logits, in one run.

    python tests/bench/operators.py build/release/libtauscope_torch.so [--threads 2] [--vocab 32000,50257,128256,151936]

Ratios of medians of interleaved repetitions: eager and torch.compile over the operator. The losses are compared too.
"""
import argparse
import statistics
import time

import torch


def fkl(log_p, log_q, q):
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def rkl(log_p, log_q, q):
    return (q * (log_q - log_p)).sum(-1)


def jsd(log_p, log_q, q):  # beta = 0.5
    p = log_p.exp()
    log_m = (0.5 * p + 0.5 * q).log()
    return 0.5 * (p * (log_p - log_m)).sum(-1) + 0.5 * (q * (log_q - log_m)).sum(-1)


FORMULAS = {"fkl": fkl, "rkl": rkl, "jsd": jsd}


def written_out(formula, tau):
    def loss(teacher, student):
        log_p, log_q = (teacher / tau).log_softmax(-1), (student / tau).log_softmax(-1)
        return formula(log_p, log_q, log_q.exp()).mean() * tau**2
    return loss


def seconds(loss, teacher, student):
    student.grad = None
    begin = time.perf_counter()
    value = loss(teacher, student)
    value.backward()
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
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    torch.ops.load_library(args.library)
    print(f"torch {torch.__version__}, {args.threads} threads, tau {args.tau}, float32, forward and backward")
    print(f"{'objective':<10}{'vocab':>8}{'rows':>6}{'operator':>12}{'eager':>10}{'compile':>10}")
    for vocab in map(int, args.vocab.split(",")):
        rows = max(1, args.elements // vocab)
        teacher = 3 * torch.randn(rows, vocab)
        student = (teacher + torch.randn(rows, vocab)).requires_grad_()
        for name, formula in FORMULAS.items():
            def operator(t, s, name=name):
                return torch.ops.tauscope.objective(t, s, name=name, tau=args.tau, tau_squared=True).mean()
            ways = {"operator": operator, "eager": written_out(formula, args.tau)}
            if not args.no_compile:
                ways["compile"] = torch.compile(written_out(formula, args.tau))
            times, values = {way: [] for way in ways}, {}
            for repetition in range(args.repetitions + 2):
                for way, loss in ways.items():
                    elapsed, values[way] = seconds(loss, teacher, student)
                    if repetition >= 2:  # the first ones compile and fill caches
                        times[way].append(elapsed)
            for way, value in values.items():
                assert abs(value - values["operator"]) <= 1e-4 * abs(value), (name, vocab, values)
            median = {way: statistics.median(of) for way, of in times.items()}
            ratios = "".join(f"{median[way] / median['operator']:>9.1f}x" for way in list(ways)[1:])
            print(f"{name:<10}{vocab:>8}{rows:>6}{1e3 * median['operator']:>9.1f} ms{ratios}", flush=True)


if __name__ == "__main__":
    main()
