"""A query takes some of the rows without an order, so that any others may come."""

from __future__ import annotations

import re

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.queries import bare

CODE = "order-undefined"
RUNG = Rung.ROWS

_TAKES = re.compile(r"\b(limit\s+\d+|fetch\s+(?:first|next)\s+\d+|top\s*\(?\s*\d+|(?:table|using\s+)?sample\b)", re.I)
_ORDERED = re.compile(r"\border\s+by\b", re.I)


def explain(case: Case) -> Finding | None:
    """The observed query names no order, and its result differs by nothing else.

    Either it takes so many rows, and as many as in the reference came, other ones; or the same rows came in another
    order to a step that depends on it. The tables that they are taken from are equal on both sides.
    """
    table, context = case.table, case.context
    if context is None or not context.inputs.keys() >= set(context.stages[0].inputs):
        return None
    if not all(source.identical for source in context.inputs.values()):
        return None
    queries = [bare(str(stage.facts.get("process", {}).get("query") or "")) for stage in context.stages]
    if not queries[1].strip() or _ORDERED.search(queries[1]):
        return None
    before = "the reference has one" if _ORDERED.search(queries[0]) else "nor has the reference"
    evidence = {"ordered": [bool(_ORDERED.search(query)) for query in queries]}
    if case.finding.code == "order-differs":
        sentence = f"the same {table.observed.rows:,} rows in another order: the query has no ORDER BY ({before}), and "
        sentence += "the next step depends on it"
        return case.found(CODE, sentence, evidence=evidence)
    taken = _TAKES.search(queries[1])
    if case.finding.code not in ("rows-missing", "rows-extra", "rows-differ") or taken is None:
        return None
    if table.reference.rows != table.observed.rows or not _TAKES.search(queries[0]):
        return None
    sentence = f"the extract is not repeatable: {taken[0].strip().upper()} without ORDER BY ({before}) gave other "
    sentence += f"{table.observed.rows:,} rows of the same table"
    return case.found(CODE, sentence, evidence={"takes": taken[0].strip(), **evidence})
