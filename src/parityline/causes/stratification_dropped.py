"""The classes of the target have other shares in the parts, and had equal ones to the row."""

from __future__ import annotations

import math

from parityline.causes.cause import Case, Rung
from parityline.causes.splits import columns_beside, declared, overlapping, splitters_of, tested
from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.fingerprints import Fingerprint, plain
from parityline.kernel.cells import Cell
from parityline.kernel.values_hash import cell_hashes

CODE = "stratification-dropped"
RUNG = Rung.ROWS
_CHANCE = 0.02
"""A split without strata that is even to the row in all parts and classes must be less likely than this."""
_MOST_CLASSES = 50


def explain(case: Case) -> Finding | None:
    """By the target in the tables of the parts, or beside their rows in an input."""
    pairs = tested(case)
    if len(pairs) < 2 or overlapping(case):
        return None
    target = pairs[0].reference.state.parameters.target
    if target is not None and all(target in pair.common for pair in pairs):
        before, after = _counts([p.reference for p in pairs], target), _counts([p.observed for p in pairs], target)
        names = {own: cell for pair in pairs for own, cell in _cells(pair.observed, target)}
        most = 1.0 if _said(case) else _CHANCE
        return None if before is None or after is None else _told(case, target, before, after, names, most=most)
    targets = declared(case, "target")
    asked = [own for own in columns_beside(case) if max(c.distinct_count for c in own.cells) <= _MOST_CLASSES]
    for own in sorted(asked, key=lambda own: (own.column not in targets, own.column)):
        meant = _said(case) and own.column in targets
        if not own.whole and not meant:
            continue
        before, after = (own.by_part(side, len(pairs)) for side in (0, 1))
        names = dict(zip(cell_hashes(own.cells[1], own.logical, 0), own.cells[1].distinct, strict=True))
        # of many columns one is even by chance, and the splitter does not say of which it took the strata
        most = 1.0 if meant else _CHANCE / len(asked)
        found = _told(case, own.column, before, after, names, most=most, whole=own.whole)
        if found is not None:
            return found
    return None


def _told(
    case: Case,
    target: str,
    before: list[dict[int, int]],
    after: list[dict[int, int]],
    names: dict[int, Cell],
    *,
    most: float,
    whole: bool = True,
) -> Finding | None:
    """most: the largest chance of even shares that is believed to be none. whole: every row is counted.

    Shares are exact then; of a sample only what the splitters are is known.
    """
    part, moved = _furthest(after)
    lucky = _even(after, 1.0) or moved < 2.0
    if whole and (not _even(before, most) or (lucky and not _said(case))):
        return None
    pairs = tested(case)
    shares = {pair.part: _share(after, i) for i, pair in enumerate(pairs)}
    rarest = min(_classes(after), key=lambda own: sum(counts.get(own, 0) for counts in after))
    told = ", ".join(f"{percent(share)} in {own}" for own, share in list(shares.items())[:4])
    sentence = f"the share of `{target}` = {plain(names[rarest])} is {told}; "
    sentence += "by chance they are nearly even, but " if whole and lucky else ""
    sentence += "research stratified" + (
        ", with shares equal to the row" if whole else "; the shares are those of a sample"
    )
    evidence = {"target": target, "shares": shares, "part": pairs[part].part, "exact": whole}
    return case.found(CODE, sentence, evidence=evidence)


def _said(case: Case) -> bool:
    """Whether the splitter of the reference stratifies by its class, and that of the observed side does not."""
    before, after = splitters_of(case)
    return "Stratified" in before and bool(after) and "Stratified" not in after


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


def _even(parts_of: list[dict[int, int]], most: float) -> bool:
    """No class is off by a row or more from its share of the part, which has at most this chance without strata."""
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
    return chance <= most


def _furthest(parts_of: list[dict[int, int]]) -> tuple[int, float]:
    """The part in which a class is furthest from its share, and by how many rows."""
    total = {own: sum(counts.get(own, 0) for counts in parts_of) for own in _classes(parts_of)}
    rows = sum(total.values())
    gaps = [
        max(abs(counts.get(own, 0) - sum(counts.values()) * whole / rows) for own, whole in total.items())
        for counts in parts_of
    ]
    return max(range(len(gaps)), key=gaps.__getitem__), max(gaps)
