"""How often a variable changes, from the whole histories of some entities."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from parityline.fingerprints import Fingerprint
from parityline.kernel.sections import Entities

FEWEST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Cadence:
    """Of one column, over neighbours in time of one entity: steps, those that changed, and the longest run.

    run: most rows in a row with one value in one entity; value: that value, where it is kept as it is.
    """

    steps: int
    changes: int
    run: int
    value: object
    entities: int

    @property
    def share(self) -> float:
        return self.changes / self.steps if self.steps else 0.0

    @property
    def rows_for_a_change(self) -> float:
        """After how many rows a value changes, in the mean."""
        return self.steps / self.changes if self.changes else math.inf


def cadence(table: Fingerprint, column: str) -> Cadence | None:
    """The cadence of a column; None without `entity=` and a time, or where its cells were not kept."""
    section = table.state.section(Entities)
    names = table.state.sampled_columns
    if section is None or column not in names or not section.columns or table.state.parameters.time is None:
        return None
    cells = section.columns[names.index(column)]
    owner = np.array(section.owner, np.int64)
    if len(cells.index) != len(owner) or len(owner) < 2:
        return None
    same_entity = owner[1:] == owner[:-1]
    changed = same_entity & (cells.index[1:] != cells.index[:-1])
    breaks = np.flatnonzero(np.concatenate([[True], ~same_entity | changed, [True]]))
    runs = np.diff(breaks)
    present = cells.index[breaks[:-1]] >= cells.has_null + cells.has_nan
    runs = np.where(present, runs, 0)
    at = int(np.argmax(runs))
    value = cells.distinct[int(cells.index[breaks[at]])]
    return Cadence(int(same_entity.sum()), int(changed.sum()), int(runs[at]), value, len(section.hashes))
