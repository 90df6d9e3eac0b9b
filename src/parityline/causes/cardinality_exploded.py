"""A field has far more values than in the reference."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.kernel.values_hash import cell_hashes
from parityline.pairs import sampled

CODE = "cardinality-exploded"
RUNG = Rung.CATEGORY

_TIMES = 10
_LEAST_MORE = 50
_ROWS_PER_VALUE = 10
"""With fewer rows for each value the field held no codes, in the reference."""
_LEAST_OUTSIDE = 0.01


def explain(case: Case) -> Finding | None:
    """All values of the reference are known, and few for its rows; most of the observed ones are not among them."""
    column, new_rows = case.column, case.table.rows_kind == "new"
    asked = "categories-differ" if new_rows else "values-differ"
    if column is None or case.finding.code != asked or column.reference.type != column.observed.type:
        return None
    before, after = column.reference, column.observed
    if before.type != "text" or not before.values.complete or not after.rows:
        return None
    values, now = before.distinct, after.distinct
    if values * _ROWS_PER_VALUE > before.rows or now < _TIMES * values or now - values < _LEAST_MORE:
        return None
    known = set(before.values.counted())
    kept = after.values.counted()
    outside = sum(own not in known for own in kept) / max(1, len(kept))
    share = _share_of_new_rows(case, known) if new_rows else _share_outside(case, known)
    if outside < 1 - 2 / _TIMES or share is None or share < _LEAST_OUTSIDE:
        return None
    about = "" if after.values.complete else "about "
    sentence = f"`{column.name}` has {about}{now:,.0f} values in {after.rows:,} rows; the reference has {values:,.0f}, "
    sentence += f"and {percent(share)} of the sampled rows " + (
        "hold a value that it does not have" if new_rows else "that have a value there hold another one"
    )
    evidence = {"distinct": [values, now], "exact": after.values.complete, "outside": share}
    return case.found(CODE, sentence, evidence=evidence)


def _share_of_new_rows(case: Case, known: set[int]) -> float | None:
    """Of the sampled observed rows that have a value, the share whose value the reference does not have."""
    assert case.column is not None
    cells = sampled(case.table.observed, case.column.name)
    there = ~cells.null_rows()
    if not there.any():
        return None
    hashes = cell_hashes(cells, case.column.observed.type, case.column.seed)
    outside = np.array([own not in known for own in hashes], np.bool_)
    return float(outside[cells.index[there]].mean())


def _share_outside(case: Case, known: set[int]) -> float | None:
    """Of the sampled rows that have a value in the reference, the share whose value now it does not have."""
    column = case.column
    if column is None or not column.aligned:
        return None
    cells = column.cells[1]
    hashes = cell_hashes(cells, column.observed.type, column.seed)
    new = [cell is not None and own not in known for cell, own in zip(cells.distinct, hashes, strict=True)]
    held = ~column.nulls[0]
    return float(np.mean(np.array(new, np.bool_)[cells.index][held])) if held.any() else None
