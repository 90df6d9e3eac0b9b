"""Only rows that meet a condition differ; no relation is known."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.checks.same_values import percent
from parityline.findings import Finding

CODE = "differs-in-one-segment"
RUNG = Rung.SUBSET


def explain(case: Case) -> Finding | None:
    column, condition = case.column, case.condition
    if column is None or condition is None or case.finding.code != "values-differ":
        return None
    if condition.column == column.name:
        return None  # which of its own values changed is no segment of the rows
    others = column.aligned - condition.rows
    sentence = f"`{column.name}` differs only where {condition.words} ("
    sentence += "in every" if condition.exact else f"in {percent(condition.chosen / condition.rows)}"
    sentence += f" of {condition.rows:,} sampled rows there); the other {others:,} agree exactly"
    return case.found(CODE, sentence, evidence={"condition": condition.evidence()})
