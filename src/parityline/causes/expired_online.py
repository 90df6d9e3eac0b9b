"""Values past an age are dropped from the online store."""

from __future__ import annotations

from parityline.causes.ages import missing_by_age
from parityline.causes.cause import Case, Rung
from parityline.checks.same_values import percent
from parityline.findings import Finding

CODE = "expired-online"
RUNG = Rung.BESIDE


def explain(case: Case) -> Finding | None:
    """All rows that lost their value are older than an age, and all that have it are not."""
    found = missing_by_age(case)
    if found is None or found.young:
        return None
    sentence = f"`{found.column}` is missing in {percent(found.share)} of the rows served: in all whose value is older "
    sentence += f"than {found.shown} (`{found.time}` against `{found.made}`), so values expire there"
    return case.found(CODE, sentence, evidence=found.evidence())
