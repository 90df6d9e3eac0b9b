"""Keys that differ in case, spaces or form were merged."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import Fingerprint
from parityline.pairs import TablePair, sampled

CODE = "keys-merged"
RUNG = Rung.ROWS

_FOLDS: dict[str, Callable[[str], str]] = {
    "case": str.casefold,
    "outer spaces": str.strip,
    "Unicode form": lambda text: unicodedata.normalize("NFC", text),
    "case or outer spaces": lambda text: text.strip().casefold(),
}


def explain(case: Case) -> Finding | None:
    """All keys are known, and once folded both sides have the same ones, the observed side each of them once."""
    if case.finding.code not in ("rows-missing", "rows-extra", "values-differ"):
        return None
    found = _merged(case.table)
    if found is None:
        return None
    what, groups = found
    merged = sum(len(keys) for keys in groups.values() if len(keys) > 1)
    left = sum(len(keys) > 1 for keys in groups.values())
    sentence = f"{merged:,} keys that differ only in {what} were merged into {left:,}"
    if case.finding.code == "values-differ":
        if not _added_up(case, what, groups):
            return None
        sentence += f"; `{case.finding.column}` is their sum"
    return case.found(CODE, sentence, evidence={"merged": merged, "into": left, "differ_in": what, "exact": True})


def _merged(table: TablePair) -> tuple[str, dict[str, list[str]]] | None:
    if not table.keyed or len(table.reference.key) > 1 or not table.complete:
        return None
    before, after = (_keys(side) for side in (table.reference, table.observed))
    if before is None or after is None or len(after) >= len(before):
        return None
    for what, fold in _FOLDS.items():
        groups: dict[str, list[str]] = {}
        for key in before:
            groups.setdefault(fold(key), []).append(key)
        folded = [fold(key) for key in after]
        if len(groups) == len(folded) and groups.keys() == set(folded) and len(before) - len(groups) >= FEWEST:
            return what, groups
    return None


def _keys(side: Fingerprint) -> list[str] | None:
    """All keys as texts, each once; None where one is hidden or no text."""
    cells = sampled(side, side.key[0])
    texts = [cell for cell in cells.distinct if isinstance(cell, bytes)]
    if len(texts) < len(cells.distinct) or max(side.state.sample.rows_per_key, default=0) > 1:
        return None
    return [text.decode("utf-8", "replace") for text in texts]


def _added_up(case: Case, what: str, groups: dict[str, list[str]]) -> bool:
    """Every number of a merged key is the sum of the numbers that it was merged from."""
    column, table = case.column, case.table
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return False
    sides = []
    for side in (table.reference, table.observed):
        keys = [
            cell.decode("utf-8", "replace") for cell in sampled(side, side.key[0]).tolist() if isinstance(cell, bytes)
        ]
        sides.append(dict(zip(keys, sampled(side, column.name).as_floats().tolist(), strict=True)))
    fold = _FOLDS[what]
    return all(
        math.isclose(value, math.fsum(sides[0][own] for own in groups[fold(key)]), rel_tol=1e-9, abs_tol=1e-9)
        for key, value in sides[1].items()
    )
