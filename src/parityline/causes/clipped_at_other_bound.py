"""Values are clipped at another bound."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint

CODE = "clipped-at-other-bound"
RUNG = Rung.BESIDE


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    column = case.column
    if found is None or column is None or column.reference.type != "number" or case.table.kind == "predictions":
        return None
    before, after = (side[column.differs] for side in column.numbers)
    if len(np.unique(before)) < 2 and len(np.unique(after)) < 2:
        return None  # one value for another is a constant
    kept = column.numbers[0][~column.differs]
    if np.isfinite(kept).sum() < FEWEST:
        return None  # a clip leaves what lies between the bounds as it is
    explained = np.zeros(len(before), np.bool_)
    moved: list[tuple[str, float, float, float | None, float | None]] = []
    for what, sign in (("", 1), (" from below", -1)):
        then, now = _end(column.reference, sign), _end(column.observed, sign)
        if then is None or now is None or then == now:
            continue
        (old, old_rows), (new, new_rows) = then, now
        if max(old_rows, new_rows) < FEWEST:
            continue  # neither side is clipped here
        tighter = sign * new < sign * old
        own, other, bound = (after, before, new) if tighter else (before, after, old)
        here = (own == bound) & (sign * other > sign * bound)
        if here.any():
            explained |= here
            shares = old_rows / column.reference.rows, new_rows / column.observed.rows
            rows = [
                None if count < FEWEST else share for count, share in zip((old_rows, new_rows), shares, strict=True)
            ]
            moved.append((what, old, new, rows[0], rows[1]))
    if not moved or not explained.all():
        return None
    told = " and ".join(_told(*one) for one in moved)
    evidence = {"bounds": [[old, new] for _, old, new, _, _ in moved], "shares": [list(m[3:]) for m in moved]}
    return case.found(CODE, f"`{column.name}` {told}", evidence=evidence)


def _told(what: str, old: float, new: float, own: float | None, share: float | None) -> str:
    """own, share: of the rows that hold the bound of research and of this side; None where that side has none."""
    if share is None:
        return f"is clipped no more; research clipped at {old:.6g}{what} ({percent(own or 0.0)})"
    then = "did not clip" if own is None else f"clipped at {old:.6g} ({percent(own)})"
    return f"is clipped at {new:.6g}{what}, which {percent(share)} of the rows hold; research {then}"


def _end(column: ColumnFingerprint, sign: int) -> tuple[float, int] | None:
    """The largest (or, of sign -1, the smallest) value and its rows; so many that hold it make it a clip."""
    ends = column.range
    cell, rows = (ends.maximum, ends.at_maximum) if sign > 0 else (ends.minimum, ends.at_minimum)
    return (cell, rows) if isinstance(cell, float) and np.isfinite(cell) else None
