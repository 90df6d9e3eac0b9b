"""The rows in which two tables differ, from their reconciliations; else how many there are, and a sample of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.sections.reconciliation import (
    CHECKS,
    FIELD,
    LEVEL_CELLS,
    PLACES,
    ROW_CELLS,
    Elements,
    Reconciliation,
    Table,
)

_NORMAL_99 = 2.5758293035489004


@dataclass(frozen=True, slots=True)
class Element:
    """A row that differs. count: how many more of it the observed side has; negative where it has fewer.

    key: a number below 2**61 - 1, of `key_value`. marks: 16 bits of the hash of each cell, times count.
    """

    key: int
    row: int
    count: int
    marks: tuple[int, ...] = ()

    @property
    def key_value(self) -> int | None:
        """The key as an integer (of a date its days, of other times microseconds); None for an id."""
        return _unzigzagged(self.key // 2) if self.key % 2 == 0 else None

    @property
    def key_id(self) -> int | None:
        """The high 64 bits of the key's hash modulo 2**60 - 1; None for a value."""
        return None if self.key % 2 == 0 else self.key // 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many, with an interval that covers with a probability of 99 %; all three equal where it is exact."""

    number: float
    low: float
    high: float

    @classmethod
    def exactly(cls, number: int) -> Estimate:
        return cls(number, number, number)


@dataclass(frozen=True)
class Differences:
    """What two reconciliations tell. complete: `elements` are all rows that differ, else some of them.

    keys: by key, how many more rows the observed side has; None where they could not be decoded (or without a key).
    sampled: of a part of the keys, drawn by hash, all rows that differ; share: which part, 1 where complete.
    """

    complete: bool
    elements: tuple[Element, ...]
    keys: dict[int, int] | None
    rows: Estimate
    key_rows: Estimate
    share: float
    sampled: tuple[Element, ...]
    keyed: bool

    @cached_property
    def _by_key(self) -> dict[int, list[Element]]:
        by: dict[int, list[Element]] = {}
        for element in self.elements:
            by.setdefault(element.key, []).append(element)
        return by

    def changed(self) -> dict[int, list[Element]]:
        """Keys of which both sides have rows, other ones."""
        return {k: rows for k, rows in self._by_key.items() if len({row.count > 0 for row in rows}) == 2}

    def missing(self) -> dict[int, list[Element]]:
        """Keys of which the observed side has fewer rows, and no other ones."""
        return {k: rows for k, rows in self._by_key.items() if all(row.count < 0 for row in rows)}

    def extra(self) -> dict[int, list[Element]]:
        """Keys of which the observed side has more rows, and misses none."""
        return {k: rows for k, rows in self._by_key.items() if all(row.count > 0 for row in rows)}

    def changed_columns(self, key: int) -> tuple[int, ...]:
        """The columns, by place, whose cells differ in the rows of a key; () where they are not known.

        Where one side has more rows of the key, a column has changed only where its cells are not all equal: a row
        that is repeated changes no column. A change is overlooked with probability 2**-16 a cell; more where equal
        rows occur an even number of times.
        """
        rows = self._by_key.get(key, [])
        marks = np.array([row.marks for row in rows], np.int64)
        if not marks.size:
            return ()
        counts = np.array([row.count for row in rows], np.int64)[:, None]
        if counts.sum():
            differs = ((marks * counts[0] - marks[0] * counts) % (1 << 16)).any(axis=0)
        else:
            differs = marks.sum(axis=0) % (1 << 16)
        return tuple(np.flatnonzero(differs).tolist())

    def changed_rows(self) -> Estimate:
        """How many keys' rows changed, assuming one row a key; exact where everything was decoded."""
        if self.complete:
            return Estimate.exactly(len(self.changed()))
        width = math.hypot(self.rows.high - self.rows.number, self.key_rows.high - self.key_rows.number) / 2
        number = max(0.0, (self.rows.number - self.key_rows.number) / 2)
        return Estimate(number, max(0.0, number - width), number + width)


