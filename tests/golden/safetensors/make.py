"""Makes the golden files of this folder with the reference implementation of the format.

    python tests/golden/safetensors/make.py

Needs torch, safetensors and transformers; the committed files came from safetensors 0.8.0 and transformers 5.23.0.
expected.json states type, shape and SHA-256 of the bytes of every tensor of every file.
"""
import hashlib
import json
import pathlib
import shutil
import sys

import torch
import transformers
from safetensors import safe_open
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
TYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
    torch.uint64: "U64", torch.uint32: "U32", torch.uint16: "U16", torch.uint8: "U8", torch.bool: "BOOL",
    torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2",
}


def bytes_of(tensor):
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def described(path):
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        return {
            "metadata": file.metadata() or {},
            "tensors": {
                name: {
                    "dtype": TYPES[t.dtype],
                    "shape": list(t.shape),
                    "sha256": hashlib.sha256(bytes_of(t)).hexdigest(),
                }
                for name, t in tensors.items()
            },
        }


def every_type():
    steps = torch.arange(-6, 6, dtype=torch.float32).reshape(3, 4)
    return {
        name: (steps > 0) if name == "BOOL" else (steps.abs() if name[0] == "U" else steps).to(dtype)
        for dtype, name in TYPES.items()
    }


def one_type_per_width():
    """Mirrored by test_safetensors.cpp, which must write the same bytes."""
    return {
        "b.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "a.weight": torch.arange(5, dtype=torch.float32) / 4,
        "ids": torch.arange(3, dtype=torch.int64),
        "half": torch.arange(7, dtype=torch.float16),
        "mask": torch.tensor([1, 0, 1], dtype=torch.uint8),
        "name with \"quotes\" \\ and ü": torch.zeros(1, dtype=torch.float32),
    }


def shapes():
    return {
        "scalar": torch.tensor(2.5),
        "empty": torch.empty(0, 3),
        "empty too": torch.empty(4, 0, 2, dtype=torch.int64),
        "deep": torch.arange(24, dtype=torch.float32).reshape(1, 2, 1, 3, 4),
        "last": torch.arange(3, dtype=torch.uint8),
    }


def sharded(folder):
    torch.manual_seed(0)
    config = transformers.LlamaConfig(vocab_size=32, hidden_size=8, intermediate_size=16, num_hidden_layers=2,
                                      num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=16)
    shutil.rmtree(folder, ignore_errors=True)
    transformers.LlamaForCausalLM(config).save_pretrained(folder, max_shard_size="2KB")


def main():
    save_file(every_type(), HERE / "types.safetensors")
    save_file(one_type_per_width(), HERE / "order.safetensors", metadata={"format": "pt"})
    save_file(shapes(), HERE / "shapes.safetensors", metadata={"note": "ü\n\"x\""})
    sharded(HERE / "sharded")
    files = sorted(HERE.glob("*.safetensors")) + sorted((HERE / "sharded").glob("*.safetensors"))
    expected = {str(path.relative_to(HERE)): described(path) for path in files}
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
