"""Parts are blocks of neighbouring rows on one side, and drawn at random on the other."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.causes.splits import facts, parts, places, same_order, sampled_places
from parityline.findings import Finding

CODE = "shuffle-changed"
RUNG = Rung.ROWS
_FEWEST = 20
"""So many rows of a part are not neighbours by chance."""


def explain(case: Case) -> Finding | None:
    pairs = parts(case)
    if len(pairs) < 2:
        return None
    if not same_order(case):
        return None  # the same rows may be neighbours in one order and none in another
    sides = [_blocks(case, side) for side in (0, 1)]
    if None in sides or sides[0] == sides[1]:
        return None
    splitters = [own.get("parameters", {}) for own in facts(case, "splitter")]
    shuffles = [own.get("shuffle") if isinstance(own, dict) else None for own in splitters]
    what = (
        "each test part is a block of neighbouring rows" if sides[1] else "the parts are drawn from all over the table"
    )
    was = "research drew them at random" if sides[1] else "research took blocks of neighbouring rows"
    sentence = f"{what}; {was}: shuffling is {'off' if sides[1] else 'on'} here"
    return case.found(CODE, sentence, evidence={"blocks": sides, "shuffle": shuffles})


def _blocks(case: Case, side: int) -> bool | None:
    """Whether all test parts are single runs of places (True) or all are scattered (False); None where not known."""
    recorded = facts(case, "positions")[side]
    tested = [pair.part for pair in parts(case) if not pair.part.endswith("train")]
    if tested and all(part in recorded for part in tested):
        found = [recorded[part] for part in tested]
        if all(isinstance(own, dict) and own["rows"] >= _FEWEST for own in found):
            return _told([own["runs"] for own in found], [own["rows"] for own in found])  # type: ignore[index]
        return None
    known = sampled_places(case, side)
    own_places = {part: own for part, own, _ in places(case, side) if part in tested}
    if known is None or set(own_places) != set(tested) or any(len(own) < _FEWEST for own in own_places.values()):
        return None
    # a run of sampled rows without another sampled row between them
    ranks = [np.searchsorted(known, own) for own in own_places.values()]
    return _told([int(np.count_nonzero(np.diff(rank) != 1)) + 1 for rank in ranks], [len(rank) for rank in ranks])


def _told(runs: list[int], rows: list[int]) -> bool | None:
    if all(own == 1 for own in runs):
        return True
    return False if all(own > max(2, rows[i] / 10) for i, own in enumerate(runs)) else None