def differences(reference: Reconciliation, observed: Reconciliation, seed: int) -> Differences:
    """What is in one and not in the other. Both must keep keys in the same way and be `kept`."""
    complete, elements = _peel(_minus(observed.rows, reference.rows), ROW_CELLS, seed)
    key_counts: dict[int, int] | None = None
    if observed.keys is not None and reference.keys is not None:
        difference = _minus(observed.keys, reference.keys)
        decoded, keys = _peel(difference, len(difference.counts), seed)
        key_counts = {element.key: element.count for element in keys} if decoded else None
    rows = _size(observed.row_signs - reference.row_signs)
    key_rows = _size(observed.key_signs - reference.key_signs)
    if complete:
        rows = Estimate.exactly(sum(abs(element.count) for element in elements))
    if key_counts is not None:
        key_rows = Estimate.exactly(sum(map(abs, key_counts.values())))
    share, sampled = 1.0, elements
    if not complete:
        for level, (a, b) in enumerate(zip(observed.levels, reference.levels, strict=True), start=1):
            decoded, sampled = _peel(_minus(a, b), LEVEL_CELLS, seed)
            if decoded:
                share = 4.0**-level
                break
        else:
            share, sampled = 0.0, ()
    keyed = observed.keys is not None
    return Differences(complete, elements, key_counts, rows, key_rows, share, sampled, keyed)


def _size(signs: NDArray[np.int64]) -> Estimate:
    """The number of elements from the signed counters: each counter's square is its number on average.

    Counters of random signs are close to normal, so the sum of their squares has a relative standard error of at most
    sqrt(2 / 4096) = 2.2 %; where few elements share a counter it is smaller, and this bound is kept.
    """
    squares = signs.astype(np.float64) ** 2
    number = float(squares.sum())
    width = _NORMAL_99 * math.sqrt(2 / len(signs)) * number
    return Estimate(number, max(0.0, number - width), number + width)


def _minus(a: Table, b: Table) -> Table:
    field, rows = np.uint64(FIELD), None
    if a.rows is not None and b.rows is not None:
        rows = (a.rows + (field - b.rows)) % field
    columns = min(a.marks.shape[1], b.marks.shape[1])
    if a.marks.shape[1] != b.marks.shape[1]:
        columns = 0
    return Table(
        (a.counts + (np.uint64(1 << 32) - b.counts)) % np.uint64(1 << 32),
        (a.keys + (field - b.keys)) % field,
        rows,
        (a.checks + (np.uint64(CHECKS) - b.checks)) % np.uint64(CHECKS),
        (a.marks[:, :columns] + (np.uint64(1 << 16) - b.marks[:, :columns])) % np.uint64(1 << 16),
    )


def _peel(table: Table, cells: int, seed: int) -> tuple[bool, tuple[Element, ...]]:
    """The elements of a difference, and whether these are all of them."""
    counts = table.counts.astype(np.int64)
    counts = np.where(counts >= 1 << 31, counts - (1 << 32), counts).tolist()
    keys, checks = table.keys.tolist(), table.checks.tolist()
    rows = [0] * cells if table.rows is None else table.rows.tolist()
    marks = table.marks.copy()
    found: dict[tuple[int, int], Element] = {}
    waiting = [cell for cell in range(cells) if counts[cell]]
    while waiting and len(found) <= PLACES * cells:
        inverses = {count: pow(count, -1, FIELD) for count in {counts[cell] for cell in waiting}}
        own_keys = np.array([keys[cell] * inverses[counts[cell]] % FIELD for cell in waiting], np.uint64)
        own_rows = np.array([rows[cell] * inverses[counts[cell]] % FIELD for cell in waiting], np.uint64)
        elements = Elements.of(own_keys, None if table.rows is None else own_rows, seed)
        places, own_checks = elements.places(cells).T.tolist(), elements.checks.tolist()
        touched: set[int] = set()
        for i, cell in enumerate(waiting):
            count = counts[cell]
            if not count or cell not in places[i] or own_checks[i] * count % CHECKS != checks[cell]:
                continue
            key, row = int(own_keys[i]), int(own_rows[i])
            if (keys[cell] - count * key) % FIELD or (rows[cell] - count * row) % FIELD:
                continue  # changed by an element of this round
            own_marks = marks[cell].copy()
            before = found.get((key, row))
            total = count + (before.count if before else 0)
            found[key, row] = Element(key, row, total, tuple(own_marks.tolist()))
            for place in places[i]:
                counts[place] -= count
                keys[place] = (keys[place] - count * key) % FIELD
                rows[place] = (rows[place] - count * row) % FIELD
                checks[place] = (checks[place] - count * own_checks[i]) % CHECKS
                marks[place] = (marks[place] - own_marks) % np.uint64(1 << 16)
                touched.add(place)
        waiting = [cell for cell in sorted(touched) if counts[cell]]
    complete = not any(counts) and not any(keys) and not any(checks)
    return complete, tuple(found[at] for at in sorted(found) if found[at].count)


def _unzigzagged(value: int) -> int:
    return value >> 1 if value % 2 == 0 else -(value + 1 >> 1)
