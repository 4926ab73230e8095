"""Makes the golden files of this folder with torch.save.

    python tests/golden/torch/make.py

Needs torch, transformers and safetensors; the committed files came from torch 2.13.0 and transformers 5.23.0.
expected.json states type, shape and SHA-256 of the row-major bytes of every tensor of the files that are read, in the
order of the state dict; refused/ holds files that must be refused; gpt2/ and llama/ are whole checkpoints.
"""
import collections
import hashlib
import json
import pathlib
import pickle
import shutil
import zipfile

import torch
import transformers
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
TYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
    torch.uint64: "U64", torch.uint32: "U32", torch.uint16: "U16", torch.uint8: "U8", torch.bool: "BOOL",
    torch.complex64: "C64", torch.float8_e4m3fn: "F8_E4M3", torch.float8_e4m3fnuz: "F8_E4M3FNUZ",
    torch.float8_e5m2: "F8_E5M2", torch.float8_e5m2fnuz: "F8_E5M2FNUZ", torch.float8_e8m0fnu: "F8_E8M0",
}


def bytes_of(tensor):
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def described(path):
    return [
        {"name": name, "dtype": TYPES[t.dtype], "shape": list(t.shape), "sha256": hashlib.sha256(bytes_of(t)).hexdigest()}
        for name, t in torch.load(path, weights_only=True).items()
    ]


def every_type():
    steps = torch.arange(-6, 6, dtype=torch.float32).reshape(3, 4)
    return {
        name: (steps > 0) if name == "BOOL" else (steps.abs() + 1 if name[0] == "U" or name == "F8_E8M0" else steps).to(dtype)
        for dtype, name in TYPES.items()
    }


def shared_storages():
    table = torch.arange(40, dtype=torch.float32).reshape(8, 5)
    return collections.OrderedDict(
        {"embedding": table, "head": table, "rows": table[2:4], "first": table[0], "last": table[7, 4], "middle": table[3:, 1:4],
         "turned": table.t(), "other": torch.ones(3)}
    )


def strided_views():
    cube = torch.arange(2 * 3 * 4, dtype=torch.int16).reshape(2, 3, 4)
    return {
        "transposed": torch.arange(6.0).reshape(2, 3).t(),
        "permuted": cube.permute(2, 0, 1),
        "stepped": torch.arange(20, dtype=torch.int64)[1::3],
        "column": torch.arange(12, dtype=torch.uint8).reshape(3, 4)[:, 2],
        "ones": torch.arange(4.0).reshape(1, 4, 1).expand(1, 4, 1).transpose(0, 2),
        "stretched": torch.arange(5.0).expand(1, -1),
        "scalar": torch.tensor(2.5, dtype=torch.bfloat16),
        "empty": torch.empty(0, 7),
        "empty_view": torch.arange(12.0).reshape(3, 4)[:, 4:].t(),
        "complex": torch.complex(torch.arange(4.0), torch.ones(4)).reshape(2, 2).t(),
    }


def module_state():
    torch.manual_seed(0)
    module = nn.Sequential(collections.OrderedDict(first=nn.Linear(3, 2), norm=nn.BatchNorm1d(2), last=nn.Linear(2, 3, bias=False)))
    return module.state_dict()


def parameters():
    torch.manual_seed(1)
    return {"weight": nn.Parameter(torch.randn(2, 2)), "frozen": nn.Parameter(torch.arange(3).float(), requires_grad=False)}


