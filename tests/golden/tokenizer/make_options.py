#!/usr/bin/env python3
"""Writes options.json: what Hugging Face tokenizers and transformers make of each component and option of a tokenizer.json.

    python make_options.py

A case is a tokenizer.json (one of a few small models, and the components that the case is about) with the files beside
it. Without files beside it the oracle is the library tokenizers, with them it is transformers.AutoTokenizer.
"""
import base64
import io
import json
import os
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import tokenizers
import transformers
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from make_golden import FIXED, HERE, VERSIONS, training_text

transformers.logging.set_verbosity_error()
TEXTS = FIXED[:8] + FIXED[10::2] + [
    "Hello [A] there", "x[A]y", " [L] [R] ", "a\u00a0[L]\u2003b", "[R]\n\n[L]", "HELLO hello Hello", "WORD wordWORD WORD", "a, b; c--d...e",
    "one  two\tthree\n\nfour", "12ab34  56", "$5+3=8 <x>|y~", "xxaxxbxx", "``quoted''", "``a", "  lead", "\u0301a", "\tb", "a_b-c", "...", "a.b.c.",
    "ⅷ②½", "Å\u0301 ﬁ x\u200d y", "\u3000全角　ＡＢＣ", "e\u0301\u0301e", "don't can't", "1,2,3", "The [é] É e\u0301]", "[SP] a[SP]b",
]
PATTERN = r"\d+|[.,;]"
PIECES = "\u2581"


