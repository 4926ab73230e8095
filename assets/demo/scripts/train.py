"""Trains the demo's teacher and students on the demo corpus and writes them as Hugging Face folders.

    python train.py DATA_DIR STREAM_FILE TOKENIZER_DIR OUT_DIR [--only NAME]

The students read the training parts of DATA_DIR several times. The teacher reads STREAM_FILE once
(corpus.py --stream: those parts and more from the same grammars), so that it knows the skills better
than their few thousand examples can teach; one of its "epochs" is an equal share of what a cycle reads.

One thread, fixed seeds: the same versions on the same kind of processor give the same weights. The
checkpoint with the lowest validation loss is kept. The loss is the mean over response tokens and EOS,
plus PROMPT_WEIGHT times that of the prompt tokens after the batch's common prefix (the constant preamble
is not trained on).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import time
from pathlib import Path

import sentencepiece
import torch
import transformers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from examples import Sequence, encode, read_examples

PROMPT_WEIGHT = 0.1
EVALUATION_BATCH = 12
WEIGHT_DECAY = 0.1
WARMUP = 100
COMMON = dict(vocab_size=2048, bos_token_id=1, eos_token_id=2, pad_token_id=None)

MODELS = {
    "teacher": dict(
        build=lambda: LlamaForCausalLM(
            LlamaConfig(
                hidden_size=192,
                intermediate_size=512,
                num_hidden_layers=5,
                num_attention_heads=6,
                num_key_value_heads=2,
                head_dim=32,
                max_position_embeddings=512,
                rms_norm_eps=1e-5,
                initializer_range=0.03,
                tie_word_embeddings=False,
                **COMMON,
            )
        ),
        dtype=torch.bfloat16,
        batch=8,
        cycles=[
            dict(stream_pairs=20000, epochs=8, learning_rate=2e-3),
            dict(stream_pairs=24000, epochs=8, learning_rate=1.5e-3),
        ],
        seed=11,
    ),
    "student-llama": dict(
        build=lambda: LlamaForCausalLM(
            LlamaConfig(
                hidden_size=96,
                intermediate_size=256,
                num_hidden_layers=3,
                num_attention_heads=3,
                num_key_value_heads=3,
                head_dim=32,
                max_position_embeddings=512,
                initializer_range=0.05,
                tie_word_embeddings=True,
                **COMMON,
            )
        ),
        dtype=torch.float32,
        batch=12,
        cycles=[dict(epochs=8, learning_rate=2.5e-3)],
        seed=12,
    ),
    "student-gpt2": dict(
        build=lambda: GPT2LMHeadModel(
            GPT2Config(
                n_embd=96,
                n_layer=2,
                n_head=3,
                n_positions=512,
                initializer_range=0.05,
                resid_pdrop=0.0,
                embd_pdrop=0.0,
                attn_pdrop=0.0,
                **COMMON,
            )
        ),
        dtype=torch.float32,
        batch=12,
        cycles=[dict(epochs=8, learning_rate=2.5e-3)],
        seed=13,
    ),
}


def batches(sequences: list[Sequence], size: int, rng: random.Random | None) -> list[list[Sequence]]:
    """Batches of like form and length; shuffled when `rng` is given."""
    noise = (lambda: rng.uniform(0, 12)) if rng else (lambda: 0)
    keyed = [((s.has_input, len(s.ids) + noise()), s) for s in sequences]
    ordered = [s for _, s in sorted(keyed, key=lambda pair: pair[0])]
    result = [ordered[i : i + size] for i in range(0, len(ordered), size)]
    if rng:
        rng.shuffle(result)
    return result


def common_prefix(batch: list[Sequence]) -> int:
    shortest = min(s.scored_from for s in batch)
    return next((i for i in range(shortest) if any(s.ids[i] != batch[0].ids[i] for s in batch)), shortest)


def token_losses(model, batch: list[Sequence]):
    """Negative log-likelihood of each next token after the batch's common prefix [B, T], and the masks of
    response tokens and of prompt tokens. The prefix (the template's preamble) goes through the model once for the whole batch.
    """
    first = max(1, common_prefix(batch) - 1)
    width = max(len(s.ids) for s in batch)
    ids = torch.tensor([s.ids + [2] * (width - len(s.ids)) for s in batch])
    place = torch.arange(first + 1, width).unsqueeze(0)
    ends = torch.tensor([[len(s.ids)] for s in batch])
    starts = torch.tensor([[s.scored_from] for s in batch])
    cache = model(input_ids=ids[:1, :first], use_cache=True, logits_to_keep=1).past_key_values
    cache.batch_repeat_interleave(len(batch))
    # Padding stands on the right and the models are causal, so no attention mask is needed.
    logits = model(input_ids=ids[:, first:-1], past_key_values=cache, use_cache=True).logits.float()
    nll = torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, first + 1 :], reduction="none")
    return nll, (place >= starts) & (place < ends), place < starts


@torch.no_grad()
def held_out_loss(model, sequences: list[Sequence]) -> float:
    """Nats per scored token (response and EOS)."""
    model.eval()
    total = count = 0.0
    for batch in batches(sequences, EVALUATION_BATCH, None):
        nll, response, _ = token_losses(model, batch)
        total += (nll * response).sum().item()
        count += response.sum().item()
    model.train()
    return total / count


def optimizer_for(model, learning_rate: float):
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    return torch.optim.AdamW(
        [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=learning_rate,
        betas=(0.9, 0.98),
        fused=True,
    )


def learning_rate_factor(step: int, total_steps: int) -> float:
    """Linear warm-up, then a cosine down to 0.02."""
    return min(1.0, step / WARMUP) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / total_steps)))


def train_cycle(
    model, parts: list[list[Sequence]], spec: dict, learning_rate: float, seed: int, valid, report
) -> None:
    """One cosine over `parts`, each of which ends with a validation; the model keeps the best weights of the cycle."""
    rng = random.Random(seed)
    optimizer = optimizer_for(model, learning_rate)
    total_steps = sum(math.ceil(len(part) / spec["batch"]) for part in parts)
    step, best, kept = 0, math.inf, None
    model.train()
    for part in parts:
        running = []
        for batch in batches(part, spec["batch"], rng):
            step += 1
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * learning_rate_factor(step, total_steps)
            nll, response, instruction = token_losses(model, batch)
            weights = response.float() + PROMPT_WEIGHT * instruction.float()
            loss = (nll * weights).sum() / response.sum()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            running.append(((nll.detach() * response).sum() / response.sum()).item())
        valid_loss = held_out_loss(model, valid)
        report(sum(running) / len(running), valid_loss)
        if valid_loss < best:
            best, kept = valid_loss, {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(kept)


def shares(sequences: list[Sequence], count: int) -> list[list[Sequence]]:
    size = math.ceil(len(sequences) / count)
    return [sequences[i : i + size] for i in range(0, len(sequences), size)]


def train(name: str, spec: dict, data: dict[str, list[Sequence]], log: list) -> torch.nn.Module:
    """Each cycle starts from the weights as they would be stored, rounded to the storage type."""
    torch.manual_seed(spec["seed"])
    model = spec["build"]()
    start = time.time()

    def report(train_loss: float, valid_loss: float) -> None:
        epoch = 1 + sum(record["model"] == name for record in log)
        record = {
            "model": name,
            "epoch": epoch,
            "train_loss": round(train_loss, 4),
            "valid_loss": round(valid_loss, 4),
        }
        log.append(record)
        print(json.dumps(record), f"{time.time() - start:.0f} s", flush=True)

    first = 0
    for number, cycle in enumerate(spec["cycles"]):
        if "stream_pairs" in cycle:
            parts = shares(data["stream"][first : first + cycle["stream_pairs"]], cycle["epochs"])
            first += cycle["stream_pairs"]
        else:
            parts = [data["train"]] * cycle["epochs"]
        train_cycle(
            model, parts, spec, cycle["learning_rate"], spec["seed"] + 100 * number, data["valid"], report
        )
        model = model.to(spec["dtype"]).float()
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("stream", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", choices=sorted(MODELS), help="train this one alone")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    transformers.logging.set_verbosity_error()

    tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(args.tokenizer / "tokenizer.model"))

    def read(*files: Path) -> list[Sequence]:
        return [encode(tokenizer, example) for file in files for example in read_examples(file)]

    parts = {
        name: args.data / f"{name}.jsonl"
        for name in ("train", "self_instruct_train", "valid", "test", "self_instruct_test")
    }
    data = {
        "train": read(parts["train"], parts["self_instruct_train"]),
        "stream": read(args.stream),
        **{name: read(parts[name]) for name in ("valid", "test", "self_instruct_test")},
    }
    log_file = args.out / "training_log.json"
    earlier = (
        json.loads(log_file.read_text()) if args.only and log_file.exists() else {"results": {}, "epochs": []}
    )
    results = earlier["results"]
    log = [record for record in earlier["epochs"] if record["model"] != args.only]
    for name, spec in MODELS.items():
        if args.only not in (None, name):
            continue
        model = train(name, spec, data, log).to(spec["dtype"])
        folder = args.out / name
        model.save_pretrained(folder)
        for file in ("tokenizer.model", "tokenizer_config.json"):
            shutil.copyfile(args.tokenizer / file, folder / file)
        model = model.float()  # the losses are those of the saved, rounded weights
        results[name] = {
            "parameters": model.num_parameters(),
            "dtype": str(spec["dtype"]).removeprefix("torch."),
            **{
                f"{part}_loss": round(held_out_loss(model, data[part]), 4)
                for part in ("valid", "test", "self_instruct_test")
            },
        }
        print(name, json.dumps(results[name]), flush=True)
    versions = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "sentencepiece": sentencepiece.__version__,
    }
    log_file.write_text(
        json.dumps({"versions": versions, "results": results, "epochs": log}, indent=1) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
