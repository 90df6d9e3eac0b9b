"""A variable changes less often than in the reference: its values are held for a while."""

from __future__ import annotations

from parityline.causes.beside import histories, is_absent
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell
from parityline.kernel.summaries import Range

CODE = "updated-less-often"
RUNG = Rung.BESIDE

_MOST = 0.9
"""More changes than this share of those of the reference are no other cadence."""


def explain(case: Case) -> Finding | None:
    """In the histories of entities, every value is what the reference held at the first row that has it in a row."""
    column = case.column
    if column is None or case.finding.code != "values-differ" or column.reference.type != column.observed.type:
        return None
    if column.is_number and _beyond(column.reference.range, column.observed.range):
        return None  # values that the reference never had, which is cheap to see
    found = histories(case)
    if found is None:
        return None
    before, after = (found.cells(side, column.name).tolist() for side in (0, 1))
    first = (found.place == 0).tolist()
    start, held, long = 0, 0, set()
    changes = [0, 0]
    for row, (old, new) in enumerate(zip(before, after, strict=True)):
        if first[row] or not _same(new, after[row - 1]):
            start = row
        if not first[row]:
            changes[0] += not _same(old, before[row - 1])
            changes[1] += start == row
        if _same(old, new):
            continue
        if start == row or is_absent(old) or is_absent(new) or not _same(new, before[start]):
            return None
        held += 1
        long.add(start)
    # one value that is held for long is stuck; several are updates that come less often
    if held < FEWEST or len(long) < FEWEST or len({repr(after[row]) for row in long}) < FEWEST:
        return None
    if not 0 < changes[1] <= _MOST * changes[0]:
        return None
    rows = len(first) - sum(first)
    sentence = f"`{column.name}` changes in {changes[1]:,} of {rows:,} steps of the histories that are kept, "
    sentence += f"{changes[0]:,} in the reference: each value of then is held until the next update"
    return case.found(CODE, sentence, evidence={"steps": rows, "changes": changes, "held": held})


def _beyond(before: Range, after: Range) -> bool:
    low, high, least, most = before.minimum, before.maximum, after.minimum, after.maximum
    if not all(isinstance(own, float) for own in (low, high, least, most)):
        return False
    return bool(least < low or most > high)  # type: ignore[operator]


def _same(a: Cell, b: Cell) -> bool:
    return a == b or (is_absent(a) and is_absent(b))
