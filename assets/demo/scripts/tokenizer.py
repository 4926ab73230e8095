"""Trains the demo's sentencepiece tokenizer on the training part, in the Alpaca template.

    python tokenizer.py DATA_DIR OUT_DIR

Byte-pair encoding with byte fallback, text taken as it is (no normalisation), digits split, BOS added:
LLaMA's habits. It is shown single lines, so no piece holds a line end (a byte piece of its own) and none
can reach over the template's edges.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import sentencepiece

from examples import read_examples

VOCABULARY = 2048
CONTEXT = 512


def main() -> None:
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    texts = [
        e.prompt + e.response
        for part in ("train", "self_instruct_train")
        for e in read_examples(data / f"{part}.jsonl")
    ]
    model = io.BytesIO()  # not a path: sentencepiece would store it inside the model
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(line for text in texts for line in text.split("\n") if line),
        model_writer=model,
        vocab_size=VOCABULARY,
        model_type="bpe",
        byte_fallback=True,
        character_coverage=1.0,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        split_digits=True,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=1,
    )
    (out / "tokenizer.model").write_bytes(model.getvalue())
    config = {
        "tokenizer_class": "LlamaTokenizer",
        "add_bos_token": True,
        "add_eos_token": False,
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "legacy": False,
        "model_max_length": CONTEXT,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    processor = sentencepiece.SentencePieceProcessor(model_file=str(out / "tokenizer.model"))
    lengths = [len(processor.encode(t)) for t in texts]
    print(
        f"tokenizer: {processor.vocab_size()} pieces, {sum(lengths) / len(lengths):.1f} tokens a pair, {max(lengths)} at most"
    )


if __name__ == "__main__":
    main()
