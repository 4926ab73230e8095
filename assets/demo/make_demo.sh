#!/usr/bin/env bash
# Remakes everything in this folder: the corpus, the tokenizer, the three checkpoints, the measured part of README.md,
# sampled answers.
#
#     bash assets/demo/make_demo.sh                 in place; about 25 minutes of one free core
#     OUT=/tmp/demo bash assets/demo/make_demo.sh   somewhere else
#
# Needs Python 3.11 with torch 2.13.0, transformers 5.23.0, sentencepiece 0.2.x and numpy ($PYTHON names the interpreter).
# Seeds are fixed. The corpus and the tokenizer come out byte for byte; the weights too with the same versions on the same
# kind of processor, and within training noise elsewhere.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
out="${OUT:-$here}"
python="${PYTHON:-python3}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

"$python" -c 'import torch, transformers, sentencepiece, numpy' ||
    { echo "make_demo.sh: install torch, transformers, sentencepiece and numpy for $python, or set PYTHON" >&2; exit 1; }

mkdir -p "$out"
"$python" "$here/scripts/corpus.py" "$out/data" --stream "$work/stream.jsonl"
"$python" "$here/scripts/tokenizer.py" "$out/data" "$work/tokenizer"
"$python" "$here/scripts/train.py" "$out/data" "$work/stream.jsonl" "$work/tokenizer" "$out"
[ "$out" = "$here" ] || cp "$here/README.md" "$out/README.md"
"$python" "$here/scripts/measure.py" "$out"
"$python" "$here/scripts/answer.py" "$out"
