"""The parts of a split as they are given: tables, positions in a table, or the folds of a splitter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline import folds, taps
from parityline.errors import UsageError
from parityline.fingerprints import columns_of, plain
from parityline.tables import Table, open_table
from parityline.tables.columns import Batch


def named(parts: Any) -> dict[str, Any]:
    """The parts by name; folds are those of `folds.names`. Raises UsageError for anything else."""
    if isinstance(parts, Mapping):
        if not parts:
            raise UsageError("split: expected at least one part, found none")
        return {str(name): part for name, part in parts.items()}
    given = list(parts)
    if not given or not all(isinstance(fold, (tuple, list)) and len(fold) == 2 for fold in given):
        raise UsageError("split: expected {part: table or positions}, or a list of (train, test) positions")
    return {part: fold[side] for i, fold in enumerate(given, 1) for side, part in enumerate(folds.names(i))}


def positions_of(given: Any) -> NDArray[np.int64] | None:
    """The positions of a part, shape (n,); a mask gives those that it marks. None for a table."""
    if isinstance(given, (list, tuple, range)):
        given = np.asarray(given)
    if isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype.kind in "iub":
        return np.flatnonzero(given) if given.dtype.kind == "b" else given.astype(np.int64)
    return None


def check_positions(name: str, parts: Any, of: Any) -> None:
    """Raise UsageError for positions outside the table that they refer to, where its length is known."""
    rows = len(of) if of is not None and hasattr(of, "__len__") and not isinstance(of, (str, Mapping)) else None
    for part, given in named(parts).items():
        own = positions_of(given)
        if own is None or not len(own):
            continue
        low, high = int(own.min()), int(own.max())
        if low < 0 or (rows is not None and high >= rows):
            there = "" if rows is None else f" of {rows:,} rows"
            raise UsageError(
                f"split {name!r}: expected positions inside the table{there}, found {low if low < 0 else high} in "
                f"{part}; give the table that they were taken from as of="
            )


def rows_at(positions: NDArray[np.int64], of: Any, keywords: Mapping[str, Any]) -> tuple[Table, bool]:
    """The rows of a table at some positions, as far as a split looks at them, and whether only their places are known.

    of: the table; without it, or without a key among the keywords, a row is its position.
    """
    if of is None or not keywords.get("key"):
        return open_table({"position": positions}), True
    batches = list(open_table(of).read())
    asked = [*columns_of(keywords["key"]), *columns_of(keywords.get("entity"))]
    names = dict.fromkeys([*asked, *(keywords[what] for what in ("time", "target") if keywords.get(what))])
    columns = {}
    for name in names:
        found = [plain(cell) for batch in batches for cell in _cells(batch, name)]
        columns[name] = _as_before([found[i] for i in positions.tolist()], _logical(batches, name))
    return open_table(columns), False


def overlaps(hashes: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, int]:
    """How many distinct hashes each two parts share."""
    names = list(hashes)
    return {f"{a} & {b}": taps.overlap(hashes[a], hashes[b]) for i, a in enumerate(names) for b in names[i + 1 :]}


def _logical(batches: Sequence[Batch], name: str) -> str:
    """The logical type of a column of a table."""
    found = {c.logical for b in batches for n, c in zip(b.names, b.columns, strict=True) if n == name}
    return next(iter(found - {"null"}), "null")


def _as_before(cells: list[Any], logical: str) -> Any:
    """Instants and booleans, which cells hold as integers, in their own type; zoned instants lose their zone."""
    units = {"date": "D", "timestamp": "ns", "timestamp-zoned": "ns"}
    if logical in units and all(cell is None or isinstance(cell, int) for cell in cells):
        return np.array(["NaT" if cell is None else cell for cell in cells], f"datetime64[{units[logical]}]")
    return [cell if cell is None else bool(cell) for cell in cells] if logical == "boolean" else cells


def _cells(batch: Batch, name: str) -> Iterator[Any]:
    from parityline.kernel.reading import Reading

    column = dict(zip(batch.names, batch.columns, strict=True)).get(name)
    if column is None:
        raise UsageError(f"split: expected the key column {name!r} in `of`, found {', '.join(batch.names[:12])}")
    yield from Reading(name, column, 0).cells(np.arange(batch.rows))
