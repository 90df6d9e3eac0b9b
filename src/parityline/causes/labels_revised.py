"""Labels of young cases changed after research recorded them; those of old cases are what they were."""

from __future__ import annotations

import math

import numpy as np

from parityline.causes.beside import INSTANTS, Beside, beside
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.checks.same_values import percent
from parityline.findings import Finding

CODE = "labels-revised"
RUNG = Rung.OUTPUT
_CHANCE = 1e-6
"""Changes that fall on any case alike lie among the young alone with less than this probability."""
_DAY = 86_400


def explain(case: Case) -> Finding | None:
    column = case.labels
    if column is None:
        return None
    if any(cells.absent_rows()[column.differs].any() for cells in column.cells):
        return None  # a label that came or went is no revision of one
    for other in beside(case, *INSTANTS, "timestamp-zoned"):
        found = _of_the_young(case, other)
        if found is not None:
            since, days = found
            sentence = f"{percent(column.share or 0.0)} of the labels of the same cases were revised after research "
            sentence += f"recorded them, none of them of a case before {since}: a label is not final before it is "
            sentence += f"{days:,} days old"
            evidence = {"since": since, "days": days, "by": f"{other.stage}.{other.name}".strip(".")}
            return case.found(CODE, sentence, evidence=evidence)
    return None


def _of_the_young(case: Case, other: Beside) -> tuple[str, int] | None:
    """The day of the oldest changed label, and how old it is at the last time of all; None where old ones changed too.

    As many changes are among the youngest cases by chance with the probability that each of them is.
    """
    column = case.column
    assert column is not None
    here = np.isfinite(other.seconds)
    seconds, differs = other.seconds[here], column.differs[other.places][here]
    if int(differs.sum()) != int(column.differs.sum()):
        return None
    first = float(seconds[differs].min())
    older = int((seconds < first).sum())
    if older < FEWEST or int(differs.sum()) * math.log1p(-older / len(seconds)) > math.log(_CHANCE):
        return None
    return str(np.datetime64(int(first), "s").astype("datetime64[D]")), math.ceil((float(seconds.max()) - first) / _DAY)
