"""The subset rule: the shortest condition on columns that separates some rows from the others, where there is one.

A condition is believed when saying it takes fewer bits than saying which rows they are (minimum description length,
Rissanen 1978): of n rows, m are chosen in C(n, m) ways, and a family of conditions offers so many to choose from. What
random rows would fulfil by chance costs as much to say as it saves, and is not invented.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.fingerprints import plain
from parityline.kernel.cells import Cell, Cells

LEAST_BITS = 20.0
"""A condition must save at least so many bits: random rows fulfil one with a probability of about 2**-20."""
LEAST_SHARE = 0.5
"""Of the rows that meet the condition, at least this share must be among the chosen ones."""
MOST_VALUES = 3
_DAY = 86_400 * 10**9
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Candidate:
    """A column to look at: its name as it is shown, its logical type, and a cell for each row.

    What it tells of all rows is kept: a column is asked again for every other one that differs.
    """

    name: str
    type: str
    cells: Cells

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many rows hold each cell of the dictionary."""
        return np.bincount(self.cells.index)

    @cached_property
    def value_count(self) -> int:
        """How many distinct cells are in the rows."""
        return int(np.count_nonzero(self.counts))

    @cached_property
    def missing(self) -> Mask:
        """Which rows are null or NaN."""
        return self.cells.absent_rows()

    @cached_property
    def missing_count(self) -> int:
        """How many rows are null or NaN."""
        return int(self.missing.sum())

    @property
    def floats(self) -> NDArray[np.float64]:
        """The number or instant of each row, NaN for what is neither."""
        return self.cells.as_floats()

    @cached_property
    def in_order(self) -> NDArray[np.float64]:
        """The numbers or instants of all rows that have one, ascending."""
        return np.sort(self.floats[~self.missing] if self.missing_count else self.floats)

    @cached_property
    def steps(self) -> int:
        """How many numbers or instants there are."""
        return 1 + int(np.count_nonzero(self.in_order[1:] != self.in_order[:-1]))

    @cached_property
    def forms(self) -> tuple[dict[str, tuple[Mask, int]], int]:
        """Of numbers and texts, by the words of a form: which rows have it, how many; and how many forms were tried.

        Without those that all rows have, or none. None at all where a text is hidden or long.
        """
        forms = {"number": _forms_of_numbers, "text": _forms_of_texts}.get(self.type, _no_forms)(self)
        counted = {words: (met, int(met.sum())) for words, met in forms.items()}
        return {words: own for words, own in counted.items() if 0 < own[1] < len(own[0])}, len(forms)

    @cached_property
    def calendar(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64], int]]:
        """Of dates and timestamps, by the part of the calendar: its value in each row, how many rows have each value,
        and how many values it may have.

        What is missing counts as 1970-01-01 among the values, and is not counted.
        """
        if not self.type.startswith(("timestamp", "date")):
            return {}
        parts = _calendar_parts(self).items()
        return {part: (own, np.bincount(own[~self.missing]), size) for part, (own, size) in parts}


Counted = dict[tuple[str, str, Cells], Candidate]
"""Candidates by name, type and cells: what is counted of one is of use wherever the same vector is asked again."""


@dataclass(frozen=True)
class Condition:
    """A condition that all chosen rows meet. rows: how many rows meet it, chosen: how many of them were chosen.

    words: for a sentence, "`country` = NO". kind: of its form; bits: what it saves.
    """

    column: str
    kind: str
    words: str
    rows: int
    chosen: int
    bits: float

    @property
    def exact(self) -> bool:
        """Whether it separates: all rows that meet it were chosen, and no other one."""
        return self.rows == self.chosen

    def evidence(self) -> dict[str, Any]:
        """As the evidence of a finding."""
        return {"column": self.column, "condition": self.words, "rows": self.rows, "of_them": self.chosen}


