"""A lag or a window is shifted by whole rows."""

from __future__ import annotations

from parityline.causes.beside import histories, is_absent
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell

CODE = "window-shifted"
RUNG = Rung.BESIDE
_MOST = 7
"""Rows by which windows are tried to be shifted."""


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != column.observed.type:
        return None
    found = histories(case)
    if found is None:
        return None
    before, after = (found.cells(side, column.name).tolist() for side in (0, 1))
    owner = found.owner.tolist()
    steps = {b - a for a, b in zip(before, after, strict=True) if isinstance(a, float) and isinstance(b, float)}
    if len(steps) == 1:
        return None  # a running number that is larger everywhere looks like one of a later row
    for shift in (step * sign for step in range(1, _MOST + 1) for sign in (1, -1)):
        pairs = [
            (before[i], after[i], before[i + shift])
            for i in range(max(0, -shift), min(len(after), len(after) - shift))
            if owner[i] == owner[i + shift]
        ]
        # what is the same in all rows of an entity, and where one row differs, would look shifted
        moved = [later for own, _, later in pairs if not _same(own, later) and not is_absent(later)]
        if len(set(moved)) < 2 * FEWEST or not all(_same(a, later) for _, a, later in pairs):
            continue
        sentence = f"`{column.name}` holds what research has {abs(shift)} row{'s' * (abs(shift) > 1)} "
        sentence += "later: it sees rows that come after those it may see" if shift > 0 else "earlier: it lags behind"
        return case.found(CODE, sentence, evidence={"rows_later": shift, "sampled": len(pairs)})
    return None


def _same(a: Cell, b: Cell) -> bool:
    return a == b or (is_absent(a) and is_absent(b))
