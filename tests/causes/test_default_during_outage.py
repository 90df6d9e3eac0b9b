"""`default-during-outage`: one value in bursts of time."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.default_during_outage import CODE

RESEARCH = frame("amount", "when", "gaps", "city").sort_values("when", ignore_index=True)
PLACE = np.arange(len(RESEARCH))
BURSTS = PLACE % 150 < 8
SCATTERED = np.random.default_rng(4).permutation(BURSTS)


def default(rows, value=0.0, name="amount"):
    return changed(RESEARCH, **{name: lambda c: c.mask(rows, value)})


@pytest.mark.parametrize("keywords", [{"time": "when"}, {}])
def test_is_named(keywords):
    finding = first(RESEARCH, default(BURSTS), **keywords)
    assert (finding.code, finding.column, finding.scenario) == (CODE, "amount", 6)
    assert (finding.evidence["bursts"], finding.evidence["sampled_default"]) == (14, BURSTS.sum())


@pytest.mark.parametrize(
    "production",
    [
        pytest.param(default(SCATTERED), id="scattered rows"),
        pytest.param(default((PLACE > 300) & (PLACE < 360)), id="one period"),
        pytest.param(default(BURSTS, RESEARCH["amount"] + 1), id="several values"),
        pytest.param(default(BURSTS, np.nan), id="no value"),
        pytest.param(default(RESEARCH["gaps"].isna(), name="gaps"), id="in place of missing values"),
        pytest.param(default(RESEARCH["city"] == "Vardo"), id="a segment"),
    ],
)
def test_is_not_named(production):
    verdict = verified(RESEARCH, production, time="when")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_a_value_that_is_common_in_the_reference():
    research = default(PLACE % 4 == 0)
    production = research.assign(amount=research["amount"].mask(BURSTS, 0.0))
    assert CODE not in codes(verified(research, production, time="when"))
