"""One table of a stage on both sides, and the sampled rows that both sides hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from parityline.changes import Changes, changes
from parityline.errors import IncomparableError
from parityline.fingerprints import ColumnFingerprint, Fingerprint, drop_cached
from parityline.kernel.canonical import hash_key
from parityline.kernel.cells import Cell, Cells
from parityline.kernel.differences import Differences
from parityline.kernel.sections import RareRows
from parityline.kernel.values_hash import cell_hashes, row_hashes
from parityline.text_forms import TextForms

Rows = NDArray[np.int64]
TELLING_VALUES = 20
"""A column of so many distinct values does not hold the same ones as often in other rows."""
T = TypeVar("T")


def sampled(table: Fingerprint, column: str) -> Cells:
    """The sampled cells of a column, one for each kept row; no cells where the record keeps none."""
    vectors = table.state.sample.columns
    place = table.sample_places.get(column) if vectors else None
    return Cells.of([]) if place is None else vectors[place]


def equal_rows(a: Cells, b: Cells, logical: str, seed: int) -> NDArray[np.bool_]:
    """Which rows of two vectors of one length hold the same cell; hidden cells are compared by their hashes.

    The array may be kept for the next time, and is not to be written to.
    """
    if bool(a.hashed) == bool(b.hashed):
        known = a.compared
        if known is None or known[0] is not b:
            known = a.compared = b, _equal(a, b)
            known[1].flags.writeable = False
        return known[1]
    left: list[Any] = cell_hashes(a, logical, seed)
    right: list[Any] = cell_hashes(b, logical, seed)
    ids = {own: i for i, own in enumerate(dict.fromkeys([*left, *right]))}
    codes = [np.array([ids[own] for own in side], np.int64) for side in (left, right)]
    return np.asarray(codes[0][a.index] == codes[1][b.index])


def _equal(a: Cells, b: Cells) -> NDArray[np.bool_]:
    if a.alike(b):
        return np.ones(len(a), np.bool_)
    codes = common_codes(a, b)
    return np.asarray(codes[0] == codes[1])


def common_codes(a: Cells, b: Cells) -> tuple[Rows, Rows]:
    """A number for each row of both vectors, equal where the cells are; hidden ones by their hashes."""
    numbers = _numbered(a.floats, b.floats), _numbered(a.ints, b.ints)
    floats, ints = (len(own) + len(other) for own, other in ((a.floats, b.floats), (a.ints, b.ints)))
    places: dict[Cell, int] = {}

    def of_side(side: Cells, at: int) -> Rows:
        head = [0] * side.has_null + [1] * side.has_nan
        rest = [places.setdefault(cell, 2 + floats + ints + len(places)) for cell in _others(side)]
        plain = 2 + numbers[0][at], 2 + floats + numbers[1][at]
        table = np.concatenate((np.array(head, np.int64), *plain, np.array(rest, np.int64)))
        return np.asarray(table[side.index])

    return of_side(a, 0), of_side(b, 1)


def _numbered(a: NDArray[Any], b: NDArray[Any]) -> tuple[Rows, Rows]:
    """A number below len(a) + len(b) for each of these values, ascending on both sides; equal where the values are."""
    places = np.searchsorted(a, b)
    inside = np.flatnonzero(places < len(a))
    known = inside[a[places[inside]] == b[inside]]
    numbers = np.arange(len(a), len(a) + len(b))
    numbers[known] = places[known]
    return np.arange(len(a)), numbers


def _others(cells: Cells) -> list[Cell]:
    """The distinct cells that are neither missing nor plain numbers, in their order."""
    return [*cells.texts, *cells.wides, *cells.longs, *cells.hashed]


def subset(cells: Cells, rows: Rows) -> Cells:
    """Some rows of a vector, without rebuilding its dictionary; all of them in their order are the vector itself."""
    if len(rows) == len(cells) and np.array_equal(rows, np.arange(len(rows))):
        return cells
    return cells.rows(rows)


def single_rows(table: Fingerprint) -> dict[int, int]:
    """{key hash: sampled row} of the keys that have one row."""
    return table.single_rows


def places(table: Fingerprint) -> dict[int, int]:
    """{key hash: place} of the sampled rows of an ordered table, where the key has one row; {} for other tables."""
    positions = table.state.sample.positions
    return {key: positions[row] for key, row in single_rows(table).items()} if positions else {}


def matched(a: Fingerprint, b: Fingerprint) -> tuple[Rows, Rows]:
    """Sampled rows of `a` and of `b` with the same key, where it is unique on both sides."""
    left, right = single_rows(a), single_rows(b)
    both = [key for key in left if key in right]
    return np.array([left[k] for k in both], np.int64), np.array([right[k] for k in both], np.int64)


def kept_rows(table: Fingerprint) -> dict[int, tuple[bool, int]]:
    """{key hash: (whether the row is a rare one, its place)} of the keys of which one row is kept."""
    rare = table.state.section(RareRows)
    found: dict[int, tuple[bool, int]] = {}
    if rare is not None:
        often = Counter(key for key, _ in rare.rows)
        found = {key: (True, place) for place, (key, _) in enumerate(rare.rows) if often[key] == 1}
    for key in table.state.sample.keys:
        found.pop(key, None)
    return {**found, **{key: (False, row) for key, row in single_rows(table).items()}}


def looked_up(table: Fingerprint, other: Fingerprint) -> tuple[Rows, Rows]:
    """Sampled rows of `table` and the rows of `other` that their columns name: the key of `other` is in `table`."""
    names = other.key
    if not names or any(name not in table.columns for name in names):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    seed = table.state.parameters.seed
    vectors = [sampled(table, name) for name in names]
    if any(len(v) != len(table.state.sample.owner) for v in vectors):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    hashes = [row_hashes(v, table.columns[name].type, seed) for v, name in zip(vectors, names, strict=True)]
    high, low = hash_key(hashes, seed)
    keys = [h << 64 | w for h, w in zip(high.tolist(), low.tolist(), strict=True)]
    right = single_rows(other)
    pairs = [(row, right[key]) for row, key in enumerate(keys) if key in right]
    return np.array([p[0] for p in pairs], np.int64), np.array([p[1] for p in pairs], np.int64)


@dataclass
class ColumnPair:
    """A column on both sides; the arrays are over the sampled rows that both sides hold, reference first."""

    name: str
    reference: ColumnFingerprint
    observed: ColumnFingerprint
    cells: tuple[Cells, Cells]
    seed: int

    @cached_property
    def same_values(self) -> bool:
        """Both sides hold the same multiset of values."""
        return self.reference.digests.values == self.observed.digests.values

    @cached_property
    def same(self) -> bool:
        """The same values beside the same keys."""
        return self.same_values and self.reference.digests.pairs == self.observed.digests.pairs

    @cached_property
    def differs(self) -> NDArray[np.bool_]:
        """Which aligned rows differ."""
        return ~equal_rows(*self.cells, self.reference.type, self.seed)

    @property
    def one_type(self) -> bool:
        """Whether the types are equal, or a side has none: that its values are gone is found as such."""
        return self.reference.type == self.observed.type or self.reference.untyped or self.observed.untyped

    @property
    def aligned(self) -> int:
        """How many rows are aligned."""
        return len(self.cells[0])

    @property
    def is_number(self) -> bool:
        """Whether both sides hold numbers."""
        return self.reference.type == self.observed.type == "number"

    @property
    def holds_texts(self) -> bool:
        """Whether both sides may hold texts: other types, and hidden cells, are no bytes."""
        return all(side.type in ("text", "binary") for side in (self.reference, self.observed))

    @property
    def changes_ascii(self) -> bool:
        """Whether an aligned text of ASCII became another one: no wrong decoding and no normal form does that."""
        texts = (pair for pair in self.changed if all(isinstance(cell, bytes) for cell in pair))
        return any(a.isascii() and b.isascii() for a, b in texts)  # type: ignore[union-attr]

    @property
    def hidden(self) -> bool:
        """Whether some aligned cell is kept as a hash only."""
        return any(cells.hashed for cells in self.cells)

    @cached_property
    def numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both sides as float64, NaN for null and for what is no number."""
        return self.cells[0].as_floats(), self.cells[1].as_floats()

    @cached_property
    def nulls(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which aligned rows are null on each side."""
        return self.cells[0].null_rows(), self.cells[1].null_rows()

    @cached_property
    def changed(self) -> list[tuple[Cell, Cell]]:
        """The differing aligned cells."""
        left, right = (cells.distinct for cells in self.cells)
        places = (cells.index[self.differs].tolist() for cells in self.cells)
        return [(left[i], right[j]) for i, j in zip(*places, strict=True)]

    @property
    def distinct_pairs(self) -> list[tuple[Cell, Cell]]:
        """The aligned cells, each pair of them once."""
        left, right = (cells.distinct for cells in self.cells)
        places = np.unique(self.cells[0].index * len(right) + self.cells[1].index)
        before, after = (own.tolist() for own in np.divmod(places, max(1, len(right))))
        return [(left[i], right[j]) for i, j in zip(before, after, strict=True)]

    @property
    def share(self) -> float | None:
        """The share of aligned rows that differ; None without any."""
        return float(self.differs.mean()) if self.aligned else None


@dataclass
class TablePair:
    """One table of a stage on both sides. facts: outside the fingerprint; declared: by the stage of the reference.

    forms: of the texts that a record hides.
    """

    stage: str
    kind: str
    part: str
    reference: Fingerprint
    observed: Fingerprint
    facts: tuple[dict[str, Any], dict[str, Any]]
    declared: dict[str, Any] = field(default_factory=dict)
    rows_kind: str = "same"
    forms: tuple[TextForms | None, TextForms | None] = (None, None)
    _measured: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, measure: Callable[[TablePair], T]) -> T:
        """What a function tells of the whole table, asked a single time: causes are asked again for every column."""
        if measure not in self._measured:
            self._measured[measure] = measure(self)
        return self._measured[measure]  # type: ignore[no-any-return]

    def forget(self) -> None:
        """Drop what was decoded and computed on the way; it is made again where it is asked for."""
        self._measured.clear()
        drop_cached(self)
        self.reference.forget()
        self.observed.forget()

    @property
    def where(self) -> str:
        """The part for a sentence, with a space behind it; empty for stages of one table."""
        return f"{self.part}: " if self.part else ""

    @property
    def keyed(self) -> bool:
        """Whether both sides know their rows by the same key."""
        return bool(self.reference.key) and self.reference.key == self.observed.key

    @cached_property
    def identical(self) -> bool:
        """The same columns and the same multiset of rows."""
        a, b = self.reference.state, self.observed.state
        return a.digest == b.digest and a.rows == b.rows and a.columns.keys() == b.columns.keys()

    @cached_property
    def common(self) -> list[str]:
        """Columns that both sides have and that are summarised on both."""
        return [
            n
            for n, c in self.reference.columns.items()
            if n in self.observed.columns and c.summarised and self.observed.columns[n].summarised
        ]

    @cached_property
    def reconciled(self) -> Differences | None:
        """What the reconciliations of both sides tell; None where a record keeps none, or keeps its keys otherwise."""
        try:
            return self.reference.differences(self.observed)
        except IncomparableError:
            return None

    @cached_property
    def changes(self) -> Changes | None:
        """The rows that differ, exactly and by key; None without a key, or where they are too many to decode."""
        if not self.keyed or self.reconciled is None:
            return None
        return changes(self.reference, self.observed, self.reconciled)

    @cached_property
    def same_keys(self) -> bool:
        """Both sides hold the same multiset of keys; without a key, of as many rows."""
        if self.reference.rows != self.observed.rows:
            return False
        if not self.keyed or self.identical:
            return True
        if len(self.reference.key) == 1:
            return self.columns[self.reference.key[0]].same_values
        a, b = self.reference.state.sample, self.observed.state.sample
        return (
            a.keys == b.keys
            and a.rows_per_key == b.rows_per_key
            and all(self.columns[k].same for k in self.reference.key)
        )

    @cached_property
    def same_but_for_keys(self) -> bool:
        """Whether the keys differ and all other columns hold the same values as a whole, as new rows would not.

        One of the other columns must have at least 20 distinct values, or another one in every row.
        """
        if not self.keyed or self.reference.rows != self.observed.rows or self.same_keys:
            return False
        others = [name for name in self.common if name not in self.reference.key]
        if self.reference.columns.keys() != self.observed.columns.keys() or not others:
            return False
        if not all(self.columns[name].same_values for name in others):
            return False
        return max(self.reference.columns[n].distinct for n in others) >= min(TELLING_VALUES, self.reference.rows)

    @cached_property
    def same_order(self) -> bool | None:
        """Whether the rows that both sides hold stand in the same order, as far as sampled; None where not recorded."""
        orders = self.reference.state.order, self.observed.state.order
        if orders[0] is None or orders[1] is None:
            return None
        if orders[0].digest == orders[1].digest or self.identical:
            return orders[0].digest == orders[1].digest
        before, after = places(self.reference), places(self.observed)
        both = sorted(before.keys() & after.keys(), key=before.__getitem__)
        return both == sorted(both, key=after.__getitem__) if both else None

    @cached_property
    def rows(self) -> tuple[Rows, Rows]:
        """Aligned sampled rows."""
        if not self.keyed:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return matched(self.reference, self.observed)

    @cached_property
    def columns(self) -> dict[str, ColumnPair]:
        """The common columns by name."""
        return {name: self.pair(name, name) for name in self.common}

    def pair(self, reference: str, observed: str) -> ColumnPair:
        """Any two columns, aligned."""
        cells = []
        for table, name, rows in zip((self.reference, self.observed), (reference, observed), self.rows, strict=True):
            whole = sampled(table, name)
            cells.append(subset(whole, rows) if len(whole) else whole)
        if len(cells[0]) != len(cells[1]):
            cells = [Cells.of([]), Cells.of([])]
        seed = self.reference.state.parameters.seed
        own = self.reference.columns[reference], self.observed.columns[observed]
        return ColumnPair(reference, *own, (cells[0], cells[1]), seed)

    @cached_property
    def special_rows(self) -> list[tuple[tuple[bool, int], tuple[bool, int]]]:
        """Rows that both sides hold, at least one of them as a rare row: (rare, place) on each side."""
        if not self.keyed:
            return []
        a, b = kept_rows(self.reference), kept_rows(self.observed)
        return [(a[key], b[key]) for key in a if key in b and (a[key][0] or b[key][0])]

    def special(self, name: str) -> ColumnPair:
        """A common column in the rare rows that both sides hold, those apart that are in the aligned sample."""
        sides = []
        for side, table in enumerate((self.reference, self.observed)):
            rare = table.state.section(RareRows)
            names = table.state.sampled_columns
            vectors = rare.columns if rare is not None else ()
            if not vectors or name not in names or not len(sampled(table, name)):
                return ColumnPair(name, *self._own(name), (Cells.of([]), Cells.of([])), table.state.parameters.seed)
            cells = sampled(table, name), vectors[names.index(name)]
            rows = [pair[side] for pair in self.special_rows]
            sides.append(Cells.of([cells[rare].cell(int(cells[rare].index[row])) for rare, row in rows]))
        return ColumnPair(name, *self._own(name), (sides[0], sides[1]), self.reference.state.parameters.seed)

    def _own(self, name: str) -> tuple[ColumnFingerprint, ColumnFingerprint]:
        return self.reference.columns[name], self.observed.columns[name]

    @cached_property
    def key_changes(self) -> tuple[list[int], list[int], int]:
        """Keys of the sample on one side only (reference, observed), and how many keys were looked at."""
        a, b = self.reference.state.sample, self.observed.state.sample
        limit = min(s.keys[-1] if s.keys and not s.complete else 1 << 128 for s in (a, b))
        left, right = ({k for k in s.keys if k <= limit} for s in (a, b))
        return sorted(left - right), sorted(right - left), len(left | right)

    @cached_property
    def complete(self) -> bool:
        """Whether both samples hold every key."""
        return self.reference.state.sample.complete and self.observed.state.sample.complete

    @cached_property
    def overlap(self) -> float | None:
        """The share of the reference's sampled keys (else partitions) that are in the observed side; None without."""
        if self.identical and self.keyed and self.reference.rows:
            return 1.0
        if self.keyed and self.reference.state.sample.keys:
            missing, extra, looked = self.key_changes
            return (looked - len(missing) - len(extra)) / max(1, looked - len(extra))
        a, b = self.reference.state.partitions, self.observed.state.partitions
        if a and b and a.entries:
            own = {entry[0] for entry in b.entries}
            return sum(entry[0] in own for entry in a.entries) / len(a.entries)
        return None

    def differing(self) -> list[str]:
        """Common columns that differ: by digest where the rows are the same, else in the aligned sample."""
        if self.identical:
            return []
        if self.same_keys:
            return [n for n, c in self.columns.items() if not c.same]
        if self.changes is not None and self.changes.changed is not None:
            changed = frozenset().union(*self.changes.changed.values())
            return [n for n in self.columns if n in changed]
        if self.keyed:
            return [n for n, c in self.columns.items() if c.aligned and c.differs.any()]
        return []
