"""Codes were read as numbers and lost their leading zeros."""

from __future__ import annotations

import re

from parityline.causes.cause import FEWEST, Case, Rung, text_hashes, whole
from parityline.findings import Finding
from parityline.kernel.cells import Cell, Hashed
from parityline.pairs import ColumnPair

CODE = "leading-zeros-lost"
RUNG = Rung.TYPE

_DIGITS = re.compile(rb"[0-9]+")
_CODE = re.compile(rb"0+[0-9]+")


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "text":
        return None
    if column.observed.type == "number":
        return _numbers(case, column)
    return _texts(case, column) if column.observed.type == "text" else None


def _numbers(case: Case, column: ColumnPair) -> Finding | None:
    """Every text of digits is the number that it writes; with a zero in front in some rows."""
    codes = column.reference.form.named().get("leading_zero", 0)
    if codes < FEWEST or column.aligned < FEWEST or not case.table.same_keys:
        return None
    left, right = (cells.distinct for cells in column.cells)
    places = set(zip(*(cells.index.tolist() for cells in column.cells), strict=True))
    lengths = [n for n, count in enumerate(column.reference.form.lengths) if n and count]
    written = {j: _written(right[j], lengths) for i, j in places if isinstance(left[i], Hashed)}
    hashes = text_hashes((form for forms in written.values() for form in forms), column.seed)
    known = {j: {hashes[form] for form in forms} for j, forms in written.items()}
    if not all(_reads(left[i], right[j], known.get(j, set())) for i, j in places):
        return None
    sentence = f"`{column.name}` was read as a number: {codes:,} codes lost their leading zeros"
    return case.found(CODE, sentence, share=codes / max(1, column.reference.rows), evidence={"codes": codes})


def _written(number: Cell, lengths: list[int]) -> set[str]:
    """The codes that are this number, in the lengths that occur."""
    value = whole(number)
    return set() if value is None or value < 0 else {f"{value:0{length}d}" for length in lengths}


def _reads(text: Cell, number: Cell, hashes: set[int]) -> bool:
    if text is None:
        return number is None or number != number
    value = whole(number)
    if value is None or value < 0 or number != value:
        return False
    if isinstance(text, Hashed):
        return text.hash in hashes
    return isinstance(text, bytes) and _DIGITS.fullmatch(text) is not None and int(text) == value


def _texts(case: Case, column: ColumnPair) -> Finding | None:
    """Every code with zeros in front is text without them now, as a whole number or as a float with one zero behind."""
    before, after = column.reference.form.named(), column.observed.form.named()
    if before.get("leading_zero", 0) < FEWEST:
        return None
    changed, pairs = case.changes(), case.pairs()
    if changed is None or pairs is None:
        return None
    for end in (b"", b".0"):
        for a, b in pairs:
            code = isinstance(a, bytes) and _DIGITS.fullmatch(a) is not None
            if b != (b"%d" % int(a) + end if code and isinstance(a, bytes) else a):
                break
        else:
            if sum(isinstance(a, bytes) and _CODE.fullmatch(a) is not None for a, _ in changed) < FEWEST:
                return None
            codes = before.get("leading_zero", 0) - after.get("leading_zero", 0)
            sentence = f"`{column.name}` went through a number: {codes:,} codes lost their leading zeros"
            return case.found(CODE, sentence, evidence={"codes": codes})
    return None
