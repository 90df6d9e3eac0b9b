"""The values are right but attached to other rows."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.pairs import TELLING_VALUES, ColumnPair

CODE = "values-on-wrong-rows"
RUNG = Rung.ATTACHMENT
_SHUFFLED = 0.5
"""Of the rows that differ after a shuffle, so many differ at least where a column of few values has other rows."""


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or not case.table.keyed or not case.table.same_keys or not column.same_values or column.same:
        return None
    if _balanced(column):
        return None
    sentence = f"`{column.name}` has the right values on the wrong rows"
    return case.found(CODE, sentence, evidence={"exact": True})


def _balanced(column: ColumnPair) -> bool:
    """Whether as many rows may have come to each value as left it: of few values some often do, by chance."""
    values = column.reference.values
    if column.reference.distinct >= TELLING_VALUES:
        return False
    if column.share is None or not values.complete:
        return True
    rows = column.reference.rows
    counts = [*values.counts, rows - sum(values.counts)]
    return column.share < _SHUFFLED * (1 - sum((count / rows) ** 2 for count in counts))