def repack(source, target, **options):
    """The same entries, written by Python's zipfile."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", **options) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))


def with_zip64(source, target):
    """Every size and offset in zip64 fields, as in archives beyond 4 GiB."""
    limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, -1
    try:
        repack(source, target)
    finally:
        zipfile.ZIP64_LIMIT = limit


def write_shards(folder):
    folder.mkdir()
    table = torch.arange(12, dtype=torch.float16).reshape(4, 3)
    shards = [
        {"embedding": table, "head": table, "h.0.bias": torch.arange(3, dtype=torch.float16)},
        {"h.1.bias": torch.ones(3, dtype=torch.float16), "h.1.weight": torch.arange(9, dtype=torch.float16).reshape(3, 3).t()},
    ]
    names = [f"pytorch_model-{i + 1:05}-of-00002.bin" for i in range(2)]
    weight_map = {}
    for name, shard in zip(names, shards):
        torch.save(shard, folder / name)
        weight_map |= {tensor: name for tensor in shard}
    # transformers counted storages, not tensors.
    total = 2 * (12 + 3 + 3 + 9)
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")
    (folder / "config.json").write_text('{"model_type": "gpt2"}\n')


def write_models(folder):
    """Two whole checkpoints, and what transformers computes from them in float32."""
    torch.manual_seed(2)
    sizes = dict(vocab_size=48, bos_token_id=0, eos_token_id=0)
    gpt2 = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(n_embd=16, n_layer=2, n_head=2, n_positions=16, **sizes)).half()
    llama = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
                                 num_key_value_heads=2, max_position_embeddings=16, tie_word_embeddings=False, **sizes)).bfloat16()
    for name, model in (("gpt2", gpt2), ("llama", llama)):
        (folder / name).mkdir()
        model.config.save_pretrained(folder / name)
        state = model.state_dict()  # the tied head shares its storage
        if name == "gpt2":
            torch.save(state, folder / name / "pytorch_model.bin")
        else:
            for key in state:
                if key.endswith("_proj.weight"):  # columns first, as a training code may leave them
                    state[key] = state[key].t().contiguous().t()
            shards = [{k: v for k, v in state.items() if (".0." in k) == first} for first in (True, False)]
            names = [f"pytorch_model-{i + 1:05}-of-00002.bin" for i in range(2)]
            for file, shard in zip(names, shards):
                torch.save(shard, folder / name / file)
            index = {"metadata": {"total_size": sum(2 * v.numel() for v in state.values())},
                     "weight_map": {k: file for file, shard in zip(names, shards) for k in shard}}
            (folder / name / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")
        ids = [5, 1, 40, 0, 17, 3, 47, 8]
        loaded = transformers.AutoModelForCausalLM.from_pretrained(folder / name, dtype=torch.float32)
        with torch.no_grad():
            logits = loaded(torch.tensor([ids])).logits[0]
        save_file({"ids": torch.tensor(ids), "logits": logits}, folder / name / "expected.safetensors")


class Call:
    """What a hostile file does: names a function and its argument. Nothing here is ever loaded."""

    def __reduce__(self):
        return (print, ("this must never be printed",))


def write_refused(folder):
    folder.mkdir()
    plain = {"x": torch.arange(4.0)}
    torch.save(plain, folder / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save(plain, folder / "protocol4.bin", pickle_protocol=4)
    torch.save({"x": Call()}, folder / "call.bin")
    torch.save({"state_dict": plain, "epoch": 3}, folder / "training.bin")
    torch.save([torch.arange(4.0)], folder / "list.bin")
    torch.save({"x": torch.arange(3.0).reshape(3, 1).expand(3, 1000)}, folder / "expanded.bin")
    torch.save({"x": torch.arange(4.0).to_sparse()}, folder / "sparse.bin")
    torch.save({"x": torch.quantize_per_tensor(torch.arange(4.0), 0.1, 0, torch.quint8)}, folder / "quantized.bin")
    torch.save(nn.Linear(2, 2), folder / "module.bin")
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), str(folder / "torchscript.bin"))
    torch.save(plain, folder / "plain")
    repack(folder / "plain", folder / "compressed.bin", compression=zipfile.ZIP_DEFLATED)
    (folder / "plain").unlink()
    with open(folder / "pickle.bin", "wb") as out:
        pickle.dump({"x": [1.0, 2.0]}, out, protocol=2)


def main():
    for old in [*HERE.glob("*.bin"), HERE / "sharded", HERE / "refused", HERE / "gpt2", HERE / "llama"]:
        shutil.rmtree(old, ignore_errors=True) if not old.is_file() else old.unlink()
    torch.save(every_type(), HERE / "types.bin")
    torch.save(shared_storages(), HERE / "shared.bin")
    torch.save(strided_views(), HERE / "strided.bin")
    torch.save(module_state(), HERE / "module.bin")
    torch.save(parameters(), HERE / "parameters.bin")
    torch.serialization.set_crc32_options(False)
    torch.save(module_state(), HERE / "no_checksums.bin")
    torch.serialization.set_crc32_options(True)
    repack(HERE / "shared.bin", HERE / "repacked.bin")
    with_zip64(HERE / "shared.bin", HERE / "zip64.bin")
    write_shards(HERE / "sharded")
    write_refused(HERE / "refused")
    write_models(HERE)
    expected = {path.relative_to(HERE).as_posix(): described(path) for path in sorted([*HERE.glob("*.bin"), *HERE.glob("sharded/*.bin"), *HERE.glob("gpt2/*.bin"), *HERE.glob("llama/*.bin")])}
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
