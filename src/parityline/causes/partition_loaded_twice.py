"""One or more partitions occur exactly twice; the others are equal."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.causes.partitions import described, partitions
from parityline.findings import Finding

CODE = "partition-loaded-twice"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    compared = partitions(case.table)
    if case.column or compared is None or not compared.doubled or compared.lost or compared.changed:
        return None
    if compared.equal == 0:
        return None
    rows = sum(compared.rows[own] for own in compared.doubled)
    names = described(compared, compared.doubled)
    sentence = f"{names} loaded twice ({rows:,} rows)"
    evidence = {"partitions": compared.labels(compared.doubled), "rows": rows, "exact": True}
    return case.found(CODE, sentence, share=rows / case.table.reference.rows, evidence=evidence)
