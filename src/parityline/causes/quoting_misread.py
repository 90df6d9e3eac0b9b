"""A delimiter or line break inside a field broke records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import Cell, Cells, Hashed, LongText, Wide
from parityline.kernel.values_hash import cell_hashes
from parityline.pairs import TablePair, sampled, subset

CODE = "quoting-misread"
RUNG = Rung.ROWS

_DELIMITERS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T](.*))?")


def explain(case: Case) -> Finding | None:
    code = case.finding.code
    if code in ("values-differ", "type-differs"):
        found = _moved(case)
        if found is not None:
            return found
    if code in ("rows-extra", "values-differ"):
        found = _cut(case)
        if found is not None:
            return found
    if code in ("rows-extra", "rows-missing", "rows-differ", "type-differs"):
        found = _split(case)
        if found is not None:
            return found
    return _skipped(case) if code == "rows-missing" else None


def _moved(case: Case) -> Finding | None:
    """In all rows that differ, a field is split at a delimiter, and all that stand behind it moved by its pieces."""
    shift, column = case.table.once(_shift), case.finding.column
    if shift is None or column not in shift.names or shift.names.index(column) < min(shift.starts):
        return None
    shown = " or ".join(repr(separator) for separator in sorted(shift.separators - {_HIDDEN}))
    first = shift.names[min(shift.starts)]
    rows = len(case.table.rows[0])
    sentence = f"{shift.rows:,} of {rows:,} aligned rows are shifted from `{first}` on: "
    sentence += f"a delimiter ({shown}) in the text" if shown else "a delimiter in the text"
    evidence = {"shifted": shift.rows, "columns": [shift.names[start] for start in sorted(shift.starts)]}
    return case.found(CODE, sentence, share=shift.rows / rows, evidence=evidence)


@dataclass(frozen=True)
class _Shift:
    """Fields of the rows that differ are split. names: the columns in their places; starts: the places of such fields.

    rows: how many aligned rows are shifted.
    """

    names: list[str]
    starts: set[int]
    separators: set[str]
    rows: int


def _shift(table: TablePair) -> _Shift | None:
    """What is split in every aligned row that differs; None where that is not what happened to them."""
    names = _places(table)
    if len(table.rows[0]) < 2:
        return None
    probed = _sides(table, names, list(islice(_differing(table, names), 2)))
    if probed is None:
        return None
    for row in range(len(probed[0][0].index)):
        before, after = ([texts.at(row) for texts in side] for side in probed)
        first = next((i for i, (a, b) in enumerate(zip(before, after, strict=True)) if not a.equals(b)), None)
        if first is None or _split_at(first, before, after) is None:
            return None  # which is so of nearly every other difference, and cheap to see
    sides = _sides(table, names)
    assert sides is not None
    differs = np.array([a.differs(b) for a, b in zip(*sides, strict=True)])
    broken = np.flatnonzero(differs.any(axis=0))
    starts: set[int] = set()
    separators: set[str] = set()
    for row in broken.tolist():
        first = int(np.argmax(differs[:, row]))
        separator = _split_at(first, *([texts.at(row) for texts in side] for side in sides))
        if separator is None:
            return None
        starts.add(first)
        separators.add(separator)
    return _Shift(names, starts, separators, len(broken)) if len(broken) > 1 else None


def _differing(table: TablePair, names: list[str]) -> Iterator[int]:
    """Aligned rows that differ, ascending: in a column of the same type on both sides, else as texts."""
    alike = [c for n in names if (c := table.columns[n]).reference.type == c.observed.type and c.aligned]
    differs = np.any([column.differs for column in alike], axis=0) if alike else np.zeros(0, np.bool_)
    if differs.any():
        yield from np.flatnonzero(differs).tolist()
        return
    sides = _sides(table, names)
    if sides is not None:
        yield from np.flatnonzero(np.any([a.differs(b) for a, b in zip(*sides, strict=True)], axis=0)).tolist()


def _sides(table: TablePair, names: list[str], only: list[int] | None = None) -> list[list[_Texts]] | None:
    """The aligned rows of both sides, or some of them, as texts by column; None where a column has no cells."""
    sides: list[list[_Texts]] = []
    for own, rows in zip((table.reference, table.observed), table.rows, strict=True):
        vectors = [sampled(own, name) for name in names]
        if any(not len(cells) for cells in vectors):
            return None
        seed = own.state.parameters.seed
        types = [own.columns[name].type for name in names]
        rows = rows if only is None else rows[only]
        sides.append([_Texts(subset(cells, rows), kind, seed) for cells, kind in zip(vectors, types, strict=True)])
    return sides


@dataclass(frozen=True)
class _Cut:
    """Records were split inside a field. names: the columns in their places; place: of the field; rows: of how many."""

    names: list[str]
    place: int
    rows: int


def _cut(case: Case) -> Finding | None:
    """So many rows more: in every aligned row that differs one field ends early and nothing stands behind it.

    That is so of a reader that knows the types of its columns, and drops what cannot be read as one; the rest of the
    record is a row of its own then, of which nothing needs to be left.
    """
    table = case.table
    cut = None if case.finding.column in table.reference.key else table.once(_cuts)
    if cut is None or (case.column is not None and cut.names.index(case.column.name) < cut.place):
        return None
    rows, field = table.observed.rows - table.reference.rows, cut.names[cut.place]
    sentence = f"{rows:,} records were split in two at a line break inside `{field}`: as many rows are extra, and "
    sentence += f"the {cut.rows:,} aligned ones that differ end there"
    return case.found(CODE, sentence, evidence={"records": rows, "column": field, "cut": cut.rows})


def _cuts(table: TablePair) -> _Cut | None:
    """Where the records of all aligned rows that differ were split; None where that is not what happened to them."""
    names, rows = _places(table), table.observed.rows - table.reference.rows
    if rows < 2 or len(names) < 3 or len(table.rows[0]) < 2:
        return None
    last = table.reference.columns[names[-1]], table.observed.columns[names[-1]]
    lost = last[1].missing + last[1].shape.nans - last[0].missing - last[0].shape.nans
    if not rows <= lost <= 2 * rows:
        return None  # the end of both halves is gone
    sides = _sides(table, names)
    if sides is None:
        return None
    differs = np.array([a.differs(b) for a, b in zip(*sides, strict=True)])
    broken = np.flatnonzero(differs.any(axis=0))
    if len(broken) < 2 or (table.complete and len(broken) != rows):
        return None
    place = int(np.argmax(differs[:, broken[0]]))
    if sides[0][place].logical != "text" or place > len(names) - 2:
        return None
    for row in broken.tolist():
        before, after = ([texts.at(row) for texts in side] for side in sides)
        behind = all(text.missing for text in after[place + 1 :])
        if int(np.argmax(differs[:, row])) != place or not behind or not before[place].begins_with(after[place]):
            return None
    return _Cut(names, place, len(broken))


def _split_at(first: int, before: list[_Text], after: list[_Text]) -> str | None:
    """The delimiter at which the field was split; None where the row is not shifted."""
    whole, count = before[first].raw, len(before)
    if whole is None:
        return _HIDDEN if before[first].own is not None and _moved_by_one(first, before, after) else None
    for separator in _DELIMITERS:
        pieces = whole.split(separator)
        if len(pieces) == 1 or first + len(pieces) > count:
            continue
        behind = range(first + 1, count - len(pieces) + 1)
        parts = list(zip(pieces, after[first:], strict=False))
        moved = [(before[i], after[i + len(pieces) - 1]) for i in behind]
        if not all(text.holds(piece) or text.refuses(piece) for piece, text in parts):
            continue
        if not all(a.equals(b) or (b.refuses(a.raw) and not a.missing) for a, b in moved):
            continue
        read = sum(not b.missing for _, b in moved)
        if read >= _LEAST_READ or not any(b.missing and not a.missing for a, b in moved):
            return separator
    return None


_LEAST_READ = 2
"""Where a reader with types refused some of the fields that moved, so many others must have arrived."""


_HIDDEN = "in a hidden text"
"""The delimiter of a text that the record does not show, of which the shift of what stands behind it tells."""


def _moved_by_one(first: int, before: list[_Text], after: list[_Text]) -> bool:
    """Whether all that stands behind a field moved by one column, and enough of it is other than what stood there."""
    pairs = [(before[i], after[i + 1], before[i + 1]) for i in range(first + 1, len(before) - 1)]
    if not all(a.equals(b) or (b.refuses(a.raw) and not a.missing) for a, b, _ in pairs):
        return False
    return sum(not b.missing and not b.equals(old) for _, b, old in pairs) > _LEAST_READ


def _bare(text: str) -> str:
    """Without quotes and spaces, which readers treat in their own ways."""
    return text.replace('"', "").replace(" ", "")


def _split(case: Case) -> Finding | None:
    """Records were split in two: nulls grew in every column as the halves of so many records have them.

    Of n columns, a record that is split in column j has no value behind j in its first half, and none behind
    n - j + 1 in its second. A split in the first or last column looks like rows of one value, and is not told.
    """
    table, names = case.table, _places(case.table)
    rows = table.observed.rows - table.reference.rows
    if rows < 2 or len(names) < 4 or table.reference.columns.keys() != table.observed.columns.keys():
        return None
    grown = []
    for name in names:
        before, after = table.reference.columns[name], table.observed.columns[name]
        grown.append(after.missing + after.shape.nans - before.missing - before.shape.nans)
    for place in range(2, len(names)):
        second = len(names) - place + 1
        expected = [rows * ((i > place) + (i > second)) for i in range(1, len(names) + 1)]
        # the second half brings text into the first column
        types = table.reference.columns[names[place - 1]].type, table.observed.columns[names[0]].type
        if grown != expected or types != ("text", "text"):
            continue
        if case.finding.code == "type-differs" and table.observed.columns[str(case.finding.column)].type != "text":
            return None
        sentence = f"{rows:,} records were split in two at a line break inside `{names[place - 1]}`"
        return case.found(CODE, sentence, evidence={"records": rows, "column": names[place - 1], "exact": True})
    return None


def _skipped(case: Case) -> Finding | None:
    """All missing rows have a delimiter or line break in one text column, where no other row has any."""
    table = case.table
    missing, extra, _ = table.key_changes
    if not table.keyed or extra:
        return None
    sample = table.reference.state.sample
    gone = np.isin(np.array(sample.owner, np.int64), [i for i, key in enumerate(sample.keys) if key in set(missing)])
    if gone.sum() < FEWEST or gone.all():
        return None
    for name in _places(table):
        before, after = (sampled(side, name) for side in (table.reference, table.observed))
        if table.reference.columns[name].type != "text" or before.hashed or before.longs or after.hashed:
            continue
        for mark in (*_DELIMITERS, "\n", '"'):
            has = np.array([isinstance(c, bytes) and mark.encode() in c for c in before.distinct], np.bool_)[
                before.index
            ]
            left = any(isinstance(c, bytes) and mark.encode() in c for c in after.distinct)
            if np.array_equal(has, gone) and not left:
                rows = table.reference.rows - table.observed.rows
                what = "line break" if mark == "\n" else f"mark {mark!r}"
                sentence = f"{rows:,} rows are missing, all with a {what} in `{name}`, which no other row has"
                return case.found(CODE, sentence, evidence={"rows": rows, "column": name, "mark": mark})
    return None


def _places(table: TablePair) -> list[str]:
    """The columns in their places, as far as both sides have them."""
    before, after = (facts.get("columns", []) for facts in table.facts)
    names = before if before and before == after else list(table.reference.columns)
    common = set(table.common)
    return [name for name in names if name in common]


@dataclass(frozen=True)
class _Text:
    """A cell as text. raw: as it was written, None for null and hidden; normal: so that 12.0 and "12" are equal."""

    raw: str | None
    normal: str
    own: int | None
    column: _Texts

    def equals(self, other: _Text) -> bool:
        if self.normal == other.normal:
            return True
        if (self.own is None) == (other.own is None):
            return False
        hidden, shown = (self, other) if self.own is not None else (other, self)
        return hidden.own in shown.column.hashes_of(shown.raw)

    @property
    def missing(self) -> bool:
        """Whether there is no value."""
        return self.raw is None and self.own is None

    def refuses(self, text: str | None) -> bool:
        """Whether nothing is here, in a column of a type as which this text cannot be read; None for a hidden text."""
        logical = self.column.logical
        if not self.missing or logical == "text":
            return False
        own = (text or "").strip()
        if logical == "number":
            return _NUMBER.fullmatch(own) is None
        if logical == "boolean":
            return own.lower() not in ("true", "false", "0", "1")
        return _DATE.fullmatch(own) is None

    def begins_with(self, other: _Text) -> bool:
        """Whether another text is the beginning of this one, up to a line break; hidden texts may be."""
        if self.raw is None or other.raw is None:
            return self.own is not None
        return self.raw.startswith(other.raw) and self.raw[len(other.raw) :][:1] in ("\n", "\r")

    def holds(self, piece: str) -> bool:
        """Whether it is this piece of a text, but for quotes and spaces."""
        if self.own is None:
            return _bare(self.raw or "") == _bare(piece)
        forms = Cells.of([form.encode() for form in (piece, piece.strip(), piece.strip().strip('"'))])
        return self.own in cell_hashes(forms, "text", self.column.seed)


class _Texts:
    """The cells of a column as texts; those that are hidden are known by their hashes."""

    def __init__(self, cells: Cells, logical: str, seed: int) -> None:
        self.index, self.cells, self.logical, self.seed = cells.index, cells, logical, seed
        self.known: dict[int, _Text] = {}

    def at(self, row: int) -> _Text:
        return self._text(int(self.index[row]))

    def _text(self, place: int) -> _Text:
        if place not in self.known:
            cell = self.cells.cell(place)
            raw = _raw(cell, self.logical)
            own = cell.hash if isinstance(cell, (Hashed, LongText)) else None
            self.known[place] = _Text(raw, _normal(raw, cell), own, self)
        return self.known[place]

    def hashes_of(self, raw: str | None) -> set[int]:
        """Of the forms in which a value of this column may have been written."""
        return {self._hashes[form] for form in _written(raw)}

    @cached_property
    def _hashes(self) -> dict[str, int]:
        forms = sorted({form for cell in self.cells.distinct for form in _written(_raw(cell, self.logical))})
        cells = Cells.of([form.encode() for form in forms])
        hashes = dict(zip(cells.distinct, cell_hashes(cells, "text", self.seed), strict=True))
        return {form: hashes[form.encode()] for form in forms}

    def differs(self, other: _Texts) -> NDArray[np.bool_]:
        pairs, inverse = np.unique(np.stack([self.index, other.index]), axis=1, return_inverse=True)
        found = [not self._text(i).equals(other._text(j)) for i, j in pairs.T.tolist()]
        return np.array(found, np.bool_)[inverse.reshape(-1)]


def _written(raw: str | None) -> set[str]:
    """The forms in which a value may have been written."""
    if raw is None:
        return set()
    forms = {raw}
    if _NUMBER.fullmatch(raw) and raw.endswith(".0"):
        forms.add(raw[:-2])
    if _DATE.fullmatch(raw) and "." in raw:
        forms |= {raw[: raw.index(".") + 1 + digits].rstrip(".") for digits in (0, 3, 6, 9)}
    return forms


def _raw(cell: Cell, logical: str) -> str | None:
    if cell is None or cell != cell or isinstance(cell, (Hashed, LongText)):
        return None
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if logical == "boolean":
        return str(bool(cell))
    if isinstance(cell, Wide):
        return str(cell.nearest if cell.exponent else cell.mantissa)
    if logical == "date" and isinstance(cell, int):
        return str(np.datetime64(cell, "D"))
    if logical.startswith("timestamp") and isinstance(cell, int):
        return str(np.datetime64(cell, "ns")).replace("T", " ")
    return repr(cell)


def _normal(text: str | None, cell: Cell) -> str:
    if text is None:
        return f"#{cell.hash}" if isinstance(cell, (Hashed, LongText)) else ""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return repr(float(text))
    date = _DATE.fullmatch(text)
    if date:
        clock = (date[2] or "00:00:00").partition("+")[0]
        return f"{date[1]} {clock.rstrip('0').rstrip('.') if '.' in clock else clock}"
    return text
