"""Rows that are on one side only, for the causes that speak of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parityline.fingerprints import Fingerprint
from parityline.kernel.cells import Cells
from parityline.pairs import TablePair, sampled

Mask = NDArray[np.bool_]


def missing_rows(table: TablePair) -> tuple[Mask, Mask]:
    """Which sampled rows of the reference have a key that is missing, and which one that both sides have."""
    return _masks(table.reference, set(table.key_changes[0]), set(table.observed.state.sample.keys))


def extra_rows(table: TablePair) -> tuple[Mask, Mask]:
    """Which sampled rows of the observed side have a key that is extra, and which one that both sides have."""
    return _masks(table.observed, set(table.key_changes[1]), set(table.reference.state.sample.keys))


def _masks(side: Fingerprint, changed: set[int], common: set[int]) -> tuple[Mask, Mask]:
    sample = side.state.sample
    owner = np.array(sample.owner, np.int64)
    masks = [np.array([key in which for key in sample.keys], np.bool_) for which in (changed, common)]
    return masks[0][owner], masks[1][owner]


def ordered_columns(side: Fingerprint) -> list[tuple[str, NDArray[np.object_], Cells]]:
    """Columns of numbers and times with the sampled rows' cells that are plain, None where they are not."""
    found = []
    for name, column in side.columns.items():
        cells = sampled(side, name)
        if len(cells) and (column.type == "number" or column.type.startswith(("date", "time"))):
            plain = [cell if isinstance(cell, (int, float)) and cell == cell else None for cell in cells.distinct]
            found.append((name, np.array(plain, dtype=object)[cells.index], cells))
    return found
