"""Rows, or the group, in which a value is missing are dropped."""

from __future__ import annotations

from parityline.causes import unmatched_rows_dropped
from parityline.causes.beside import is_absent, labelled, marked_upstream
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell, Cells
from parityline.kernel.summaries.digests import MODULUS
from parityline.kernel.values_hash import cell_hashes
from parityline.pairs import TablePair, single_rows

CODE = "null-rows-dropped"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    table = case.table
    rows = table.reference.rows - table.observed.rows
    if case.finding.code != "rows-missing" or rows <= 0 or table.kind == "outcomes":
        return None
    if table.keyed and (table.key_changes[1] or case.finding.evidence.get("exact") is False):
        return None
    if unmatched_rows_dropped.explain(case) is not None:
        return None  # what a join brought is missing where it found no match, and goes with the rows that it drops
    own = next(
        (n for n in table.common if (rows >= FEWEST or n in table.reference.key) and _gone(table, n, rows)), None
    )
    if own is not None:
        group = own in table.reference.key
        what = (
            f"the group of missing `{own}` has no row" if group else f"all {rows:,} rows with missing `{own}` are gone"
        )
        return case.found(
            CODE, f"{what}, and no other row is missing", evidence={"of": own, "rows": rows, "exact": True}
        )
    if not table.keyed:
        return None
    gone = set(table.key_changes[0])
    kept = [key for key in single_rows(table.reference) if key not in gone]
    found = marked_upstream(case, 0, table.key_changes[0], kept, is_absent)
    if found is None:
        return None
    name = labelled(*found)
    sentence = (
        f"{rows:,} rows are missing, all {len(gone):,} known ones with missing {name}, and no row with it is left"
    )
    return case.found(CODE, sentence, evidence={"of": name.strip("`"), "rows": rows, "exact": False})


def _gone(table: TablePair, name: str, rows: int) -> bool:
    """The values of the two sides differ by so many missing ones and by nothing else."""
    before, after = table.reference.columns[name], table.observed.columns[name]
    if before.missing + before.shape.nans != rows or after.missing + after.shape.nans or before.type != after.type:
        return False
    seed = table.reference.state.parameters.seed
    null, *nan = (cell_hashes(Cells.of([cell]), before.type, seed)[0] for cell in _missing(before.type))
    lost = before.missing * null + before.shape.nans * sum(nan)
    return (before.digests.values - lost - after.digests.values) % MODULUS == 0


def _missing(logical: str) -> tuple[Cell, ...]:
    return (None, float("nan")) if logical == "number" else (None,)
