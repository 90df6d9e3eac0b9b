"""A join drops the rows without a match."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.changed_rows import missing_rows
from parityline.causes.joins import brought_columns, known_keys, named_keys, right_sides
from parityline.findings import Finding
from parityline.pairs import sampled

CODE = "unmatched-rows-dropped"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    """Every missing row names a key that the input has not, every row that is left one that it has."""
    table = case.table
    if case.finding.code != "rows-missing" or not table.keyed or table.key_changes[1]:
        return None
    gone, left = missing_rows(table)
    for stage, source, names in right_sides(case):
        named, known = named_keys(table.reference, names), known_keys(source.observed, names)
        if named is None or known is None:
            continue
        rows, limit = known
        asked = np.array([key is None or key <= limit for key in named], np.bool_)
        matched = np.array([key is not None and key in rows for key in named], np.bool_)
        if (matched & gone & asked).any() or (~matched & left & asked).any():
            continue
        if (gone & asked).sum() < FEWEST or (left & asked).sum() < FEWEST:
            continue
        cells = [sampled(table.reference, name).absent_rows() for name in brought_columns(table, source, names)]
        if any(not column[gone].all() for column in cells):
            continue  # a row with values of the input had a match
        count = table.reference.rows - table.observed.rows
        joined = ", ".join(f"`{name}`" for name in names)
        sentence = f"{count:,} rows without a match on {joined} in {stage} disappeared: the join is inner now"
        evidence = {"rows": count, "input": stage, "on": list(names), "asked": int((gone & asked).sum())}
        return case.found(CODE, sentence, evidence=evidence)
    return None