def separating(chosen: Mask, candidates: Iterable[Candidate]) -> Condition | None:
    """The condition that says most, of those that every chosen row meets; None where none saves enough.

    chosen: shape (n,); each candidate has n cells. Empty or full choices have no condition.
    """
    n, m = len(chosen), int(chosen.sum())
    columns = list(candidates)
    if not 0 < m < n:
        return None
    best: Condition | None = None
    budget, where = log2_choose(n, m), np.flatnonzero(chosen)
    for column in columns:
        if len(column.cells) != n or column.value_count < 2:
            continue
        for kind, words, rows, forms in _conditions(column, where):
            if rows == n or m / rows < LEAST_SHARE:
                continue
            bits = budget - math.log2(max(1.0, forms)) - math.log2(len(columns) * len(_KINDS)) - log2_choose(rows, m)
            if rows > m:
                bits -= math.log2(n)  # how many of them is one more number to say
            if bits >= LEAST_BITS:
                own = Condition(column.name, kind, words(), rows, m, bits)
                best = own if best is None else max(best, own, key=_preferred)
    return best


_KINDS = ("values", "missing", "present", "above", "below", "form", "between", "calendar")
"""The forms of conditions, the one that says most to a reader first."""


def _preferred(condition: Condition) -> tuple[bool, int, float]:
    """Of conditions that are all believed, one that separates exactly is better, then one that is easier to read."""
    return condition.exact, -_KINDS.index(condition.kind), condition.bits


Form = tuple[str, Callable[[], str], int, float]
"""Kind, words, how many rows meet it, and how many conditions of the kind there were to choose from.

Words are made for those that are believed: most are tried on every column that differs, and are not.
"""


def _conditions(column: Candidate, rows: Rows) -> Iterator[Form]:
    """The narrowest condition of each kind that all chosen rows meet."""
    cells, name = column.cells, f"`{column.name}`"
    held = _few(cells.index[rows])
    if held is not None and not any(map(_is_hidden, values := [cells.cell(i) for i in held.tolist()])):
        kind = "missing" if len(values) == 1 and (values[0] is None or values[0] != values[0]) else "values"
        met = int(column.counts[held].sum())
        yield kind, partial(_words_of_values, column, values), met, math.comb(column.value_count, len(held))
    gone = int(column.missing[rows].sum()) if column.missing_count else 0
    if column.missing_count and not gone:
        yield "present", lambda: f"{name} is not null", len(cells) - column.missing_count, 1
    if column.missing_count and gone == len(rows):
        yield "missing", lambda: f"{name} is null", column.missing_count, 1
    if not gone:
        yield from _ranges(column, rows)
        yield from _of_times(column, rows)
    forms, asked = column.forms
    for words, (met_by, met) in forms.items():
        if met >= len(rows) and met_by[rows].all():
            yield "form", partial(str, words), met, asked


def _few(index: Rows) -> Rows | None:
    """The distinct numbers, ascending; None for more than `MOST_VALUES`, which the first ones tell nearly always."""
    if len(set(index[: 4 * MOST_VALUES].tolist())) > MOST_VALUES:
        return None
    held = np.flatnonzero(np.bincount(index))
    return held if len(held) <= MOST_VALUES else None


def _words_of_values(column: Candidate, values: list[Cell]) -> str:
    name, shown = f"`{column.name}`", [_shown(value, column.type) for value in values]
    if len(values) > 1:
        return f"{name} is one of {', '.join(shown)}"
    if values[0] is None or values[0] != values[0]:
        return f"{name} is {'null' if values[0] is None else 'NaN'}"
    return f"{name} = {shown[0]}"


def _ranges(column: Candidate, rows: Rows) -> Iterator[Form]:
    """Below, above, and between bounds: the bounds are the outermost values of these rows, of which none is missing."""
    if column.type != "number" and not column.type.startswith(("date", "time")):
        return
    values, everything, steps = column.floats[rows], column.in_order, column.steps
    low, high = float(values.min()), float(values.max())
    first, end = int(np.searchsorted(everything, low, "left")), int(np.searchsorted(everything, high, "right"))
    below, above = end < len(everything), first > 0

    def words(form: str) -> str:
        return form.format(f"`{column.name}`", *(shown_number(bound, column.type) for bound in (low, high)))

    if below:
        yield "below", partial(words, "{0} <= {2}"), end, steps
    if above:
        yield "above", partial(words, "{0} >= {1}"), len(everything) - first, steps
    if below and above:
        yield "between", partial(words, "{0} from {1} to {2}"), end - first, steps * (steps + 1) / 2


