"""Measures the demo pair over tau in float64 and writes the tables and samples into README.md between
its marks.

    python measure.py DEMO_DIR [--examples 50]

An independent, plain computation of a few of the program's columns: logits by transformers (float32,
eager attention), all else in float64 numpy. Means over the scored positions of the first examples of
test.jsonl; gradients with respect to the student's logits with the tau squared scaling; dominant set:
nucleus 0.9 of the teacher at tau 1.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import sentencepiece
import torch
import transformers
from transformers import AutoModelForCausalLM

from examples import encode, read_examples

TAUS = [0.5, 1.0, 2.0, 4.0, 8.0]
STUDENTS = ["student-llama", "student-gpt2"]
NUCLEUS = 0.9
SMALLEST_NORM = 1e-30


def log_softmax(z: np.ndarray) -> np.ndarray:
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def nucleus(log_p: np.ndarray) -> np.ndarray:
    """True for the smallest set of most probable tokens whose mass reaches NUCLEUS; ties go to the lower id."""
    order = np.argsort(-log_p, axis=1, kind="stable")
    mass = np.cumsum(np.exp(np.take_along_axis(log_p, order, axis=1)), axis=1)
    size = (mass < NUCLEUS).sum(axis=1) + 1
    inside = np.zeros(log_p.shape, dtype=bool)
    np.put_along_axis(inside, order, np.arange(log_p.shape[1]) < size[:, None], axis=1)
    return inside


def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        result = (a * b).sum(axis=1) / (norms[0] * norms[1])
    return np.where((norms[0] < SMALLEST_NORM) | (norms[1] < SMALLEST_NORM), np.nan, result)


def gradients(z_t: np.ndarray, z_s: np.ndarray, tau: float):
    """Log-probabilities of both sides, the divergences and the two gradients of tau^2 D."""
    log_p, log_q = log_softmax(z_t / tau), log_softmax(z_s / tau)
    p, q, delta = np.exp(log_p), np.exp(log_q), log_q - log_p
    fkl, rkl = -(p * delta).sum(axis=1), (q * delta).sum(axis=1)
    return log_p, log_q, fkl, rkl, tau * (q - p), tau * q * (delta - rkl[:, None])


def measure(z_t: np.ndarray, z_s: np.ndarray) -> dict[str, list[np.ndarray]]:
    """Per-position values of each quantity, one array for each tau."""
    outside = ~nucleus(log_softmax(z_t))
    *_, fkl_grad_1, rkl_grad_1 = gradients(z_t, z_s, 1.0)
    values: dict[str, list[np.ndarray]] = {}
    for tau in TAUS:
        log_p, log_q, fkl, rkl, fkl_grad, rkl_grad = gradients(z_t, z_s, tau)
        row = {
            "FKL": fkl,
            "RKL": rkl,
            "entropy of the teacher": -(np.exp(log_p) * log_p).sum(axis=1),
            "entropy of the student": -(np.exp(log_q) * log_q).sum(axis=1),
            "teacher's mass on the non-dominant tokens": (np.exp(log_p) * outside).sum(axis=1),
            "cosine of the FKL gradient with its own at tau 1": cosine(fkl_grad, fkl_grad_1),
            "same for RKL": cosine(rkl_grad, rkl_grad_1),
            "median L2 norm of the FKL gradient over its own at tau 1": np.linalg.norm(fkl_grad, axis=1)
            / np.linalg.norm(fkl_grad_1, axis=1),
            "same for RKL (median)": np.linalg.norm(rkl_grad, axis=1) / np.linalg.norm(rkl_grad_1, axis=1),
            "non-dominant share (L1), FKL": (np.abs(fkl_grad) * outside).sum(axis=1)
            / np.abs(fkl_grad).sum(axis=1),
            "same for RKL (share)": (np.abs(rkl_grad) * outside).sum(axis=1) / np.abs(rkl_grad).sum(axis=1),
            "cosine of the FKL with the RKL gradient": cosine(fkl_grad, rkl_grad),
        }
        for name, array in row.items():
            values.setdefault(name, []).append(array)
    return values


@torch.no_grad()
def scored_logits(model, sequences) -> np.ndarray:
    rows = [
        model(torch.tensor([s.ids])).logits[0, s.scored_from - 1 : -1].double().numpy() for s in sequences
    ]
    return np.concatenate(rows)


def table(values: dict[str, list[np.ndarray]]) -> str:
    lines = ["| tau | " + " | ".join(f"{tau:g}" for tau in TAUS) + " |", "|---" * (len(TAUS) + 1) + "|"]
    for name, arrays in values.items():
        # A few positions with almost no gradient at tau 1 would rule a mean of ratios.
        average = np.nanmedian if "median" in name else np.nanmean
        lines.append(f"| {name.strip()} | " + " | ".join(f"{average(a):.3f}" for a in arrays) + " |")
    return "\n".join(lines)


@torch.no_grad()
def continuation(model, tokenizer, example, seed: int | None = None) -> str:
    """Greedy, or sampled from the whole distribution with the seed."""
    ids = torch.tensor([[tokenizer.bos_id()] + tokenizer.encode(example.prompt)])
    torch.manual_seed(seed or 0)
    result = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=64,
        do_sample=seed is not None,
        top_k=0,
        pad_token_id=2,
    )
    return tokenizer.decode(result[0, ids.shape[1] :].tolist()).strip()


def samples(models: dict, tokenizer, examples) -> str:
    """Greedy answers, and one drawn from the teacher, to one held-out instruction of each category."""
    shown, lines = set(), []
    for example in examples:
        if example.category in shown:
            continue
        shown.add(example.category)
        prompt = re.split(r"### (?:Instruction|Input|Response):\n", example.prompt)[1:-1]
        lines.append(f"- **{example.category}**: {' / '.join(part.strip() for part in prompt)}")
        answers = [("reference", example.response)] + [
            (name, continuation(m, tokenizer, example)) for name, m in models.items()
        ]
        answers.append(("teacher, sampled", continuation(models["teacher"], tokenizer, example, len(shown))))
        lines += [f"  - {name}: {text.replace(chr(10), ' / ')}" for name, text in answers]
    return "\n".join(lines)


def losses(log: dict) -> str:
    lines = [
        "| model | parameters | stored as | valid | test | Self-Instruct test |",
        "|---|---|---|---|---|---|",
    ]
    for name, r in log["results"].items():
        lines.append(
            f"| {name} | {r['parameters']:,} | {r['dtype']} | {r['valid_loss']:.3f} | {r['test_loss']:.3f} | "
            f"{r['self_instruct_test_loss']:.3f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("demo", type=Path)
    parser.add_argument("--examples", type=int, default=50)
    args = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

    tokenizer = sentencepiece.SentencePieceProcessor(
        model_file=str(args.demo / "teacher" / "tokenizer.model")
    )
    examples = read_examples(args.demo / "data" / "test.jsonl")
    sequences = [encode(tokenizer, e) for e in examples[: args.examples]]
    models = {
        name: AutoModelForCausalLM.from_pretrained(
            args.demo / name, dtype=torch.float32, attn_implementation="eager"
        ).eval()
        for name in ["teacher", *STUDENTS]
    }
    logits = {name: scored_logits(model, sequences) for name, model in models.items()}
    sections = {
        "losses": losses(json.loads((args.demo / "training_log.json").read_text())),
        "samples": samples(models, tokenizer, examples),
    }
    for student in STUDENTS:
        sections[student] = table(measure(logits["teacher"], logits[student]))
    sections["counts"] = f"{len(sequences)} examples, {len(logits['teacher'])} scored positions."
    readme = args.demo / "README.md"
    text = readme.read_text(encoding="utf-8")
    for name, body in sections.items():
        print(f"{name}\n{body}\n")
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{body}\n{m[2]}", text, flags=re.S
        )
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
