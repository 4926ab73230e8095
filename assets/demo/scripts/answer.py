"""Samples the demo's models on the held-out prompts, for the examples of `tauscope score` and `compare`.

    python answer.py DEMO_DIR

Writes DEMO_DIR/answers/<model>.jsonl: "example", "seed", "text" and "finish_reason" for every prompt of data/test.jsonl
and each seed, sampled at temperature 1 from the whole distribution, at most 64 tokens.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import sentencepiece
import torch
from transformers import AutoModelForCausalLM

from examples import read_examples

MODELS = ["teacher", "student-llama", "student-gpt2"]
SEEDS = [10, 20, 30]
MAX_NEW_TOKENS = 64
BATCH = 50


@torch.no_grad()
def sampled(model, prompts: list[list[int]], pad: int, eos: int, seed: int) -> list[list[int]]:
    """The new ids of each prompt, the EOS among them where the model came to its end."""
    torch.manual_seed(seed)
    answers = []
    for start in range(0, len(prompts), BATCH):
        batch = prompts[start : start + BATCH]
        width = max(map(len, batch))
        ids = torch.tensor([[pad] * (width - len(row)) + row for row in batch])
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in batch])
        out = model.generate(
            ids,
            attention_mask=mask,
            max_new_tokens=MAX_NEW_TOKENS,
            do_sample=True,
            temperature=1.0,
            top_k=0,
            top_p=1.0,
            pad_token_id=pad,
            eos_token_id=eos,
        )
        for row in out[:, width:].tolist():
            answers.append(row[: row.index(eos) + 1] if eos in row else row)
    return answers


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("demo", type=Path)
    demo = parser.parse_args().demo
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    tokenizer = sentencepiece.SentencePieceProcessor(str(demo / "teacher" / "tokenizer.model"))
    eos = tokenizer.eos_id()
    prompts = [[tokenizer.bos_id()] + tokenizer.encode(e.prompt) for e in read_examples(demo / "data" / "test.jsonl")]
    (demo / "answers").mkdir(exist_ok=True)
    for name in MODELS:
        model = AutoModelForCausalLM.from_pretrained(demo / name, dtype=torch.float32).eval()
        with (demo / "answers" / f"{name}.jsonl").open("w", encoding="utf-8") as out:
            for seed in SEEDS:
                for example, ids in enumerate(sampled(model, prompts, eos, eos, seed)):
                    ended = bool(ids) and ids[-1] == eos
                    text = tokenizer.decode(ids[:-1] if ended else ids).strip()
                    record = {"example": example, "seed": seed, "text": text, "finish_reason": "stop" if ended else "length"}
                    out.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
