"""What every table becomes before the kernel sees it: batches of columns in plain numpy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from parityline.errors import TableError

Kind = Literal[
    "null",
    "boolean",
    "integer",
    "float",
    "decimal",
    "text",
    "binary",
    "date",
    "time",
    "timestamp",
    "duration",
    "interval",
    "list",
    "struct",
    "map",
    "unsupported",
]

MOST_NESTED = 64
"""How deep types may nest, as in Arrow's stream interface: everything below walks them by recursion."""

LEAST_SCALE, MOST_SCALE = -230, 1000
"""Scales of decimals: 76 digits and 230 zeros are within float64, and 1,000 places are written in a sum of squares."""

NUMBERS = ("integer", "float", "decimal")
TIMES = ("date", "time", "timestamp", "duration")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one batch.

    `values` by kind: boolean (n,) bool; integer (n,) of any integer type; float (n,) float16 to float64; decimal
    (n, 2 or 4) uint64, the little-endian words of a two's complement integer that counts 10**-scale; date (n,) int64
    days; time, timestamp and duration (n,) int64 ticks of `unit` nanoseconds; interval (n, 3) int64 months, days,
    nanoseconds; text and binary: the bytes, cut by `offsets` (n + 1,) int64. Lists and maps have `offsets` into
    their one child; a struct has a child for each name; floats may have a child of decimals, whose rows that are not
    null are the numbers that float64 does not hold. What stands under a null is not looked at.
    """

    kind: Kind
    length: int
    valid: NDArray[np.bool_] | None = None
    values: NDArray[Any] | None = None
    offsets: NDArray[np.int64] | None = None
    scale: int = 0
    unit: int = 1
    zoned: bool = False
    children: tuple[Column, ...] = ()
    names: tuple[str, ...] = ()
    physical: str = ""

    @property
    def fields(self) -> list[tuple[str, Column]]:
        """The fields of a struct by name, ascending: the order in which they are stored does not matter."""
        return sorted(zip(self.names, self.children, strict=True), key=lambda field: field[0])

    @property
    def logical(self) -> str:
        """The logical type, which decides what may be merged and compared: int, float and decimal are all `number`."""
        match self.kind:
            case "integer" | "float" | "decimal":
                return "number"
            case "timestamp":
                return "timestamp-zoned" if self.zoned else "timestamp"
            case "list" | "map":
                return f"{self.kind}<{self.children[0].logical}>"
            case "struct":
                return f"struct<{','.join(f'{name}:{child.logical}' for name, child in self.fields)}>"
            case "unsupported":
                return f"unsupported:{self.physical}"
            case _:
                return self.kind

    def slice(self, start: int, stop: int) -> Column:
        """Rows start to stop, without copying values."""
        valid = None if self.valid is None else self.valid[start:stop]
        if self.offsets is not None:
            return replace(self, length=stop - start, valid=valid, offsets=self.offsets[start : stop + 1])
        children = tuple(child.slice(start, stop) for child in self.children)
        values = None if self.values is None else self.values[start:stop]
        return replace(self, length=stop - start, valid=valid, values=values, children=children)

    def present(self) -> NDArray[np.bool_]:
        """Which rows are not null, shape (n,)."""
        if self.kind == "null":
            return np.zeros(self.length, np.bool_)
        return np.ones(self.length, np.bool_) if self.valid is None else self.valid


def check_nesting(depth: int) -> None:
    """Raise TableError for what is nested too deep to be walked."""
    if depth > MOST_NESTED:
        raise TableError(
            f"expected lists and structs nested at most {MOST_NESTED} deep; flatten the column, or leave it out"
        )


def check_scale(scale: int) -> None:
    """Raise TableError for decimals that float64 cannot approach, or whose sums could not be written."""
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        known = f"{LEAST_SCALE} to {MOST_SCALE}"
        raise TableError(f"expected decimals of a scale from {known}, found {scale}; cast the column to float")


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a table: columns of one length, in the table's order. Names are unique and not empty."""

    names: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int

    def slices(self, size: int) -> Iterator[Batch]:
        """The batch in pieces of at most `size` rows; an empty batch is one piece."""
        for start in range(0, max(self.rows, 1), size):
            stop = min(start + size, self.rows)
            yield Batch(self.names, tuple(c.slice(start, stop) for c in self.columns), stop - start)


def unique_names(names: list[str]) -> tuple[str, ...]:
    """Column names as the fingerprint keeps them: an empty one is called `column N`, a repeated one gains ` [2]`.

    A name that is given stays with the first column that has it.
    """
    given, used, result = set(names), set[str](), list[str]()
    numbers: dict[str, int] = {}  # by name, the last that was tried, so that many repetitions cost no more than few
    for place, own in enumerate(names, start=1):
        base = own or f"column {place}"
        name = base
        while name in used or (name != own and name in given):
            numbers[base] = numbers.get(base, 1) + 1
            name = f"{base} [{numbers[base]}]"
        used.add(name)
        result.append(name)
    return tuple(result)