def _forms_of_numbers(column: Candidate) -> dict[str, Mask]:
    values, name = column.floats, f"`{column.name}`"
    with np.errstate(invalid="ignore"):
        return {
            f"{name} < 0": values < 0,
            f"{name} > 0": values > 0,
            f"{name} is an exact half": np.abs(values - np.floor(values) - 0.5) == 0,
            f"{name} is no whole number": (values != np.rint(values)) & ~np.isnan(values),
        }


def _no_forms(_: Candidate) -> dict[str, Mask]:
    return {}


def _of_times(column: Candidate, rows: Rows) -> Iterator[Form]:
    """Hours, weekdays, days of the month and months, each as one value or a run of values."""

    def words(part: str, *ends: int) -> str:
        shown = [_WEEKDAYS[v] if part == "weekday" else str(v) for v in ends]
        return f"the {part} of `{column.name}` is {shown[0] if ends[0] == ends[1] else f'{shown[0]} to {shown[1]}'}"

    for part, (values, counts, size) in column.calendar.items():
        low, high = int(values[rows].min()), int(values[rows].max())
        yield "calendar", partial(words, part, low, high), int(counts[low : high + 1].sum()), size * (size + 1) / 2


def _calendar_parts(column: Candidate) -> dict[str, tuple[NDArray[np.int64], int]]:
    unit = 1 if column.type.startswith("date") else _DAY
    ticks = np.where(column.missing, 0.0, column.floats)
    days = np.floor(ticks / unit).astype(np.int64)
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    parts: dict[str, tuple[NDArray[np.int64], int]] = {
        "weekday": ((days + 3) % 7, 7),
        "day of the month": ((days.astype("datetime64[D]") - months).astype(np.int64) + 1, 31),
        "month of the year": (months.astype(np.int64) % 12 + 1, 12),
    }
    if unit == _DAY:
        parts["hour"] = (np.floor(ticks / (_DAY // 24)).astype(np.int64) % 24, 24)
    return parts


def _forms_of_texts(column: Candidate) -> dict[str, Mask]:
    name, index = f"`{column.name}`", column.cells.index
    distinct = column.cells.distinct
    texts = [cell if isinstance(cell, bytes) else None for cell in distinct]
    if any(texts[i] is None and distinct[i] is not None for i in np.unique(index).tolist()):
        return {}
    forms: dict[str, list[bool]] = {
        f"{name} holds the letter I": [t is not None and (b"I" in t or b"i" in t) for t in texts],
        f"{name} holds a digit": [t is not None and any(48 <= b <= 57 for b in t) for t in texts],
        f"{name} holds a letter beyond ASCII": [t is not None and any(b > 127 for b in t) for t in texts],
        f"{name} is empty": [t == b"" for t in texts],
        f"{name} has a space at an end": [t is not None and t != t.strip() for t in texts],
    }
    return {words: np.array(by_value, np.bool_)[index] for words, by_value in forms.items()}


def _is_hidden(cell: Cell) -> bool:
    return not (cell is None or isinstance(cell, (float, int, bytes)))


def _shown(cell: Cell, kind: str) -> str:
    if isinstance(cell, (float, int)) and kind != "boolean":
        return shown_number(float(cell), kind)
    if kind == "boolean" and isinstance(cell, int):
        return str(bool(cell)).lower()
    return str(plain(cell))


def shown_number(value: float, kind: str) -> str:
    """A number, a date or a time as text."""
    try:
        if kind.startswith("date"):
            return datetime.date.fromordinal(719_163 + int(value)).isoformat()
        if kind.startswith("timestamp"):
            moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=value / 1000)
            return moment.isoformat(sep=" ", timespec="seconds")
    except (OverflowError, ValueError):
        pass
    return f"{value:.15g}"


def log2_choose(n: int, m: int) -> float:
    """log2 of the number of ways to choose m of n."""
    return (math.lgamma(n + 1) - math.lgamma(m + 1) - math.lgamma(n - m + 1)) / math.log(2)
