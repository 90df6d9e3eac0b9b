"""`updated-less-often`: values are held until the next update."""

from __future__ import annotations

import pytest
from support import codes, verified
from two_stages import BY_DAY, histories

from parityline.causes.updated_less_often import CODE

TABLE = histories().assign(x=lambda t: t["y"] * 3)
WEEK = TABLE["day"].dt.day_of_year // 7
HELD = TABLE.groupby(["customer", WEEK])["y"].transform("first")


@pytest.mark.parametrize("weekly", [HELD, HELD.where(TABLE["customer"] < 30, TABLE["y"])], ids=["all", "half of them"])
def test_is_named(weekly):
    finding = verified(TABLE, TABLE.assign(y=weekly), **BY_DAY).first
    assert (finding.code, finding.column, finding.scenario) == (CODE, "y", 6)
    before, after = finding.evidence["changes"]
    assert (before, finding.evidence["steps"]) == (60 * 29, 60 * 29)
    assert after < 0.7 * before


@pytest.mark.parametrize(
    ("after", "keywords"),
    [
        pytest.param(HELD, {}, id="without histories"),
        pytest.param(TABLE.groupby(["customer", WEEK])["y"].transform("mean"), BY_DAY, id="means of weeks"),
        pytest.param(TABLE.groupby(["customer", WEEK])["y"].transform("last"), BY_DAY, id="of the future"),
        pytest.param(TABLE.groupby("customer")["y"].shift(1).fillna(0.0), BY_DAY, id="a day late, as often"),
        pytest.param(TABLE["y"].mask(TABLE["day"].dt.day == 9, 5.0), BY_DAY, id="one value of its own"),
        pytest.param(HELD.where(TABLE["customer"] < 1, TABLE["y"]), BY_DAY, id="in one history"),
    ],
)
def test_is_not_named(after, keywords):
    verdict = verified(TABLE, TABLE.assign(y=after), **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
