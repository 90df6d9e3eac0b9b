"""Rows are gone without a pattern: a loss in transfer, not a filter."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import TablePair

CODE = "rows-lost"
RUNG = Rung.LOST


def explain(case: Case) -> Finding | None:
    table = case.table
    if case.finding.code != "rows-missing" or not case.finding.evidence.get("exact"):
        return None
    if table.keyed and pattern(table) is not None:
        return None
    rows = case.finding.evidence.get("rows", 0)
    if not table.observed.rows:
        return case.found(CODE, f"all {rows:,} rows are gone")
    spread = ", without a pattern in the sampled columns" if table.keyed else ""
    sentence = f"{rows:,} of {table.reference.rows:,} rows are lost{spread}"
    return case.found(CODE, sentence)


def pattern(table: TablePair) -> str | None:
    """A column of which all missing sampled rows hold one value, although few of the reference do; None without one."""
    missing = set(table.key_changes[0])
    sample = table.reference.state.sample
    gone = np.array([sample.keys[owner] in missing for owner in sample.owner], np.bool_)
    if gone.sum() < FEWEST or gone.all():
        return None
    for name, cells in zip(table.reference.state.sampled_columns, sample.columns, strict=bool(sample.columns)):
        held = np.unique(cells.index[gone])
        if len(held) == 1 and float(np.mean(cells.index == held[0])) ** int(gone.sum()) < 1e-6:
            return name
    return None
