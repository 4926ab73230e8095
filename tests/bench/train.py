"""Times a training step of `tauscope distill` against the same step in PyTorch eager, and their peak memory.

    python3 tests/bench/train.py --program build/release/tauscope [--family gpt2|llama] [--vocab N] [--batch N]

Both train a random student (the same weights) under a random teacher on the same sequences of the demo's data, forward
KL at tau = 2, AdamW, clipping, float32. PyTorch's side is the loop that people write: transformers' models, batches
padded to their longest sequence with an attention mask, the scored rows of the logits, log_softmax and kl_div,
torch.optim.AdamW. The losses are compared: a faster wrong step is none. Each side runs in a process of its own; the
first steps of both are left out, loading is not timed. Needs torch and transformers.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "assets/demo"
SKIPPED = 2  # steps in which memory is taken for the first time
TAU = 2.0


def config(family, vocab, width, layers):
    heads = width // 64
    if family == "gpt2":
        return {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": vocab, "n_positions": 512,
                "n_embd": width, "n_layer": layers, "n_head": heads, "attn_pdrop": 0.0, "resid_pdrop": 0.0,
                "embd_pdrop": 0.0, "eos_token_id": 2, "bos_token_id": 1, "tie_word_embeddings": True}
    return {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": vocab, "hidden_size": width,
            "max_position_embeddings": 512, "num_hidden_layers": layers, "num_attention_heads": heads,
            "num_key_value_heads": heads, "intermediate_size": 3 * width, "rms_norm_eps": 1e-6, "eos_token_id": 2,
            "bos_token_id": 1, "tie_word_embeddings": False}


def make_models(options, folder):
    import torch
    import transformers
    for name, width, layers in (("student", options.width, options.layers), ("teacher", 2 * options.width, options.layers)):
        torch.manual_seed(len(name))
        made = transformers.AutoConfig.for_model(**config(options.family, options.vocab, width, layers))
        transformers.AutoModelForCausalLM.from_config(made).save_pretrained(folder / name)
        for file in ("tokenizer.model", "tokenizer_config.json"):
            shutil.copy(DEMO / "teacher" / file, folder / name)


def make_data(options, folder):
    """The longest records that fit, so that the work is that of a real batch; (ids, first scored) of each."""
    records = [json.loads(line) for line in (DEMO / "data/train.jsonl").read_text(encoding="utf-8").splitlines()]
    pairs = [(r["instruction"] + "\n", r.get("response", r.get("output"))) for r in records]
    count = options.batch * options.accumulation * options.steps
    pairs = sorted(pairs, key=lambda p: -len(p[0] + p[1]))[:count]
    texts = [p for p, _ in pairs] + [p + o for p, o in pairs]
    command = [options.program, "tokenize", "--model", str(folder / "teacher"), "--json-lines"]
    out = subprocess.run(command, input="".join(json.dumps(t) + "\n" for t in texts), check=True, capture_output=True,
                         text=True).stdout
    ids = [json.loads(line) for line in out.splitlines()]
    sequences = []
    for prompt, whole in zip(ids[:len(pairs)], ids[len(pairs):]):
        first = next((i for i, (a, b) in enumerate(zip(prompt, whole)) if a != b), len(prompt))
        sequences.append((whole + [2], first))
    lines = "".join(json.dumps({"prompt": p, "output": o}) + "\n" for p, o in pairs)
    (folder / "train.jsonl").write_text(lines, encoding="utf-8")
    (folder / "sequences.json").write_text(json.dumps(sequences))


def spec(options, folder):
    return f"""name = "bench"
device = "cpu"
[teacher]
path = "{folder / "teacher"}"
[student]
path = "{folder / "student"}"
[data]
train = "{folder / "train.jsonl"}"
template = "none"
shuffle = false
[objective]
name = "fkl"
tau = {TAU}
[schedule]
kind = "constant"
steps = {options.steps}
[batch]
size = {options.batch}
accumulation = {options.accumulation}
"""


def measured(command, environment):
    """Peak resident bytes of the command's process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} failed with {process.returncode}")
    return usage.ru_maxrss * 1024


