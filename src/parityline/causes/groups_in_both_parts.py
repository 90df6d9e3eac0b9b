"""Entities are in more than one part, and were in one only."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.causes.splits import facts, parts
from parityline.checks.same_split import by_nature
from parityline.findings import Finding

CODE = "groups-in-both-parts"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    pairs = parts(case)
    if not pairs:
        return None
    before, after = facts(case, "shared_entities")
    apart = {which: rows for which, rows in after.items() if not by_nature(which) and isinstance(rows, int)}
    if not apart or any(before.get(which) != 0 for which in apart) or not any(apart.values()):
        return None
    which = max(apart, key=lambda both: (apart[both], both))
    a, b = which.split(" & ")
    entity = pairs[0].reference.state.parameters.entity
    named = ", ".join(entity) or "entity"
    sentence = f"{apart[which]:,} values of `{named}` are in {a} and in {b}; in the reference none is in two parts"
    return case.found(CODE, sentence, expected=0, found=apart[which], evidence={"shared": apart, "exact": True})
