"""Missing values are filled with the row before, and with a constant in the reference."""

from __future__ import annotations

from parityline.causes.beside import histories, is_absent
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell

CODE = "filled-forward"
RUNG = Rung.BESIDE


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != column.observed.type:
        return None
    found = histories(case)
    if found is None:
        return None
    before, after = (found.cells(side, column.name).tolist() for side in (0, 1))
    first = (found.place == 0).tolist()
    changed = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if not _same(a, b)]
    seen = [i for i in changed if not first[i]]
    if len(seen) < FEWEST or any(is_absent(after[i]) or not _same(after[i], after[i - 1]) for i in seen):
        return None
    fills = {None if is_absent(before[i]) else before[i] for i in changed}
    steady = [i for i in range(1, len(after)) if not first[i] and not _same(before[i], before[i - 1])]
    # in a column that seldom changes, the row before is always the same, and proves nothing
    if len(fills) != 1 or len({after[i] for i in seen}) < FEWEST or len(steady) < first.count(False) / 2:
        return None
    if any(not is_absent(after[i]) for i in changed if first[i]):
        return None
    fill = fills.pop()
    research = (
        "left them missing"
        if fill is None
        else "filled with " + (f"{fill:.6g}" if isinstance(fill, float) else "a constant")
    )
    sentence = f"missing values of `{column.name}` are filled forward, with the row before; research {research}"
    return case.found(CODE, sentence, evidence={"fill": fill if isinstance(fill, float) else None, "rows": len(seen)})


def _same(a: Cell, b: Cell) -> bool:
    return a == b or (is_absent(a) and is_absent(b))
