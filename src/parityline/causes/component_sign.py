"""The sign of a component is free, and no later stage differs by it."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.sign_flipped import opposite
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint
from parityline.pairs import ColumnPair

CODE = "component-sign"
RUNG = Rung.BESIDE

_NEAR = 0.25
"""Components of other rows than they were fitted on are centred and uncorrelated within this, in deviations."""


def explain(case: Case) -> Finding | None:
    """A column has the opposite sign and is one of several nearly centred, uncorrelated ones, and other stages follow.

    A principal component, a singular vector or a discriminant is defined up to its sign. The finding is a note, which
    verification turns into `sign-flipped` where a later stage differs by it.
    """
    column, context = case.column, case.context
    if column is None or context is None or case.table.kind not in ("etl", "features") or not opposite(case):
        return None
    if column.aligned and not (column.differs | (column.numbers[0] == 0)).all():
        return None  # a component is flipped as a whole
    if not any(case.table.stage in stage.inputs for stage in context.records[0].stages.values()):
        return None
    if not any(_uncorrelated(case, column, other) for other in case.table.columns.values() if other is not column):
        return None
    sentence = f"`{column.name}` has the opposite sign, which is free in a component"
    return case.found(CODE, sentence, severity="note")


def _uncorrelated(case: Case, column: ColumnPair, other: ColumnPair) -> bool:
    """Whether both are centred and, where cells are kept, uncorrelated: what components are and few columns are."""
    if not other.is_number or not _centred(column.reference) or not _centred(other.reference):
        return False
    x, y = column.numbers[0], other.numbers[0]
    there = np.isfinite(x) & np.isfinite(y)
    if not column.aligned or not other.aligned:
        return True
    if int(there.sum()) < FEWEST or not x[there].std() or not y[there].std():
        return False
    return bool(abs(np.corrcoef(x[there], y[there])[0, 1]) <= _NEAR)


def _centred(column: ColumnFingerprint) -> bool:
    deviation = column.totals.deviation(1)
    return column.mean is not None and bool(deviation) and abs(column.mean) <= _NEAR * (deviation or 0.0)
