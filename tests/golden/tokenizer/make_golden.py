#!/usr/bin/env python3
"""Trains the small tokenizers of this folder and writes what Hugging Face tokenizers and sentencepiece make of the texts.

    python make_golden.py [folder with the real tokenizers, default ../../../../shared/data/tokenizers]

Needs tokenizers, transformers and sentencepiece; the versions used stand in every file written. A folder of real
tokenizers that is not there is left out, and its golden file is kept as it is.
"""
import io
import json
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import sentencepiece
import tokenizers
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

transformers.logging.set_verbosity_error()
HERE = Path(__file__).resolve().parent
REAL = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[3] / "shared/data/tokenizers"
VERSIONS = {m.__name__: m.__version__ for m in (tokenizers, transformers, sentencepiece)}

SUBJECTS = "The teacher|A student|My neighbour|Nobody|The old miller|Her younger brother|Every model|The committee".split("|")
VERBS = "explains|forgets|measures|doesn't like|writes about|can't find|they've counted|compares".split("|")
OBJECTS = ["the gradient at 1,024 tokens", "a café in Zürich", "the river's source", "12 apples and 7 pears",
           "the temperature of the water", "naïve estimates", "an unusual sentence", "über-long words", "日本語の本", "Привет, мир"]
ENDS = [".", "!", "?", "; it's late.", ", and we'll see.", " (again).", " — twice.", ":\n  - first\n  - second"]


def training_text():
    rng = random.Random(20)
    return [f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)}{rng.choice(ENDS)}" for _ in range(1500)]


FIXED = [
    "", " ", "  ", "a", "Hello world", " Hello", "  Hello", "   Hello  world  ", "tail ", "tail  \n", "x  y   z", "\n", "\n\n",
    "a\r\nb\r\n\r\nc", "\ttab\t\ttab", " \n \n  \n", "I'm you're we'll they'd he's I've don't",
    "I'M YOU'RE WE'LL THEY'D HE'S I'VE DON'T", "'\u017f 'S 's' 'll''ll", "don\u2019t \u201cquoted\u201d\u2014dash\u2026",
    "123 4567 8.90 1,000,000", "\u0661\u0662\u0663 \u2177 \u00b2\u00b3 \u00bd", "1st 2nd 3rd 0000000000000", "日本語テキスト、漢字。",
    "你好，世界！", "안녕하세요 세계", "مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "สวัสดีชาวโลก", "Привет, мир", "ﬁ ﬂ ﬀ",
    "café cafe\u0301 e\u0301\u0323", "\u212b \u00c5 A\u030a", "가 \u1100\u1161", "a\u0300\u0301\u0302b", "ǅ İ ı ß ẞ",
    "😀", "👨\u200d👩\u200d👧\u200d👦 👩🏽\u200d💻 🏳️\u200d🌈 🇩🇪", "\u200b\u200c\u200d\ufeff", "a\u00a0b\u3000c\u2003d\u1680e\u180ef",
    "\u0000\u0001\u001f\u007f\u0080\u0085\u009f", "\ufffd\ufffe\uffff\U0010ffff", "\ue000\U000f0000", "\u2028\u2029", "𝔘𝔫𝔦 𝟙𝟚𝟛",
    "Ⅷ ① ⓐ 🅰", "foo_bar __init__ self.x += 1", "    def f(x):\n        return x**2\n", "http://example.com/a?b=c&d=%20",
    "# Title\n\n- item\n\n```py\nprint('x')\n```", "$100 €50 £20", "...!!!???", "-----=====", "a" * 60, "ab" * 40, " " * 40,
    "▁ ▁▁ a▁b", "Ġ Ċ Ġhello", "é è ê", "<0x41><0xE2>", "<unk> <pad> <mask>", "<s>", "</s>", "a</s>b", "a <s> b", "<|endoftext|>",
    "<|endoftext|>hi", "hi <|endoftext|> there<|endoftext|>", "<|im_start|>user\nhi<|im_end|>\n", "[L] x", "a  [L]  b", "a[R]   b",
    "a [R][L] b", "[R]  [L]", "whole WORD here", "swordWORDy WORD", "_WORD WORD\u0301 WORD.", "ⓐWORD", "ÀÉ a\u0300e\u0301 À",
    "[plain][plain]x", "<sp a ce>", "[éplain] y",
    "The teacher doesn't like a café in Zürich; it's late.\nNobody can't find 12 apples and 7 pears.",
]