def bytes_model(vocab_size=420, **options):
    """Merges run over everything, spaces and signs too, so that each cut shows in the ids."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", **options))
    sample = [t.replace(" ", PIECES) if i % 2 else t for i, t in enumerate(training_text() + FIXED * 3)]
    tokenizer.train_from_iterator(sample, trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)], limit_alphabet=80, show_progress=False,
        max_token_length=12, **options))
    return json.loads(tokenizer.to_str())["model"]


def byte_level_model(alphabet=True):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.train_from_iterator(training_text(), trainers.BpeTrainer(
        vocab_size=380, special_tokens=["<unk>", "<s>", "</s>", "<|endoftext|>"], show_progress=False, max_token_length=12,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if alphabet else []))
    return json.loads(tokenizer.to_str())["model"]


def unigram_model(fallback):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<unk>", "<s>", "</s>"] + ([f"<0x{b:02X}>" for b in range(256)] if fallback else [])
    tokenizer.train_from_iterator(training_text(), trainers.UnigramTrainer(
        vocab_size=250 + len(special), special_tokens=special, unk_token="<unk>", show_progress=False))
    model = json.loads(tokenizer.to_str())["model"]
    model["byte_fallback"] = fallback
    model["vocab"].sort(key=lambda p: (p[0] not in special, 0 if p[0] in special else -p[1], p[0]))  # the trainer's order varies
    model["vocab"] = [[piece, 0.0 if piece in special else round(score, 6)] for piece, score in model["vocab"]]
    model["unk_id"] = 0
    return model


def character_map():
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString((HERE / "sentencepiece_unigram/tokenizer.model").read_bytes())
    return base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()


def added(content, id=None, **flags):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False, **flags}


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def metaspace(scheme, cut):
    return {"type": "Metaspace", "replacement": PIECES, "prepend_scheme": scheme, "split": cut}


def byte_level(prefix=False, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def seq(key, *steps):
    return {"type": "Sequence", key: list(steps)}


def replace(to, **pattern):
    return {"type": "Replace", "pattern": pattern, "content": to}


FUSED = {"type": "Fuse"}
SOME = [added("[A]", special=True), added("[L]", lstrip=True), added("[R]", rstrip=True, normalized=True), added("WORD", single_word=True, normalized=True),
        added("[SP]", lstrip=True, rstrip=True, special=True), added("[é]", normalized=True)]
TEMPLATE = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "B", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                                                     {"SpecialToken": {"id": "E", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"B": {"id": "B", "ids": [1, 0], "tokens": ["<s>", "<unk>"]}, "E": {"id": "E", "ids": [2], "tokens": ["</s>"]}}}


def json_cases():
    """(name, model, changes to the model, components)"""
    fallback = {"byte_fallback": True}
    yield "unknown characters left out", "bytes", {"unk_token": None}, {}
    yield "unknown characters", "bytes", {}, {}
    yield "unknown characters fused", "bytes", {"fuse_unk": True}, {}
    yield "byte fallback", "bytes", fallback, {"decoder": seq("decoders", {"type": "ByteFallback"}, FUSED)}
    yield "byte fallback with bytes missing", "few_bytes", {"byte_fallback": True, "fuse_unk": True}, {}
    yield "byte fallback with bytes missing, not fused", "few_bytes", fallback, {}
    yield "whole words first", "bytes", {"ignore_merges": True, **fallback}, {"pre_tokenizer": {"type": "Whitespace"}}
    yield "prefix and suffix", "affixes", {}, {"pre_tokenizer": {"type": "WhitespaceSplit"}, "decoder": {"type": "BPEDecoder", "suffix": "</w>"}}
    yield "prefix and suffix on bytes", "affixes", {"fuse_unk": True}, {"pre_tokenizer": byte_level()}
    for invert in (False, True):
        for behavior in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"):
            yield f"Split {behavior} {invert}", "bytes", fallback, {"pre_tokenizer": split({"Regex": PATTERN}, behavior, invert)}
    yield "Split by a literal", "bytes", fallback, {"pre_tokenizer": split({"String": "e "}, "MergedWithPrevious")}
    yield "Split by a pattern that can be empty", "bytes", fallback, {"pre_tokenizer": split({"Regex": "x*"}, "Isolated")}
    yield "Split by an empty match, merged", "bytes", fallback, {"pre_tokenizer": split({"Regex": "(?=a)|x*"}, "MergedWithNext")}
    for scheme in ("always", "first", "never"):
        for cut in (False, True):
            yield f"Metaspace {scheme} {cut}", "bytes", fallback, {"pre_tokenizer": metaspace(scheme, cut), "added_tokens": SOME,
                                                                "decoder": metaspace(scheme, cut)}
    yield "older Metaspace", "bytes", fallback, {"pre_tokenizer": {"type": "Metaspace", "replacement": PIECES, "add_prefix_space": True}}
    yield "Metaspace first after Strip", "bytes", fallback, {"pre_tokenizer": metaspace("first", False), "normalizer": {
        "type": "Strip", "strip_left": True, "strip_right": False}}
    yield "Metaspace first after Replace", "bytes", fallback, {"pre_tokenizer": metaspace("first", False), "normalizer": replace('"', String="``")}
    yield "Metaspace first after StripAccents", "bytes", fallback, {"pre_tokenizer": metaspace("first", False), "normalizer": {"type": "StripAccents"}}
    yield "Metaspace first after Nmt", "bytes", fallback, {"pre_tokenizer": metaspace("first", False), "normalizer": {"type": "Nmt"}}
    yield "Metaspace first after a Split", "bytes", fallback, {"pre_tokenizer": seq("pretokenizers", split({"Regex": PATTERN}, "Removed"),
                                                                                    metaspace("first", True))}
    for name, step in {"Digits": {"type": "Digits", "individual_digits": False}, "Digits one by one": {"type": "Digits", "individual_digits": True},
                       "Punctuation": {"type": "Punctuation"}, "Punctuation merged": {"type": "Punctuation", "behavior": "MergedWithPrevious"},
                       "Whitespace": {"type": "Whitespace"}, "WhitespaceSplit": {"type": "WhitespaceSplit"},
                       "CharDelimiterSplit": {"type": "CharDelimiterSplit", "delimiter": "e"}, "FixedLength": {"type": "FixedLength", "length": 3},
                       "BertPreTokenizer": {"type": "BertPreTokenizer"}}.items():
        yield name, "bytes", fallback, {"pre_tokenizer": step}
    yield "steps in a row", "bytes", fallback, {"pre_tokenizer": seq("pretokenizers", {"type": "WhitespaceSplit"}, {"type": "Digits", "individual_digits": True},
                                                                    {"type": "Punctuation", "behavior": "Contiguous"})}
    yield "ByteLevel", "byte_level", {}, {"pre_tokenizer": byte_level(True), "decoder": byte_level()}
    yield "ByteLevel without its pattern", "byte_level", {}, {"pre_tokenizer": byte_level(True, False), "decoder": byte_level(), "added_tokens": SOME}
    yield "steps after ByteLevel", "byte_level", {}, {"pre_tokenizer": seq("pretokenizers", byte_level(False, False), {"type": "Digits", "individual_digits": True},
                                                                          split({"String": "Ġ"}, "MergedWithNext")), "decoder": byte_level()}
    yield "ByteLevel twice", "byte_level", {}, {"pre_tokenizer": seq("pretokenizers", byte_level(False, True), byte_level(True, False))}
    yield "ByteLevel with bytes missing", "few_byte_level", {}, {"pre_tokenizer": byte_level(), "decoder": byte_level()}
    yield "ByteLevel with bytes missing, fused", "few_byte_level", {"fuse_unk": True}, {"pre_tokenizer": byte_level()}
    yield "ByteLevel with bytes missing, left out", "few_byte_level", {"unk_token": None}, {"pre_tokenizer": byte_level()}
    yield "ByteLevel as a normalizer", "byte_level", {}, {"normalizer": {"type": "ByteLevel"}, "decoder": byte_level(), "added_tokens": SOME}
    for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt"):
        yield name, "bytes", fallback, {"normalizer": {"type": name}, "added_tokens": SOME}
    yield "Prepend", "bytes", fallback, {"normalizer": seq("normalizers", {"type": "Prepend", "prepend": PIECES}, replace(PIECES, String=" ")), "added_tokens": SOME,
                                         "decoder": seq("decoders", replace(" ", String=PIECES), {"type": "ByteFallback"}, FUSED,
                                                        {"type": "Strip", "content": " ", "start": 1, "stop": 0})}
    yield "Replace by a pattern", "bytes", fallback, {"normalizer": replace("#", Regex=r"\s+"), "decoder": replace("~", Regex="[aeiou]{2}|l")}
    yield "Replace by an empty pattern", "bytes", fallback, {"normalizer": replace("-", Regex="x*")}
    for left in (False, True):
        yield f"Strip {left}", "bytes", fallback, {"normalizer": {"type": "Strip", "strip_left": left, "strip_right": True}, "added_tokens": SOME}
    yield "accents and case", "bytes", fallback, {"normalizer": seq("normalizers", {"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}), "added_tokens": SOME}
    table = {"type": "Precompiled", "precompiled_charsmap": character_map()}
    yield "Precompiled", "bytes", fallback, {"normalizer": table, "pre_tokenizer": metaspace("first", False)}
    yield "Unigram", "unigram", {}, {"pre_tokenizer": metaspace("always", True), "decoder": metaspace("always", True), "post_processor": TEMPLATE}
    yield "Unigram on whole texts", "unigram", {}, {"normalizer": replace(PIECES, String=" ")}
    yield "Unigram with byte fallback", "unigram_bytes", {}, {"pre_tokenizer": metaspace("first", True), "added_tokens": SOME, "decoder": seq(
        "decoders", {"type": "ByteFallback"}, metaspace("first", True))}
    yield "Unigram as T5 has it", "unigram", {}, {"normalizer": seq("normalizers", table, {"type": "Strip", "strip_left": False, "strip_right": True},
                                                                  replace(PIECES, Regex=" {2,}")),
                                                "pre_tokenizer": seq("pretokenizers", {"type": "WhitespaceSplit"}, metaspace("always", True)), "decoder": metaspace("always", True)}
    yield "Unigram on bytes", "unigram", {}, {"pre_tokenizer": byte_level(), "decoder": byte_level()}
    yield "TemplateProcessing", "bytes", fallback, {"post_processor": TEMPLATE}
    yield "RobertaProcessing", "byte_level", {}, {"pre_tokenizer": byte_level(), "decoder": byte_level(), "post_processor": {
        "type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1], "trim_offsets": True, "add_prefix_space": False}}
    yield "BertProcessing in a Sequence", "bytes", fallback, {"post_processor": seq("processors", byte_level(), {
        "type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1]}, TEMPLATE)}
    yield "Strip of both ends", "bytes", fallback, {"decoder": {"type": "Strip", "content": "e", "start": 1, "stop": 1}}
    many = [added("<s>", special=True), added("he", single_word=True), added("hello"), added("Hello", lstrip=True, rstrip=True, normalized=True),
            added("  ", normalized=True), added("ll", normalized=True, special=True), added("É", normalized=True, special=True)]
    yield "tokens inside tokens", "bytes", fallback, {"normalizer": {"type": "Lowercase"}, "added_tokens": many}


def folder_cases():
    """(name, model, changes, components, files beside it)"""
    plain = {"pre_tokenizer": byte_level(True), "decoder": byte_level(), "added_tokens": [added("<|endoftext|>", special=True), added("[L]", lstrip=True)],
             "post_processor": byte_level()}
    llama = {"pre_tokenizer": metaspace("always", True), "added_tokens": [added("<s>", special=True), added("</s>", special=True), added("[L]", lstrip=True)],
             "decoder": seq("decoders", {"type": "ByteFallback"}, FUSED), "post_processor": TEMPLATE}

    def config(**values):
        return {"tokenizer_config.json": values}

    yield "no class", "byte_level", {}, plain, config(bos_token="<s>", add_bos_token=True)
    yield "PreTrainedTokenizerFast", "byte_level", {}, plain, config(tokenizer_class="PreTrainedTokenizerFast", eos_token="</s>", pad_token="[PAD]")
    yield "GPT2Tokenizer", "byte_level", {}, plain, config(tokenizer_class="GPT2Tokenizer")
    yield "GPT2TokenizerFast with a prefix space", "byte_level", {"unk_token": "<unk>"}, plain, config(tokenizer_class="GPT2TokenizerFast", add_prefix_space=True)
    yield "gpt2 by model type", "byte_level", {}, plain, {"config.json": {"model_type": "gpt2"}}
    yield "opt by model type", "byte_level", {}, plain, {"config.json": {"model_type": "opt"}, **config(bos_token="</s>", eos_token="</s>", unk_token="</s>",
                                                                                                         pad_token="<pad>")}
    yield "class by config.json", "byte_level", {}, plain, {"config.json": {"model_type": "llama", "tokenizer_class": "GPT2Tokenizer"}}
    yield "Qwen2Tokenizer", "byte_level", {}, plain, config(tokenizer_class="Qwen2Tokenizer", eos_token="[SP]", additional_special_tokens=["[A]", "[L]"])
    yield "qwen3 by model type", "byte_level", {}, plain, {"config.json": {"model_type": "qwen3"}}
    yield "qwen2 with another class", "byte_level", {}, plain, {"config.json": {"model_type": "qwen2"}, **config(tokenizer_class="LlamaTokenizerFast")}
    yield "qwen3 with another class", "byte_level", {}, plain, {"config.json": {"model_type": "qwen3"}, **config(tokenizer_class="PreTrainedTokenizerFast")}
    yield "LlamaTokenizer", "bytes", {"byte_fallback": True}, llama, config(tokenizer_class="LlamaTokenizer")
    yield "LlamaTokenizer legacy", "bytes", {}, llama, config(tokenizer_class="LlamaTokenizerFast", legacy=True, add_bos_token=False)
    yield "LlamaTokenizer without prefix", "bytes", {}, llama, config(tokenizer_class="LlamaTokenizer", add_prefix_space=False, legacy=False)
    yield "LlamaTokenizer on bytes", "byte_level", {}, plain, config(tokenizer_class="LlamaTokenizer")
    yield "llama without a class", "bytes", {"byte_fallback": True}, llama, {"config.json": {"model_type": "llama"}, **config(bos_token="<s>")}
    yield "mistral", "bytes", {"byte_fallback": True}, llama, {"config.json": {"model_type": "mistral"}, **config(tokenizer_class="LlamaTokenizer")}
    listed = {"0": added("<unk>", special=True), "1": added("<s>", special=True), "2": added("</s>", special=True)}
    for token in listed.values():
        del token["id"]
    top = len(CACHE["byte_level"]["vocab"])

    def decoder(**tokens):
        return {**listed, **{k[1:]: {n: v for n, v in t.items() if n != "id"} for k, t in tokens.items()}}

    for name in ("PreTrainedTokenizerFast", "GPT2Tokenizer"):
        yield f"the config's list of tokens, {name}", "byte_level", {}, plain, config(tokenizer_class=name, added_tokens_decoder=decoder(
            _3=added("<|endoftext|>", rstrip=True), **{f"_{top}": added("[L]", rstrip=True)}), eos_token="<|endoftext|>")
        yield f"older files, {name}", "byte_level", {}, plain, {
            **config(tokenizer_class=name), "special_tokens_map.json": {"bos_token": {"content": "<s>", "lstrip": True, "rstrip": False, "normalized": False,
                                                                               "single_word": False}, "additional_special_tokens": ["[A]", "[SP]"]},
            "added_tokens.json": {"[L]": top, "WORD": top + 1, "[SP]": top + 2}}
    yield "extra tokens in a list", "byte_level", {}, plain, config(tokenizer_class="PreTrainedTokenizerFast", extra_special_tokens=["[A]", "[SP]"],
                                                                     additional_special_tokens=["[R]"])
    yield "extra tokens by name", "byte_level", {}, plain, config(tokenizer_class="PreTrainedTokenizerFast", extra_special_tokens={"image_token": "[A]"},
                                                                   video_token="<s>", eos_token="[SP]")
    yield "special tokens left as text", "byte_level", {}, plain, config(tokenizer_class="PreTrainedTokenizerFast", split_special_tokens=True)


def few_bytes(model):
    """Without the bytes from 0xE0, so that some characters can fall back and others cannot."""
    gone = {f"<0x{b:02X}>" for b in range(0xE0, 256)}
    kept = [t for t, _ in sorted(model["vocab"].items(), key=lambda p: p[1]) if t not in gone]
    return {**model, "vocab": {t: i for i, t in enumerate(kept)}}


CACHE = {}


def make_models():
    CACHE["bytes"] = bytes_model()
    CACHE["few_bytes"] = few_bytes(CACHE["bytes"])
    CACHE["affixes"] = bytes_model(continuing_subword_prefix="##", end_of_word_suffix="</w>")
    CACHE["byte_level"] = byte_level_model()
    CACHE["few_byte_level"] = byte_level_model(False)
    CACHE["unigram"] = unigram_model(False)
    CACHE["unigram_bytes"] = unigram_model(True)
    return CACHE


def tokenizer_json(model, components):
    vocab = model["vocab"]
    known = vocab if isinstance(vocab, dict) else {piece[0]: i for i, piece in enumerate(vocab)}
    components = json.loads(json.dumps(components))
    next_id = len(known)
    for token in components.get("added_tokens", []):
        token["id"] = known.get(token["content"], next_id)
        next_id += token["content"] not in known
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
            "post_processor": None, "decoder": None, **components, "model": model}


def results(encode, decode, size, has_decoder):
    out = {"size": size, "texts": []}
    for text in TEXTS:
        ids = encode(text)
        if not has_decoder:
            out["texts"].append([ids])
            continue
        texts = [decoded(decode, ids, skip) for skip in (False, True)]
        out["texts"].append([ids] + [None if t == text else t for t in texts])
    return out


def decoded(decode, ids, skip):
    """A "-" where the library itself gives up: its Strip does, on a token with nothing left."""
    try:
        return decode(ids, skip)
    except BaseException as panic:
        assert type(panic).__name__ == "PanicException"
        return "-"


def case_results(whole, side):
    if not side:
        tokenizer = Tokenizer.from_str(json.dumps(whole))
        return results(lambda t: tokenizer.encode(t).ids, lambda i, s: tokenizer.decode(i, skip_special_tokens=s), None, whole["decoder"] is not None or whole["normalizer"] == {"type": "Lowercase"})
    with tempfile.TemporaryDirectory() as work:
        for name, content in {"tokenizer.json": whole, **side}.items():
            (Path(work) / name).write_text(json.dumps(content))
        tokenizer = transformers.AutoTokenizer.from_pretrained(work)
        return results(lambda t: tokenizer(t)["input_ids"],
                       lambda i, s: tokenizer.decode(i, skip_special_tokens=s, clean_up_tokenization_spaces=False), len(tokenizer), True)


def compact(value):
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def main():
    known_models = make_models()
    cases = []
    for name, model, changes, components, *side in [*json_cases(), *folder_cases()]:
        side = side[0] if side else {}
        whole = tokenizer_json({**known_models[model], **changes}, components)
        components = {key: whole[key] for key in components}
        cases.append({"name": name, "model": model, "changes": changes, "components": components, "files": side, **case_results(whole, side)})
    lines = [f'{{"made_with":{compact(VERSIONS)},', f'"models":{compact(known_models)},', f'"texts":{compact(TEXTS)},', '"cases":[',
             ",\n".join(map(compact, cases)), "]}"]
    (HERE / "options.json").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
