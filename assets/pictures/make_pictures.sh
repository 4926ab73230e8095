#!/usr/bin/env bash
# Makes the README's pictures of the window again: each script here is replayed on the demo, without a display.
#   bash assets/pictures/make_pictures.sh [PROGRAM]     PROGRAM: build/release/tauscope unless named
# A test compares what the program draws with these pictures, so they are made again when the window changes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=${1:-$root/build/release/tauscope}
work=$(mktemp -d)  # what a script writes goes there
trap 'rm -rf "$work"' EXIT
ln -s "$root"/assets/demo/* "$work"
cd "$work"

for script in "$root"/assets/pictures/*.jsonl; do
  "$program" gui --teacher teacher --student llama=student-llama --student gpt2=student-gpt2 --data data/test.jsonl \
    --size 1440x900 --scale 1 --script "$script" --screenshot "${script%.jsonl}.png"
done
