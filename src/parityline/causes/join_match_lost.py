"""Join keys no longer match, because their form differs."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Hashable

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung, same
from parityline.causes.changed_rows import Mask, missing_rows
from parityline.causes.joins import brought, brought_columns, keys_beside, known_keys, named_keys, right_sides
from parityline.findings import Finding
from parityline.fingerprints import Fingerprint
from parityline.kernel.cells import Cell
from parityline.pairs import ColumnPair, TablePair, sampled, single_rows

CODE = "join-match-lost"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    if case.finding.code == "rows-missing":
        return _rows(case)
    if case.finding.code in ("values-differ", "type-differs") and case.finding.column not in case.table.reference.key:
        return _columns(case)
    return None


def _rows(case: Case) -> Finding | None:
    """The missing rows name keys that the input has in another form only, the others keys that it has."""
    table = case.table
    if not table.keyed or table.key_changes[1]:
        return None
    gone, left = missing_rows(table)
    for stage, source, names in right_sides(case):
        if len(names) > 1:
            continue
        cells = sampled(table.reference, names[0])
        found = _form(source.observed, names[0], set(_cells(cells.tolist(), gone)), set(_cells(cells.tolist(), left)))
        if found is None or gone.sum() < FEWEST:
            continue
        count = table.reference.rows - table.observed.rows
        sentence = f"the join on `{names[0]}` lost {count:,} rows; their keys are in {stage} once {found}"
        return case.found(CODE, sentence, evidence={"rows": count, "input": stage, "on": list(names), "form": found})
    return None


def _columns(case: Case) -> Finding | None:
    """What the input brought is null in rows whose key it has: as it is or in another form, all its columns alike."""
    column, table = case.column, case.table
    if column is None or not column.aligned:
        return None
    before, after = (cells.absent_rows() for cells in column.cells)
    lost = after & ~before
    if lost.sum() < FEWEST or not (lost == column.differs).all():
        return None
    for stage, source, names in right_sides(case):
        if column.name not in source.common or not set(names) <= set(source.reference.key) or column.name in names:
            continue
        if not brought(table, source, column.name, names):
            continue
        sides = [sampled(side, names[0]).tolist() for side in (table.reference, table.observed)]
        places = table.rows[0][case.kept] if len(names) == 1 else None
        found = None
        if places is not None:
            cells = [sides[0][row] for row in places.tolist()]
            found = _form(source.observed, names[0], set(_cells(cells, lost)), set(_cells(cells, ~lost & ~after)))
            moved = [sides[1][row] for row in table.rows[1][case.kept].tolist()]
            found = found or _form_of_pairs(list(zip(cells, moved, strict=True)), lost, ~after)
        together = [n for n in brought_columns(table, source, names) if table.columns[n].aligned]
        alike = all((table.columns[n].cells[1].absent_rows() >= lost).all() for n in together)
        if not alike or (
            found is None and (len(together) < 2 or not _there(table, source, names, table.rows[0][case.kept][lost]))
        ):
            continue
        filled = [c.rows - c.missing - c.shape.nans for c in (column.reference, column.observed)]
        joined = ", ".join(f"`{name}`" for name in names)
        sentence = f"the join on {joined} with {stage} fills `{column.name}` in {filled[1]:,} of "
        sentence += (
            f"{column.observed.rows:,} rows, and in {filled[0]:,} of {column.reference.rows:,} in the reference; "
        )
        sentence += f"the keys agree once {found}" if found else f"the keys of the others are in {stage} all the same"
        evidence = {"input": stage, "on": list(names), "form": found, "filled": filled, "columns": together}
        return case.found(CODE, sentence, evidence=evidence)
    return _by_key_of_an_input(case, column, lost, after)


def _by_key_of_an_input(case: Case, column: ColumnPair, lost: Mask, after: Mask) -> Finding | None:
    """The table does not hold the key itself, but an input beside its rows does: whole keys lost their match.

    The joined input has these keys all the same, and in the reference the column holds what it holds for them.
    """
    cells = column.cells[0].tolist()
    for stage, source in case.inputs().items():
        if not source.identical or column.name not in source.common or column.name in source.reference.key:
            continue
        rows, right = single_rows(source.reference), sampled(source.reference, column.name).tolist()
        for other, named in keys_beside(case, source) if right else ():
            gone = {key for at, key in named.items() if lost[at]}
            kept = {key for at, key in named.items() if not lost[at] and not after[at]}
            if sum(bool(lost[at]) for at in named) < FEWEST or min(len(gone), len(kept)) < 2:
                continue
            if gone & kept or not gone <= rows.keys():
                continue
            if any(key in rows and not same(cells[at], right[rows[key]]) for at, key in named.items()):
                continue
            key = source.reference.key[0]
            filled = [c.rows - c.missing - c.shape.nans for c in (column.reference, column.observed)]
            sentence = f"the join on `{key}` with {stage} fills `{column.name}` in {filled[1]:,} of "
            sentence += f"{column.observed.rows:,} rows, and in {filled[0]:,} of {column.reference.rows:,} in the "
            sentence += f"reference: {len(gone):,} keys of {other} find no match, though {stage} has them"
            evidence = {"input": stage, "on": [key], "keys_of": other, "lost_keys": len(gone), "filled": filled}
            return case.found(CODE, sentence, evidence=evidence)
    return None


def _there(table: TablePair, source: TablePair, names: tuple[str, ...], lost: np.ndarray) -> bool:
    """The input has the key of every sampled row that lost its match, as far as its keys are known."""
    named, known = named_keys(table.reference, names), known_keys(source.observed, names)
    if named is None or known is None:
        return False
    keys = [named[row] for row in lost.tolist()]
    asked = [key for key in keys if key is None or key <= known[1]]
    return len(asked) >= FEWEST and all(key in known[0] for key in asked)


def _cells(cells: list[Cell], rows: np.ndarray) -> list[Cell]:
    return [cell for cell, chosen in zip(cells, rows.tolist(), strict=True) if chosen]


def _form(source: Fingerprint, name: str, lost: set[Cell], left: set[Cell]) -> str | None:
    """In which form the lost keys are in the input, which has none of them as it is and the others all."""
    cells = sampled(source, name)
    keys = set(cells.distinct)
    if cells.hashed or not source.state.sample.complete or not lost or lost & keys or not left <= keys:
        return None
    for story, fold in _FOLDS.items():
        folded = {fold(key) for key in keys if key is not None}
        if all(key is not None and fold(key) in folded for key in lost):
            return story
    return None


def _form_of_pairs(pairs: list[tuple[Cell, Cell]], lost: np.ndarray, matched: np.ndarray) -> str | None:
    """In which form the table's own keys agree, which differ where the match is lost, and in no row that has one."""
    changed = np.array([repr(a) != repr(b) for a, b in pairs], np.bool_)
    if (lost & ~changed).any() or (changed & matched).any():
        return None
    for story, fold in _FOLDS.items():
        if all(a is not None and b is not None and fold(a) == fold(b) for a, b in pairs if repr(a) != repr(b)):
            return story
    return None


def _text(rule: Callable[[str], str]) -> Callable[[Cell], Hashable]:
    return lambda cell: rule(cell.decode("utf-8", "replace")) if isinstance(cell, bytes) else ("", cell)


def _rounded(cell: Cell) -> Hashable:
    return float(f"{cell:.12g}") if isinstance(cell, float) and math.isfinite(cell) else ("", cell)


_FOLDS: dict[str, Callable[[Cell], Hashable]] = {
    "outer spaces are trimmed": _text(str.strip),
    "case is folded": _text(str.casefold),
    "texts are composed (NFC)": _text(lambda text: unicodedata.normalize("NFC", text)),
    "leading zeros are dropped": _text(lambda text: text.lstrip("0")),
    "rounded to 12 digits": _rounded,
}
