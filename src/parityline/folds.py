"""The parts of a split that are folds of a splitter: their names, and how they are told."""

from __future__ import annotations

from collections.abc import Mapping


def names(number: int) -> tuple[str, str]:
    """The names of the parts that a fold trains on and is tested on; folds are counted from 1."""
    return f"fold {number} train", f"fold {number} test"


def fold_of(part: str) -> int | None:
    """The number of the fold that a part belongs to; None for a part that is no fold."""
    words = part.split()
    return int(words[1]) if len(words) == 3 and words[0] == "fold" and words[1].isdecimal() else None


def told(sizes: Mapping[str, int]) -> str:
    """The parts and their rows in few words: folds as one, whose sizes are a range where they differ."""
    folds = {fold for part in sizes if (fold := fold_of(part)) is not None}
    if not folds or len(folds) * 2 != len(sizes):
        return ", ".join(f"{part} {rows:,}" for part, rows in sizes.items())
    ranges = []
    for side in ("train", "test"):
        rows = [size for part, size in sizes.items() if part.endswith(side)]
        low, high = min(rows), max(rows)
        ranges.append(f"{side} {low:,}" + (f" to {high:,}" if high > low else ""))
    return f"{len(folds)} folds, each {', '.join(ranges)}"
