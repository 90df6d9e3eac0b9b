"""Keys that differ in case, spaces or form were merged."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import TablePair, sampled

CODE = "keys-merged"
RUNG = Rung.ROWS

_FOLDS: dict[str, tuple[Callable[[str], str], str]] = {
    "case": (str.casefold, "folded"),
    "outer spaces": (str.strip, "stripped"),
    "Unicode form": (lambda text: unicodedata.normalize("NFC", text), "composed"),
    "case or outer spaces": (lambda text: text.strip().casefold(), "stripped_folded"),
}
"""By what keys differ: the form in which they agree, and its name among the hashed forms of hidden texts."""

Keys = list[Hashable]
"""Of all rows of a side in a form: the key as a text, or the hash of one that is hidden."""


def explain(case: Case) -> Finding | None:
    """All keys are known, and once folded both sides have the same ones, the observed side each of them once."""
    if case.finding.code not in ("rows-missing", "rows-extra", "values-differ"):
        return None
    found = _merged(case.table)
    if found is None:
        return None
    what, before, after = found
    groups = Counter(before)
    merged, left = sum(n for n in groups.values() if n > 1), sum(n > 1 for n in groups.values())
    sentence = f"{merged:,} keys that differ only in {what} were merged into {left:,}"
    if case.finding.code == "values-differ":
        if not _added_up(case, before, after):
            return None
        sentence += f"; `{case.finding.column}` is their sum"
    return case.found(CODE, sentence, evidence={"merged": merged, "into": left, "differ_in": what, "exact": True})


def _merged(table: TablePair) -> tuple[str, Keys, Keys] | None:
    """In what the merged keys differ, and the folded keys of both sides; None where they are not all known."""
    if not table.keyed or len(table.reference.key) > 1 or not table.complete:
        return None
    if table.observed.rows >= table.reference.rows:
        return None
    for what in _FOLDS:
        before, after = (_keys(table, side, what) for side in (0, 1))
        if before is None or after is None:
            return None
        if len(set(after)) == len(after) and set(before) == set(after) and len(before) - len(after) >= FEWEST:
            return what, before, after
    return None


def _keys(table: TablePair, side: int, what: str) -> Keys | None:
    """None where a key is no text, occurs twice, or is hidden without a form."""
    own = (table.reference, table.observed)[side]
    cells, forms = sampled(own, own.key[0]), table.forms[side]
    fold, form = _FOLDS[what]
    if max(own.state.sample.rows_per_key, default=0) > 1:
        return None
    if cells.hashed:
        hashes = forms.get(own.key[0], form) if forms is not None else None
        if forms is None or hashes is None or forms.rows < own.rows or not hashes.all():
            return None
        return list(hashes.tolist())
    texts = [cell for cell in cells.tolist() if isinstance(cell, bytes)]
    return [fold(text.decode("utf-8", "replace")) for text in texts] if len(texts) == len(cells) else None


def _added_up(case: Case, before: Keys, after: Keys) -> bool:
    """Every number of a merged key is the sum of the numbers that it was merged from."""
    column, table = case.column, case.table
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return False
    numbers = [sampled(side, column.name).as_floats().tolist() for side in (table.reference, table.observed)]
    parts: dict[Hashable, list[float]] = {}
    for key, value in zip(before, numbers[0], strict=True):
        parts.setdefault(key, []).append(value)
    return all(
        math.isclose(value, math.fsum(parts[key]), rel_tol=1e-9, abs_tol=1e-9)
        for key, value in zip(after, numbers[1], strict=True)
    )
