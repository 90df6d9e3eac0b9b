"""The model takes another value for missing."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import beside, labelled
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.slips import slipped
from parityline.findings import Finding

CODE = "missing-marker-changed"
RUNG = Rung.BESIDE
_CHANCE = 1e-9
"""That rows which differ for another reason all hold the marker must be less likely than this."""


def explain(case: Case) -> Finding | None:
    return _replayed(case) or _by_rows(case)


def _replayed(case: Case) -> Finding | None:
    found = slipped(case, "zero-missing", "missing-zero")
    if found is None or case.column is None:
        return None
    of = f"`{found.slip.of}`" if found.slip.of else "every feature"
    meaning = f"zero of {of} taken for missing" if found.slip.kind == "zero-missing" else f"missing {of} taken for zero"
    return case.found(CODE, found.sentence(case.column.name, f"served with {meaning}"), evidence=found.evidence)


def _by_rows(case: Case) -> Finding | None:
    column = case.column
    if column is None or case.table.kind != "predictions" or column.reference.type != "number":
        return None
    if column.nulls[1].any() or np.isnan(column.numbers[1]).any():
        return None  # predictions that are missing themselves
    found = []
    for other in beside(case, "number"):
        differs = column.differs[other.places]
        if len(np.unique(other.numbers)) < 2 * FEWEST:
            continue  # a flag is a segment
        for what, marked in ((" = 0", other.numbers == 0), (" missing", other.absent)):
            share = float(marked.mean())
            if not marked[differs].all() or not 0 < share < 0.9 or share ** int(differs.sum()) > _CHANCE:
                continue
            if differs[marked].mean() >= 0.5:
                found.append((other, what, int(differs.sum()), float(differs[marked].mean())))
    names = {other.name for other, *_ in found}
    if len(names) != 1:
        return None  # none, or too many to say which
    other, what, rows, share = found[0]
    name = labelled(other.stage, other.name)
    meaning = "zero is taken for missing on one side alone" if what == " = 0" else "missing is taken for another value"
    sentence = f"`{column.name}` differs only in the rows with {name}{what}: {meaning}"
    return case.found(CODE, sentence, evidence={"of": name.strip("`"), "sampled_changed": rows, "share": share})
