"""Times `tauscope generate` against transformers' generate: the same model, prompts, batch size and threads, greedy.

    python3 tests/bench/generate.py --program build/release/tauscope [--model DIR] [--data FILE] [--limit N]

Both make the same answers, which is checked: a faster wrong answer is none. transformers takes the prompts in batches
in their order, each until its longest answer ends; loading is not timed. Needs torch and transformers.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parents[2]


def ours(options, folder):
    out = pathlib.Path(folder) / "answers.jsonl"
    command = [options.program, "generate", "--model", options.model, "--data", options.data, "--limit",
               str(options.limit), "--max-new-tokens", str(options.new_tokens), "--batch-size", str(options.batch),
               "--threads", str(options.threads), "--out", str(out), "--force", "--json", "--quiet"]
    facts = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return facts["seconds"], [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def theirs(options, lines, prompts):
    model = transformers.AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32).eval()
    end = json.loads((pathlib.Path(options.model) / "generation_config.json").read_text())["eos_token_id"]
    answers = []
    begin = time.perf_counter()
    for first in range(0, len(prompts), options.batch):
        part = prompts[first:first + options.batch]
        longest = max(len(ids) for ids in part)
        ids = torch.tensor([[0] * (longest - len(p)) + p for p in part])
        mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in part])
        out = model.generate(ids, attention_mask=mask, do_sample=False, max_new_tokens=options.new_tokens,
                             eos_token_id=end, pad_token_id=0)
        for row in out[:, longest:].tolist():
            answers.append(row[:row.index(end) + 1] if end in row else row)
    seconds = time.perf_counter() - begin
    same = sum(line["ids"] == answer for line, answer in zip(lines, answers))
    return seconds, same


def prompt_ids(options, lines):
    command = [options.program, "tokenize", "--model", options.model, "--json-lines"]
    text = "".join(json.dumps(line["prompt"]) + "\n" for line in lines)
    out = subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=str(ROOT / "build/release/tauscope"))
    parser.add_argument("--model", default=str(ROOT / "assets/demo/teacher"))
    parser.add_argument("--data", default=str(ROOT / "assets/demo/data/test.jsonl"))
    parser.add_argument("--limit", type=int, default=64)
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        mine, other = [], []
        for _ in range(options.repeats):  # in turns: the machine's mood is the same for both
            seconds, lines = ours(options, folder)
            mine.append(seconds)
            prompts = prompt_ids(options, lines)
            seconds, same = theirs(options, lines, prompts)
            other.append(seconds)
    tokens = sum(len(line["ids"]) for line in lines)
    a, b = sorted(mine)[len(mine) // 2], sorted(other)[len(other) // 2]
    print(f"{len(lines)} prompts, {tokens} new tokens, batch {options.batch}, {options.threads} threads, float32, "
          f"torch {torch.__version__}, transformers {transformers.__version__}")
    print(f"tauscope      {a:7.2f} s  {tokens / a:8.0f} tokens a second")
    print(f"transformers  {b:7.2f} s  {tokens / b:8.0f} tokens a second")
    print(f"ratio         {b / a:7.2f}   {same} of {len(lines)} answers are equal")


if __name__ == "__main__":
    main()
