"""Makes the golden models beside this script: tiny random checkpoints and what transformers computes from them.

    python make_golden.py            needs torch, transformers 5, safetensors

Each folder holds config.json and model.safetensors as a user would have them, and expected.safetensors:

    ids_<i>      [T] I64     a sequence
    logits_<i>   [T, V] F32  its logits: weights widened to float32, eager attention, one thread
    greedy_<i>   [G] I64     its greedy continuation with a cache, without a stop token
    steps_0      [T, V] F32  the first sequence's logits when it is fed token by token, where they differ from logits_0:
                             rotary positions that depend on the length of the sequence so far

Everything expected is computed from the folder as read back by from_pretrained, after the edits (old spelling of the
config, names without prefix, buffers of old versions), so that the files themselves are what is tested. Weights are
scaled up until attention and logits are peaked: errors show there, not in a near-uniform softmax.
"""

import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file
from transformers import (AutoModelForCausalLM, GPT2Config, LlamaConfig, LlamaForCausalLM, MistralConfig, OPTConfig,
                          Qwen2Config, Qwen3Config)

HERE = pathlib.Path(__file__).resolve().parent
VOCAB = 61
GREEDY = 6
MARGIN = 1e-2  # of every greedy choice over its runner-up: a rounding difference must not decide it


def last_layer(model):
    """Parameters that the logits are linear in, none of them shared with another part of the model."""
    if not model.config.tie_word_embeddings:
        return [model.lm_head.weight]
    if isinstance(model.config, GPT2Config):
        return model.transformer.ln_f.parameters()
    if not isinstance(model.config, OPTConfig):
        return model.model.norm.parameters()
    decoder = model.model.decoder
    return (decoder.project_out or decoder.final_layer_norm or decoder.layers[-1].final_layer_norm).parameters()


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
                fan_in = p.shape[0] if isinstance(model.config, GPT2Config) and "lm_head" not in name else p.shape[1]
                p.copy_(1.5 * noise / fan_in**0.5)
        probe = torch.arange(1, 33).unsqueeze(0) % VOCAB
        scale = peak / model(probe).logits.abs().max()
        for p in last_layer(model):
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


def forget(model):
    """Dynamic rotary positions remember the longest sequence they have seen; each one here starts afresh."""
    base = model.base_model
    if hasattr(base, "rotary_emb"):
        base.rotary_emb = type(base.rotary_emb)(model.config)


