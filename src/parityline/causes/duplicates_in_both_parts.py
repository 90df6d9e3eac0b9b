"""Rows that are equal but for their key are in more than one part, and were not."""

from __future__ import annotations

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.splits import facts, parts
from parityline.checks.same_split import by_nature
from parityline.findings import Finding

CODE = "duplicates-in-both-parts"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    if not parts(case):
        return None
    before, after = facts(case, "shared_rows")
    overlaps = facts(case, "overlaps")[1]
    apart = {which: rows for which, rows in after.items() if not by_nature(which) and isinstance(rows, int)}
    # keys that are in both parts take their rows along
    if any(overlaps.get(which) for which in apart) or any(before.get(which) != 0 for which in apart):
        return None
    if max(apart.values(), default=0) < FEWEST:
        return None
    which = max(apart, key=lambda both: (apart[both], both))
    a, b = which.split(" & ")
    sentence = f"{apart[which]:,} rows of {a} are in {b} too, under another key; in the reference none"
    return case.found(CODE, sentence, expected=0, found=apart[which], evidence={"shared": apart, "exact": True})
