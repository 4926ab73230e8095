"""Runs the README's training script on the library named first, and PyTorch's checks of its operators."""
import re
import sys

import torch


def readme_script(readme):
    blocks = re.findall(r"```python\n(.*?)```", open(readme, encoding="utf-8").read(), re.S)
    found = [block for block in blocks if "load_library" in block]
    assert len(found) == 1, f"{len(found)} scripts with load_library in {readme}; 1 expected"
    return found[0]


def main(library, readme):
    torch.manual_seed(0)
    script = readme_script(readme).replace("build/release/libtauscope_torch.so", library)
    scope = {}
    exec(compile(script, readme, "exec"), scope)
    losses = scope["losses"]
    assert losses[-1] < 0.8 * losses[0], f"the script does not learn: {losses}"

    ops = torch.ops.tauscope
    assert {"fkl", "rkl", "jsd", "ab"} <= set(ops.objectives()), ops.objectives()
    assert "trl-gkd" in ops.presets()
    assert ops.statistics_columns()[:2] == ["fkl", "rkl"]

    teacher, student = torch.randn(3, 17), torch.randn(3, 17, requires_grad=True)
    targets = torch.tensor([1, -100, 4])
    checks = ("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic")
    for name in ops.objectives():
        result = torch.library.opcheck(ops.objective.default, (teacher, student, targets),
                                       {"name": name, "tau": 2.0}, test_utils=checks)
        assert all(outcome == "SUCCESS" for outcome in result.values()), (name, result)

    def loss(student):
        return ops.objective(teacher, student, targets, name="rkl", tau=3.0).sum()

    compiled = torch.compile(loss, backend="aot_eager", fullgraph=True)
    assert torch.equal(compiled(student), loss(student))
    try:
        ops.objective(teacher, student, name="unheard-of")
    except ValueError as problem:
        assert "unheard-of" in str(problem)
    else:
        raise AssertionError("an unknown objective was taken")
    print("the operators are as PyTorch expects them")


if __name__ == "__main__":
    main(*sys.argv[1:])
