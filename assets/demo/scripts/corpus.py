"""Writes the demo corpus: train, valid and test in Dolly's form, and two parts in Self-Instruct's form.

    python corpus.py OUT_DIR [--seed 7] [--stream FILE]

Every pair has a key that names its item (what is asked of what); a hash of the key alone puts it on the
training or on the held-out side, so the parts share skills but no item. A held-out fact may still be met
in training from another side (the opposite of hot there, of cold here), which is how a model can know
it. The same seed gives the same bytes.

--stream writes the longer text that the teacher reads: the two training parts and further pairs from the
training side of the same grammars (it is not kept in the repository; no prompt of a held-out part is in
it).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from pathlib import Path

import skills_facts  # noqa: F401  the imports register the grammars
import skills_numbers  # noqa: F401
import skills_reading  # noqa: F401
import skills_words  # noqa: F401
import skills_stories  # noqa: F401
import skills_everyday  # noqa: F401
import skills_tasks  # noqa: F401
from common import DOLLY_SKILLS, SELF_INSTRUCT_SKILLS, Pair, Skill

DOLLY_COUNTS = {"train": 3000, "valid": 200, "test": 300}
SELF_INSTRUCT_COUNTS = {"train": 400, "test": 100}
TRIES_PER_PAIR = 60
# The teacher's text beside the training parts. Its second part has more of the skills that read a text and copy from
# it, which small models learn last.
STREAM_COUNTS = {"dolly": 14600, "self_instruct": 2000}
SECOND_STREAM_COUNTS = {"dolly": 22000, "self_instruct": 2000}
READING = {"closed_qa", "information_extraction", "summarization"}
READING_FACTOR = 3


def part_of(key: str) -> str:
    bucket = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % 100
    return "train" if bucket < 82 else "valid" if bucket < 89 else "test"


def quotas(skills: list[Skill], total: int) -> list[int]:
    """Splits a total over the skills by weight; the rounding is spread so that the sum is exact."""
    weights = sum(s.weight for s in skills)
    result, carried = [], 0.0
    for s in skills:
        carried += s.weight * total / weights
        result.append(round(carried) - sum(result))
    return result


def draw(
    skills: list[Skill], part: str, total: int, rng: random.Random, seen: set
) -> list[tuple[Skill, Pair]]:
    """`total` different pairs of one part. A skill whose items run out leaves its rest to the others."""
    pairs: list[tuple[Skill, Pair]] = []
    wanted = quotas(skills, total)
    while sum(wanted):
        missing = 0
        alive = []
        for s, quota in zip(skills, wanted):
            for done in range(quota):
                pair = next(
                    (
                        p
                        for p in (s.make(rng) for _ in range(TRIES_PER_PAIR))
                        if part_of(p.key) == part and (p.instruction, p.context) not in seen
                    ),
                    None,
                )
                if pair is None:
                    missing += quota - done
                    break
                seen.add((pair.instruction, pair.context))
                pairs.append((s, pair))
            else:
                alive.append(s)
        skills, wanted = alive, quotas(alive, missing)
    rng.shuffle(pairs)
    return pairs


def draw_stream(
    skills: list[Skill], total: int, rng: random.Random, held_out: set, reading_factor: int = 1
) -> list[tuple[Skill, Pair]]:
    """Pairs of the training side by the skills' weights; a prompt may come again with another right answer."""
    weights = [s.weight * (reading_factor if s.category in READING else 1) for s in skills]
    pairs = []
    while len(pairs) < total:
        s = rng.choices(skills, weights)[0]
        pair = s.make(rng)
        if part_of(pair.key) == "train" and (pair.instruction, pair.context) not in held_out:
            pairs.append((s, pair))
    return pairs


def dolly_record(s: Skill, p: Pair, _number: int) -> dict:
    return {
        "instruction": p.instruction,
        "context": p.context,
        "response": p.response,
        "category": s.category,
    }


def self_instruct_record(s: Skill, p: Pair, number: int) -> dict:
    return {
        "id": f"{s.name}_{number}",
        "instruction": p.instruction,
        "instances": [{"input": p.context, "output": p.response}],
    }


def write_lines(path: Path, records: list[dict]) -> None:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    print(f"{path.name}: {len(records)} pairs")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--stream", type=Path)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(args.seed)
    seen: set = set()
    held_out: set = set()
    training: list[dict] = []

    def write_part(name: str, part: str, total: int, skills: list[Skill], record) -> None:
        pairs = draw(skills, part, total, rng, seen)
        records = [record(s, p, i) for i, (s, p) in enumerate(pairs)]
        write_lines(args.out / f"{name}.jsonl", records)
        if part == "train":
            training.extend(records)
        else:
            held_out.update((p.instruction, p.context) for _, p in pairs)

    def stream(counts: dict[str, int], reading_factor: int) -> list[dict]:
        dolly = draw_stream(DOLLY_SKILLS, counts["dolly"], rng, held_out, reading_factor)
        tasks = draw_stream(SELF_INSTRUCT_SKILLS, counts["self_instruct"], rng, held_out)
        return [dolly_record(s, p, i) for i, (s, p) in enumerate(dolly)] + [
            self_instruct_record(s, p, i) for i, (s, p) in enumerate(tasks)
        ]

    for part, total in DOLLY_COUNTS.items():
        write_part(part, part, total, DOLLY_SKILLS, dolly_record)
    for part, total in SELF_INSTRUCT_COUNTS.items():
        write_part(f"self_instruct_{part}", part, total, SELF_INSTRUCT_SKILLS, self_instruct_record)
    if args.stream:
        training += stream(STREAM_COUNTS, 1)
        rng.shuffle(training)
        more = stream(SECOND_STREAM_COUNTS, READING_FACTOR)
        rng.shuffle(more)
        write_lines(args.stream, training + more)


if __name__ == "__main__":
    main()
