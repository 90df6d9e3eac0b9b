"""Outcomes of the sampled rows of a record: the same entities are sampled at every stage with that key."""

from __future__ import annotations

from typing import Any

import numpy as np

from parityline.fingerprints import plain
from parityline.kernel.cells import Hashed
from parityline.pairs import sampled
from parityline.records import Record, StageRecord


def outcomes_beside(record: Record, stage: StageRecord) -> dict[Any, float] | None:
    """{key: outcome} of the rows that outcomes with the key of this stage keep; None where there are none.

    Keys are tuples of plain values in the order of the stage's key.
    """
    if stage.table is None or not stage.table.key:
        return None
    for other in record.stages.values():
        table = other.table
        if other.kind != "outcomes" or table is None or set(table.key) != set(stage.table.key):
            continue
        actual = sampled(table, str(other.facts.get("actual")))
        keys = [sampled(table, name) for name in stage.table.key]
        if not len(actual) or any(isinstance(c, Hashed) for own in keys for c in own.distinct):
            continue
        names = [[plain(own.distinct[i]) for i in own.index] for own in keys]
        values = actual.as_floats()
        there = np.isfinite(values)
        rows = zip(zip(*names, strict=True), values.tolist(), there.tolist(), strict=True)
        return {key: value for key, value, known in rows if known}
    return None
