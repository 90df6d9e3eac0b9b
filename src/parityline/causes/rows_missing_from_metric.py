"""Labelled rows are left out of the metric because a value is missing."""

from __future__ import annotations

from parityline.causes.beside import is_absent, labelled, marked_upstream
from parityline.causes.cause import Case, Rung
from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.pairs import single_rows

CODE = "rows-missing-from-metric"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    table = case.table
    if case.finding.code != "rows-missing" or table.kind != "outcomes" or not table.keyed:
        return None
    missing, extra, _ = table.key_changes
    gone = set(missing)
    kept = [key for key in single_rows(table.reference) if key not in gone]
    found = marked_upstream(case, 0, missing, kept, is_absent) if not extra else None
    if found is None:
        return None
    rows = table.reference.rows - table.observed.rows
    share, name = rows / table.reference.rows, labelled(*found)
    sentence = f"{percent(share)} of the labelled rows are missing from the metric ({rows:,}), all with missing {name}"
    return case.found(CODE, sentence, share=share, evidence={"of": name.strip("`"), "rows": rows})
