"""The decimal comma was not read as one: the number is text, or the comma was taken for a thousands mark."""

from __future__ import annotations

import math
import re

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung, text_hashes
from parityline.findings import Finding
from parityline.kernel.cells import PLACES, Cell, Hashed, Wide

CODE = "decimal-comma-misread"
RUNG = Rung.TYPE

_COMMA = re.compile(rb"[+-]?(?:[0-9]*|[0-9]{1,3}(?:\.[0-9]{3})+),([0-9]+)([eE][+-]?[0-9]+)?")
_PLAIN = re.compile(rb"[+-]?[0-9]+(?:[eE][+-]?[0-9]+)?")


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number":
        return None
    return _text(case) if column.observed.type == "text" else _grown(case)


def _text(case: Case) -> Finding | None:
    """Every text is a number with a decimal comma: the reference, as far as the digits go."""
    column = case.column
    if column is None or not case.table.same_keys:
        return None
    before, after = column.reference, column.observed
    present = after.rows - after.missing
    forms = after.form.named()
    commas = forms.get("decimal_comma", 0)
    if present != before.rows - before.missing - before.shape.nans:
        return None
    if column.aligned:
        left, right = (cells.distinct for cells in column.cells)
        places = set(zip(*(cells.index.tolist() for cells in column.cells), strict=True))
        read = [(left[i], right[j]) for i, j in places if not (_missing(left[i]) and right[j] is None)]
        hashes = text_hashes((f for a, b in read if isinstance(b, Hashed) for f in _written(a)), column.seed)
        if len(read) < FEWEST or not commas or not all(_reads(a, b, hashes) for a, b in read):
            return None
    elif commas < FEWEST or commas + forms.get("number", 0) != present:
        return None  # rows that are not aligned are known by the forms of their texts
    sentence = f"`{column.name}` is text now; every value is a number with a decimal comma"
    return case.found(CODE, sentence, evidence={"values": present, "decimal_comma": commas})


def _grown(case: Case) -> Finding | None:
    """Every number is what is left of the digits of the reference when its decimal point is taken away."""
    column = case.column
    if column is None or column.observed.type != "number":
        return None
    before, after = (np.abs(side[column.differs]) for side in column.numbers)
    if not (after >= 9 * before).all():
        return None  # cheap to see, and nearly always so
    changed, pairs = case.changes(), case.pairs()
    if changed is None or pairs is None:
        return None
    places = set()
    for a, b in pairs:
        if _missing(a) and _missing(b):
            continue
        if not isinstance(a, float) or not math.isfinite(a):
            return None
        digits = repr(a)
        if _float(b) != float(digits.replace(".", "")):
            return None
        if a != b:
            places.add(len(digits.partition("e")[0].partition(".")[2]))
    if not places or (len(places) == 1 and not _read_as_integers(case)):
        return None  # one factor for all is another unit, as far as the values tell
    factors = " to ".join(f"{10**n:,}" for n in sorted({min(places), max(places)}))
    sentence = f"`{column.name}` grew {factors} times, by its decimal places: the comma was read as a thousands mark"
    return case.found(CODE, sentence, evidence={"places": sorted(places), "differing": len(changed)})


def _read_as_integers(case: Case) -> bool:
    """A source whose column was stored as floats is read as integers: a reader does that, and no product with 100."""
    name, facts = str(case.finding.column), case.table.facts
    before, after = (str(side.get("types", {}).get(name, "")).lower() for side in facts)
    return case.table.kind == "source" and before.startswith(("float", "double")) and after.startswith("int")


def _missing(cell: Cell) -> bool:
    return cell is None or cell != cell


def _float(cell: Cell) -> float | None:
    if isinstance(cell, Wide):
        return cell.nearest
    return cell if isinstance(cell, float) else None


def _written(number: Cell) -> set[str]:
    """The forms in which a number may have been written with a comma."""
    value = _float(number)
    if value is None:
        return set()
    forms = {repr(value), *(f"{value:.{places}f}" for places in range(1, PLACES + 1))}
    return {form.replace(".", ",") for form in forms}


def _reads(number: Cell, text: Cell, hashes: dict[str, int]) -> bool:
    if isinstance(text, Hashed):
        return text.hash in {hashes[form] for form in _written(number)}
    value = _float(number)
    if value is None or not isinstance(text, bytes):
        return False
    comma = _COMMA.fullmatch(text)
    if comma is None:
        return _PLAIN.fullmatch(text) is not None and float(text) == value
    read = float(text.replace(b".", b"").replace(b",", b"."))
    if comma[2]:
        return math.isclose(read, value, rel_tol=10.0 ** -len(comma[1]))
    return abs(read - value) <= 0.500001 * 10.0 ** -len(comma[1])
