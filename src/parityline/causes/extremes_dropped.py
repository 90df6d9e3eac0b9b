"""The rows with the largest or smallest values are dropped."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import TablePair, sampled

CODE = "extremes-dropped"
RUNG = Rung.ROWS
_MOST = 0.2
"""More than this share of the rows are no extremes."""


def explain(case: Case) -> Finding | None:
    table = case.table
    rows = table.reference.rows - table.observed.rows
    if case.finding.code != "rows-missing" or not table.keyed or table.kind not in ("features", "etl"):
        return None
    gone = set(table.key_changes[0])
    if table.key_changes[1] or not 0 < rows <= _MOST * table.reference.rows or len(gone) < FEWEST:
        return None
    sample = table.reference.state.sample
    missing = np.array([sample.keys[owner] in gone for owner in sample.owner], np.bool_)
    if _behind(table, missing):
        return None
    found: list[tuple[str, str, float, float]] = []
    differing = set(table.differing())
    for name in table.common:
        before, after = table.reference.columns[name], table.observed.columns[name]
        if before.type != "number" or before.type != after.type or before.distinct < 20 or name in differing:
            continue
        low, high = after.range.minimum, after.range.maximum
        values = sampled(table.reference, name).as_floats()
        if not isinstance(low, float) or not isinstance(high, float) or len(values) != len(missing):
            continue
        if len(np.unique(values[missing])) < FEWEST:
            continue
        ends = {"largest": values > high, "smallest": values < low, "most extreme": (values > high) | (values < low)}
        # the extremes of the observed side are exact, so what lies beyond them can be no kept row
        end = next((end for end, beyond in ends.items() if beyond[missing].all()), None)
        if end is not None:
            found.append((name, end, low, high))
    if any(name in table.reference.key for name, *_ in found) or not found:
        return None  # the last rows by key
    # what is computed from a column has its extremes in the same rows: the column of most values is named
    name, end, low, high = max(found, key=lambda answer: table.reference.columns[answer[0]].distinct)
    sentence = f"the {rows:,} rows with the {end} `{name}` were dropped: none is left outside {low:.6g} to {high:.6g}"
    also = [other for other, *_ in found if other != name]
    if also:
        shown = ", ".join(f"`{other}`" for other in also[:3]) + (", ..." if len(also) > 3 else "")
        sentence += f"; they are the extremes of {shown} too"
    evidence = {"of": name, "end": end, "bounds": [low, high], "rows": rows, "sampled": len(gone), "alike": also}
    return case.found(CODE, sentence, evidence=evidence)


def _behind(table: TablePair, missing: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> bool:
    """Whether all missing rows are later, or earlier, than those that are left: rows of a period, not extremes."""
    for name in table.common:
        column = table.observed.columns[name]
        first, last = column.range.minimum, column.range.maximum
        if not column.type.startswith(("date", "timestamp")) or not isinstance(first, int) or not isinstance(last, int):
            continue
        times = sampled(table.reference, name).as_floats()[missing]
        if len(times) and ((times > last).all() or (times < first).all()):
            return True
    return False
