"""The classes of the target have other shares in the parts, and had equal ones to the row."""

from __future__ import annotations

import math

from parityline.causes.cause import Case, Rung
from parityline.causes.splits import parts
from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.fingerprints import Fingerprint, plain
from parityline.kernel.cells import Cell

CODE = "stratification-dropped"
RUNG = Rung.ROWS
_CHANCE = 0.02
"""A split without strata that is even to the row in all parts and classes must be less likely than this."""
_MOST_CLASSES = 50


def explain(case: Case) -> Finding | None:
    pairs = [pair for pair in parts(case) if not (pair.part.startswith("fold ") and pair.part.endswith("train"))]
    target = pairs[0].reference.state.parameters.target if pairs else None
    if target is None or len(pairs) < 2 or any(target not in pair.common for pair in pairs):
        return None
    before, after = (_counts([pair.reference for pair in pairs], target), _counts([p.observed for p in pairs], target))
    if before is None or after is None or not _even(before) or _even(after):
        return None
    part, moved = _furthest(after)
    if moved < 2.0:
        return None
    shares = {pair.part: _share(after, i) for i, pair in enumerate(pairs)}
    rarest = min(_classes(after), key=lambda own: sum(counts.get(own, 0) for counts in after))
    name = next(str(plain(c)) for p in pairs for h, c in _cells(p.observed, target) if h == rarest)
    told = ", ".join(f"{percent(share)} in {own}" for own, share in list(shares.items())[:4])
    sentence = f"the share of `{target}` = {name} is {told}; research stratified, with shares equal to the row"
    return case.found(CODE, sentence, evidence={"target": target, "shares": shares, "part": pairs[part].part})


def _cells(table: Fingerprint, target: str) -> list[tuple[int, Cell]]:
    values = table.columns[target].values
    return list(zip(values.hashes, values.cells, strict=True))


def _counts(tables: list[Fingerprint], target: str) -> list[dict[int, int]] | None:
    """Rows by class in each part; None where a table of values is not complete."""
    values = [table.columns[target].values for table in tables]
    if (
        not all(own.complete and own.hashes for own in values)
        or len({h for v in values for h in v.hashes}) > _MOST_CLASSES
    ):
        return None
    return [own.counted() for own in values]


def _classes(parts_of: list[dict[int, int]]) -> set[int]:
    return {own for counts in parts_of for own in counts}


def _share(parts_of: list[dict[int, int]], part: int) -> float:
    """The share of the rarest class in a part."""
    rarest = min(_classes(parts_of), key=lambda own: sum(counts.get(own, 0) for counts in parts_of))
    return parts_of[part].get(rarest, 0) / max(1, sum(parts_of[part].values()))


def _even(parts_of: list[dict[int, int]]) -> bool:
    """No class is off by a row or more from its share of the part, which would be chance without strata."""
    total = {own: sum(counts.get(own, 0) for counts in parts_of) for own in _classes(parts_of)}
    rows = sum(total.values())
    chance = 1.0
    for i, counts in enumerate(parts_of):
        size = sum(counts.values())
        for j, (own, whole) in enumerate(sorted(total.items())):
            expected = size * whole / rows
            if abs(counts.get(own, 0) - expected) >= 1.0 + 1e-9:
                return False
            if i and j:  # the others follow from these
                spread = math.sqrt(expected * (1 - whole / rows) * (1 - size / rows))
                chance *= min(1.0, 2 / (math.sqrt(2 * math.pi) * spread)) if spread else 1.0
    return chance <= _CHANCE


def _furthest(parts_of: list[dict[int, int]]) -> tuple[int, float]:
    """The part in which a class is furthest from its share, and by how many rows."""
    total = {own: sum(counts.get(own, 0) for counts in parts_of) for own in _classes(parts_of)}
    rows = sum(total.values())
    gaps = [
        max(abs(counts.get(own, 0) - sum(counts.values()) * whole / rows) for own, whole in total.items())
        for counts in parts_of
    ]
    return max(range(len(gaps)), key=gaps.__getitem__), max(gaps)
