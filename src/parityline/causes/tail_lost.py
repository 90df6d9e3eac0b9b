"""All rows after a point are gone."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.changed_rows import missing_rows
from parityline.findings import Finding
from parityline.fingerprints import plain
from parityline.pairs import sampled

CODE = "tail-lost"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    """Every missing row of the sample stands behind every row that is left: by its place, else by its key."""
    table = case.table
    if case.finding.code != "rows-missing" or not table.keyed or table.key_changes[1]:
        return None
    gone, left = missing_rows(table)
    rows = table.reference.rows - table.observed.rows
    if gone.sum() < FEWEST or not left.any():
        return None
    name = table.reference.key[0]
    column, last = table.observed.columns[name], table.observed.columns[name].range.maximum
    if len(table.reference.key) == 1 and isinstance(last, (int, float)) and column.type != "boolean":
        cells = sampled(table.reference, name)
        distinct = cells.distinct
        keys = [distinct[i] for i in np.unique(cells.index[gone]).tolist()]
        if all(isinstance(key, (int, float)) and key > last for key in keys):
            return _found(case, rows, name, _shown(last, column.type))
    sample = table.reference.state.sample
    places = np.array(sample.positions, np.int64)
    if len(places) != len(gone) or places[gone].min() <= places[left].max():
        return None
    return _found(case, rows, "row", f"{table.observed.rows:,}") if places[gone].min() >= table.observed.rows else None


def _found(case: Case, rows: int, by: str, last: str) -> Finding:
    sentence = f"the table ends early: all {rows:,} rows after {by} {last} are missing"
    return case.found(CODE, sentence, evidence={"rows": rows, "by": by, "last": last, "exact": True})


def _shown(last: float, logical: str) -> str:
    if logical == "date" or logical.startswith("timestamp"):
        return str(np.datetime64(int(last), "D" if logical == "date" else "ns"))
    number = plain(last)
    return f"{number:,}" if isinstance(number, int) else str(number)
