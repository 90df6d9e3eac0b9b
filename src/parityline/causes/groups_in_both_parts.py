"""Entities are in more than one part, and were in one only."""

from __future__ import annotations

import numpy as np

from parityline.causes import shuffle_changed
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.splits import Beside, columns_beside, declared, facts, parts
from parityline.checks.same_split import by_nature
from parityline.findings import Finding

CODE = "groups-in-both-parts"
RUNG = Rung.ROWS
_CHANCE = 1e-9
"""That rows drawn one by one keep every value in one part must be less likely than this."""


def explain(case: Case) -> Finding | None:
    """By the entity that the split was given; without one by a column of an input that research never split."""
    if not parts(case):
        return None
    return _recorded(case) or _beside(case)


def _recorded(case: Case) -> Finding | None:
    before, after = facts(case, "shared_entities")
    apart = {which: rows for which, rows in after.items() if not by_nature(which) and isinstance(rows, int)}
    if not apart or any(before.get(which) != 0 for which in apart) or not any(apart.values()):
        return None
    which = max(apart, key=lambda both: (apart[both], both))
    a, b = which.split(" & ")
    entity = parts(case)[0].reference.state.parameters.entity
    named = ", ".join(entity) or "entity"
    sentence = f"{apart[which]:,} values of `{named}` are in {a} and in {b}; in the reference none is in two parts"
    return case.found(CODE, sentence, expected=0, found=apart[which], evidence={"shared": apart, "exact": True})


def _beside(case: Case) -> Finding | None:
    if shuffle_changed.explain(case) is not None:
        return None  # blocks of neighbouring rows keep together what stands together
    entities = declared(case, "entity")
    known = [own for own in columns_beside(case) if _whole_groups(own) and own.shared(1) >= FEWEST]
    if not known:
        return None
    group = min(known, key=lambda own: (own.column not in entities, -len(own.grouped(0)), own.column))
    shared = group.shared(1)
    few = "" if group.whole else "at least "
    sentence = f"{few}{shared:,} values of `{group.column}` (of {group.stage}) are in more than one part; "
    sentence += "in the reference each is in one"
    evidence = {"column": group.column, "input": group.stage, "shared": shared, "exact": group.whole}
    return case.found(CODE, sentence, expected=0, found=shared, evidence=evidence)


def _whole_groups(own: Beside) -> bool:
    """Whether the reference keeps all rows of a value in one part, which no draw of single rows would do.

    Times and measurements are none: a split by time keeps days together, too.
    """
    if own.logical.startswith(("time", "date")) or own.shared(0):
        return False
    if own.logical == "number" and any(own.cells[0].floats != np.floor(own.cells[0].floats)):
        return False
    counts, rows = np.bincount(own.part[0]), own.grouped(0)
    logarithms = np.log(counts[counts > 0] / len(own.part[0]))
    together = np.logaddexp.reduce(rows[:, np.newaxis] * logarithms, axis=1).sum()
    return bool(together < np.log(_CHANCE))
