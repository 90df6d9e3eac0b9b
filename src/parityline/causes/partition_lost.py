"""All rows of one or more partitions are gone; the others are equal."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.causes.partitions import described, partitions
from parityline.checks.same_values import percent
from parityline.findings import Finding

CODE = "partition-lost"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    compared = partitions(case.table)
    if case.column or compared is None or not compared.lost or compared.changed or compared.doubled:
        return None
    if compared.equal == 0:
        return None
    rows = sum(compared.rows[own] for own in compared.lost)
    names = described(compared, compared.lost)
    share = rows / case.table.reference.rows
    sentence = f"{names} no rows ({rows:,}, {percent(share)}); the other {compared.equal:,} partitions are identical"
    evidence = {"partitions": compared.labels(compared.lost), "rows": rows, "exact": True}
    return case.found(CODE, sentence, share=share, evidence=evidence)
