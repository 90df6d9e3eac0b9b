"""A column has another name and equal content."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "column-renamed"
RUNG = Rung.NAME


def explain(case: Case) -> Finding | None:
    table = case.table
    name = case.finding.column
    if case.finding.code != "column-missing" or name is None:
        return None
    gone = table.reference.columns[name]
    for other, column in table.observed.columns.items():
        if other in table.reference.columns or not (column.summarised and gone.summarised):
            continue
        if column.type == gone.type and column.digests == gone.digests and gone.rows:
            shown = other.encode("unicode_escape").decode() if not other.isprintable() else other
            sentence = f"`{name}` is now called `{shown}`; its content is identical"
            return case.found(CODE, sentence, expected=name, found=other, evidence={"exact": True, "also": other})
    return None
