"""Makes the golden models beside this script: tiny random checkpoints and what transformers computes from them.

    python make_golden.py            needs torch, transformers 5, safetensors

Each folder holds config.json and model.safetensors as a user would have them, and expected.safetensors:

    ids_<i>      [T] I64     a sequence
    logits_<i>   [T, V] F32  its logits: weights widened to float32, eager attention, one thread
    greedy_<i>   [G] I64     its greedy continuation, without a stop token

Everything expected is computed from the folder as read back by from_pretrained, after the edits (old spelling of the
config, names without prefix, buffers of old versions), so that the files themselves are what is tested. Weights are
scaled up until attention and logits are peaked: errors show there, not in a near-uniform softmax.
"""

import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

HERE = pathlib.Path(__file__).resolve().parent
VOCAB = 101
GREEDY = 8
MARGIN = 1e-2  # of every greedy choice over its runner-up: a rounding difference must not decide it


def randomise(model, seed, peak=24.0):
    """Random weights that no part of the model can hide behind: norms away from 1, biases away from 0."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=g)
            if p.dim() == 1:
                p.copy_((1.0 + 0.3 * noise) if ("norm" in name or "ln_" in name) and name.endswith("weight") else 0.3 * noise)
            elif "embed" in name or "wte" in name or "wpe" in name:
                p.copy_(0.7 * noise)
            else:
                fan_in = p.shape[0] if isinstance(model, GPT2LMHeadModel) and "lm_head" not in name else p.shape[1]
                p.copy_(1.5 * noise / fan_in**0.5)
        probe = torch.arange(1, 33).unsqueeze(0) % VOCAB
        scale = peak / model(probe).logits.abs().max()
        final = model.transformer.ln_f if isinstance(model, GPT2LMHeadModel) else model.model.norm
        for p in final.parameters():
            p.mul_(scale)


def edit_config(folder, edit):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    edit(config)
    path.write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")


def edit_weights(folder, edit):
    path = folder / "model.safetensors"
    tensors = edit(load_file(path))
    save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata={"format": "pt"})


def greedy(model, ids):
    """GREEDY ids, or None where a choice is nearly a tie."""
    grown = ids
    for _ in range(GREEDY):
        top = model(grown[None]).logits[0, -1].topk(2)
        if top.values[0] - top.values[1] < MARGIN:
            return None
        grown = torch.cat([grown, top.indices[:1]])
    return grown[len(ids):].contiguous()


def expect(folder, seed, lengths):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    g = torch.Generator().manual_seed(1000 + seed)
    out = {}
    with torch.no_grad():
        for i, length in enumerate(lengths):
            continuation = None
            while continuation is None:
                ids = torch.randint(0, VOCAB, (length,), generator=g)
                continuation = greedy(model, ids)
            logits = model(ids[None]).logits[0].contiguous()
            assert logits.abs().max() > 8, folder.name
            out[f"ids_{i}"], out[f"logits_{i}"], out[f"greedy_{i}"] = ids, logits, continuation
    save_file(out, folder / "expected.safetensors")
    return model


def make(name, config, seed, dtype=torch.float32, config_edit=None, weights_edit=None, lengths=(23, 1, 40)):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    config._attn_implementation = "eager"
    model = (GPT2LMHeadModel if isinstance(config, GPT2Config) else LlamaForCausalLM)(config).eval()
    randomise(model, seed)
    model.to(dtype).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if weights_edit:
        edit_weights(folder, weights_edit)
    edit_config(folder, config_edit or (lambda c: None))
    return expect(folder, seed, lengths)


def gpt2(**changes):
    # Dropout stays at its default above zero: the forward pass must not apply it.
    return GPT2Config(**{**dict(vocab_size=VOCAB, n_positions=64, n_embd=32, n_layer=2, n_head=4, bos_token_id=1,
                                eos_token_id=2), **changes})


def llama(**changes):
    return LlamaConfig(**{**dict(vocab_size=VOCAB, hidden_size=32, intermediate_size=56, num_hidden_layers=2,
                                 num_attention_heads=4, max_position_embeddings=64), **changes})


LLAMA3 = dict(rope_type="llama3", rope_theta=500.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)


def drop(*names):
    def edit(config):
        for name in names:
            config.pop(name, None)
    return edit


def without_prefix(prefix):
    return lambda t: {k.removeprefix(prefix): v for k, v in t.items()}


def old_gpt2_file(tensors):
    """As the first GPT-2 files: no prefix, the causal mask stored as a buffer, with and without its -1e4."""
    tensors = without_prefix("transformer.")(tensors)
    for layer in range(2):
        tensors[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(64, 64)).view(1, 1, 64, 64)
        tensors[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    return tensors


def old_llama_file(tensors):
    """As files of transformers before 4.32: rotary frequencies stored as a buffer."""
    for layer in range(2):
        tensors[f"model.layers.{layer}.self_attn.rotary_emb.inv_freq"] = torch.rand(4)
    return tensors


def own_head(tensors):
    """Tied by config, yet with a head of its own in the file: transformers 5 then uses that head."""
    g = torch.Generator().manual_seed(77)
    embedding = tensors["model.embed_tokens.weight"]
    tensors["lm_head.weight"] = embedding + 0.2 * torch.randn(embedding.shape, generator=g).to(embedding.dtype)
    return tensors


def old_spelling(key):
    """rope_theta and rope_scaling side by side, as before transformers 5; `key` is "type" or "rope_type"."""
    def edit(config):
        rope = config.pop("rope_parameters")
        config["rope_theta"] = rope.pop("rope_theta")
        rope[key] = rope.pop("rope_type")
        config["rope_scaling"] = None if rope[key] == "default" else rope
        config["torch_dtype"] = config.pop("dtype")
        config.pop("head_dim")
    return edit


def same_logits(a, b, ids):
    with torch.no_grad():
        return torch.equal(a(ids).logits, b(ids).logits)


def main():
    torch.set_num_threads(1)
    make("gpt2-tied", gpt2(), 1)
    make("gpt2-untied", gpt2(tie_word_embeddings=False), 2)
    make("gpt2-old-file", gpt2(), 3, weights_edit=old_gpt2_file, config_edit=drop("tie_word_embeddings", "dtype"))
    make("gpt2-inner-scaled", gpt2(n_inner=48, scale_attn_by_inverse_layer_idx=True, layer_norm_epsilon=1e-2), 4)
    make("gpt2-unscaled-gelu", gpt2(n_embd=24, scale_attn_weights=False, activation_function="gelu"), 5)
    make("gpt2-relu-f16", gpt2(n_embd=24, activation_function="relu"), 6, dtype=torch.float16)

    make("llama-mha-untied", llama(), 11)
    make("llama-mha-tied", llama(tie_word_embeddings=True, rms_norm_eps=1e-2), 12)
    make("llama-gqa", llama(num_key_value_heads=2), 13)
    make("llama-mqa-bf16", llama(num_key_value_heads=1), 14, dtype=torch.bfloat16)
    make("llama-biases", llama(attention_bias=True, mlp_bias=True, num_key_value_heads=2), 15)
    make("llama-head-dim", llama(head_dim=12, num_key_value_heads=2), 16)
    make("llama-old-spelling", llama(rope_parameters=dict(rope_type="default", rope_theta=123.0)), 17,
         config_edit=old_spelling("type"), weights_edit=old_llama_file)
    make("llama-own-head", llama(tie_word_embeddings=True), 18, weights_edit=own_head)

    # llama3 scaling, in the new spelling and in both old ones: the same numbers must come out of all three, and others
    # than without the scaling, or nothing would be tested. 60 positions are well beyond original_max_position.
    rope = dict(hidden_size=48, num_attention_heads=2, num_key_value_heads=1, intermediate_size=40, max_position_embeddings=128)
    new = make("llama-rope-llama3", llama(rope_parameters=dict(LLAMA3), **rope), 19, lengths=(60, 9))
    old = make("llama-rope-llama3-old", llama(rope_parameters=dict(LLAMA3), **rope), 19, lengths=(60, 9),
               config_edit=old_spelling("rope_type"), dtype=torch.float32)
    plain = LlamaForCausalLM(llama(rope_parameters=dict(rope_type="default", rope_theta=500.0), **rope)).eval()
    plain.load_state_dict(new.state_dict())
    ids = torch.arange(60)[None]
    assert same_logits(new, old, ids)
    with torch.no_grad():
        assert (new(ids).logits - plain(ids).logits).abs().max() > 1.0

    total = sum(f.stat().st_size for f in HERE.rglob("*") if f.is_file())
    print(f"{total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
