"""A query takes some of the rows without an order, so that any others may come."""

from __future__ import annotations

import re

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "order-undefined"
RUNG = Rung.ROWS

_TAKES = re.compile(r"\b(limit\s+\d+|fetch\s+(?:first|next)\s+\d+|top\s*\(?\s*\d+|(?:table|using\s+)?sample\b)", re.I)
_ORDERED = re.compile(r"\border\s+by\b", re.I)
_TEXT = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", re.S)


def explain(case: Case) -> Finding | None:
    """The observed query takes so many rows and names no order; as many as in the reference came, and other ones.

    The table that they are taken from is equal on both sides, so that nothing else has changed.
    """
    table, context = case.table, case.context
    if context is None or case.finding.code not in ("rows-missing", "rows-extra", "rows-differ"):
        return None
    queries = [_bare(str(stage.facts.get("process", {}).get("query") or "")) for stage in context.stages]
    taken = _TAKES.search(queries[1])
    if taken is None or _ORDERED.search(queries[1]) or table.reference.rows != table.observed.rows:
        return None
    if not context.inputs.keys() >= set(context.stages[0].inputs) or not _TAKES.search(queries[0]):
        return None
    if not all(source.identical for source in context.inputs.values()):
        return None
    before = "the reference has one" if _ORDERED.search(queries[0]) else "nor has the reference"
    sentence = f"the extract is not repeatable: {taken[0].strip().upper()} without ORDER BY ({before}) gave other "
    sentence += f"{table.observed.rows:,} rows of the same table"
    evidence = {"takes": taken[0].strip(), "ordered": [bool(_ORDERED.search(query)) for query in queries]}
    return case.found(CODE, sentence, evidence=evidence)


def _bare(query: str) -> str:
    """Without texts, quoted names and comments, in which the words of SQL mean nothing."""
    return _TEXT.sub(" ", query)
