"""The header was read as data, or the first row of the data was taken for the header."""

from __future__ import annotations

import re
from dataclasses import replace

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell, Cells
from parityline.kernel.summaries.digests import MODULUS
from parityline.kernel.values_hash import cell_hashes
from parityline.pairs import TablePair

CODE = "header-misread"
RUNG = Rung.ROWS

_MANGLED = re.compile(r"\.[0-9]+$|^Unnamed: ")


def explain(case: Case) -> Finding | None:
    code = case.finding.code
    rows = header_rows(case.table) if code in ("rows-extra", "rows-missing", "type-differs") else None
    if rows:
        what = "one row holds" if rows == 1 else f"{rows:,} rows hold"
        sentence = f"{what} the names of the columns: the header was read as data"
        if case.finding.column:
            sentence = f"`{case.finding.column}` is text, as {sentence}"
        return case.found(CODE, sentence, evidence={"rows": rows, "exact": True})
    if code not in ("rows-missing", "column-missing", "column-extra") or not _names_are_values(case.table):
        return None
    names = case.table.facts[1]["columns"]
    shown = ", ".join(f"`{name}`" for name in names[:4]) + (", ..." if len(names) > 4 else "")
    sentence = f"the columns are called {shown}, which are values of the first row: it was taken for the header"
    found = case.found(CODE, sentence, evidence={"names": names[:50], "exact": True})
    return replace(found, severity=case.finding.severity)


def header_rows(table: TablePair) -> int | None:
    """How many rows more there are, if in every column as many texts more are the name of their column."""
    rows = table.observed.rows - table.reference.rows
    if rows <= 0 or table.reference.columns.keys() != table.observed.columns.keys() or not table.common:
        return None
    for name in table.common:
        before, after = table.reference.columns[name], table.observed.columns[name]
        if after.type != "text":
            return None
        more = after.form.named().get("own_name", 0)
        if before.type == "text":
            more -= before.form.named().get("own_name", 0)
        if more != rows:
            return None
    return rows


def _names_are_values(table: TablePair) -> bool:
    """One row is gone, and from each column the value that is now its name."""
    before, after = (facts.get("columns", []) for facts in table.facts)
    if table.reference.rows != table.observed.rows + 1 or len(before) != len(after) or before == after:
        return False
    seed, matched = table.reference.state.parameters.seed, 0
    for old, new in zip(before, after, strict=True):
        a, b = table.reference.columns[old], table.observed.columns[new]
        if not (a.summarised and b.summarised) or a.type != b.type or a.type not in ("number", "text"):
            continue  # a type of which the header does not show the value as it is
        gone = (a.digests.values - b.digests.values) % MODULUS
        cell = _cell(new, a.type)
        if cell is not None and cell_hashes(Cells.of([cell]), a.type, seed)[0] == gone:
            matched += 1
        elif not _MANGLED.search(new):
            return False
    return 2 * matched >= len(before)


def _cell(name: str, logical: str) -> Cell:
    if logical == "text":
        return name.encode()
    try:
        return float(name)
    except ValueError:
        return None
