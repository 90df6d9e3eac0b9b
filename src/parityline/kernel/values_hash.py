"""The hashes of cells that were kept in a record: one domain for cells and keys, so a key can be looked up anywhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from parityline.kernel.canonical import Domain, domain_seed, hash_cells, wide_bytes
from parityline.kernel.cells import Cell, Cells, Hashed, LongText, Wide
from parityline.kernel.xxh3 import Hashes, hash_bytes
from parityline.tables.columns import Column, Kind

_KINDS: dict[str, Kind] = {"number": "float", "timestamp-zoned": "timestamp"}


def cell_hashes(cells: Cells, logical: str, seed: int) -> list[int]:
    """The 128-bit hash of each distinct cell of a vector, in its order, as `hash_cells` gives it."""
    return (
        [_one(cell, logical, seed) for cell in cells.distinct]
        if len(cells.distinct) < 8
        else _many(cells, logical, seed)
    )


def row_hashes(cells: Cells, logical: str, seed: int) -> Hashes:
    """The hash of the cell of each row, shape (n,) as (high, low)."""
    table = cell_hashes(cells, logical, seed)
    high = np.array([h >> 64 for h in table], np.uint64)
    low = np.array([h & 0xFFFFFFFFFFFFFFFF for h in table], np.uint64)
    return high[cells.index], low[cells.index]


def hashes_by_row(cells: Cells, logical: str, seed: int) -> list[int]:
    """The same as integers of 128 bits."""
    table = cell_hashes(cells, logical, seed)
    return [table[place] for place in cells.index.tolist()]


def _many(cells: Cells, logical: str, seed: int) -> list[int]:
    plain = [c for c in cells.distinct if not isinstance(c, (Wide, LongText, Hashed))]
    hashed = iter(_joined(hash_cells(_column(plain, logical), seed)))
    return [
        _one(cell, logical, seed) if isinstance(cell, (Wide, LongText, Hashed)) else next(hashed)
        for cell in cells.distinct
    ]


def _joined(hashes: Hashes) -> list[int]:
    return [h << 64 | w for h, w in zip(hashes[0].tolist(), hashes[1].tolist(), strict=True)]


def _one(cell: Cell, logical: str, seed: int) -> int:
    match cell:
        case Hashed() | LongText():
            return cell.hash
        case Wide() if cell.exponent is not None:
            return hash_bytes(wide_bytes(cell.mantissa, cell.exponent), domain_seed(seed, Domain.DECIMAL))
        case Wide():
            domain = {
                "timestamp": Domain.TIMESTAMP,
                "timestamp-zoned": Domain.TIMESTAMP_ZONED,
                "duration": Domain.DURATION,
            }.get(logical, Domain.TIME)
            return hash_bytes(cell.mantissa.to_bytes(16, "little", signed=True), domain_seed(seed, domain))
        case _:
            return _joined(hash_cells(_column([cell], logical), seed))[0]


def _column(cells: Sequence[Cell], logical: str) -> Column:
    """Plain cells as a column of their logical type."""
    kind: Kind = _KINDS.get(logical, logical if logical in _PLAIN else "null")  # type: ignore[arg-type]
    n = len(cells)
    valid = np.array([cell is not None for cell in cells], np.bool_)
    if kind in ("text", "binary"):
        parts = [cell if isinstance(cell, bytes) else b"" for cell in cells]
        offsets = np.concatenate(([0], np.cumsum([len(p) for p in parts]))).astype(np.int64)
        return Column(kind, n, valid, np.frombuffer(b"".join(parts), np.uint8), offsets=offsets)
    numbers = [0 if cell is None else cell for cell in cells]
    dtype = {"float": np.float64, "boolean": np.bool_}.get(kind, np.int64)
    return Column(kind, n, valid, np.array(numbers, dtype), zoned=logical == "timestamp-zoned")


_PLAIN = ("boolean", "text", "binary", "date", "time", "timestamp", "duration")
