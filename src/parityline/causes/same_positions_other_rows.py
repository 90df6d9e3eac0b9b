"""A split takes the same places, and other rows stand there."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.splits import complete, facts, parts, places
from parityline.checks.same_values import percent
from parityline.findings import Finding

CODE = "same-positions-other-rows"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    pairs = parts(case)
    if not pairs or not any(pair.keyed and pair.reference.key != ("position",) for pair in pairs):
        return None
    evidence, reordered = case.finding.evidence, _rearranged(case)
    if reordered is not None:
        sentence = reordered
    elif _recorded(case) or _seen(case):
        sentence = "the same places are taken in both runs, and other rows stand there"
    else:
        return None
    if "shared" in evidence:
        sentence += f": {percent(evidence['shared'])} of the rows of a part are shared (chance: "
        sentence += f"{percent(evidence['chance'])})"
    sources = list(case.inputs().values())
    if sources and all(source.same_keys for source in sources):
        sentence += "; the input holds the same rows in another order"
    elif sources:
        rows = [
            sum(side.rows for side in sides)
            for sides in zip(*((s.reference, s.observed) for s in sources), strict=True)
        ]
        sentence += f"; the input has {rows[1]:,} rows here and had {rows[0]:,}"
    return case.found(CODE, sentence, evidence={"parts": [pair.part for pair in pairs]})


def _rearranged(case: Case) -> str | None:
    """The same splitter with the same seed was given the same rows in another order; None otherwise."""
    before, after = facts(case, "arrangement")
    splitters = facts(case, "splitter")
    if not before or before.get("keys") != after.get("keys") or before["order"] == after.get("order"):
        return None
    if not splitters[0] or splitters[0] != splitters[1]:
        return None
    parameters = splitters[0].get("parameters")
    seed = parameters.get("random_state") if isinstance(parameters, dict) else None
    drawn = "the splitter is the same" if not isinstance(seed, int) else f"seed {seed} is set"
    return f"{drawn}, but the rows are given to it in another order"


def _recorded(case: Case) -> bool:
    """All parts were given as places, and those are the same."""
    before, after = facts(case, "positions")
    return len(before) == len(parts(case)) > 0 and before == after


def _seen(case: Case) -> bool:
    """The places of all rows in an ordered input are known, and those of each part are the same."""
    if not complete(case):
        return False
    sides = [places(case, side) for side in (0, 1)]
    if len(sides[0]) != len(parts(case)) or len(sides[1]) != len(sides[0]):
        return False
    if any(
        len(own) < FEWEST or len(own) != pair.reference.rows
        for (_, own, _), pair in zip(sides[0], parts(case), strict=True)
    ):
        return False
    if any(_runs(own) <= 2 for _, own, _ in sides[0]):
        return False  # blocks of any table are at the same places
    return all(np.array_equal(a[1], b[1]) for a, b in zip(*sides, strict=True))


def _runs(own: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    return int(np.count_nonzero(np.diff(own) != 1)) + 1