def ours(options, folder, environment):
    (folder / "run.toml").write_text(spec(options, folder))
    peak = measured([options.program, "distill", "--spec", str(folder / "run.toml"), "--out", str(folder / "runs"),
                     "--quiet"], environment)
    (metrics,) = (folder / "runs").rglob("metrics.jsonl")
    steps = [event for event in map(json.loads, metrics.read_text().splitlines()) if event["event"] == "step"]
    return [s["tokens"] / s["tokens_per_second"] for s in steps], [s["loss"] for s in steps], peak


def theirs(options, folder, environment):
    peak = measured([sys.executable, __file__, "--eager", str(folder), "--batch", str(options.batch), "--accumulation",
                     str(options.accumulation), "--steps", str(options.steps)], environment)
    told = json.loads((folder / "eager.json").read_text())
    return told["seconds"], told["losses"], peak


def eager(options):
    import torch
    import torch.nn.functional as F
    import transformers
    folder = pathlib.Path(options.eager)
    load = lambda name: transformers.AutoModelForCausalLM.from_pretrained(folder / name, dtype=torch.float32)  # noqa: E731
    student, teacher = load("student").train(), load("teacher").eval()
    groups = [{"params": [p for p in student.parameters() if p.dim() >= 2], "weight_decay": 0.01},
              {"params": [p for p in student.parameters() if p.dim() < 2], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=5e-4)
    sequences = json.loads((folder / "sequences.json").read_text())
    seconds, losses = [], []
    per_step = options.batch * options.accumulation
    for first in range(0, per_step * options.steps, per_step):
        begin = time.perf_counter()
        examples = sequences[first:first + per_step]
        tokens, total = sum(len(ids) - start for ids, start in examples), 0.0
        for at in range(0, per_step, options.batch):
            batch = examples[at:at + options.batch]
            longest = max(len(ids) for ids, _ in batch)
            ids = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _ in batch])
            mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in batch])
            scored = torch.tensor([[start - 1 <= i < len(ids) - 1 for i in range(longest)] for ids, start in batch])
            with torch.no_grad():
                log_p = F.log_softmax(teacher(ids, attention_mask=mask).logits[scored] / TAU, -1)
            log_q = F.log_softmax(student(ids, attention_mask=mask).logits[scored] / TAU, -1)
            loss = F.kl_div(log_q, log_p, log_target=True, reduction="sum") * (TAU * TAU / tokens)
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seconds.append(time.perf_counter() - begin)
        losses.append(total)
    (folder / "eager.json").write_text(json.dumps({"seconds": seconds, "losses": losses}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=str(ROOT / "build/release/tauscope"))
    parser.add_argument("--family", choices=("gpt2", "llama"), default="gpt2")
    parser.add_argument("--vocab", type=int, default=16384)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--accumulation", type=int, default=1)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--eager", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.eager:
        return eager(options)
    environment = dict(os.environ, PYTHONWARNINGS="ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_models(options, folder)
        make_data(options, folder)
        (our_seconds, our_losses, our_peak) = ours(options, folder, environment)
        (their_seconds, their_losses, their_peak) = theirs(options, folder, environment)
    apart = max(abs(a - b) / abs(b) for a, b in zip(our_losses, their_losses))
    a, b = statistics.median(our_seconds[SKIPPED:]), statistics.median(their_seconds[SKIPPED:])
    print(f"{options.family}, width {options.width}, {options.layers} layers, vocabulary {options.vocab}, batch "
          f"{options.batch} x {options.accumulation}: losses within {apart:.1e}")
    print(f"  seconds a step: tauscope {a:.3f}, eager {b:.3f}, ratio {b / a:.2f}")
    print(f"  peak memory:    tauscope {our_peak / 2**20:.0f} MiB, eager {their_peak / 2**20:.0f} MiB, "
          f"ratio {their_peak / our_peak:.2f}")


if __name__ == "__main__":
    sys.exit(main())
