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
    if compared is None and case.finding.code == "rows-missing":
        return _by_condition(case)
    if case.column or compared is None or not compared.lost or compared.changed or compared.doubled:
        return None
    if compared.equal == 0:
        return None
    rows = sum(compared.rows[own] for own in compared.lost)
    names = described(compared, compared.lost)
    share = rows / case.table.reference.rows
    sentence = (
        f"{names} no rows ({rows:,}, {percent(share)}); the other {compared.equal:,} partitions are {compared.alike}"
    )
    evidence = {"partitions": compared.labels(compared.lost), "rows": rows, "exact": True}
    return case.found(CODE, sentence, share=share, evidence=evidence)


def _by_condition(case: Case) -> Finding | None:
    """Without partitions: the lost rows are all those of a value, or of a time, and no others."""
    condition = case.condition
    if condition is None or not condition.exact or case.table.changes is None or case.table.changes.extra:
        return None
    kind = case.table.reference.columns[condition.column].type
    of_time = kind.startswith(("date", "timestamp")) and condition.kind in ("values", "calendar", "between")
    if not (of_time or (kind == "number" and condition.kind == "values")) or "rows" not in case.finding.evidence:
        return None  # a value of a text is as well the work of a filter
    sentence = f"all rows where {condition.words} are gone ({case.finding.evidence['rows']:,}), and no others"
    evidence = {"condition": condition.evidence(), "exact": True}
    return case.found(CODE, sentence, evidence=evidence)
