"""`empty-groups-dropped`: groups that have no row in the input are gone."""

from __future__ import annotations

import pandas as pd
import pytest
from support import codes
from two_stages import RAW, compared, found

from parityline.causes.empty_groups_dropped import CODE

NAMES = ["Alta", "Bergen", "Narvik", "Oslo", "Tromso", "Vardo"]
SOURCE = RAW.assign(city=pd.Categorical(RAW["city"], NAMES))


def grouped(observed):
    table = SOURCE.groupby("city", observed=observed)["amount"].sum().reset_index()
    return table.assign(city=table["city"].astype(str))


def test_is_named():
    finding = found(compared(grouped(observed=False), grouped(observed=True), source=SOURCE, key="city"))
    assert (finding.code, finding.evidence["of"], finding.evidence["rows"]) == (CODE, "raw.city", 2)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(grouped(observed=True)[1:], id="a group with rows too"),
        pytest.param(grouped(observed=False)[lambda t: t["city"] != "Oslo"], id="a group with rows only"),
    ],
)
def test_is_not_named(after):
    verdict = compared(grouped(observed=False), after, source=SOURCE, key="city")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_values_that_left_the_input_are_no_empty_groups():
    here = SOURCE[RAW["city"] != "Oslo"]
    after = (
        here.groupby("city", observed=True)["amount"].sum().reset_index().assign(city=lambda t: t["city"].astype(str))
    )
    verdict = compared(grouped(observed=True), after, source=SOURCE, source_here=here, key="city")
    assert CODE not in codes(verdict)
