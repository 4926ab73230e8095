"""Makes the golden runs beside this script: ten steps of distillation as a plain PyTorch loop takes them.

    python make_golden.py            needs torch, transformers 5, tokenizers, safetensors

tokenizer/ and train.jsonl are made first: a byte-level BPE of 61 tokens, which is the vocabulary of the tiny models in
tests/golden/model, and a dozen records that it can spell. Then, per run in RUNS:

    NAME.json            the settings, and per step: loss, divergence, cross_entropy, learning_rate, grad_norm, scored
                         tokens, entropies and top-1 agreement, each a mean weighted as the loss is
    NAME.safetensors     every weight after the last step

The loop is transformers' model, torch.nn.functional, torch.nn.utils.clip_grad_norm_ and torch.optim.AdamW, padded
batches with an attention mask, no dropout. What is stored comes from float64; the same loop in float32 has to agree to
TOLERANCE, or the script fails: ten steps are then no matter of rounding. (AdamW divides by the gradient's size: with an
epsilon of 1e-8 it would blow up the rounding noise of gradients that are zero, such as those of GPT-2's key biases.)
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent / "model"
STEPS = 10
TOLERANCE = 1e-5

RECORDS = [
    ("name the cat.\n", "the cat is on the mat."),
    ("what is in the tin?\n", "an ant and the rest of the tea."),
    ("sort: c a b\n", "a b c"),
    ("add 3 and 4.\n", "it is 7."),
    ("who ran?\n", "the hen ran on."),
    ("say no.\n", "no."),
    ("where is it?\n", "on the tree, near the nest."),
    ("list three tones:\n", "re, mi, so"),
    ("is it hot here?\n", "no, it is not hot in the tent."),
    ("end: then there i\n", "t is the end of the line."),
    ("what rhymes on hat?\n", "rat, mat, cat"),
    ("count to 5.\n", "1, 2, 3, 4, 5."),
]

RUNS = {
    "gpt2-fkl": {
        "student": "gpt2-tied", "teacher": "gpt2-untied", "objective": "fkl", "tau": 2.0, "tau_scaling": "squared",
        "ce_weight": 0.3, "average": "token", "batch_size": 2, "accumulation": 2, "learning_rate": 2e-3,
        "weight_decay": 0.1, "epsilon": 1e-5, "clip_norm": 1.0, "schedule": "cosine", "warmup_steps": 2,
        "min_learning_rate": 1e-4,
    },
    "llama-rkl": {
        "student": "llama-gqa", "teacher": "llama-mha-untied", "objective": "rkl", "tau": 0.7, "tau_scaling": "none",
        "ce_weight": 0.0, "average": "example", "batch_size": 3, "accumulation": 1, "learning_rate": 1e-3,
        "weight_decay": 0.01, "epsilon": 1e-4, "clip_norm": 0.0, "schedule": "linear", "warmup_steps": 0,
        "min_learning_rate": 0.0,
    },
}


def make_tokenizer():
    specials = ["<unk>", "<s>", "</s>"]
    letters = list("abcdefghijklmnopqrstuvwxyz") + ["Ġ", "Ċ"] + list("0123456789") + list(".,?:!")
    pairs = [("t", "h"), ("th", "e"), ("i", "n"), ("a", "n"), ("e", "r"), ("Ġ", "t"), ("Ġ", "a"), ("r", "e"),
             ("o", "n"), ("a", "t"), ("e", "n"), ("o", "r"), ("i", "s"), ("Ġ", "the"), ("Ġ", "is")]
    tokens = specials + letters + [a + b for a, b in pairs]
    assert len(tokens) == 61 and len(set(tokens)) == 61, len(tokens)
    tokenizer = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=pairs))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in specials])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
    fast.save_pretrained(HERE / "tokenizer")
    return fast


def read_sequences(tokenizer):
    """(ids, first scored) of every record: ids of prompt and response, then EOS."""
    sequences = []
    for prompt, output in RECORDS:
        ids = tokenizer(prompt + output)["input_ids"]
        alone = tokenizer(prompt)["input_ids"]
        assert tokenizer.decode(ids) == prompt + output
        first = next((i for i, (a, b) in enumerate(zip(alone, ids)) if a != b), len(alone))
        sequences.append((ids + [tokenizer.eos_token_id], first))
    return sequences


def learning_rate(run, step):
    lr, low, warmup = run["learning_rate"], run["min_learning_rate"], run["warmup_steps"]
    if step <= warmup:
        return lr * step / warmup
    done = (step - 1 - warmup) / (STEPS - warmup)
    shape = 0.5 * (1 + math.cos(math.pi * done)) if run["schedule"] == "cosine" else 1 - done
    return low + (lr - low) * shape


def divergence(run, teacher, student):
    log_p, log_q = F.log_softmax(teacher / run["tau"], -1), F.log_softmax(student / run["tau"], -1)
    if run["objective"] == "fkl":
        value = (log_p.exp() * (log_p - log_q)).sum(-1)
    else:
        value = (log_q.exp() * (log_q - log_p)).sum(-1)
    return value * run["tau"] ** 2 if run["tau_scaling"] == "squared" else value


def entropy(logits):
    log_p = F.log_softmax(logits, -1)
    return -(log_p.exp() * log_p).sum(-1)


def scored_logits(model, batch):
    """Logits that predict the scored tokens of a padded batch, in order."""
    longest = max(len(ids) for ids, _ in batch)
    ids = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _ in batch])
    mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in batch])
    logits = model(input_ids=ids, attention_mask=mask).logits
    return torch.cat([logits[i, first - 1:len(ids) - 1] for i, (ids, first) in enumerate(batch)])


def train(run, sequences, dtype):
    load = lambda name: AutoModelForCausalLM.from_pretrained(MODELS / name, dtype=dtype).eval()  # noqa: E731
    student, teacher = load(run["student"]), load(run["teacher"])
    decay = [p for p in student.parameters() if p.dim() >= 2]
    plain = [p for p in student.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": run["weight_decay"]},
                                   {"params": plain, "weight_decay": 0.0}],
                                  lr=run["learning_rate"], betas=(0.9, 0.999), eps=run["epsilon"])
    per_step, log, next_record = run["batch_size"] * run["accumulation"], [], 0
    for step in range(1, STEPS + 1):
        examples = [sequences[(next_record + i) % len(sequences)] for i in range(per_step)]
        next_record += per_step
        tokens = sum(len(ids) - first for ids, first in examples)
        names = ("loss", "divergence", "cross_entropy", "teacher_entropy", "student_entropy", "top1_agree")
        sums = dict.fromkeys(names, 0.0)
        for at in range(0, per_step, run["batch_size"]):
            batch = examples[at:at + run["batch_size"]]
            counts = [len(ids) - first for ids, first in batch]
            weight = torch.cat([torch.full((n,), 1 / tokens if run["average"] == "token" else 1 / (per_step * n),
                                           dtype=dtype) for n in counts])
            target = torch.cat([torch.tensor(ids[first:]) for ids, first in batch])
            with torch.no_grad():
                of_teacher = scored_logits(teacher, batch)
            of_student = scored_logits(student, batch)
            distance = (weight * divergence(run, of_teacher, of_student)).sum()
            label = (weight * F.cross_entropy(of_student, target, reduction="none")).sum()
            loss = (1 - run["ce_weight"]) * distance + run["ce_weight"] * label
            loss.backward()
            agree = (of_teacher.argmax(-1) == of_student.argmax(-1)).to(dtype)
            for name, value in zip(names, (loss, distance, label, (weight * entropy(of_teacher)).sum(),
                                           (weight * entropy(of_student)).sum(), (weight * agree).sum())):
                sums[name] += value.item()
        bound = run["clip_norm"] if run["clip_norm"] > 0 else math.inf
        norm = torch.nn.utils.clip_grad_norm_(student.parameters(), bound)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(run, step)
        optimizer.step()
        optimizer.zero_grad()
        log.append({"step": step, **sums, "learning_rate": learning_rate(run, step), "grad_norm": norm.item(),
                    "scored_tokens": tokens})
    return log, {name: p.detach() for name, p in student.named_parameters()}


def largest_difference(log, other_log, weights, other_weights):
    figures = max(abs(a[k] - b[k]) / max(1.0, abs(b[k])) for a, b in zip(log, other_log) for k in b)
    return max(figures, max((weights[n].double() - w.double()).abs().max().item() for n, w in other_weights.items()))


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    tokenizer = make_tokenizer()
    (HERE / "train.jsonl").write_text("".join(json.dumps({"prompt": p, "output": o}) + "\n" for p, o in RECORDS))
    sequences = read_sequences(tokenizer)
    for name, run in RUNS.items():
        log, weights = train(run, sequences, torch.float64)
        apart = largest_difference(*[x for pair in zip(train(run, sequences, torch.float32), (log, weights)) for x in pair])
        print(f"{name}: loss {log[0]['loss']:.4f} to {log[-1]['loss']:.4f}, float32 differs by {apart:.1e}")
        assert apart < TOLERANCE, f"{name}: float32 and float64 are {apart} apart"
        (HERE / f"{name}.json").write_text(json.dumps({"run": run, "steps": log}, indent=1) + "\n")
        save_file({n: w.float().contiguous() for n, w in weights.items()}, HERE / f"{name}.safetensors")


if __name__ == "__main__":
    main()
