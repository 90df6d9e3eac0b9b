"""A missing feature reached a model that cannot take it."""

from __future__ import annotations

from parityline.causes.beside import is_absent, known, labelled, marked_upstream
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding

CODE = "null-reached-model"
RUNG = Rung.MISSING


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or case.table.kind != "predictions" or column.observed.type != "number":
        return None
    counts = [side.missing + side.shape.nans for side in (column.reference, column.observed)]
    if counts[1] <= counts[0]:
        return None
    if case.finding.code == "values-differ" and not column.cells[1].absent_rows()[column.differs].all():
        return None
    cells = known(case.table.observed, column.name)
    bad = [key for key, cell in cells.items() if is_absent(cell)]
    good = [key for key, cell in cells.items() if not is_absent(cell)]
    found = marked_upstream(case, 1, bad, good, is_absent, fewest=min(FEWEST, counts[1]))
    if found is None:
        return None
    name = labelled(*found)
    sentence = (
        f"{counts[1]:,} predictions in `{column.name}` are missing, all {len(bad):,} known ones with missing {name}"
    )
    evidence = {"of": name.strip("`"), "missing": counts, "known": len(bad)}
    sentence += ": a missing value reaches the model"
    return case.found(CODE, sentence, share=counts[1] / max(1, column.observed.rows), evidence=evidence)
