"""Two columns exchanged their contents."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.kernel.summaries import Digests
from parityline.pairs import TablePair

CODE = "columns-exchanged"
RUNG = Rung.NAME


def explain(case: Case) -> Finding | None:
    table, name = case.table, case.finding.column
    if case.finding.code != "values-differ" or name is None or not table.same_keys:
        return None
    before, after = table.reference.columns, table.observed.columns
    for other in table.once(_now_in).get(before[name].digests, []):
        if other == name or before[other].type != before[name].type:
            continue
        if before[other].digests == after[name].digests:
            sentence = f"the contents of `{name}` and `{other}` are exchanged"
            return case.found(CODE, sentence, found=other, expected=name, evidence={"exact": True, "also": other})
    return None


def _now_in(table: TablePair) -> dict[Digests, list[str]]:
    """The columns that differ, by what they hold on the observed side."""
    found: dict[Digests, list[str]] = {}
    for name in table.differing():
        found.setdefault(table.observed.columns[name].digests, []).append(name)
    return found
