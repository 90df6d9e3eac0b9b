"""`partition-appended`: a later partition is new, all others are as they were."""

from __future__ import annotations

import pandas as pd
import pytest
from support import codes, frame, verified

from parityline.causes.partition_appended import CODE

WHOLE = frame("amount", "city", "when")
LAST = WHOLE["when"].dt.month == 12
RESEARCH = WHOLE[~LAST]
KEYWORDS = {"partition": "when:month"}


@pytest.mark.parametrize("privacy", ["standard", "strict"])
@pytest.mark.parametrize("unit", ["month", "day"])
def test_is_named(unit, privacy):
    verdict = verified(RESEARCH, WHOLE, partition=f"when:{unit}", privacy=privacy)
    told = next(f for f in verdict.findings if f.code == CODE)
    assert verdict.status == "pass"
    assert (told.severity, told.evidence["rows"]) == ("note", int(LAST.sum()))


OLD = pd.concat([RESEARCH, RESEARCH[:20].assign(id=lambda t: t["id"] + 5_000)])


@pytest.mark.parametrize(
    ("before", "after", "keywords"),
    [
        pytest.param(RESEARCH[RESEARCH["when"].dt.month > 1], RESEARCH, KEYWORDS, id="an earlier one"),
        pytest.param(RESEARCH, pd.concat([OLD, WHOLE[LAST]]), KEYWORDS, id="and rows of old ones"),
        pytest.param(RESEARCH, WHOLE[WHOLE["when"].dt.month > 1], KEYWORDS, id="and one is gone"),
        pytest.param(RESEARCH, WHOLE.assign(amount=WHOLE["amount"] * 2), KEYWORDS, id="and old values changed"),
        pytest.param(RESEARCH[RESEARCH["city"] != "Oslo"], RESEARCH, {"partition": "city"}, id="not of a time"),
        pytest.param(RESEARCH, WHOLE, {}, id="no partitions"),
    ],
)
def test_is_not_named(before, after, keywords):
    verdict = verified(before, after, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
