"""Writes greedy.json and processors.json: what transformers' generate answers with the golden models, and what its
logits processors make of rows of logits. Needs torch and transformers.

    python3 tests/golden/decoding/make_decoding.py
"""

import json
import pathlib
import sys

import torch
import transformers
from transformers import (LogitsProcessorList, NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor,
                          TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper)

HERE = pathlib.Path(__file__).parent
MODELS = HERE.parent / "model"
sys.path.insert(0, str(MODELS))
from make_golden import forget  # noqa: E402  what dynamic rotary positions remember of earlier sequences
LEAST_MARGIN = 1e-3  # below it rounding decides which token is the best
SETTINGS = {
    "plain": {},
    "no_repeat_2": {"no_repeat_ngram_size": 2},
    "no_repeat_3_penalty": {"no_repeat_ngram_size": 3, "repetition_penalty": 1.3},
}


def answer(model, prompt, setting, new_tokens):
    """The new ids, or None where two tokens are too close to each other at some step."""
    forget(model)
    ids = torch.tensor([prompt])
    out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=new_tokens,
                         eos_token_id=None, pad_token_id=0, output_scores=True, return_dict_in_generate=True, **setting)
    for scores in out.scores:
        best, second = scores[0].topk(2).values.tolist()
        if best - second < LEAST_MARGIN * max(1.0, abs(best)):
            return None
    return out.sequences[0, len(prompt):].tolist()


def answers_of(folder):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    model.eval()
    model.generation_config = transformers.GenerationConfig()
    draw = torch.Generator().manual_seed(20261123)
    cases = []
    for length in (1, 4, 9, 17):
        for _ in range(40):
            prompt = torch.randint(0, 61, (length,), generator=draw).tolist()
            found = {name: answer(model, prompt, setting, 20) for name, setting in SETTINGS.items()}
            if None not in found.values():
                cases.append({"prompt": prompt, **found})
                break
    return cases


def greedy():
    models = {}
    for folder in sorted(path for path in MODELS.iterdir() if path.is_dir()):
        cases = answers_of(folder)
        assert len(cases) >= 2, folder
        models[folder.name] = cases
    return models


def processors():
    draw = torch.Generator().manual_seed(7)
    cases = []
    grid = [
        {"repetition_penalty": 1.7}, {"repetition_penalty": 0.6}, {"no_repeat_ngram_size": 1},
        {"no_repeat_ngram_size": 2}, {"no_repeat_ngram_size": 3}, {"temperature": 0.3}, {"temperature": 2.5},
        {"top_k": 1}, {"top_k": 5}, {"top_k": 40}, {"top_p": 0.05}, {"top_p": 0.5}, {"top_p": 0.95}, {"top_p": 0.999},
        {"repetition_penalty": 1.2, "no_repeat_ngram_size": 2, "temperature": 0.7, "top_k": 12, "top_p": 0.8},
        {"temperature": 3.0, "top_k": 20, "top_p": 0.9},
    ]
    for setting in grid:
        for width in (0.2, 1.0, 6.0):
            logits = torch.randn(1, 40, generator=draw) * width
            history = torch.randint(0, 6, (1, 12), generator=draw)
            chain = LogitsProcessorList()
            if "repetition_penalty" in setting:
                chain.append(RepetitionPenaltyLogitsProcessor(setting["repetition_penalty"]))
            if "no_repeat_ngram_size" in setting:
                chain.append(NoRepeatNGramLogitsProcessor(setting["no_repeat_ngram_size"]))
            if "temperature" in setting:
                chain.append(TemperatureLogitsWarper(setting["temperature"]))
            if "top_k" in setting:
                chain.append(TopKLogitsWarper(setting["top_k"]))
            if "top_p" in setting:
                chain.append(TopPLogitsWarper(setting["top_p"]))
            out = chain(history, logits.clone())
            cases.append({
                "setting": setting,
                "history": history[0].tolist(),
                "logits": [float(f"{x:.9g}") for x in logits[0].tolist()],
                "expected": [None if x == float("-inf") else float(f"{x:.9g}") for x in out[0].tolist()],
            })
    return cases


def write(name, content):
    with open(HERE / name, "w", encoding="utf-8") as file:
        json.dump({"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0], **content}, file,
                  separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("processors.json", {"cases": processors()})
    write("greedy.json", {"models": greedy()})