def with_cache(model, pieces):
    """Logits of the pieces' last tokens, fed one after the other. `pieces` sees each of them before it goes on."""
    forget(model)
    cache, rows = None, []
    for piece in pieces(rows):
        out = model(piece[None], past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        rows.append(out.logits[0, -1])
    return torch.stack(rows)


def greedy(model, ids):
    """GREEDY ids, or None where a choice is nearly a tie."""
    def pieces(rows):
        yield ids
        for _ in range(GREEDY - 1):
            yield rows[-1].argmax()[None]
    rows = with_cache(model, pieces)
    top = rows.topk(2).values
    return rows.argmax(-1) if (top[:, 0] - top[:, 1]).min() >= MARGIN else None


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
            forget(model)
            logits = model(ids[None], use_cache=False).logits[0].contiguous()
            assert logits.abs().max() > 8, (folder.name, logits.abs().max())
            out[f"ids_{i}"], out[f"logits_{i}"], out[f"greedy_{i}"] = ids, logits, continuation
        steps = with_cache(model, lambda _: out["ids_0"].split(1))
        difference = (steps - out["logits_0"]).abs().max()
        rope = getattr(model.config, "rope_parameters", None) or {}
        assert (difference > 0.1) == (rope.get("rope_type") in ("dynamic", "longrope")), (folder.name, difference)
        if difference > 0.1:
            out["steps_0"] = steps
    save_file(out, folder / "expected.safetensors")
    return model


def make(name, config, seed, dtype=torch.bfloat16, config_edit=None, weights_edit=None, lengths=(15, 1, 30)):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    randomise(model, seed)
    model.to(dtype).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if weights_edit:
        edit_weights(folder, weights_edit)
    edit_config(folder, config_edit or (lambda c: None))
    return expect(folder, seed, lengths)


def gpt2(**changes):
    # Dropout stays at its default above zero: the forward pass must not apply it.
    return GPT2Config(**{**dict(vocab_size=VOCAB, n_positions=64, n_embd=24, n_layer=2, n_head=4, bos_token_id=1,
                                eos_token_id=2), **changes})


def opt(**changes):
    return OPTConfig(**{**dict(vocab_size=VOCAB, hidden_size=20, ffn_dim=32, num_hidden_layers=2, num_attention_heads=4,
                               max_position_embeddings=64, dropout=0.1), **changes})


LLAMA_SIZES = dict(vocab_size=VOCAB, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
                   max_position_embeddings=64)
# Few heads, so that there are pairs enough for every branch of a scaling.
ROPE_SIZES = dict(num_attention_heads=2, num_key_value_heads=1, intermediate_size=24)


def llama(**changes):
    return LlamaConfig(**{**LLAMA_SIZES, **changes})


def mistral(**changes):
    return MistralConfig(**{**LLAMA_SIZES, **dict(num_key_value_heads=2), **changes})


def qwen2(**changes):
    return Qwen2Config(**{**LLAMA_SIZES, **dict(num_key_value_heads=2), **changes})


def qwen3(**changes):
    return Qwen3Config(**{**LLAMA_SIZES, **dict(num_key_value_heads=2, head_dim=10), **changes})


LLAMA3 = dict(rope_type="llama3", rope_theta=500.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)
LINEAR = dict(rope_type="linear", rope_theta=300.0, factor=4.0)
DYNAMIC = dict(rope_type="dynamic", rope_theta=300.0, factor=4.0)
YARN = dict(rope_type="yarn", rope_theta=300.0, factor=4.0, original_max_position_embeddings=32)
LONGROPE = dict(rope_type="longrope", rope_theta=300.0, original_max_position_embeddings=16,
                short_factor=[1.0, 1.1, 1.2, 1.4, 1.6, 2.0], long_factor=[1.0, 1.5, 2.0, 3.0, 4.0, 6.0])


def drop(*names):
    def edit(config):
        for name in names:
            config.pop(name, None)
    return edit


def without_prefix(prefix):
    return lambda t: {k.removeprefix(prefix): v for k, v in t.items()}


def old_gpt2_file(positions):
    """As the first GPT-2 files: no prefix, the causal mask stored as a buffer, with and without its -1e4."""
    def edit(tensors):
        tensors = without_prefix("transformer.")(tensors)
        for layer in range(2):
            tensors[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(positions, positions)).view(1, 1, positions, positions)
            tensors[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
        return tensors
    return edit


def old_llama_file(tensors):
    """As files of transformers before 4.32: rotary frequencies stored as a buffer."""
    for layer in range(2):
        tensors[f"model.layers.{layer}.self_attn.rotary_emb.inv_freq"] = torch.tensor([1.0, 0.2, 0.04])
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
        config.pop("head_dim", None)
    return edit


def beside(key):
    """As Phi-3 has it: a field of the rotary parameters beside them."""
    def edit(config):
        old_spelling("type")(config)
        config[key] = config["rope_scaling"].pop(key)
    return edit


def setting(**values):
    return lambda config: config.update(values)


def old_opt_file(tensors):
    """As the first OPT files: no prefix, and a version number of fairseq's."""
    return without_prefix("model.")(tensors) | {"decoder.version": torch.tensor([3.0])}


def logits_of(model, ids):
    forget(model)
    with torch.no_grad():
        return model(ids).logits


def check_that_it_matters(model, **without):
    """The same weights under a config without the option give other logits, or nothing would be tested."""
    config = type(model.config)(**{**model.config.to_dict(), **without})
    plain = type(model)(config).eval()
    plain.load_state_dict(model.state_dict())
    ids = torch.arange(30)[None]
    assert (logits_of(model, ids) - logits_of(plain, ids)).abs().max() > 1.0, without


def rope_models():
    """Each kind in the new spelling and in an old one: the same numbers must come out of both, and others than without
    the scaling, or nothing would be tested. Sequences reach well beyond the original context."""
    ids = torch.arange(60)[None]
    for name, seed, rope, old, sizes in [
            ("llama3", 19, LLAMA3, old_spelling("rope_type"), dict(max_position_embeddings=128)),
            ("linear", 20, LINEAR, old_spelling("type"), dict(hidden_act="gelu_pytorch_tanh")),
            ("dynamic", 21, DYNAMIC, old_spelling("type"), dict(max_position_embeddings=16)),
            ("yarn", 22, YARN, old_spelling("rope_type"), dict(max_position_embeddings=128)),
            ("longrope", 23, LONGROPE, beside("original_max_position_embeddings"), {})]:
        sizes = {**ROPE_SIZES, **sizes}
        new = make(f"llama-rope-{name}", llama(rope_parameters=dict(rope), **sizes), seed, lengths=(34, 9))
        again = make(f"llama-rope-{name}-old", llama(rope_parameters=dict(rope), **sizes), seed, lengths=(34, 9),
                     config_edit=old)
        plain = LlamaForCausalLM(llama(rope_parameters=dict(rope_type="default", rope_theta=rope["rope_theta"]), **sizes))
        plain.eval().load_state_dict(new.state_dict())
        assert torch.equal(logits_of(new, ids), logits_of(again, ids)), name
        assert (logits_of(new, ids) - logits_of(plain, ids)).abs().max() > 1.0, name

    yarn = dict(max_position_embeddings=128, **ROPE_SIZES)
    make("llama-rope-yarn-mscale", llama(rope_parameters=dict(YARN, mscale=1.5, mscale_all_dim=0.5, beta_fast=4, beta_slow=2),
                                         **yarn), 24)
    make("llama-rope-yarn-attention-factor", llama(rope_parameters=dict(YARN, attention_factor=0.7, truncate=False), **yarn), 25)
    make("llama-rope-longrope-factor", llama(rope_parameters=dict(LONGROPE, attention_factor=1.3), **ROPE_SIZES), 26,
         lengths=(30, 9))
    # As Qwen2.5's model card says: max_position_embeddings stays at what it was, the context is factor times as long.
    make("qwen2-rope-yarn", qwen2(rope_parameters=dict(YARN, original_max_position_embeddings=16), max_position_embeddings=16,
                                  **ROPE_SIZES), 27, config_edit=old_spelling("type"))


def main():
    torch.set_num_threads(1)
    full = torch.float32
    make("gpt2-tied", gpt2(), 1, dtype=full)
    make("gpt2-untied", gpt2(tie_word_embeddings=False), 2)
    make("gpt2-old-file", gpt2(n_positions=48), 3, weights_edit=old_gpt2_file(48),
         config_edit=drop("tie_word_embeddings", "dtype"))
    make("gpt2-inner-scaled", gpt2(n_inner=36, scale_attn_by_inverse_layer_idx=True, layer_norm_epsilon=1e-2), 4)
    make("gpt2-unscaled-gelu", gpt2(n_embd=16, scale_attn_weights=False, activation_function="gelu"), 5)
    make("gpt2-relu-f16", gpt2(n_embd=16, activation_function="relu"), 6, dtype=torch.float16)

    make("llama-mha-untied", llama(), 11)
    make("llama-mha-tied", llama(tie_word_embeddings=True, rms_norm_eps=1e-2), 12)
    make("llama-gqa", llama(num_key_value_heads=2), 13, dtype=full)
    make("llama-mqa-bf16", llama(num_key_value_heads=1), 14)
    make("llama-biases", llama(attention_bias=True, mlp_bias=True, num_key_value_heads=2), 15)
    make("llama-head-dim", llama(head_dim=10, num_key_value_heads=2, hidden_act="gelu"), 16)
    make("llama-old-spelling", llama(rope_parameters=dict(rope_type="default", rope_theta=123.0)), 17,
         config_edit=old_spelling("type"), weights_edit=old_llama_file)
    make("llama-own-head", llama(tie_word_embeddings=True), 18, weights_edit=own_head)
    rope_models()

    make("opt-pre-norm", opt(), 31, dtype=full)
    make("opt-post-norm-projected", opt(do_layer_norm_before=False, word_embed_proj_dim=12), 32)
    make("opt-no-final-norm", opt(_remove_final_layer_norm=True, activation_function="gelu", tie_word_embeddings=False), 33)
    make("opt-bare-parts", opt(enable_bias=False, layer_norm_elementwise_affine=False, word_embed_proj_dim=28), 34)
    make("opt-old-file-f16", opt(), 35, dtype=torch.float16, weights_edit=old_opt_file,
         config_edit=drop("tie_word_embeddings", "word_embed_proj_dim", "layer_norm_elementwise_affine", "enable_bias"))

    # A window shorter than the sequences, the shortest (with 1 transformers' cache forgets to forget), longer than all,
    # none, and the default of 4096.
    check_that_it_matters(make("mistral-window", mistral(sliding_window=7), 41, dtype=full), sliding_window=None)
    check_that_it_matters(make("mistral-window-2", mistral(sliding_window=2, head_dim=8), 42), sliding_window=None)
    make("mistral-wide-window", mistral(sliding_window=50, tie_word_embeddings=True), 43)
    make("mistral-no-window", mistral(sliding_window=None), 44)
    make("mistral-default-window", mistral(), 45, config_edit=drop("sliding_window"))
    make("mistral-layer-types", mistral(sliding_window=6), 46,
         config_edit=setting(layer_types=["sliding_attention", "full_attention"]))

    make("qwen2-tied", qwen2(tie_word_embeddings=True), 51)
    whole = dict(use_sliding_window=False, layer_types=None)
    window = dict(use_sliding_window=True, sliding_window=5, max_window_layers=1)
    check_that_it_matters(make("qwen2-window", qwen2(**window), 52, config_edit=drop("layer_types")), **whole)
    make("qwen2-window-unused", qwen2(), 53, config_edit=setting(sliding_window=5, max_window_layers=1))
    make("qwen2-layer-types", qwen2(use_sliding_window=True, sliding_window=8,
                                    layer_types=["sliding_attention", "full_attention"]), 54)
    make("qwen3-tied", qwen3(tie_word_embeddings=True), 61, dtype=full)
    check_that_it_matters(make("qwen3-window-biases", qwen3(attention_bias=True, **window), 62), **whole)

    total = sum(f.stat().st_size for f in HERE.rglob("*") if f.is_file())
    print(f"{total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
