"""`value-stuck`: one value in a whole period in which the reference has many."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.value_stuck import CODE

RESEARCH = frame("amount", "when", "flag").assign(sensor=lambda t: t["id"] % 9)
WHEN = RESEARCH["when"]
MARCH = WHEN.dt.month == 3
KEYWORDS = {"time": "when", "entity": "sensor"}


def stuck(rows, value=60.0):
    return changed(RESEARCH, amount=lambda c: c.mask(rows, value))


@pytest.mark.parametrize("keywords", [KEYWORDS, {"time": "when"}, {}])
def test_a_period_is_named(keywords):
    finding = first(RESEARCH, stuck(MARCH), **keywords)
    assert (finding.code, finding.column, finding.scenario) == (CODE, "amount", 6)
    assert finding.evidence["condition"]["rows"] == MARCH.sum()
    assert str(WHEN[MARCH].min())[:19] in finding.sentence


def test_one_sensor_is_named():
    finding = first(RESEARCH, stuck(MARCH & (RESEARCH["sensor"] == 4)), **KEYWORDS)
    assert (finding.code, finding.evidence["value"]) == (CODE, 60.0)
    assert "of 1 sensor" in finding.sentence


@pytest.mark.parametrize(
    ("production", "keywords"),
    [
        pytest.param(stuck(MARCH & (RESEARCH["id"] % 2 > 0)), {"time": "when"}, id="half of the rows of the period"),
        pytest.param(stuck(RESEARCH["id"] % 40 == 0), KEYWORDS, id="rows of all times"),
        pytest.param(stuck(MARCH, RESEARCH["amount"].round()), KEYWORDS, id="several values"),
        pytest.param(stuck(MARCH, np.nan), KEYWORDS, id="no value"),
        pytest.param(
            stuck(MARCH).assign(when=RESEARCH["when"] + np.timedelta64(1, "h")), KEYWORDS, id="a time that moved"
        ),
        pytest.param(changed(RESEARCH, flag=lambda c: c & ~MARCH), KEYWORDS, id="a flag has no values to get stuck at"),
    ],
)
def test_is_not_named(production, keywords):
    verdict = verified(RESEARCH, production, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
