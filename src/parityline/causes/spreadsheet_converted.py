"""A spreadsheet turned codes into scientific notation, dates, or numbers of 15 digits."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterable

from parityline.causes.cause import FEWEST, Case, Rung, same, whole
from parityline.findings import Finding
from parityline.kernel.cells import Cell
from parityline.text_forms import LONG_NUMBER, SCIENTIFIC

CODE = "spreadsheet-converted"
RUNG = Rung.TYPE

DIGITS = 15
"""As many digits a spreadsheet keeps; numbers of 12 and more it shows in scientific notation."""

_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?E\+([0-9]{2,})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(r"([a-z]{3,9})[-_ ]?([0-9]{1,2})", re.I)
_FULL = (
    "january february march april may june july august september october november december sept".split()  # noqa: SIM905
)
_PAIR = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})")
_DAY_MONTH = re.compile(r"([0-9]{1,2})[- ]([a-z]{3})", re.I)
_MONTH_DAY = re.compile(r"([a-z]{3})[- ]([0-9]{1,2})", re.I)
_ISO = re.compile(r"[0-9]{4}-([0-9]{2})-([0-9]{2})(?:[ T]00:00:00)?")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/[0-9]{4}")


def explain(case: Case) -> Finding | None:
    """Every differing value is what a spreadsheet makes of the reference, and none that it would change is left."""
    column = case.column
    if column is None:
        return None
    types = column.reference.type, column.observed.type
    if types == ("number", "number") and column.reference.within(10**DIGITS):
        return None
    if column.hidden:
        return _hidden(case)
    read = {("text", "text"): _text, ("text", "number"): _number, ("number", "number"): _number}.get(types)
    if read is None or None in _kinds(read, column.changed).values():
        return None  # cheap to see, and nearly always so
    pairs = case.pairs()
    if pairs is None:
        return None
    if read is _text:
        kinds = _kinds(_text, (pair for pair in pairs if pair[0] != pair[1]))
        kept = any(a == b and isinstance(a, bytes) and len(a) >= LONG_NUMBER and a.isdigit() for a, b in pairs)
    else:
        kinds = _kinds(_number, pairs)
        kept = "kept" in kinds.values()
    counts = Counter(kind for kind in kinds.values() if kind)
    lossy = {kind: count for kind, count in counts.items() if kind in _WORDS}
    if None in kinds.values() or sum(lossy.values()) < FEWEST or (kept and lossy.keys() & {"notation", "digits"}):
        return None
    said = " and ".join(f"{_WORDS[kind]}" for kind in sorted(lossy))
    shown = next(f"{_shown(a)} became {_shown(b)}" for (a, b), kind in kinds.items() if kind in _WORDS)
    sentence = f"`{column.name}` went through a spreadsheet: {said} ({shown})"
    return case.found(CODE, sentence, evidence={"distinct": dict(sorted(lossy.items()))})


def _hidden(case: Case) -> Finding | None:
    """Texts that a record hides agree once they are written as a spreadsheet writes long numbers."""
    forms = case.forms
    if forms is None:
        return None
    tried = {f"scientific_{digits}": "notation" for digits in SCIENTIFIC} | {"digits_15": "digits"}
    found = next((kind for form, kind in tried.items() if forms.agree(form, "same")), None)
    if found is None:
        return None
    sentence = f"`{forms.column}` went through a spreadsheet: {_WORDS[found]}; the hidden texts agree once written so"
    return case.found(CODE, sentence, evidence={"kind": found, "sampled_texts": forms.rows})


def _kinds(
    read: Callable[[Cell, Cell], str | None], pairs: Iterable[tuple[Cell, Cell]]
) -> dict[tuple[Cell, Cell], str | None]:
    """What a spreadsheet did to each pair, as far as the first to which it did not do it."""
    kinds: dict[tuple[Cell, Cell], str | None] = {}
    for pair in pairs:
        kinds[pair] = read(*pair)
        if kinds[pair] is None:
            break
    return kinds


_WORDS = {
    "notation": "values are in scientific notation, and their last digits are lost",
    "digits": f"no more than {DIGITS} digits are left",
    "date": "names and fractions are dates",
}


def _text(a: Cell, b: Cell) -> str | None:
    """What a spreadsheet did to a text; None where it did not do this."""
    if not isinstance(a, bytes) or not isinstance(b, bytes):
        return None
    before, after = a.decode("utf-8", "replace"), b.decode("utf-8", "replace")
    if before.isdigit() and before.isascii():
        notation = _SCIENTIFIC.fullmatch(after)
        if notation:
            digits = notation[2] or ""
            unit = 10 ** max(0, int(notation[3]) - len(digits))
            shown = int(notation[1] + digits) * unit
            return "notation" if len(before) >= LONG_NUMBER and 2 * abs(int(before) - shown) <= unit else None
        if len(before) > DIGITS and after == before[:DIGITS] + "0" * (len(before) - DIGITS):
            return "digits"
        return "zeros" if after == str(int(before)) else None
    return "date" if _days(before) & _days_shown(after) else None


def _number(a: Cell, b: Cell) -> str | None:
    """What a spreadsheet did to a number, or to a text of digits that is a number now."""
    if same(a, b) or (a is None and b != b):
        before = whole(a)
        return "kept" if before is not None and before % 10 ** max(0, _length(before) - DIGITS) else "equal"
    before = int(a) if isinstance(a, bytes) and a.isdigit() else None if isinstance(a, bytes) else whole(a)
    after = whole(b)
    if before is None or after is None or (isinstance(b, float) and b != after):
        return None
    length = _length(before)
    if before == after:
        return "kept" if length >= LONG_NUMBER and before % 10 ** (length - 6) else "equal"
    if length > DIGITS:
        unit = 10 ** (length - DIGITS)
        cut = before // unit * unit
        if after in (cut, int(float(cut))):
            return "digits"
    if length < LONG_NUMBER or not isinstance(a, bytes):
        return None  # a number that was rounded needs no spreadsheet
    for digits in (3, 4, 5, 6):
        unit = 10 ** (length - digits)
        if after % unit == 0 and 2 * abs(before - after) <= unit:
            return "notation"
    return None


def _length(number: int) -> int:
    return len(str(abs(number)))


def _days(text: str) -> set[tuple[int, int]]:
    """The (month, day) that a spreadsheet may see in a name or a fraction."""
    named, pair = _NAMED.fullmatch(text), _PAIR.fullmatch(text)
    if named and (named[1].lower() in _FULL or named[1].lower() in _MONTHS):
        return _valid({(_MONTHS.index(named[1][:3].lower()) + 1, int(named[2]))})
    if pair:
        return _valid({(int(pair[1]), int(pair[2])), (int(pair[2]), int(pair[1]))})
    return set()


def _days_shown(text: str) -> set[tuple[int, int]]:
    """The (month, day) of a date as a spreadsheet writes it."""
    if found := _DAY_MONTH.fullmatch(text):
        month, day = found[2].lower(), int(found[1])
        return _valid({(_MONTHS.index(month) + 1, day)}) if month in _MONTHS else set()
    if found := _MONTH_DAY.fullmatch(text):
        month, day = found[1].lower(), int(found[2])
        return _valid({(_MONTHS.index(month) + 1, day)}) if month in _MONTHS else set()
    if found := _ISO.fullmatch(text):
        return _valid({(int(found[1]), int(found[2]))})
    if found := _SLASHED.fullmatch(text):
        return _valid({(int(found[1]), int(found[2])), (int(found[2]), int(found[1]))})
    return set()


def _valid(days: set[tuple[int, int]]) -> set[tuple[int, int]]:
    lengths = [(datetime.date(2024 + m // 12, m % 12 + 1, 1) - datetime.date(2024, m, 1)).days for m in range(1, 13)]
    return {(month, day) for month, day in days if 1 <= month <= 12 and 1 <= day <= lengths[month - 1]}


def _shown(cell: Cell) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")[:40]
    return f"{whole(cell)}"
