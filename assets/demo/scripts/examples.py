"""Reads the demo corpus as training sequences: the Alpaca template, the tokenizer, where the response
begins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

PREAMBLE = "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
PREAMBLE_WITH_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request.\n\n"
)


def prompt_of(instruction: str, context: str) -> str:
    if context:
        return f"{PREAMBLE_WITH_INPUT}### Instruction:\n{instruction}\n\n### Input:\n{context}\n\n### Response:\n"
    return f"{PREAMBLE}### Instruction:\n{instruction}\n\n### Response:\n"


@dataclass(frozen=True)
class Example:
    prompt: str
    response: str
    category: str


def read_examples(path: Path) -> list[Example]:
    """Dolly or Self-Instruct lines."""
    examples = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if "instances" in record:
            for instance in record["instances"]:
                examples.append(
                    Example(prompt_of(record["instruction"], instance["input"]), instance["output"], "")
                )
        else:
            examples.append(
                Example(
                    prompt_of(record["instruction"], record["context"]),
                    record["response"],
                    record["category"],
                )
            )
    return examples


@dataclass(frozen=True)
class Sequence:
    ids: list[int]  # BOS, prompt, response, EOS
    scored_from: int  # index in ids of the first response token
    has_input: bool


def encode(tokenizer, example: Example) -> Sequence:
    """`tokenizer` is a sentencepiece processor. Scoring starts after the longest common
    prefix with the prompt's own ids."""
    prompt = [tokenizer.bos_id()] + tokenizer.encode(example.prompt)
    ids = [tokenizer.bos_id()] + tokenizer.encode(example.prompt + example.response)
    common = 0
    while common < min(len(prompt), len(ids)) and prompt[common] == ids[common]:
        common += 1
    return Sequence(ids + [tokenizer.eos_id()], common, example.prompt.startswith(PREAMBLE_WITH_INPUT))