def texts():
    rng = random.Random(7)
    pools = ["abcdefghij   ", "ABC'stdmrevl '", "0123456789.,- ", "\n\r\t \u00a0\u3000", "日本語漢字かな、。", "áéíóúñ\u0301\u0323",
             "😀👍🏽\u200d❤️🇩🇪", "АБВгдежз", "한국어\u1112\u1161\u11ab", "<s></s><|endoftext|>", "\u0000\u0085\ufffd\u200b", "▁Ġé"]
    made = []
    for _ in range(60):
        chosen = rng.sample(pools, rng.choice([1, 2, 3]))
        made.append("".join(rng.choice(rng.choice(chosen)) for _ in range(rng.choice([2, 5, 9, 20]))))
    return FIXED + made


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def train_byte_level(pre_tokenizer, normalizer=None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(training_text(), trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return tokenizer


def make_byte_level_json():
    """Every kind of added token, a template with both ends, a prefix space."""
    tokenizer = train_byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True))
    tokenizer.add_special_tokens(["<s>", "</s>"])
    tokenizer.add_tokens([AddedToken("[L]", lstrip=True), AddedToken("[R]", rstrip=True), AddedToken("WORD", single_word=True),
                          AddedToken("[plain]"), AddedToken("<sp a ce>", normalized=False), AddedToken("[éplain]")])
    ids = {t: tokenizer.token_to_id(t) for t in ("<s>", "</s>")}
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=list(ids.items()))])
    folder = HERE / "byte_level_json"
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    return folder


