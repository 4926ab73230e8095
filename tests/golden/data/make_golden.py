#!/usr/bin/env python3
"""Writes what plain Python reads from the real data files, and how transformers tokenizes the first examples.

    python make_golden.py [folder of the shared data, default ../../../../shared/data]

real_files.json: for each file the number of examples and, over all of them in order, the SHA-256 of prompt, outputs,
category, id, instruction and input, each as JSON with one line end. sequences.json: ids(prompt + output) + EOS and the
first scored place, from sentencepiece (the trained pair) and the Hugging Face library (GPT-2).
"""
import hashlib
import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import sentencepiece
import transformers

HERE = Path(__file__).resolve().parent
SHARED = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[3] / "shared/data"

WITHOUT_INPUT = ("Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
                 "### Instruction:\n{instruction}\n\n### Response:\n")
WITH_INPUT = ("Below is an instruction that describes a task, paired with an input that provides further context. "
              "Write a response that appropriately completes the request.\n\n"
              "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:\n")


def alpaca(instruction, text):
    return WITH_INPUT.format(instruction=instruction, input=text) if text else WITHOUT_INPUT.format(instruction=instruction)


def as_list(output):
    return output if isinstance(output, list) else [output]


def example(prompt, outputs, category="", identity="", instruction="", text=""):
    return [prompt, outputs, category, str(identity), instruction, text]


def prompt_output(r):
    newlines = lambda s: s.replace("<n>", "\n")
    return [example(newlines(r["prompt"]), [newlines(o) for o in as_list(r["output"])], r.get("category") or r.get("topic") or "",
                    r.get("id", ""), r.get("instruction", ""), r.get("input", ""))]


def alpaca_record(r):
    return [example(alpaca(r["instruction"], r["input"]), [r["output"]], "", "", r["instruction"], r["input"])]


def self_instruct(r):
    return [example(alpaca(r["instruction"], i["input"]), as_list(i["output"]), "", r["id"], r["instruction"], i["input"])
            for i in r["instances"]]


def vicuna(r):
    return [example(alpaca(r["text"], ""), [], r["category"], r["question_id"], r["text"])]


def super_natural(r):
    return [example(alpaca(r["Definition"][0], i["input"]), i["output"], r["Categories"][0], i["id"], r["Definition"][0], i["input"])
            for i in r["Instances"]]


FILES = {"dolly_valid.jsonl": prompt_output, "dolly_dev.jsonl": prompt_output, "dolly_train.jsonl": prompt_output,
         "self-inst_valid.jsonl": prompt_output, "vicuna_valid.jsonl": prompt_output, "self-instruct_user_oriented.jsonl": self_instruct,
         "vicuna_question.jsonl": vicuna, "alpaca_1k.json": alpaca_record, "superni_task828.json": super_natural}


def records(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        whole = json.loads(text)
        return whole if isinstance(whole, list) else [whole]
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def read(name):
    return [e for record in records(SHARED / "eval" / name) for e in FILES[name](record)]


def sequences(examples, encode, bos, eos):
    out = []
    for prompt, outputs, *_ in examples:
        before, ids = bos + encode(prompt), bos + encode(prompt + outputs[0])
        first = next((i for i, (a, b) in enumerate(zip(before, ids)) if a != b), min(len(before), len(ids)))
        out.append({"ids_sha256": hashlib.sha256(json.dumps(ids + eos).encode()).hexdigest(), "length": len(ids + eos),
                    "first_scored": first})
    return out


def main():
    golden = {}
    for name in FILES:
        examples = read(name)
        digest = hashlib.sha256()
        for entry in examples:
            digest.update((json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
        golden[name] = {"examples": len(examples), "sha256": digest.hexdigest()}
    (HERE / "real_files.json").write_text(json.dumps(golden, indent=1) + "\n")

    examples = read("dolly_valid.jsonl")[:25] + read("self-inst_valid.jsonl")[:25]
    pair = sentencepiece.SentencePieceProcessor(str(SHARED / "checkpoints/teacher-llama-6m/tokenizer.model"))
    gpt2 = transformers.AutoTokenizer.from_pretrained(str(SHARED / "tokenizers/gpt2"))
    made = {"checkpoints/teacher-llama-6m": sequences(examples, pair.encode, [pair.bos_id()], [pair.eos_id()]),
            "tokenizers/gpt2": sequences(examples, lambda t: gpt2(t)["input_ids"], [], [gpt2.eos_token_id])}
    (HERE / "sequences.json").write_text(json.dumps(made, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
