"""The same rows stand under other keys: all other columns hold the same values, and the key is written otherwise."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint
from parityline.pairs import TablePair

CODE = "keys-rewritten"
RUNG = Rung.ROWS

_FORMS = {
    "leading_space": "begin with a space",
    "trailing_space": "end with a space",
    "upper": "are written in capitals",
    "lower": "are written in small letters",
    "decomposed": "are written with combining marks",
    "leading_zero": "begin with zero",
    "decimal_comma": "have a decimal comma",
    "scientific": "are written in scientific notation",
}


def explain(case: Case) -> Finding | None:
    table = case.table
    if not table.keyed or not table.same_but_for_keys:
        return None
    told = [words for name in table.reference.key for words in _changes(table, name)]
    moved = (name for name in table.reference.key if not table.columns[name].same_values)
    key = ", ".join(table.reference.key)
    sentence = (
        f"the same rows stand under other keys: every other column holds the same values as a whole, and `{key}` "
    )
    sentence += "; ".join(told) if told else "is written in another way"
    evidence = {"columns": list(table.reference.key), "rows": table.reference.rows, "exact": True}
    return replace(case.found(CODE, sentence, evidence=evidence), column=next(moved, table.reference.key[0]))


def _changes(table: TablePair, name: str) -> Iterator[str]:
    """What tells of one column of the key how it is written now."""
    before, after = table.reference.columns[name], table.observed.columns[name]
    if before.type != after.type:
        yield f"is {after.type}, in research {before.type}"
        return
    if before.digests.values == after.digests.values:
        return
    moved = _shift(before, after)
    if moved is not None:
        yield f"is moved by {moved}"
        return
    forms = before.form.named(), after.form.named()
    for form, words in _FORMS.items():
        counts = [own.get(form, 0) for own in forms]
        if counts[0] != counts[1]:
            yield f"has {counts[1]:,} values that {words} (research {counts[0]:,})"


def _shift(before: ColumnFingerprint, after: ColumnFingerprint) -> str | None:
    """By how much all values moved, where both ends and the mean moved alike; None where they did not."""
    ends = [(before.range.minimum, after.range.minimum), (before.range.maximum, after.range.maximum)]
    moves = {b - a for a, b in ends if isinstance(a, (int, float)) and isinstance(b, (int, float))}
    if len(moves) != 1 or not all(isinstance(end, (int, float)) for pair in ends for end in pair):
        return None
    (move,) = moves
    if before.type.startswith("timestamp"):
        return _signed(datetime.timedelta(microseconds=move / 1_000))
    if before.type == "date":
        return _signed(datetime.timedelta(days=move))
    if before.type != "number" or before.mean is None or after.mean is None:
        return None
    return f"{move:+.12g}" if abs(after.mean - before.mean - move) <= 1e-9 * max(1.0, abs(after.mean)) else None


def _signed(delta: datetime.timedelta) -> str:
    return f"-{-delta}" if delta < datetime.timedelta(0) else f"+{delta}"
