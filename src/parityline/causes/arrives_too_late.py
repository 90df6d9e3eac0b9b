"""A value exists, and not yet when it is served."""

from __future__ import annotations

from parityline.causes.ages import missing_by_age
from parityline.causes.cause import Case, Rung
from parityline.checks.same_values import percent
from parityline.findings import Finding

CODE = "arrives-too-late"
RUNG = Rung.BESIDE


def explain(case: Case) -> Finding | None:
    """All rows that lost their value are younger than an age, and all that have it are not."""
    found = missing_by_age(case)
    if found is None or not found.young:
        return None
    sentence = (
        f"`{found.column}` is missing in {percent(found.share)} of the rows served, and complete in research: in "
    )
    sentence += (
        f"all that are younger than {found.shown} (`{found.time}` against `{found.made}`), so it arrives too late"
    )
    return case.found(CODE, sentence, evidence=found.evidence())
