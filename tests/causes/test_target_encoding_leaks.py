"""`target-encoding-leaks`: the plain mean of the target by category."""

from __future__ import annotations

import pytest
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.target_encoding_leaks import CODE

SOURCE = RAW.assign(y=(RAW["p"] > 0.6).astype(int))
SUMS, SIZES = (SOURCE.groupby("city")["y"].agg(what) for what in ("sum", "size"))
PLAIN = SOURCE["city"].map(SUMS / SIZES)
SMOOTH = SOURCE["city"].map((SUMS + 10 * SOURCE["y"].mean()) / (SIZES + 10))
TARGET = {"raw_keywords": {"target": "y"}}


def test_is_named():
    finding = found(compared(column(SMOOTH), column(PLAIN), source=SOURCE, **TARGET))
    assert (finding.code, finding.evidence["of"], finding.evidence["target"]) == (CODE, "raw.city", "raw.y")


def test_the_table_may_hold_category_and_target():
    sides = (column(own).assign(city=SOURCE["city"], y=SOURCE["y"]) for own in (SMOOTH, PLAIN))
    finding = found(compared(*sides, source=SOURCE[["id"]], target="y"))
    assert (finding.code, finding.evidence["of"]) == (CODE, "city")


@pytest.mark.parametrize(
    ("before", "after", "keywords"),
    [
        pytest.param(PLAIN, SMOOTH, TARGET, id="the way back"),
        pytest.param(SMOOTH, PLAIN, {}, id="without totals of the target"),
        pytest.param(SMOOTH, SOURCE["city"].map(SOURCE.groupby("city")["p"].mean()), TARGET, id="another mean"),
        pytest.param(SMOOTH, PLAIN.where(SOURCE["city"] != "Oslo", 0.3), TARGET, id="not of all cities"),
    ],
)
def test_is_not_named(before, after, keywords):
    verdict = compared(column(before), column(after), source=SOURCE, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
