"""When each variable was there: its first and last window with a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parityline.fingerprints import Fingerprint
from parityline.performance.windows import WindowPair


@dataclass(frozen=True, slots=True)
class Presence:
    """Of one column. first, last: begin of the first and last window with a value; present of all windows have one."""

    first: str | None
    last: str | None
    present: int
    windows: int


def presence(table: Fingerprint) -> dict[str, Presence]:
    """The presence of each column by window of time; empty where there are no windows (`time=`)."""
    windows = WindowPair.of(table, table)
    if windows is None:
        return {}
    names, found = windows.names[0], {}
    for name in table.columns:
        column = windows.column(name)
        if column is None:
            continue
        there = np.flatnonzero(column.missing[0] < column.rows[0])
        ends = [windows.shown(int(names[i])) for i in (there[0], there[-1])] if len(there) else [None, None]
        found[name] = Presence(ends[0], ends[1], len(there), len(names))
    return found