def make_llama3_style():
    """A Split pattern as Llama 3 has it, merges that are skipped for whole tokens, NFC and normalized added tokens."""
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    tokenizer = train_byte_level(pre_tokenizers.Sequence([
        pre_tokenizers.Split(tokenizers.Regex(pattern), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]), normalizers.NFC())
    state = json.loads(tokenizer.to_str())
    state["model"]["ignore_merges"] = True
    state["model"]["merges"] = [" ".join(m) if isinstance(m, list) else m for m in state["model"]["merges"]]  # the older form
    vocab = state["model"]["vocab"]
    vocab["Ġhello"] = len(vocab)  # a token that no merge makes
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.add_tokens([AddedToken("a\u0300e\u0301", normalized=True), AddedToken("À", normalized=False)])
    folder = HERE / "split_json"
    folder.mkdir(exist_ok=True)
    state = json.loads(tokenizer.to_str())
    state["model"]["merges"] = [" ".join(m) for m in state["model"]["merges"]]
    (folder / "tokenizer.json").write_text(json.dumps(state, ensure_ascii=False, separators=(",", ":")))
    return folder


def make_vocab_and_merges():
    """GPT-2's files, with BOS and EOS added, a token of the vocabulary made special and one added behind it."""
    tokenizer = train_byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False))
    folder = HERE / "vocab_merges"
    folder.mkdir(exist_ok=True)
    tokenizer.model.save(str(folder))
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "add_eos_token": True, "bos_token": "<s>",
        "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "model_max_length": int(1e30)})
    write_json(folder / "special_tokens_map.json", {"pad_token": "[plain]", "additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    write_json(folder / "config.json", {"model_type": "gpt2"})
    return folder


def make_sentencepiece(name, **options):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(training_text()), model_writer=model, minloglevel=2,
                                             num_threads=1, **options)
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    return folder


def make_sentencepiece_unigram():
    """A character map of our own: sentencepiece's standard ones have 240 kB."""
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        for source, target in {"\ufb01": "fi", "\ufb02": "fl", "\ufb00": "ff", "\u3000": " ", "\u00a0": " ", "\u2026": "...",
                               "\u212b": "\u00c5", "A\u030a": "\u00c5", "e\u0301": "\u00e9", "\uff58": "x", "\uff10": "0"}.items():
            rules.write(" ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n")
        rules.flush()
        return make_sentencepiece("sentencepiece_unigram", vocab_size=320, hard_vocab_limit=False, model_type="unigram", character_coverage=0.99,
                                  normalization_rule_tsv=rules.name, bos_id=-1, user_defined_symbols=["[plain]"])


def make_sentencepiece_bpe():
    folder = make_sentencepiece("sentencepiece_bpe", vocab_size=480, model_type="bpe", byte_fallback=True,
                                normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True)
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": True,
                                                  "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "legacy": False})
    return folder


def make_llama_json(source):
    """What transformers makes of a tokenizer.model: Metaspace, byte fallback."""
    folder = HERE / "llama_json"
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as work:
        transformers.AutoTokenizer.from_pretrained(str(source)).save_pretrained(work)
        folder.mkdir()
        for name in ("tokenizer.json", "tokenizer_config.json"):
            state = json.loads((Path(work) / name).read_text())
            (folder / name).write_text(json.dumps(state, ensure_ascii=False, separators=(",", ":")))
    return folder


class HuggingFace:
    def __init__(self, folder):
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
        self.size = len(self.tokenizer)

    def encode(self, text, special):
        return self.tokenizer(text, add_special_tokens=special)["input_ids"]

    def decode(self, ids, skip):
        return self.tokenizer.decode(ids, skip_special_tokens=skip, clean_up_tokenization_spaces=False)


class SentencePiece:
    """Ids are sentencepiece's own, between the BOS and EOS that are asked for. Of decoding, only what it can say."""

    def __init__(self, folder, bos=False, eos=False):
        self.processor = sentencepiece.SentencePieceProcessor(str(folder / "tokenizer.model"))
        self.bos = [self.processor.bos_id()] if bos and self.processor.bos_id() >= 0 else []
        self.eos = [self.processor.eos_id()] if eos else []
        self.size = self.processor.get_piece_size()

    def encode(self, text, special):
        ids = self.processor.encode(text)
        return self.bos + ids + self.eos if special else ids

    def decode(self, ids, skip):
        if not skip or self.processor.unk_id() in ids:
            return None
        return self.processor.decode([i for i in ids if not self.processor.is_control(i)])


def told(decoded, expected):
    return "-" if decoded is None else None if decoded == expected else decoded


def write_golden(name, oracle, folder, setup=None, text_count=None):
    """The ids of the first `text_count` texts of texts.json, with `before` and `after` put around them by tokenizer(text).
    A decoding is null where it is the text (or text between keep_before and keep_after), "-" where there is no oracle."""
    dressed, plain = oracle.encode("a", True), oracle.encode("a", False)
    start = next(i for i in range(len(dressed)) if dressed[i:i + len(plain)] == plain)
    before, after = dressed[:start], dressed[start + len(plain):]
    golden = {"made_with": VERSIONS, "folder": folder, "setup": setup or {}, "size": oracle.size, "before": before, "after": after,
              "keep_before": oracle.decode(before, False), "keep_after": oracle.decode(after, False), "texts": [], "decodes": []}
    pool = []
    for text in texts()[:text_count]:
        plain = oracle.encode(text, False)
        ids = oracle.encode(text, True)
        assert ids == before + plain + after, text
        expected = (golden["keep_before"] or "") + text + (golden["keep_after"] or "")
        golden["texts"].append([plain, told(oracle.decode(ids, False), expected), told(oracle.decode(ids, True), text)])
        if len(ids) > 3:
            pool.append(ids)
    rng = random.Random(11)
    for i in range(40):  # pieces of texts, which tear characters apart, and ids at random
        ids = rng.choice(pool)
        start = rng.randrange(len(ids))
        ids = ids[start:start + rng.randrange(1, 8)] if i % 2 else [rng.randrange(oracle.size) for _ in range(rng.randrange(1, 7))]
        decoded = [oracle.decode(ids, False), oracle.decode(ids, True)]
        golden["decodes"].append([ids] + ["-" if text is None else text for text in decoded])
    write_json(HERE / f"{name}.json", golden)


def main():
    write_json(HERE / "texts.json", texts())
    bpe = make_sentencepiece_bpe()
    unigram = make_sentencepiece_unigram()
    write_golden("byte_level_json", HuggingFace(make_byte_level_json()), "golden:byte_level_json")
    write_golden("split_json", HuggingFace(make_llama3_style()), "golden:split_json")
    write_golden("vocab_merges", HuggingFace(make_vocab_and_merges()), "golden:vocab_merges")
    write_golden("llama_json", HuggingFace(make_llama_json(bpe)), "golden:llama_json")
    write_golden("sentencepiece_bpe", SentencePiece(bpe, bos=True, eos=True), "golden:sentencepiece_bpe")
    write_golden("sentencepiece_unigram", SentencePiece(unigram), "golden:sentencepiece_unigram")

    for name in ("gpt2", "tinyllama", "qwen1.5"):
        if (REAL / name).exists():
            write_golden(f"real_{name}", HuggingFace(REAL / name), f"shared:data/tokenizers/{name}", text_count=110)
    if (REAL / "opt").exists():
        with tempfile.TemporaryDirectory() as work:
            setup = {"copy": {"vocab.json": "gpt2-vocab.json", "merges.txt": "gpt2-merges.txt"},
                     "write": {"config.json": {"model_type": "opt"},
                               "tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "bos_token": "</s>",
                                                         "eos_token": "</s>", "unk_token": "</s>", "pad_token": "<pad>"}}}
            for target, source in setup["copy"].items():
                shutil.copy(REAL / "opt" / source, Path(work) / target)
            for target, content in setup["write"].items():
                write_json(Path(work) / target, content)
            write_golden("real_opt", HuggingFace(Path(work)), "shared:data/tokenizers/opt", setup, text_count=110)
    fixtures = REAL / "sentencepiece_fixtures"
    for stem in ("test_sentencepiece_bpe", "test_sentencepiece_bpe_char", "test_sentencepiece_no_bos", "test_sentencepiece_with_bytefallback"):
        if not fixtures.exists():
            continue
        with tempfile.TemporaryDirectory() as work:
            shutil.copy(fixtures / f"{stem}.model", Path(work) / "tokenizer.model")
            write_golden(f"real_{stem}", SentencePiece(Path(work)), "shared:data/tokenizers/sentencepiece_fixtures",
                         {"copy": {"tokenizer.model": f"{stem}.model"}}, text_count=110)
    pair = REAL.parent / "checkpoints/teacher-llama-6m"
    if pair.exists():
        write_golden("real_pair", SentencePiece(pair), "shared:data/checkpoints/teacher-llama-6m", text_count=110)


if __name__ == "__main__":
    main()
