#!/usr/bin/env python3
"""Compares `tauscope tokenize` with Hugging Face tokenizers and transformers on random texts and on every character.

    python compare_random.py [--program build/release/tauscope] [--count 100000] [--only PART_OF_NAME] [--characters]
                             [--real FOLDER] [--seed N]

Takes the cases of options.json, the golden folders and, where they are there, the real tokenizers. Prints for each kind
how many texts differ, with examples, and ends with status 1 if any does. It is not part of the test suite: a run over
all kinds takes some minutes.

The libraries on the two sides know different versions of Unicode, which core/tokenizer/unicode_tables.h makes up for; that table
is of tokenizers 0.23, and a library that knows more characters differs in those.

Reached on 2026-11-23 with tokenizers 0.23.3, transformers 5.23, PCRE2 10.42 and utf8proc 2.8: over 108 kinds, four of them real
tokenizers, 100,000 random texts each, none differs.
"""
import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import transformers

transformers.logging.set_verbosity_error()
HERE = Path(__file__).resolve().parent
POOLS = ["abcdefghij   ", "ABC'stdmrevlTHE '", "0123456789.,- ", "\n\r\t \u00a0\u3000\u2003\u0085", "日本語漢字かな、。", "áéíóúñÅ\u0301\u0323\u0302", "😀👍🏽\u200d❤️🇩🇪",
         "АБВгдежз", "한국어\u1112\u1161\u11ab", "مرحبا بالعالم", "नमस्ते", "\u0000\u0001\u001f\u007f\u0085\ufffd\u200b\ufeff", "▁Ġé_x``", "!?;:()[]{}<>|/\\\"#$%&*+=~^@"]
WORDS = ["<s>", "</s>", "<|endoftext|>", "<unk>", "[A]", "[L]", "[R]", "[SP]", "[é]", "WORD", "Hello", "hello", "he", "  ", "the teacher", " can't", "<0x41>", "\n\n",
         "<|im_start|>", "1234567", " it's", "xx", "ﬁ", "ⅷ", "\u1680", "\u180e"]


def random_texts(count, seed):
    rng = random.Random(seed)
    for _ in range(count):
        pools = rng.sample(POOLS, rng.choice([1, 1, 2, 3]))
        length = rng.choice([1, 2, 3, 5, 8, 13, 21, 40])
        parts = []
        for _ in range(length):
            kind = rng.random()
            if kind < 0.1:
                parts.append(rng.choice(WORDS))
            elif kind < 0.12:
                parts.append(chr(rng.choice([rng.randrange(0x20, 0xD800), rng.randrange(0xE000, 0x110000)])))
            else:
                parts.append(rng.choice(rng.choice(pools)))
        yield "".join(parts)


def characters():
    """Each character up to the last assigned ideograph, and each plane's end, between letters, digits, spaces and itself."""
    for code in [*range(0, 0xD800), *range(0xE000, 0x32400), *range(0xE0000, 0xE0200), *range(0x10FF00, 0x110000)]:
        c = chr(code)
        yield f"a{c}b {c}{c}1{c} '{c}\u0301{c}"


@contextlib.contextmanager
def folders(real):
    """(name, folder) of each kind."""
    golden = json.loads((HERE / "options.json").read_text())
    with tempfile.TemporaryDirectory() as work:
        kinds = []
        for i, case in enumerate(golden["cases"]):
            folder = Path(work) / str(i)
            folder.mkdir()
            whole = {**case["components"], "model": {**golden["models"][case["model"]], **case["changes"]}}
            for key in ("version", "truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder"):
                whole.setdefault(key, "1.0" if key == "version" else None)
            whole.setdefault("added_tokens", [])
            for name, content in {"tokenizer.json": whole, **case["files"]}.items():
                (folder / name).write_text(json.dumps(content))
            kinds.append((case["name"], folder))
        kinds += [(name, HERE / name) for name in ("byte_level_json", "split_json", "vocab_merges", "llama_json")]
        kinds += [(f"real {name}", real / name) for name in ("gpt2", "tinyllama", "qwen1.5") if (real / name).exists()]
        if (real / "opt").exists():
            folder = Path(work) / "opt"
            folder.mkdir()
            setup = json.loads((HERE / "real_opt.json").read_text())["setup"]
            for target, source in setup["copy"].items():
                shutil.copy(real / "opt" / source, folder / target)
            for target, content in setup["write"].items():
                (folder / target).write_text(json.dumps(content))
            kinds.append(("real opt", folder))
        yield kinds


def hugging_face(folder):
    if (folder / "tokenizer.json").exists() and not any((folder / n).exists() for n in ("tokenizer_config.json", "config.json")):
        import tokenizers
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        return lambda texts: [e.ids for e in tokenizer.encode_batch(texts)]
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
    return lambda texts: tokenizer(texts)["input_ids"]


def compare(program, folder, texts, shown=3):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    run = subprocess.run([program, "tokenize", "--model", str(folder), "--json-lines"], input=lines.encode(), capture_output=True, check=True)
    ours = run.stdout.decode().splitlines()
    assert len(ours) == len(texts), run.stderr.decode()[-2000:]
    encode = hugging_face(folder)
    different = 0
    for begin in range(0, len(texts), 5000):
        for text, line, ids in zip(texts[begin:begin + 5000], ours[begin:begin + 5000], encode(texts[begin:begin + 5000])):
            if json.loads(line) == ids:
                continue
            different += 1
            if different <= shown:
                print(f"    {json.dumps(text)}\n      tauscope     {line}\n      hugging face {ids}")
    return different


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=str(HERE.parents[2] / "build/release/tauscope"))
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--characters", action="store_true")
    parser.add_argument("--real", type=Path, default=HERE.parents[3] / "shared/data/tokenizers")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    texts = list(characters()) if options.characters else list(random_texts(options.count, options.seed))
    failed = False
    with folders(options.real) as kinds:
        for name, folder in kinds:
            if options.only not in name:
                continue
            different = compare(options.program, folder, texts)
            failed = failed or different > 0
            print(f"{name}: {different} of {len(texts)} texts differ", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
