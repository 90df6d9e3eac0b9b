"""Missing values became one number or text that stands for missing."""

from __future__ import annotations

import math

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint, plain
from parityline.kernel.cells import Cell

CODE = "null-became-sentinel"
RUNG = Rung.MISSING


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None:
        return None
    before, after = column.reference, column.observed
    filled = before.missing + before.shape.nans - after.missing - after.shape.nans
    if filled <= 0 or not column.aligned or column.hidden:
        return None
    changed = column.changed
    values = {b for a, b in changed if a is None or a != a}
    if len(values) != 1 or any(a is not None and a == a for a, _ in changed):
        return None
    value = values.pop()
    if value is None or (isinstance(value, float) and not _is_marker(value, before, len(changed))):
        return None
    if case.table.kind == "features" and not _stands_for_missing(value, before):
        return None  # imputed
    shown = plain(value)
    sentence = f"`{column.name}`: the {filled:,} missing values are {shown!r} now"
    return case.found(
        CODE,
        sentence,
        share=filled / max(1, after.rows),
        expected=None,
        found=shown,
        evidence={"filled": filled, "value": shown},
    )


def _stands_for_missing(value: Cell, column: ColumnFingerprint) -> bool:
    """Whether a number beyond all others is -1, nines, or no number at all, as imputers seldom choose it."""
    low, high = column.range.minimum, column.range.maximum
    if not isinstance(value, float) or not isinstance(low, float) or not isinstance(high, float):
        return False
    digits = "" if not math.isfinite(value) else f"{abs(value):.10g}".replace(".", "")
    return not low <= value <= high and (value == -1 or set(digits) <= {"9"})


def _is_marker(value: float, before: ColumnFingerprint, seen: int) -> bool:
    """A whole number or an infinity, seen more than once; a mean is seldom whole."""
    return seen > 1 and (not math.isfinite(value) or value == round(value))
